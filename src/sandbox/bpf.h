/* SPDX-License-Identifier: MIT */
/*
 * Assembles a seccomp filter from rules: which system calls go through, with which arguments, and
 * what becomes of all others.
 *
 * The calls become a binary tree. Newer kernels run the filter once for each call number when it is
 * installed (their cache of answers), so every start would pay for a list hundreds of times.
 * Pure: makes no system call. The numbers are those of the machine that it is compiled for.
 */
#ifndef SANDBOX_BPF_H
#define SANDBOX_BPF_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BPF_STEPS_MAX = 256, /* a jump passes over 255 steps at most */
	BPF_RULES_MAX = 128,
	BPF_CHECKS_MAX = 3,
	BPF_VALUES_MAX = 4,
	BPF_NO_CALL = -1, /* this machine does not have it */
};

/* One half of an argument, under the mask, is one of the values. Of an int the kernel takes the low half. */
struct bpf_check {
	uint32_t mask;	  /* 0: no check */
	uint8_t argument; /* from 0 */
	bool high;	  /* the upper 32 bits, which pointers have */
	uint8_t count;	  /* 1..BPF_VALUES_MAX */
	uint32_t values[BPF_VALUES_MAX];
};

/*
 * A call gets the action of the first of its rules, in the order given, all of whose checks hold; if
 * none does, and for calls without a rule, it gets the default.
 */
struct bpf_rule {
	long call;	 /* SYS_..., BPF_NO_CALL: the rule is passed over */
	uint32_t action; /* SECCOMP_RET_... */
	struct bpf_check checks[BPF_CHECKS_MAX];
};

struct bpf_program {
	const struct sock_filter *steps; /* inside `storage` */
	size_t count;
	struct sock_filter storage[BPF_STEPS_MAX];
};

struct bpf_policy {
	uint32_t machine;   /* AUDIT_ARCH_... whose numbers the rules have */
	uint32_t foreign;   /* action for calls by another convention of this kernel */
	uint32_t otherwise; /* the default */
	const struct bpf_rule *rules;
	size_t count;
};

/* Returns false when there are more rules or steps than there is room for. */
bool bpf_assemble(struct bpf_program *program, const struct bpf_policy *policy);

#endif
