/* SPDX-License-Identifier: MIT */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "process.h"

enum {
	NOBODY = 65534,
	MEMORY_MAX = 64 * 1024 * 1024,
	DESCRIPTORS_MAX = 32,
};

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1 || errno != EBADF;
}

static bool open_null_on(int fd)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return false;
	if (null == fd)
		return true;
	if (dup2(null, fd) < 0)
		return false;
	close(null);
	return true;
}

/* S_IFSOCK, S_IFREG, ...; 0 when it is not open. */
static mode_t type_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

bool sandbox_stderr_is_free(void)
{
	static int answer = -1;

	/* Asked once, before stderr is moved away. */
	if (answer < 0)
		answer = is_open(STDERR_FILENO) && type_of(STDERR_FILENO) != S_IFSOCK;
	return answer;
}

static void clear_environment(void)
{
	static const char *const names[] = {
		"LOCALDOMAIN",	   "RES_OPTIONS",  "HOSTALIASES",      "CARES_HOSTS",
		"NLSPATH",	   "LOCPATH",	   "MALLOC_ARENA_MAX", "MALLOC_CHECK_",
		"MALLOC_PERTURB_", "MALLOC_TRACE", "GLIBC_TUNABLES",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unsetenv(names[i]);
}

/* A time zone that is no file, as a FIFO, would hold up whoever reads it. */
static void clear_odd_time_zone(void)
{
	const char *name = getenv("TZ"), *folder = getenv("TZDIR");
	struct stat status;
	char path[4096];

	if (!name)
		return;
	name += *name == ':';
	if (*name == '/')
		folder = "";
	snprintf(path, sizeof(path), "%s/%s", folder ? folder : "/usr/share/zoneinfo", name);
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		unsetenv("TZ");
}

bool sandbox_prepare(void)
{
	bool keep_stderr = sandbox_stderr_is_free();

	for (int fd = 0; fd <= 2; fd++)
		if (!is_open(fd) && !open_null_on(fd))
			return false;
	if (!keep_stderr && !open_null_on(STDERR_FILENO))
		return false;
	clear_environment();
	clear_odd_time_zone();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return true;
}

bool sandbox_drop_root(void)
{
	if (geteuid() != 0)
		return true;
	return setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
	       setresuid(NOBODY, NOBODY, NOBODY) == 0;
}

/* ---- limits ---- */

void process_lacks(int debug_level, const char *layer)
{
	if (debug_level >= 2)
		log_message(LOG_LEVEL_INFO, "sandbox: no %s here: %s", layer, strerror(errno));
}

/* EPERM: a limit that is lower already, which is as good. A macro, since glibc and musl differ in the type of a
   resource. */
#define LIMIT(resource, value) \
	(setrlimit(resource, &(struct rlimit){ value, value }) == 0 || errno == EPERM)

/* None on CPU time: an honest process may serve mail for days. */
bool process_set_limits(int debug_level)
{
	bool writes_files = type_of(STDOUT_FILENO) == S_IFREG ||
			    type_of(STDERR_FILENO) == S_IFREG || log_fills_file();
	bool ok = LIMIT(RLIMIT_NOFILE, DESCRIPTORS_MAX);

	ok = LIMIT(RLIMIT_CORE, 0) && ok;
	if (!INSTRUMENTED) {
		ok = LIMIT(RLIMIT_NPROC, 0) && ok;
		ok = LIMIT(RLIMIT_AS, MEMORY_MAX) && ok;
	}
	if (!writes_files)
		ok = LIMIT(RLIMIT_FSIZE, 0) && ok;
	if (!ok)
		process_lacks(debug_level, "limit on resources");
	return ok;
}
