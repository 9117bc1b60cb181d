/* SPDX-License-Identifier: MIT */
#include "bpf.h"

#include <linux/seccomp.h>
#include <string.h>

enum { LEAF_MAX = 4 }; /* calls that are compared one after the other */

/* Written from its end to its start, so that whatever a step jumps to has its place already. */
struct assembler {
	struct sock_filter *steps;
	size_t start;
	bool full;
};

struct call {
	uint32_t number;
	size_t target; /* the step that decides it */
};

static size_t put(struct assembler *out, unsigned code, uint32_t k, size_t on_true, size_t on_false)
{
	size_t at;

	if (out->start == 0) {
		out->full = true;
		return 0;
	}
	at = --out->start;
	out->steps[at] = (struct sock_filter){
		.code = (uint16_t)code,
		.jt = (uint8_t)(on_true - at - 1),
		.jf = (uint8_t)(on_false - at - 1),
		.k = k,
	};
	return at;
}

/* Goes on with what was put before it. */
static size_t put_plain(struct assembler *out, unsigned code, size_t k)
{
	return put(out, code, (uint32_t)k, out->start, out->start);
}

/* One step for all that return the same. */
static size_t put_return(struct assembler *out, uint32_t action)
{
	for (size_t i = out->start; i < BPF_STEPS_MAX; i++)
		if (out->steps[i].code == (BPF_RET | BPF_K) && out->steps[i].k == action)
			return i;
	return put_plain(out, BPF_RET | BPF_K, action);
}

static size_t put_load(struct assembler *out, size_t offset)
{
	return put_plain(out, BPF_LD | BPF_W | BPF_ABS, offset);
}

/* ---- one call ---- */

static size_t offset_of(const struct bpf_check *check)
{
	size_t first = offsetof(struct seccomp_data, args) + check->argument * sizeof(uint64_t);
	bool second_word = check->high == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

	return first + (second_word ? sizeof(uint32_t) : 0);
}

static size_t put_check(struct assembler *out, const struct bpf_check *check, size_t holds,
			size_t fails)
{
	size_t next = fails;

	for (size_t i = check->count; i-- > 0;)
		next = put(out, BPF_JMP | BPF_JEQ | BPF_K, check->values[i], holds, next);
	if (check->mask != UINT32_MAX)
		put_plain(out, BPF_ALU | BPF_AND | BPF_K, check->mask);
	return put_load(out, offset_of(check));
}

static size_t put_rule(struct assembler *out, const struct bpf_rule *rule, size_t fails)
{
	size_t next = put_return(out, rule->action);

	for (size_t i = BPF_CHECKS_MAX; i-- > 0;)
		if (rule->checks[i].mask != 0)
			next = put_check(out, &rule->checks[i], next, fails);
	return next;
}

/* ---- all calls ---- */

/* By number, and rules of one call in their order. Returns how many are of this machine. */
static size_t sort(const struct bpf_rule **sorted, const struct bpf_policy *policy)
{
	size_t count = 0;

	for (size_t i = 0; i < policy->count; i++) {
		size_t at = count;

		if (policy->rules[i].call == BPF_NO_CALL)
			continue;
		while (at > 0 && sorted[at - 1]->call > policy->rules[i].call) {
			sorted[at] = sorted[at - 1];
			at--;
		}
		sorted[at] = &policy->rules[i];
		count++;
	}
	return count;
}

/* The steps that decide each call. Returns how many calls there are, by number. */
static size_t put_calls(struct assembler *out, struct call *calls, const struct bpf_policy *policy,
			size_t otherwise)
{
	const struct bpf_rule *sorted[BPF_RULES_MAX] = { NULL };
	size_t rules = sort(sorted, policy), first = BPF_RULES_MAX;

	for (size_t i = rules; i-- > 0;) {
		uint32_t number = (uint32_t)sorted[i]->call;
		bool same = first < BPF_RULES_MAX && calls[first].number == number;
		size_t target = put_rule(out, sorted[i], same ? calls[first].target : otherwise);

		if (!same)
			first--;
		calls[first] = (struct call){ number, target };
	}
	memmove(calls, calls + first, (BPF_RULES_MAX - first) * sizeof(*calls));
	return BPF_RULES_MAX - first;
}

static size_t put_tree(struct assembler *out, const struct call *calls, size_t count,
		       size_t otherwise)
{
	size_t half = count / 2, next = otherwise, upper;

	if (count > LEAF_MAX) {
		upper = put_tree(out, calls + half, count - half, otherwise);
		next = put_tree(out, calls, half, otherwise);
		return put(out, BPF_JMP | BPF_JGE | BPF_K, calls[half].number, upper, next);
	}
	for (size_t i = count; i-- > 0;)
		next = put(out, BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, calls[i].target, next);
	return next;
}

bool bpf_assemble(struct bpf_program *program, const struct bpf_policy *policy)
{
	struct assembler out = { .steps = program->storage, .start = BPF_STEPS_MAX };
	struct call calls[BPF_RULES_MAX];
	size_t otherwise, foreign, count, known;

	if (policy->count > BPF_RULES_MAX)
		return false;
	otherwise = put_return(&out, policy->otherwise);
	foreign = put_return(&out, policy->foreign);
	count = put_calls(&out, calls, policy, otherwise);
	put_tree(&out, calls, count, otherwise);
	known = put_load(&out, offsetof(struct seccomp_data, nr));
	put(&out, BPF_JMP | BPF_JEQ | BPF_K, policy->machine, known, foreign);
	put_load(&out, offsetof(struct seccomp_data, arch));
	program->steps = program->storage + out.start;
	program->count = BPF_STEPS_MAX - out.start;
	return !out.full && count > 0;
}
