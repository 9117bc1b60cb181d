/* SPDX-License-Identifier: MIT */
/*
 * The seccomp filter of the machine that this was compiled for, run here as the kernel would: on
 * machines that are emulated without seccomp as well.
 */
#include "sandbox/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <cmocka.h>

#include "bpf_run.h"
#include "sandbox/calls.h"

#define ABSENT (SECCOMP_RET_ERRNO | ENOSYS)
#define REFUSED (SECCOMP_RET_ERRNO | EACCES)
#define ALLOWED SECCOMP_RET_ALLOW
#define KILLED 0x80000000u
#define GARBAGE 0xdeadbeef00000000ull /* that a caller may leave in the upper half of an int */

static struct bpf_program program;

static uint32_t verdict(long call, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	struct seccomp_data data = { .nr = (int)call, .arch = MACHINE, .args = { a, b, c, d, e } };

	return bpf_run(&program, &data);
}

static int assemble(void **state)
{
	(void)state;
	assert_true(filter_assemble(&program));
	return 0;
}

static const long free_calls[] = {
	SYS_read,
	SYS_write,
	SYS_writev,
	SYS_close,
	SYS_lseek,
	SYS__llseek,
	SYS_poll,
	SYS_ppoll,
	SYS_ppoll_time64,
	SYS_fstat,
	SYS_fstat64,
	SYS_connect,
	SYS_send,
	SYS_recv,
	SYS_recvfrom,
	SYS_getsockname,
	SYS_brk,
	SYS_munmap,
	SYS_mremap,
	SYS_madvise,
	SYS_clock_gettime,
	SYS_clock_gettime64,
	SYS_gettimeofday,
	SYS_time,
	SYS_getrandom,
	SYS_restart_syscall,
	SYS_rt_sigreturn,
	SYS_sigreturn,
	SYS_rt_sigprocmask,
	SYS_rt_sigaction,
	SYS_futex,
	SYS_futex_time64,
	SYS_getpid,
	SYS_gettid,
	SYS_exit_group,
};
static const long refused_calls[] = { SYS_open, SYS_openat, SYS_ioctl, SYS_uname };
static const long fatal_calls[] = {
	SYS_execve,
	SYS_execveat,
	SYS_fork,
	SYS_vfork,
	SYS_clone,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_bpf,
	SYS_unshare,
	SYS_setns,
	SYS_memfd_create,
	SYS_pkey_mprotect,
};
/* Allowed with some arguments only. */
static const long looked_into[] = { SYS_fcntl,	    SYS_fcntl64,    SYS_socket, SYS_sendto,
				    SYS_getsockopt, SYS_setsockopt, SYS_mmap,	SYS_mmap2,
				    SYS_mprotect,   SYS_tgkill };

#define IS_IN(call, list) is_in(call, list, sizeof(list) / sizeof(*(list)))

static bool is_in(long call, const long *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == call)
			return true;
	return false;
}

/* Every number that a kernel may have, those of private calls and of x32 included. */
static void filter_lets_through_what_is_named(void **state)
{
	static const long starts[] = { 0, 0x0f0000, 0x40000000 };

	for (size_t s = 0; s < sizeof(starts) / sizeof(*starts); s++)
		for (long call = starts[s]; call < starts[s] + 1024; call++) {
			uint32_t want = IS_IN(call, free_calls)	   ? ALLOWED :
					IS_IN(call, refused_calls) ? REFUSED :
					IS_IN(call, fatal_calls)   ? KILLED :
								     ABSENT;

			if (!IS_IN(call, looked_into) &&
			    verdict(call, GARBAGE, ~0ull, 7, ~0ull, 1) != want)
				fail_msg("call %ld", call);
		}
	(void)state;
}

static void filter_has_one_way_to_open_sockets(void **state)
{
	static const int domains[] = { AF_UNSPEC,  AF_UNIX,   AF_INET,	AF_INET6,
				       AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG };

	for (size_t i = 0; i < sizeof(domains) / sizeof(*domains); i++)
		for (int type = 0; type < 16; type++)
			for (int protocol = 0; protocol < 300; protocol++) {
				int domain = domains[i];
				bool inet = domain == AF_INET || domain == AF_INET6;
				bool fine = protocol == 0 &&
					    ((inet && type == SOCK_STREAM) ||
					     ((inet || domain == AF_UNIX) && type == SOCK_DGRAM));
				unsigned flags = protocol % 2 ? SOCK_CLOEXEC | SOCK_NONBLOCK : 0;

				assert_int_equal(verdict(SYS_socket, GARBAGE | (unsigned)domain,
							 GARBAGE | (unsigned)type | flags,
							 GARBAGE | (unsigned)protocol, 0, 0),
						 fine ? ALLOWED : ABSENT);
			}
#ifdef SYS_socketcall
	for (unsigned which = 0; which < 32; which++)
		assert_int_equal(verdict(SYS_socketcall, which, 0, 0, 0, 0), ABSENT);
#endif
	(void)state;
}

