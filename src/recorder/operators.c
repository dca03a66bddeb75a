// The operators new and delete of C++, in every form. They go to the next malloc and free, as the C++
// libraries' own do; what the library's operators do when there is no memory (a handler, an exception) is
// left to them, so that it happens as it would without the recorder.
//
// A program that has operators of its own calls these; what they call is recorded. A library's are not
// called: malloc and free take their place.
#include <string.h>

#include "private.h"

#define SITE __builtin_return_address(0)
#define FRAME __builtin_frame_address(0)
#define RECORD(...) record((struct event){__VA_ARGS__, .site = SITE, .frame = FRAME, .ticks = ticks_now()})

struct nothrow;

typedef void *(*new_function)(size_t);
typedef void *(*new_aligned_function)(size_t, size_t);

// Nobody is left to ask where no C++ library is loaded.
static void *fail_plainly(size_t size, const char *name)
{
    void *address = next_of_name(name);
    new_function function;
    memcpy(&function, &address, sizeof function);
    if (!function)
        __builtin_trap();
    return function(size);
}

static void *fail_aligned(size_t size, size_t alignment, const char *name)
{
    void *address = next_of_name(name);
    new_aligned_function function;
    memcpy(&function, &address, sizeof function);
    if (!function)
        __builtin_trap();
    return function(size, alignment);
}

static inline void *allocate(size_t size)
{
    if (!next_is_found())
        return early_allocate(size, sizeof(uint64_t) * 2);
    return next.malloc(size ? size : 1);
}

static inline void *allocate_aligned(size_t size, size_t alignment)
{
    void *object = NULL;
    if (!next_is_found())
        return early_allocate(size, alignment);
    return next.posix_memalign(&object, alignment < sizeof object ? sizeof object : alignment,
                               size ? size : 1) == 0
               ? object
               : NULL;
}

// The two throwing and the two other forms, plain and aligned. FAIL is the operator to which a failure is
// left; its own attempts are recorded as calls of malloc.
#define NEW(function, operation, fail)                                                                       \
    EXPORTED void *function(size_t size);                                                                    \
    EXPORTED void *function(size_t size)                                                                     \
    {                                                                                                        \
        void *object = allocate(size);                                                                       \
        if (UNLIKELY(!object))                                                                               \
            return fail_plainly(size, fail);                                                                 \
        RECORD(operation, object, size);                                                                     \
        return object;                                                                                       \
    }
#define NEW_NOTHROW(function, operation)                                                                     \
    EXPORTED void *function(size_t size, const struct nothrow *tag);                                         \
    EXPORTED void *function(size_t size, const struct nothrow *tag)                                          \
    {                                                                                                        \
        (void)tag;                                                                                           \
        void *object = allocate(size);                                                                       \
        RECORD(operation, object, size);                                                                     \
        return object;                                                                                       \
    }
#define NEW_ALIGNED(function, operation, fail)                                                               \
    EXPORTED void *function(size_t size, size_t alignment);                                                  \
    EXPORTED void *function(size_t size, size_t alignment)                                                   \
    {                                                                                                        \
        void *object = allocate_aligned(size, alignment);                                                    \
        if (UNLIKELY(!object))                                                                               \
            return fail_aligned(size, alignment, fail);                                                      \
        RECORD(operation, object, size, alignment);                                                          \
        return object;                                                                                       \
    }
#define NEW_ALIGNED_NOTHROW(function, operation)                                                             \
    EXPORTED void *function(size_t size, size_t alignment, const struct nothrow *tag);                       \
    EXPORTED void *function(size_t size, size_t alignment, const struct nothrow *tag)                        \
    {                                                                                                        \
        (void)tag;                                                                                           \
        void *object = allocate_aligned(size, alignment);                                                    \
        RECORD(operation, object, size, alignment);                                                          \
        return object;                                                                                       \
    }

NEW(_Znwm, RAW_NEW, "_Znwm")
NEW(_Znam, RAW_NEW_ARRAY, "_Znam")
NEW_NOTHROW(_ZnwmRKSt9nothrow_t, RAW_NEW)
NEW_NOTHROW(_ZnamRKSt9nothrow_t, RAW_NEW_ARRAY)
NEW_ALIGNED(_ZnwmSt11align_val_t, RAW_NEW_ALIGNED, "_ZnwmSt11align_val_t")
NEW_ALIGNED(_ZnamSt11align_val_t, RAW_NEW_ARRAY_ALIGNED, "_ZnamSt11align_val_t")
NEW_ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t, RAW_NEW_ALIGNED)
NEW_ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t, RAW_NEW_ARRAY_ALIGNED)

static inline bool is_nothing(const void *object)
{
    return !object || is_early(object) || !next_is_found();
}

// The parameters after the object do not matter to free(): a size, an alignment, a tag.
#define DELETE(function, operation, ...)                                                                     \
    EXPORTED void function(__VA_ARGS__);                                                                     \
    EXPORTED void function(__VA_ARGS__)                                                                      \
    {                                                                                                        \
        if (is_nothing(object))                                                                              \
            return;                                                                                          \
        RECORD(operation, object, 0);                                                                        \
        next.free(object);                                                                                   \
    }
#define UNUSED __attribute__((unused))

DELETE(_ZdlPv, RAW_DELETE, void *object)
DELETE(_ZdaPv, RAW_DELETE_ARRAY, void *object)
DELETE(_ZdlPvm, RAW_DELETE, void *object, UNUSED size_t size)
DELETE(_ZdaPvm, RAW_DELETE_ARRAY, void *object, UNUSED size_t size)
DELETE(_ZdlPvRKSt9nothrow_t, RAW_DELETE, void *object, UNUSED const struct nothrow *tag)
DELETE(_ZdaPvRKSt9nothrow_t, RAW_DELETE_ARRAY, void *object, UNUSED const struct nothrow *tag)
DELETE(_ZdlPvSt11align_val_t, RAW_DELETE, void *object, UNUSED size_t alignment)
DELETE(_ZdaPvSt11align_val_t, RAW_DELETE_ARRAY, void *object, UNUSED size_t alignment)
DELETE(_ZdlPvmSt11align_val_t, RAW_DELETE, void *object, UNUSED size_t size, UNUSED size_t alignment)
DELETE(_ZdaPvmSt11align_val_t, RAW_DELETE_ARRAY, void *object, UNUSED size_t size, UNUSED size_t alignment)
DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, RAW_DELETE, void *object, UNUSED size_t alignment,
       UNUSED const struct nothrow *tag)
DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, RAW_DELETE_ARRAY, void *object, UNUSED size_t alignment,
       UNUSED const struct nothrow *tag)
