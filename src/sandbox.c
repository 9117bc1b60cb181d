/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

/* Sanitizers need calls and memory that the product must not have, and trace it at its end for leaks. */
#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define INSTRUMENTED 1
#endif
#endif
#ifndef INSTRUMENTED
#define INSTRUMENTED 0
#endif

#ifndef PR_SET_MDWE /* Linux 6.3 */
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

enum {
	NOBODY = 65534,
	MEMORY_MAX = 64 * 1024 * 1024,
	DESCRIPTORS_MAX = 32,
};

/* The program that contrib/seccomp-filter.c has libseccomp assemble when we are built. */
static const struct sock_filter filter[] = {
#include "seccomp_filter.h"
};

/* ---- at the very start ---- */

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

static bool is_socket(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

bool sandbox_stderr_is_free(void)
{
	static int answer = -1;

	/* Asked once, before stderr is moved away. */
	if (answer < 0)
		answer = is_open(STDERR_FILENO) && !is_socket(STDERR_FILENO);
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

bool sandbox_prepare(void)
{
	bool keep_stderr = sandbox_stderr_is_free();

	for (int fd = 0; fd <= 2; fd++)
		if (!is_open(fd) && !open_null_on(fd))
			return false;
	if (!keep_stderr && !open_null_on(STDERR_FILENO))
		return false;
	clear_environment();
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

/* ---- the walls ---- */

static void missing(int debug_level, const char *wall)
{
	if (debug_level >= 2)
		log_message(LOG_LEVEL_INFO, "sandbox: no %s here: %s", wall, strerror(errno));
}

/* EPERM: a limit that is lower already, which is as good. */
static bool limit(__rlimit_resource_t resource, rlim_t value)
{
	struct rlimit limits = { value, value };

	return setrlimit(resource, &limits) == 0 || errno == EPERM;
}

static bool is_regular(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* No limit on CPU time: an honest process may serve mail for days. */
static void set_limits(int debug_level)
{
	bool writes_files = is_regular(STDOUT_FILENO) || is_regular(STDERR_FILENO);
	bool ok = limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);

	ok = limit(RLIMIT_CORE, 0) && ok;
	if (!INSTRUMENTED) {
		ok = limit(RLIMIT_NPROC, 0) && ok;
		ok = limit(RLIMIT_AS, MEMORY_MAX) && ok;
	}
	if (!writes_files)
		ok = limit(RLIMIT_FSIZE, 0) && ok;
	if (!ok)
		missing(debug_level, "limit on resources");
}

/*
 * A ruleset without a single path: nothing can be opened, made or run any more. Only rights to files are
 * handled. Those on sockets (pathname UNIX sockets, UDP, TCP ports) are not: the log and DNS need them.
 */
static void restrict_files(int debug_level)
{
	static const uint64_t file_rights[] = {
		0,
		(1ull << 13) - 1, /* ABI 1, Linux 5.13 */
		(1ull << 14) - 1, /* ABI 2, 5.19: refer */
		(1ull << 15) - 1, /* ABI 3, 6.2: truncate */
		(1ull << 15) - 1,
		(1ull << 16) - 1, /* ABI 5, 6.10: ioctl on devices */
	};
	enum { KNOWN = sizeof(file_rights) / sizeof(*file_rights) };
	struct {
		uint64_t handled_files;
	} ruleset = { 0 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int fd;

	if (abi < 1) {
		missing(debug_level, "Landlock");
		return;
	}
	ruleset.handled_files = file_rights[abi < KNOWN ? abi : KNOWN - 1];
	fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
	if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		missing(debug_level, "Landlock");
	if (fd >= 0)
		close(fd);
}

static void filter_calls(int debug_level)
{
	struct sock_fprog program = {
		.len = (unsigned short)(sizeof(filter) / sizeof(*filter)),
		.filter = (struct sock_filter *)filter,
	};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		missing(debug_level, "seccomp filter");
}

void sandbox_enter(int debug_level)
{
	set_limits(debug_level);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		missing(debug_level, "no_new_privs");
	if (INSTRUMENTED)
		return;
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		missing(debug_level, "protection from ptrace and core dumps");
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0)
		missing(debug_level, "MDWE");
	restrict_files(debug_level);
	filter_calls(debug_level);
}
