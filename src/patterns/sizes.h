// The object sizes in bytes, as in the original benchmark. A list macro rather than a .def file, because it
// is expanded once for each row of patterns.def.
#ifndef PATTERNS_SIZES_H
#define PATTERNS_SIZES_H

// Expands X(argument, size) for each size of at most LARGEST_SMALL_OBJECT_BYTES, ascending.
#define FOR_EACH_SMALL_SIZE(X, argument)                                                                     \
    X(argument, 8)                                                                                           \
    X(argument, 12)                                                                                          \
    X(argument, 16)                                                                                          \
    X(argument, 24)                                                                                          \
    X(argument, 32)                                                                                          \
    X(argument, 48)                                                                                          \
    X(argument, 64)                                                                                          \
    X(argument, 96)                                                                                          \
    X(argument, 128)                                                                                         \
    X(argument, 192)                                                                                         \
    X(argument, 256)

// Expands X(argument, size) for each size, ascending.
#define FOR_EACH_SIZE(X, argument)                                                                           \
    FOR_EACH_SMALL_SIZE(X, argument)                                                                         \
    X(argument, 384)                                                                                         \
    X(argument, 512)                                                                                         \
    X(argument, 768)                                                                                         \
    X(argument, 1024)                                                                                        \
    X(argument, 1536)                                                                                        \
    X(argument, 2048)                                                                                        \
    X(argument, 3072)                                                                                        \
    X(argument, 4096)

#endif
