/* Calls of the disk that fail on demand: preloaded into a program, it counts the calls on the folder "/failing-disk" and on paths
 * in it, and makes one, or all from one on, fail as the program asks by opening "/failing-disk-control/<how> <call> <lasting>".
 * How is 0 for nothing, 1 for EIO of any call, 2 for ENOSPC of those that need room, 3 for writes that do half. A link read
 * at "/failing-disk-control/calls" is the number of calls, of the kind that was asked for last, since it was asked for. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { NOTHING, IO, FULL, SHORT };
enum { READS, NEEDS_ROOM, WRITES, CHANGES };
#define FDS 4096
#define CONTROL "/failing-disk-control/"

static atomic_int how, lasting;
static atomic_long first, calls;
static atomic_int watched[FDS];

#define REAL(type, name, ...) \
	static type (*real)(__VA_ARGS__); \
	if (real == NULL) { \
		*(void **)&real = dlsym(RTLD_NEXT, name); \
	}

/* Counts a call and says whether it fails: 0, or what is set as errno, or -1 for a write that does half. */
static int fault(int kind)
{
	int now = how;
	int hit = now == IO || (now == FULL && (kind == NEEDS_ROOM || kind == WRITES)) || (now == SHORT && kind == WRITES);

	if (!hit) {
		return 0;
	}
	long call = ++calls;

	if (call != first && !(lasting && call > first)) {
		return 0;
	}
	return now == IO ? EIO : now == FULL ? ENOSPC : -1;
}

static int is_watched(int fd)
{
	return fd >= 0 && fd < FDS && watched[fd];
}

static int is_on_disk(const char *path)
{
	const char *found = strstr(path, "/failing-disk");

	return found != NULL && (found[13] == '/' || found[13] == 0);
}

static int path_fault(const char *path, int kind)
{
	return is_on_disk(path) ? fault(kind) : 0;
}

#define FAIL(expression) \
	do { \
		int failed = (expression); \
		if (failed > 0) { \
			errno = failed; \
			return -1; \
		} \
	} while (0)

int open64(const char *path, int flags, ...)
{
	REAL(int, "open64", const char *, int, ...)
	mode_t mode = 0;
	int asked, from_then_on;
	long call;

	if (flags & O_CREAT) {
		va_list arguments;

		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	if (sscanf(path, CONTROL "%d %ld %d", &asked, &call, &from_then_on) == 3) {
		how = NOTHING;
		calls = 0;
		first = call;
		lasting = from_then_on;
		how = asked;
		errno = ENOENT;
		return -1;
	}
	FAIL(path_fault(path, flags & O_CREAT ? NEEDS_ROOM : READS));
	int fd = real(path, flags, mode);

	if (fd >= 0 && fd < FDS) {
		watched[fd] = is_on_disk(path);
	}
	return fd;
}

ssize_t readlink(const char *path, char *out, size_t len)
{
	REAL(ssize_t, "readlink", const char *, char *, size_t)
	if (strcmp(path, CONTROL "calls") == 0) {
		int said = snprintf(out, len, "%ld", (long)calls);

		return said < (int)len ? said : (int)len;
	}
	return real(path, out, len);
}

ssize_t pread64(int fd, void *out, size_t len, off64_t at)
{
	REAL(ssize_t, "pread64", int, void *, size_t, off64_t)
	if (is_watched(fd)) {
		FAIL(fault(READS));
	}
	return real(fd, out, len, at);
}

ssize_t read(int fd, void *out, size_t len)
{
	REAL(ssize_t, "read", int, void *, size_t)
	if (is_watched(fd)) {
		FAIL(fault(READS));
	}
	return real(fd, out, len);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t)
	int failed = is_watched(fd) ? fault(WRITES) : 0;

	FAIL(failed);
	return real(fd, bytes, failed < 0 ? len / 2 : len, at);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	REAL(ssize_t, "write", int, const void *, size_t)
	int failed = is_watched(fd) ? fault(WRITES) : 0;

	FAIL(failed);
	return real(fd, bytes, failed < 0 ? len / 2 : len);
}

int ftruncate64(int fd, off64_t len)
{
	REAL(int, "ftruncate64", int, off64_t)
	if (is_watched(fd)) {
		FAIL(fault(NEEDS_ROOM));
	}
	return real(fd, len);
}

int fsync(int fd)
{
	REAL(int, "fsync", int)
	if (is_watched(fd)) {
		FAIL(fault(CHANGES));
	}
	return real(fd);
}

int fdatasync(int fd)
{
	REAL(int, "fdatasync", int)
	if (is_watched(fd)) {
		FAIL(fault(CHANGES));
	}
	return real(fd);
}

int rename(const char *from, const char *to)
{
	REAL(int, "rename", const char *, const char *)
	FAIL(path_fault(to, NEEDS_ROOM));
	return real(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
	REAL(int, "linkat", int, const char *, int, const char *, int)
	FAIL(path_fault(to, NEEDS_ROOM));
	return real(from_folder, from, to_folder, to, flags);
}

/* Of a path, or with an empty one of a file that is open. */
int statx(int folder, const char *path, int flags, unsigned int mask, struct statx *out)
{
	REAL(int, "statx", int, const char *, int, unsigned int, struct statx *)
	/* Rust asks with NULL whether there is such a call, which the header takes for impossible. */
	const char *volatile asked = path;

	if (asked != NULL && asked[0] != '\0') {
		FAIL(path_fault(asked, READS));
	} else if (is_watched(folder)) {
		FAIL(fault(READS));
	}
	return real(folder, path, flags, mask, out);
}

int fchmod(int fd, mode_t mode)
{
	REAL(int, "fchmod", int, mode_t)
	if (is_watched(fd)) {
		FAIL(fault(CHANGES));
	}
	return real(fd, mode);
}

int unlink(const char *path)
{
	REAL(int, "unlink", const char *)
	FAIL(path_fault(path, CHANGES));
	return real(path);
}
