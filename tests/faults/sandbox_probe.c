/* SPDX-License-Identifier: MIT */
/*
 * Enters the sandbox of src/sandbox/, as the program does, and then tries the one thing named by its
 * argument. Prints "ok" when that went through, else the name of the error; dies when the sandbox kills.
 *
 *	sandbox_probe THING [PORT | PATH] [PORT that Landlock lets TCP go to: else the same]
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "sandbox/sandbox.h"
#include "sandbox_probe.h"

const char *probe_argument = "";
static int listening = -1; /* opened before the sandbox is entered */
static pid_t sibling;

/* What src/sandbox/ says about what the kernel lacks. */
void log_message(enum log_level level, const char *format, ...)
{
	va_list args;

	(void)level;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* No log of ours is a file here: the limit on files is the service's. */
bool log_fills_file(void)
{
	return false;
}

static long try_exec(void)
{
	char *const argv[] = { "true", NULL };

	return execv("/bin/true", argv);
}

static long try_execveat(void)
{
	char *const argv[] = { "true", NULL };

	return syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0);
}

static long try_system(void)
{
	return system("true");
}

static long try_fork(void)
{
	return fork();
}

static long try_raw_fork(void)
{
	return syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
}

static long try_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0);
}

static long try_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long try_vm_read(void)
{
	char from[8] = "", to[8];
	struct iovec local = { to, sizeof(to) }, remote = { from, sizeof(from) };

	return process_vm_readv(getppid(), &local, 1, &remote, 1, 0);
}

static long try_vm_write(void)
{
	char from[8] = "";
	struct iovec local = { from, sizeof(from) };

	return process_vm_writev(getppid(), &local, 1, &local, 1, 0);
}

static long try_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}

static long try_unshare(void)
{
	return unshare(CLONE_NEWUSER);
}

static long try_setns(void)
{
	return setns(0, 0);
}

static long try_memfd(void)
{
	return memfd_create("x", 0);
}

static long mapped(void *memory)
{
	return memory == MAP_FAILED ? -1 : 0;
}

