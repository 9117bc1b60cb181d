/* SPDX-License-Identifier: MIT */
/* Runs a seccomp filter as the kernel does, and refuses one that the kernel would refuse. */
#ifndef BPF_RUN_H
#define BPF_RUN_H

#include <linux/seccomp.h>
#include <string.h>

#include "sandbox/bpf.h"

/* Calls fail_msg() for a step that the kernel does not take, or a jump out of the program. */
static uint32_t bpf_run(const struct bpf_program *program, const struct seccomp_data *data)
{
	uint32_t value = 0;

	for (size_t at = 0; at < program->count; at++) {
		const struct sock_filter *step = &program->steps[at];

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(step->k % 4 == 0 && step->k < sizeof(*data));
			memcpy(&value, (const char *)data + step->k, sizeof(value));
			break;
		case BPF_ALU | BPF_AND | BPF_K: value &= step->k; break;
		case BPF_JMP | BPF_JEQ | BPF_K: at += value == step->k ? step->jt : step->jf; break;
		case BPF_JMP | BPF_JGE | BPF_K: at += value >= step->k ? step->jt : step->jf; break;
		case BPF_RET | BPF_K: return step->k;
		default: fail_msg("step %zu: code %#x", at, step->code);
		}
	}
	fail_msg("ran out of the program");
	return 0;
}

#endif
