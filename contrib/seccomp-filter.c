/* SPDX-License-Identifier: MIT */
/*
 * Prints the seccomp filter of src/sandbox.c as an initializer of struct sock_filter. Run by make: what
 * libseccomp assembles is the same for every process, so it is assembled once, and a process that lives
 * for one SMTP connection does not pay for it.
 *
 * What is not named here fails with ENOSYS, as on a kernel that lacks it: libraries that try newer calls
 * fall back to older ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Requests, replies, DNS (with what newer c-ares asks of sockets), the log; memory; time; and what abort()
 * and signal handlers take. A short list: the kernel compiles it anew for every process.
 */
static const int allowed[] = {
	SCMP_SYS(read),		SCMP_SYS(write),
	SCMP_SYS(writev),	SCMP_SYS(close),
	SCMP_SYS(fcntl),	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),	SCMP_SYS(lseek),
	SCMP_SYS(connect),	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),	SCMP_SYS(setsockopt),
	SCMP_SYS(bind),		SCMP_SYS(poll),
	SCMP_SYS(ppoll),	SCMP_SYS(brk),
	SCMP_SYS(munmap),	SCMP_SYS(mremap),
	SCMP_SYS(madvise),	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
	SCMP_SYS(getpid),	SCMP_SYS(gettid),
	SCMP_SYS(futex),	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(tgkill),
	SCMP_SYS(exit_group),
};

/* Libraries try these and live without them; ENOSYS would make them try something else. */
static const int refused[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(ioctl),
	SCMP_SYS(uname),
};

/* Nothing of ours or of the libraries makes these: whoever does has taken the process over. */
static const int fatal[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(fork),
	SCMP_SYS(vfork),
	SCMP_SYS(clone),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(bpf),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(memfd_create),
	SCMP_SYS(pkey_mprotect),
};

static void require(int status, const char *what)
{
	if (status >= 0)
		return;
	errno = -status;
	perror(what);
	exit(1);
}

static void add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		require(seccomp_rule_add(filter, action, calls[i], 0), "seccomp_rule_add");
}

/* Memory that is or becomes executable, and sockets of families that we have no use for. */
static void add_arguments(scmp_filter_ctx filter)
{
	static const int protecting[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	static const int families[] = { AF_INET, AF_INET6, AF_UNIX };

	for (size_t i = 0; i < sizeof(protecting) / sizeof(*protecting); i++) {
		require(seccomp_rule_add(filter, SCMP_ACT_ALLOW, protecting[i], 1,
					 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)),
			"mmap");
		require(seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, protecting[i], 1,
					 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)),
			"mmap");
	}
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		require(seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
					 SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0)),
			"socket");
}

/* libseccomp writes the program to a descriptor; this one is read back. */
static void print(scmp_filter_ctx filter)
{
	FILE *file = tmpfile();
	struct sock_filter step;

	if (!file) {
		perror("tmpfile");
		exit(1);
	}
	require(seccomp_export_bpf(filter, fileno(file)), "seccomp_export_bpf");
	rewind(file);
	while (fread(&step, sizeof(step), 1, file) == 1)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", step.code, step.jt, step.jf, step.k);
	fclose(file);
}

int main(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

	if (!filter)
		return 1;
	/* A binary tree instead of a list: every call passes through it. */
	require(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");
	add(filter, SCMP_ACT_ALLOW, allowed, sizeof(allowed) / sizeof(*allowed));
	add(filter, SCMP_ACT_ERRNO(EACCES), refused, sizeof(refused) / sizeof(*refused));
	add(filter, SCMP_ACT_KILL_PROCESS, fatal, sizeof(fatal) / sizeof(*fatal));
	add_arguments(filter);
	print(filter);
	seccomp_release(filter);
	return ferror(stdout) ? 1 : 0;
}
