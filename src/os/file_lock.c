// The lock is on the file, not on its name: who opened the file before its owner removed it gets a lock that
// nobody else sees, and tries again with the file that bears the name then.
//
// Who has it is what the file says. The system knows the process too, but not in another container or on
// another machine; where both know it, the system counts: the file may still say who was killed before.
#include "os/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { MAX_TRIES = 100, WORDS_BYTES = 288 };

static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static bool is_named(int descriptor, const char *path)
{
    struct stat opened, named;
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 && opened.st_nlink > 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static void this_host(char ret_name[static 256])
{
    memset(ret_name, 0, 256);
    if (gethostname(ret_name, 255) != 0)
        *ret_name = '\0';
}

// Without room on the disk the file says nothing, and is locked all the same.
static void write_owner(int descriptor)
{
    char host[256], words[WORDS_BYTES];
    this_host(host);
    int length = snprintf(words, sizeof words, "%ld %s\n", (long)getpid(), host);
    if (ftruncate(descriptor, 0) == 0 && file_write_all(descriptor, words, (size_t)length))
        (void)fsync(descriptor); // other machines see it from now on
}

static void read_owner(int descriptor, struct file_lock_owner *ret_owner)
{
    static const char of_names[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    char host[256], words[WORDS_BYTES];
    ssize_t length = pread(descriptor, words, sizeof words - 1, 0);
    if (length <= 0)
        return;
    words[length] = '\0';
    char *end;
    long pid = strtol(words, &end, 10);
    if (pid <= 0 || pid != (pid_t)pid || *end != ' ')
        return;
    end++;
    end[strspn(end, of_names)] = '\0';
    this_host(host);
    ret_owner->pid = (pid_t)pid;
    snprintf(ret_owner->host, sizeof ret_owner->host, "%s", strcmp(end, host) == 0 ? "" : end);
}

// False when nobody has the lock any more.
static bool find_owner(int descriptor, struct file_lock_owner *ret_owner)
{
    struct flock lock = whole_file();
    if (fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK)
        return false;
    struct file_lock_owner owner = {0};
    read_owner(descriptor, &owner);
    if (!*owner.host && lock.l_type == F_WRLCK && lock.l_pid > 0)
        owner.pid = lock.l_pid;
    *ret_owner = owner;
    return true;
}

static bool says_locked(int error_number)
{
    return error_number == EACCES || error_number == EAGAIN;
}

static bool says_unsupported(int error_number)
{
    return error_number == ENOLCK || error_number == EOPNOTSUPP || error_number == ENOSYS ||
           error_number == EINVAL;
}

// FILE_LOCK_FAILED when it is to be tried again.
static enum file_lock_result try_lock(int descriptor, const char *path, struct file_lock_owner *ret_owner)
{
    struct flock lock = whole_file();
    if (fcntl(descriptor, F_SETLK, &lock) == 0)
        return is_named(descriptor, path) ? FILE_LOCK_TAKEN : FILE_LOCK_FAILED;
    if (says_unsupported(errno))
        return FILE_LOCK_UNSUPPORTED;
    return says_locked(errno) && find_owner(descriptor, ret_owner) ? FILE_LOCK_HELD : FILE_LOCK_FAILED;
}

enum file_lock_result file_lock_take(const char *path, int *ret_descriptor, struct file_lock_owner *ret_owner)
{
    for (int tries = 0; tries < MAX_TRIES; tries++) {
        int descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (descriptor < 0)
            return FILE_LOCK_FAILED;
        enum file_lock_result result = try_lock(descriptor, path, ret_owner);
        if (result == FILE_LOCK_TAKEN) {
            write_owner(descriptor);
            *ret_descriptor = descriptor;
            return result;
        }
        close(descriptor);
        if (result != FILE_LOCK_FAILED)
            return result;
    }
    errno = EAGAIN;
    return FILE_LOCK_FAILED;
}

enum file_lock_result file_lock_take_open(int descriptor)
{
    struct flock lock = whole_file();
    if (fcntl(descriptor, F_SETLK, &lock) == 0)
        return FILE_LOCK_TAKEN;
    return says_locked(errno) ? FILE_LOCK_HELD : FILE_LOCK_UNSUPPORTED;
}

bool file_lock_is_held(const char *path, struct file_lock_owner *ret_owner)
{
    struct flock lock = whole_file();
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool held = fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(descriptor);
    if (held) // a number of another machine may be nobody's here, or somebody else's
        *ret_owner =
            (struct file_lock_owner){.pid = lock.l_pid > 0 && kill(lock.l_pid, 0) == 0 ? lock.l_pid : 0};
    return held;
}

bool file_lock_is_in_place(const char *path, int descriptor)
{
    return is_named(descriptor, path);
}

void file_lock_release(const char *path, int descriptor)
{
    if (is_named(descriptor, path))
        unlink(path);
    close(descriptor);
}
