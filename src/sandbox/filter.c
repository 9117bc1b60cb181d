/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "calls.h"

#ifndef SECCOMP_RET_KILL_PROCESS /* Linux 4.14 */
#define SECCOMP_RET_KILL_PROCESS 0x80000000u
#endif

#define FAIL(error) (SECCOMP_RET_ERRNO | ((error)&SECCOMP_RET_DATA))
#define COUNT(...) (sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))
#define BITS(n, bits, ...)                                                                \
	{                                                                                 \
		.argument = (n), .mask = (bits), .count = COUNT(__VA_ARGS__), .values = { \
			__VA_ARGS__                                                       \
		}                                                                         \
	}
#define ONE_OF(n, ...) BITS(n, UINT32_MAX, __VA_ARGS__)
#define NULL_POINTER(n)                                                       \
	ONE_OF(n, 0),                                                         \
	{                                                                     \
		.argument = (n), .high = true, .mask = UINT32_MAX, .count = 1 \
	}

#define ALLOW(name)                                             \
	{                                                       \
		.call = SYS_##name, .action = SECCOMP_RET_ALLOW \
	}
#define REFUSE(name)                                       \
	{                                                  \
		.call = SYS_##name, .action = FAIL(EACCES) \
	}
#define KILL(name)                                                     \
	{                                                              \
		.call = SYS_##name, .action = SECCOMP_RET_KILL_PROCESS \
	}
#define ALLOW_IF(name, ...)                                                                \
	{                                                                                  \
		.call = SYS_##name, .action = SECCOMP_RET_ALLOW, .checks = { __VA_ARGS__ } \
	}
/* Memory, unless it is or becomes executable. */
#define ALLOW_DATA(name) ALLOW_IF(name, BITS(2, PROT_EXEC, 0)), KILL(name)
#define ALLOW_FLAGS(name)                                                      \
	ALLOW_IF(name, ONE_OF(1, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC)), \
		ALLOW_IF(name, ONE_OF(1, F_SETFL), BITS(2, O_ASYNC, 0))

enum { SOCKET_TYPE = 0xf }; /* without SOCK_NONBLOCK and SOCK_CLOEXEC */

/* clang-format off */
static const struct bpf_rule rules[] = {
	/* Requests, replies, DNS, the log. */
	ALLOW(read), ALLOW(write), ALLOW(writev), ALLOW(close), ALLOW(lseek), ALLOW(_llseek),
	ALLOW(poll), ALLOW(ppoll), ALLOW(ppoll_time64), ALLOW(fstat), ALLOW(fstat64),
	ALLOW_FLAGS(fcntl), ALLOW_FLAGS(fcntl64),
	ALLOW_IF(socket, ONE_OF(0, AF_INET, AF_INET6), BITS(1, SOCKET_TYPE, SOCK_DGRAM, SOCK_STREAM),
		 ONE_OF(2, 0)),
	ALLOW_IF(socket, ONE_OF(0, AF_UNIX), BITS(1, SOCKET_TYPE, SOCK_DGRAM), ONE_OF(2, 0)),
	/* To the peer that connect(2) named: TCP Fast Open would go around Landlock's rules for ports. */
	ALLOW(connect), ALLOW(send), ALLOW_IF(sendto, NULL_POINTER(4)), ALLOW(recv), ALLOW(recvfrom),
	ALLOW(getsockname), ALLOW_IF(getsockopt, ONE_OF(1, SOL_SOCKET), ONE_OF(2, SO_ERROR)),
	ALLOW_IF(setsockopt, ONE_OF(1, IPPROTO_TCP), ONE_OF(2, TCP_NODELAY)),
	/* Memory, time, randomness. */
	ALLOW(brk), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise),
#if MMAP_TAKES_A_STRUCT
	ALLOW(mmap),
#else
	ALLOW_DATA(mmap),
#endif
	ALLOW_DATA(mmap2), ALLOW_DATA(mprotect),
	ALLOW(clock_gettime), ALLOW(clock_gettime64), ALLOW(gettimeofday), ALLOW(time), ALLOW(getrandom),
	/* Signal handlers, abort(), the end. */
	ALLOW(restart_syscall), ALLOW(rt_sigreturn), ALLOW(sigreturn), ALLOW(rt_sigprocmask),
	ALLOW(rt_sigaction), ALLOW(futex), ALLOW(futex_time64), ALLOW(getpid), ALLOW(gettid),
	ALLOW_IF(tgkill, ONE_OF(2, SIGABRT)), ALLOW(exit_group),
	/* Libraries try these and live without them; ENOSYS would make them try something else. */
	REFUSE(open), REFUSE(openat), REFUSE(ioctl), REFUSE(uname),
	/* Nothing of ours or of the libraries makes these: whoever does has taken the process over. */
	KILL(execve), KILL(execveat), KILL(fork), KILL(vfork), KILL(clone), KILL(ptrace),
	KILL(process_vm_readv), KILL(process_vm_writev), KILL(bpf), KILL(unshare), KILL(setns),
	KILL(memfd_create), KILL(pkey_mprotect),
};
/* clang-format on */

#if MMAP_TAKES_A_STRUCT
const char *const filter_gap = "filter of executable mappings";
#else
const char *const filter_gap = NULL;
#endif

bool filter_assemble(struct bpf_program *program)
{
	/* What is not named fails as on a kernel that lacks it: libraries fall back to older calls. */
	const struct bpf_policy policy = {
		.machine = MACHINE,
		.foreign = SECCOMP_RET_KILL_PROCESS,
		.otherwise = FAIL(ENOSYS),
		.rules = rules,
		.count = sizeof(rules) / sizeof(*rules),
	};

	errno = EOPNOTSUPP;
	return MACHINE != MACHINE_UNKNOWN && bpf_assemble(program, &policy);
}

bool filter_install(void)
{
	static struct bpf_program program;
	struct sock_fprog handed;

	if (!filter_assemble(&program))
		return false;
	handed.len = (unsigned short)program.count;
	handed.filter = (struct sock_filter *)program.steps;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &handed) == 0;
}