static long try_mmap_exec(void)
{
	return mapped(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static long try_mmap_wx(void)
{
	return mapped(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static long try_mmap(void)
{
	return mapped(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static long try_mprotect_exec(void)
{
	static _Alignas(4096) char page[4096];

	return mprotect(page, sizeof(page), PROT_READ | PROT_EXEC);
}

static long try_mprotect(void)
{
	static _Alignas(4096) char page[4096];

	return mprotect(page, sizeof(page), PROT_READ);
}

static long try_pkey_mprotect(void)
{
	return syscall(SYS_pkey_mprotect, NULL, 0, PROT_EXEC, -1);
}

static long try_open(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long try_create(void)
{
	return open("/tmp/spfpolicyd-probe", O_WRONLY | O_CREAT, 0600);
}

static long try_openat2(void)
{
	return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0);
}

static long try_unlink(void)
{
	return unlink("/tmp/spfpolicyd-probe");
}

static long try_unknown(void)
{
	return syscall(4000);
}

static long try_kill(void)
{
	return syscall(SYS_kill, getppid(), 0);
}

static long try_setuid(void)
{
	return syscall(SYS_setuid, 0);
}

static long try_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}

static long try_abort(void)
{
	abort();
}

/* More than the limit on memory. */
static long try_memory(void)
{
	volatile char *memory = malloc(100u << 20);

	if (!memory)
		return -1;
	*memory = 1;
	return 0;
}

/* Of a process beside us, which must not be stopped, nor ended. */
static long signal_sibling(int number)
{
	return syscall(SYS_tgkill, sibling, sibling, number);
}

static long try_stop(void)
{
	return signal_sibling(SIGSTOP);
}

static long try_end(void)
{
	return signal_sibling(SIGABRT);
}

/* The 32-bit kernel interface, whose numbers are others. */
static long try_foreign(void)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
	return result > 0 ? 0 : -1;
#else
	return 0;
#endif
}

static long try_stat(void)
{
	struct stat status;

	return stat("/etc/passwd", &status);
}

/* The flag is for descriptors, and does not keep a path from being looked up. */
static long try_stat_flag(void)
{
	struct stat status;

	return fstatat(AT_FDCWD, "/etc/passwd", &status, AT_EMPTY_PATH);
}

static long try_statx(void)
{
	struct statx status;

	return statx(AT_FDCWD, "/etc/passwd", 0, STATX_SIZE, &status);
}

static long try_access(void)
{
	return access("/etc/passwd", R_OK);
}

static long try_timeout(void)
{
	struct pollfd pollfd = { .fd = listening, .events = POLLIN };

	return poll(&pollfd, 1, 50) == 0 ? 0 : -1;
}

static long try_time(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_BOOTTIME, &now) == 0 && time(NULL) > 0 &&
			       localtime(&now.tv_sec) ?
		       0 :
		       -1;
}

static long try_nothing(void)
{
	return 0;
}

static const struct thing things[] = {
	{ "exec", try_exec },
	{ "execveat", try_execveat },
	{ "system", try_system },
	{ "fork", try_fork },
	{ "raw-fork", try_raw_fork },
	{ "clone3", try_clone3 },
	{ "ptrace", try_ptrace },
	{ "vm-read", try_vm_read },
	{ "vm-write", try_vm_write },
	{ "bpf", try_bpf },
	{ "unshare", try_unshare },
	{ "setns", try_setns },
	{ "memfd", try_memfd },
	{ "mmap", try_mmap },
	{ "mmap-exec", try_mmap_exec },
	{ "mmap-write-exec", try_mmap_wx },
	{ "mprotect", try_mprotect },
	{ "mprotect-exec", try_mprotect_exec },
	{ "pkey-mprotect", try_pkey_mprotect },
	{ "open", try_open },
	{ "create", try_create },
	{ "openat2", try_openat2 },
	{ "unlink", try_unlink },
	{ "unknown", try_unknown },
	{ "kill", try_kill },
	{ "setuid", try_setuid },
	{ "io-uring", try_io_uring },
	{ "abort", try_abort },
	{ "memory", try_memory },
	{ "timeout", try_timeout },
	{ "time", try_time },
	{ "nothing", try_nothing },
	{ "stop", try_stop },
	{ "end", try_end },
	{ "foreign", try_foreign },
	{ "stat", try_stat },
	{ "stat-flag", try_stat_flag },
	{ "statx", try_statx },
	{ "access", try_access },
	{ NULL, NULL },
};

static bool attempt(const struct thing *list, const char *name)
{
	for (; list->name; list++) {
		if (strcmp(name, list->name) != 0)
			continue;
		errno = 0;
		puts(list->attempt() >= 0 ? "ok" : strerrorname_np(errno));
		return true;
	}
	return false;
}

/*
 * Ends with us, and holds nothing that somebody reads until its end. The signal is for when it was
 * stopped; from inside the sandbox it does not arrive.
 */
static pid_t start_sibling(void)
{
	int ends[2];
	char byte = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		exit(2);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(STDOUT_FILENO);
		close(ends[0]);
		if (write(ends[1], &byte, 1) == 1 && read(ends[1], &byte, 1) == 0)
			_exit(0);
		_exit(1);
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		exit(2);
	return pid;
}

int main(int argc, char **argv)
{
	uint16_t port;

	if (argc < 2)
		return 2;
	if (argc > 2)
		probe_argument = argv[2];
	port = (uint16_t)atoi(argc > 3 ? argv[3] : probe_argument);
	if (!sandbox_prepare() || !sandbox_drop_root())
		return 2;
	listening = socket(AF_INET, SOCK_DGRAM, 0);
	sibling = start_sibling();
	tzset();
	/* The things must be possible outside, or their failing inside proves nothing. */
	if (!getenv("SANDBOX_PROBE_UNCONFINED"))
		sandbox_enter(2, &port, 1);
	return attempt(things, argv[1]) || attempt(probe_sockets, argv[1]) ? 0 : 2;
}
