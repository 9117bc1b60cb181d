/* SPDX-License-Identifier: MIT */
/*
 * Enters the sandbox of src/sandbox.c, as the program does, and then tries the one thing named by its
 * argument. Prints "ok" when that went through, else the name of the error; dies when the wall kills.
 *
 *	sandbox_probe THING [PORT | PATH]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "sandbox.h"

static const char *argument = "";
static int listening = -1; /* opened before the walls go up */

/* What src/sandbox.c says about walls that are not there. */
void log_message(enum log_level level, const char *format, ...)
{
	va_list args;

	(void)level;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
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

static long try_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long try_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
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

static long try_descriptors(void)
{
	for (int i = 0; i < 100; i++)
		if (socket(AF_INET, SOCK_DGRAM, 0) < 0)
			return -1;
	return 0;
}

static struct sockaddr_in loopback(void)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((in_port_t)atoi(argument)),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
}

/* Sends what comes back: what DNS needs. */
static long try_echo(int type)
{
	struct sockaddr_in address = loopback();
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd pollfd = { .fd = fd, .events = POLLOUT };
	char buffer[8] = "";

	if (fd < 0 ||
	    (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 &&
	     errno != EINPROGRESS) ||
	    poll(&pollfd, 1, 5000) != 1 || send(fd, "hello", 5, MSG_NOSIGNAL) != 5)
		return -1;
	pollfd.events = POLLIN;
	if (poll(&pollfd, 1, 5000) != 1 || recv(fd, buffer, sizeof(buffer), 0) != 5)
		return -1;
	return strcmp(buffer, "hello") == 0 ? 0 : -1;
}

static long try_udp(void)
{
	return try_echo(SOCK_DGRAM);
}

static long try_tcp(void)
{
	return try_echo(SOCK_STREAM);
}

/* What a restarted logger needs. */
static long try_unix(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argument);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -1;
	return send(fd, "hello", 5, MSG_DONTWAIT | MSG_NOSIGNAL) == 5 ? 0 : -1;
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

static const struct {
	const char *name;
	long (*attempt)(void);
} things[] = {
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
	{ "netlink", try_netlink },
	{ "packet", try_packet },
	{ "io-uring", try_io_uring },
	{ "abort", try_abort },
	{ "memory", try_memory },
	{ "descriptors", try_descriptors },
	{ "udp", try_udp },
	{ "tcp", try_tcp },
	{ "unix", try_unix },
	{ "timeout", try_timeout },
	{ "time", try_time },
	{ "nothing", try_nothing },
};

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (argc > 2)
		argument = argv[2];
	if (!sandbox_prepare() || !sandbox_drop_root())
		return 2;
	listening = socket(AF_INET, SOCK_DGRAM, 0);
	tzset();
	/* The things must be possible outside, or their failing inside proves nothing. */
	if (!getenv("SANDBOX_PROBE_UNCONFINED"))
		sandbox_enter(2);
	for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++) {
		if (strcmp(argv[1], things[i].name) != 0)
			continue;
		errno = 0;
		puts(things[i].attempt() >= 0 ? "ok" : strerrorname_np(errno));
		return 0;
	}
	return 2;
}
