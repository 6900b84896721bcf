/* Records what a program asks of its disk: an LD_PRELOAD shim that appends every write, truncate, sync, rename and unlink
 * under KOI_RECORD_DIR to KOI_RECORD_LOG, in order. Lines written to a file named "acks" are recorded as acknowledgements.
 * Record: u8 op, u32 file, u64 offset, u32 length, bytes. Ops: W write, T truncate (offset = size), S sync, U unlink,
 * R rename (bytes = new name; the file keeps its number), N a file's or folder's name, M a folder was made,
 * A acknowledgement. Syncs of names that end in KOI_RECORD_DEAF are left out, as if the program had forgotten them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { kFdMax = 4096, kFilesMax = 16384 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *log_file;
static char dir[512];
static const char *deaf;
static int file_of_fd[kFdMax]; /* 0: not ours; else file number */
static char *names[kFilesMax];
static int files;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  const char *d = getenv("KOI_RECORD_DIR"), *l = getenv("KOI_RECORD_LOG");
  if (!d || !l) return;
  snprintf(dir, sizeof dir, "%s", d);
  deaf = getenv("KOI_RECORD_DEAF");
  log_file = fopen(l, "wb");
}

static void put(char op, uint32_t file, uint64_t offset, const void *bytes, uint32_t n) {
  if (!log_file) return;
  fwrite(&op, 1, 1, log_file);
  fwrite(&file, 4, 1, log_file);
  fwrite(&offset, 8, 1, log_file);
  fwrite(&n, 4, 1, log_file);
  if (n) fwrite(bytes, 1, n, log_file);
  fflush(log_file);
}

static int known(const char *path) {
  for (int i = 1; i <= files; ++i)
    if (strcmp(names[i], path) == 0) return i;
  return 0;
}

static int number_of(const char *path) {
  const int file = known(path);
  if (file) return file;
  if (files + 1 >= kFilesMax) return 0;
  names[++files] = strdup(path);
  put('N', (uint32_t)files, 0, path, (uint32_t)strlen(path));
  return files;
}

static int ours(const char *path) {
  if (!dir[0] || strncmp(path, dir, strlen(dir)) != 0) return 0;
  size_t n = strlen(path);
  return !(n > 4 && strcmp(path + n - 4, "-shm") == 0); /* shared memory is no disk */
}

static int opened(int fd, const char *path, int flags) {
  if (fd >= 0 && fd < kFdMax) {
    pthread_mutex_lock(&lock);
    file_of_fd[fd] = ours(path) ? number_of(path) : 0;
    if (file_of_fd[fd] && (flags & O_TRUNC)) put('T', (uint32_t)file_of_fd[fd], 0, 0, 0);
    pthread_mutex_unlock(&lock);
  }
  return fd;
}

#define OPEN(NAME)                                              \
  int NAME(const char *path, int flags, ...) {                  \
    static int (*next)(const char *, int, ...);                 \
    if (!next) next = real(#NAME);                              \
    va_list rest;                                               \
    va_start(rest, flags);                                      \
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;   \
    va_end(rest);                                               \
    return opened(next(path, flags, mode), path, flags);        \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  static int (*next)(int);
  if (!next) next = real("close");
  if (fd >= 0 && fd < kFdMax) file_of_fd[fd] = 0;
  return next(fd);
}

static void wrote(int fd, const void *bytes, ssize_t n, int64_t offset) {
  if (n <= 0 || fd < 0 || fd >= kFdMax || !file_of_fd[fd]) return;
  pthread_mutex_lock(&lock);
  const char *name = names[file_of_fd[fd]];
  size_t length = strlen(name);
  int ack = length >= 5 && strcmp(name + length - 5, "/acks") == 0;
  put(ack ? 'A' : 'W', (uint32_t)file_of_fd[fd], (uint64_t)offset, bytes, (uint32_t)n);
  pthread_mutex_unlock(&lock);
}

ssize_t write(int fd, const void *bytes, size_t n) {
  static ssize_t (*next)(int, const void *, size_t);
  if (!next) next = real("write");
  if (fd < 0 || fd >= kFdMax || !file_of_fd[fd]) return next(fd, bytes, n);
  off_t at = lseek(fd, 0, SEEK_CUR);
  ssize_t done = next(fd, bytes, n);
  wrote(fd, bytes, done, at);
  return done;
}

#define PWRITE(NAME, OFFSET)                                         \
  ssize_t NAME(int fd, const void *bytes, size_t n, OFFSET at) {     \
    static ssize_t (*next)(int, const void *, size_t, OFFSET);       \
    if (!next) next = real(#NAME);                                   \
    ssize_t done = next(fd, bytes, n, at);                           \
    wrote(fd, bytes, done, at);                                      \
    return done;                                                     \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

static int ends_with(const char *text, const char *end) {
  size_t n = strlen(text), m = strlen(end);
  return n >= m && strcmp(text + n - m, end) == 0;
}

#define SYNC(NAME)                                                                  \
  int NAME(int fd) {                                                                \
    static int (*next)(int);                                                        \
    if (!next) next = real(#NAME);                                                  \
    int done = next(fd);                                                            \
    if (done == 0 && fd >= 0 && fd < kFdMax && file_of_fd[fd]) {                    \
      pthread_mutex_lock(&lock);                                                    \
      if (!deaf || !*deaf || !ends_with(names[file_of_fd[fd]], deaf))               \
        put('S', (uint32_t)file_of_fd[fd], 0, 0, 0);                                \
      pthread_mutex_unlock(&lock);                                                  \
    }                                                                               \
    return done;                                                                    \
  }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(NAME, OFFSET)                                       \
  int NAME(int fd, OFFSET size) {                                    \
    static int (*next)(int, OFFSET);                                 \
    if (!next) next = real(#NAME);                                   \
    int done = next(fd, size);                                       \
    if (done == 0 && fd >= 0 && fd < kFdMax && file_of_fd[fd]) {     \
      pthread_mutex_lock(&lock);                                     \
      put('T', (uint32_t)file_of_fd[fd], (uint64_t)size, 0, 0);      \
      pthread_mutex_unlock(&lock);                                   \
    }                                                                \
    return done;                                                     \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int unlink(const char *path) {
  static int (*next)(const char *);
  if (!next) next = real("unlink");
  int done = next(path);
  if (done == 0 && ours(path)) {
    pthread_mutex_lock(&lock);
    put('U', (uint32_t)number_of(path), 0, 0, 0);
    pthread_mutex_unlock(&lock);
  }
  return done;
}

int rename(const char *from, const char *to) {
  static int (*next)(const char *, const char *);
  if (!next) next = real("rename");
  int done = next(from, to);
  if (done == 0 && ours(to)) {
    pthread_mutex_lock(&lock);
    int file = number_of(from), over = known(to);
    put('R', (uint32_t)file, 0, to, (uint32_t)strlen(to));
    if (over) names[over] = ""; /* what had the name before has none now */
    names[file] = strdup(to);
    pthread_mutex_unlock(&lock);
  }
  return done;
}

int mkdir(const char *path, mode_t mode) {
  static int (*next)(const char *, mode_t);
  if (!next) next = real("mkdir");
  int done = next(path, mode);
  if (done == 0 && ours(path)) {
    pthread_mutex_lock(&lock);
    put('M', (uint32_t)number_of(path), 0, 0, 0);
    pthread_mutex_unlock(&lock);
  }
  return done;
}
