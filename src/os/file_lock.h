// A file that stands for something that one process at a time may do, on this machine and, as far as the file
// system can, on all that see it: a record lock of fcntl(2), which NFS has too. The system gives it up when
// its process ends, however that ends; a file that is left behind locks nothing.
//
// Such a lock is the process's own: closing any descriptor of the file gives it up, so nothing else may open
// the file. Processes that it starts do not have it.
#ifndef OS_FILE_LOCK_H
#define OS_FILE_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

// The process that has the lock.
struct file_lock_owner {
    pid_t pid;      // 0: not known
    char host[256]; // where it runs; empty: on this machine, or not known
};

enum file_lock_result {
    FILE_LOCK_TAKEN,
    FILE_LOCK_HELD,        // by another process
    FILE_LOCK_UNSUPPORTED, // the file system has no such locks
    FILE_LOCK_FAILED       // the file cannot be opened; errno says why
};

// Creates the file if it is missing, locks it without waiting and writes into it who did. Fills in
// `ret_descriptor` when the lock is taken, to be given to file_lock_release; `ret_owner` when it is held.
enum file_lock_result file_lock_take(const char *path, int *ret_descriptor,
                                     struct file_lock_owner *ret_owner);

// The same of a file that is open for writing and says nothing of its owner; its descriptor keeps the lock
// until it is closed. FILE_LOCK_FAILED never comes.
enum file_lock_result file_lock_take_open(int descriptor);

// Whether another process has the file locked, and which, where that one runs on this machine. False where
// there is no file, or where that is not known.
bool file_lock_is_held(const char *path, struct file_lock_owner *ret_owner);

// Whether the locked file still bears its name: who removes it lets others in.
bool file_lock_is_in_place(const char *path, int descriptor);

// Removes the file, unless it is another one by now, and gives up the lock.
void file_lock_release(const char *path, int descriptor);

#endif
