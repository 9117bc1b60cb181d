/* SPDX-License-Identifier: MIT */
/*
 * How the machines differ that Linux runs on: the name that seccomp has for one, and the calls that
 * only some of them have. Those of 32 bits have two of everything that holds a time or an offset,
 * newer machines lack what newer calls replace.
 */
#ifndef SANDBOX_CALLS_H
#define SANDBOX_CALLS_H

#include <linux/audit.h>
#include <sys/syscall.h>

#include "bpf.h"

#define MACHINE_UNKNOWN 0
#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define MACHINE AUDIT_ARCH_I386
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__arm__) && defined(__ARMEL__)
#define MACHINE AUDIT_ARCH_ARM
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define MACHINE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define MACHINE AUDIT_ARCH_S390X
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#elif defined(__loongarch__) && defined(AUDIT_ARCH_LOONGARCH64)
#define MACHINE AUDIT_ARCH_LOONGARCH64
#else
#define MACHINE MACHINE_UNKNOWN
#endif

/* The protection that s390x's mmap() asks for stands in memory, where no filter can read it. */
#if defined(__s390x__)
#define MMAP_TAKES_A_STRUCT 1
#else
#define MMAP_TAKES_A_STRUCT 0
#endif

/* i386 has both. Its mmap() is as that of s390x, but the libraries use mmap2(). */
#if defined(SYS_mmap2)
#undef SYS_mmap
#define SYS_mmap BPF_NO_CALL
#else
#define SYS_mmap2 BPF_NO_CALL
#endif

#ifndef SYS__llseek
#define SYS__llseek BPF_NO_CALL
#endif
#ifndef SYS_clock_gettime
#define SYS_clock_gettime BPF_NO_CALL
#endif
#ifndef SYS_clock_gettime64
#define SYS_clock_gettime64 BPF_NO_CALL
#endif
#ifndef SYS_fcntl
#define SYS_fcntl BPF_NO_CALL
#endif
#ifndef SYS_fcntl64
#define SYS_fcntl64 BPF_NO_CALL
#endif
#ifndef SYS_fork
#define SYS_fork BPF_NO_CALL
#endif
#ifndef SYS_fstat
#define SYS_fstat BPF_NO_CALL
#endif
#ifndef SYS_fstat64
#define SYS_fstat64 BPF_NO_CALL
#endif
#ifndef SYS_futex
#define SYS_futex BPF_NO_CALL
#endif
#ifndef SYS_futex_time64
#define SYS_futex_time64 BPF_NO_CALL
#endif
#ifndef SYS_gettimeofday
#define SYS_gettimeofday BPF_NO_CALL
#endif
#ifndef SYS_lseek
#define SYS_lseek BPF_NO_CALL
#endif
#ifndef SYS_open
#define SYS_open BPF_NO_CALL
#endif
#ifndef SYS_poll
#define SYS_poll BPF_NO_CALL
#endif
#ifndef SYS_ppoll
#define SYS_ppoll BPF_NO_CALL
#endif
#ifndef SYS_ppoll_time64
#define SYS_ppoll_time64 BPF_NO_CALL
#endif
#ifndef SYS_recv
#define SYS_recv BPF_NO_CALL
#endif
#ifndef SYS_send
#define SYS_send BPF_NO_CALL
#endif
#ifndef SYS_sigreturn
#define SYS_sigreturn BPF_NO_CALL
#endif
#ifndef SYS_time
#define SYS_time BPF_NO_CALL
#endif
#ifndef SYS_vfork
#define SYS_vfork BPF_NO_CALL
#endif

#endif
