/* A power cut for one process: what was written and not handed to the disk is lost.
 *
 * Preloaded, it counts writes, syncs and renames. At number CUT_AFTER every file that was written since its last sync is cut
 * back to the length that it had then, under whatever name it has by now, and the process is killed. That is the order of
 * events that hurts most: names reach the disk before contents do.
 *
 * cc -shared -fPIC -o power_cut.so power_cut.c -ldl -lpthread
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 4096

static struct { char path[PATH_MAX]; off_t synced; int dirty; } files[FILES];
static int n_files;
static long calls;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int path_of(int fd, char *path) {
    char link[64];
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return 1;
}

static int entry(const char *path) {
    for (int i = 0; i < n_files; i++)
        if (strcmp(files[i].path, path) == 0) return i;
    if (n_files == FILES) abort();
    strcpy(files[n_files].path, path);
    return n_files++;
}

/* Called with the lock held. */
static void count(void) {
    const char *after = getenv("CUT_AFTER");
    if (after == NULL || ++calls < atol(after)) return;
    for (int i = 0; i < n_files; i++)
        if (files[i].dirty && truncate(files[i].path, files[i].synced) != 0) continue;
    raise(SIGKILL);
}

static void wrote(int fd) {
    char path[PATH_MAX];
    pthread_mutex_lock(&lock);
    if (path_of(fd, path)) {
        int known = n_files, i = entry(path);
        struct stat status;
        /* What was there before this process began is on the disk. */
        if (i == known && fstat(fd, &status) == 0) files[i].synced = status.st_size;
        files[i].dirty = 1;
        count();
    }
    pthread_mutex_unlock(&lock);
}

ssize_t write(int fd, const void *bytes, size_t n) { wrote(fd); return REAL(write)(fd, bytes, n); }
ssize_t writev(int fd, const struct iovec *parts, int n) { wrote(fd); return REAL(writev)(fd, parts, n); }
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) { wrote(fd); return REAL(pwrite64)(fd, bytes, n, at); }
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t n, unsigned flags) {
    wrote(out);
    return REAL(copy_file_range)(in, from, out, to, n, flags);
}

static int synced(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    int done = real(fd);
    pthread_mutex_lock(&lock);
    if (done == 0 && path_of(fd, path)) {
        struct stat status;
        int i = entry(path);
        files[i].dirty = 0;
        if (fstat(fd, &status) == 0) files[i].synced = status.st_size;
    }
    count();
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

static void renamed(const char *from, const char *to) {
    char whole[PATH_MAX], old[PATH_MAX], new[2 * PATH_MAX];
    if (realpath(to, whole) == NULL) return;
    /* The old name is gone: its folder tells where it was. */
    const char *slash = strrchr(from, '/');
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - from) : 1, slash ? from : ".");
    if (realpath(folder, old) == NULL) return;
    strncat(old, "/", sizeof old - strlen(old) - 1);
    strncat(old, slash ? slash + 1 : from, sizeof old - strlen(old) - 1);
    size_t length = strlen(old);
    for (int i = 0; i < n_files; i++) {
        if (strcmp(files[i].path, whole) == 0) files[i].path[0] = 0, files[i].dirty = 0;
    }
    for (int i = 0; i < n_files; i++) {
        if (strncmp(files[i].path, old, length) != 0 || (files[i].path[length] != 0 && files[i].path[length] != '/')) continue;
        snprintf(new, sizeof new, "%s%s", whole, files[i].path + length);
        strncpy(files[i].path, new, PATH_MAX - 1);
    }
}

int rename(const char *from, const char *to) {
    int done = REAL(rename)(from, to);
    pthread_mutex_lock(&lock);
    if (done == 0) renamed(from, to);
    count();
    pthread_mutex_unlock(&lock);
    return done;
}

int renameat2(int at, const char *from, int at_to, const char *to, unsigned flags) {
    int done = REAL(renameat2)(at, from, at_to, to, flags);
    pthread_mutex_lock(&lock);
    if (done == 0) renamed(from, to);
    count();
    pthread_mutex_unlock(&lock);
    return done;
}