static void filter_sends_to_the_connected_peer(void **state)
{
	assert_int_equal(verdict(SYS_sendto, 3, 4096, 5, MSG_NOSIGNAL, 0), ALLOWED);
	assert_int_equal(verdict(SYS_sendto, 3, 4096, 5, 0, 1), ABSENT);
	assert_int_equal(verdict(SYS_sendto, 3, 4096, 5, 0, 1ull << 32), ABSENT);
	(void)state;
}

static void check_fcntl(long call)
{
	static const int allowed[] = { F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC };

	for (int command = 0; command < 2048; command++) {
		bool fine = command == F_SETFL;

		for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
			fine = fine || command == allowed[i];
		assert_int_equal(verdict(call, 3, GARBAGE | (unsigned)command, O_NONBLOCK, 0, 0),
				 fine ? ALLOWED : ABSENT);
	}
	assert_int_equal(verdict(call, 3, F_SETFL, O_NONBLOCK | O_ASYNC, 0, 0), ABSENT);
}

static void filter_has_a_list_for_fcntl(void **state)
{
	if (SYS_fcntl != BPF_NO_CALL)
		check_fcntl(SYS_fcntl);
	if (SYS_fcntl64 != BPF_NO_CALL)
		check_fcntl(SYS_fcntl64);
	(void)state;
}

static void filter_has_a_list_for_socket_options(void **state)
{
	for (unsigned level = 0; level < 300; level++)
		for (unsigned option = 0; option < 100; option++) {
			bool set = level == IPPROTO_TCP && option == TCP_NODELAY;
			bool get = level == SOL_SOCKET && option == SO_ERROR;

			assert_int_equal(verdict(SYS_setsockopt, 3, level, option, 0, 0),
					 set ? ALLOWED : ABSENT);
			assert_int_equal(verdict(SYS_getsockopt, 3, level, option, 0, 0),
					 get ? ALLOWED : ABSENT);
		}
	(void)state;
}

static void filter_lets_no_memory_become_code(void **state)
{
	static const long calls[] = { SYS_mmap, SYS_mmap2, SYS_mprotect };

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		for (unsigned protection = 0; protection < 64; protection++) {
			bool gap = calls[i] == SYS_mmap && MMAP_TAKES_A_STRUCT;
			uint32_t want = protection & PROT_EXEC && !gap ? KILLED : ALLOWED;

			if (calls[i] != BPF_NO_CALL)
				assert_int_equal(
					verdict(calls[i], 0, 4096, GARBAGE | protection, 0, 0),
					want);
		}
	assert_true((filter_gap != NULL) == MMAP_TAKES_A_STRUCT);
	(void)state;
}

static void filter_signals_nothing_but_an_abort(void **state)
{
	for (unsigned signal = 0; signal < 65; signal++)
		assert_int_equal(verdict(SYS_tgkill, 1, 1, GARBAGE | signal, 0, 0),
				 signal == SIGABRT ? ALLOWED : ABSENT);
	(void)state;
}

static void filter_kills_calls_of_another_machine(void **state)
{
	struct seccomp_data data = { .nr = (int)SYS_read, .arch = MACHINE ^ 1 };

	assert_int_equal(bpf_run(&program, &data), KILLED);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter_lets_through_what_is_named),
		cmocka_unit_test(filter_has_one_way_to_open_sockets),
		cmocka_unit_test(filter_sends_to_the_connected_peer),
		cmocka_unit_test(filter_has_a_list_for_fcntl),
		cmocka_unit_test(filter_has_a_list_for_socket_options),
		cmocka_unit_test(filter_lets_no_memory_become_code),
		cmocka_unit_test(filter_signals_nothing_but_an_abort),
		cmocka_unit_test(filter_kills_calls_of_another_machine),
	};

	return cmocka_run_group_tests_name("filter", tests, assemble, NULL);
}
