/* SPDX-License-Identifier: MIT */
/* The assembler of filters: what it writes does what the rules say, for rules of every shape. */
#include "sandbox/bpf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "bpf_run.h"

enum { MACHINE = 0x1234, FOREIGN = 11, OTHERWISE = 12 };

static struct bpf_policy policy_of(const struct bpf_rule *rules, size_t count)
{
	return (struct bpf_policy){ MACHINE, FOREIGN, OTHERWISE, rules, count };
}

/* What the header promises, written down as simply as can be. */
static bool holds(const struct bpf_check *check, const struct seccomp_data *data)
{
	uint64_t whole = data->args[check->argument];
	uint32_t half = (uint32_t)(check->high ? whole >> 32 : whole) & check->mask;

	for (size_t i = 0; i < check->count; i++)
		if (check->values[i] == half)
			return true;
	return check->mask == 0;
}

static uint32_t expected(const struct bpf_policy *policy, const struct seccomp_data *data)
{
	if (data->arch != policy->machine)
		return policy->foreign;
	for (size_t i = 0; i < policy->count; i++) {
		const struct bpf_rule *rule = &policy->rules[i];
		bool all = rule->call != BPF_NO_CALL && (uint32_t)rule->call == (uint32_t)data->nr;

		for (size_t c = 0; c < BPF_CHECKS_MAX; c++)
			all = all && holds(&rule->checks[c], data);
		if (all)
			return rule->action;
	}
	return policy->otherwise;
}

static void compare(const struct bpf_program *program, const struct bpf_policy *policy,
		    const struct seccomp_data *data)
{
	uint32_t want = expected(policy, data), got = bpf_run(program, data);

	if (want != got)
		fail_msg("call %d: want %u, got %u", data->nr, want, got);
}

static uint64_t some(unsigned *seed)
{
	static const uint64_t values[] = { 0,	       1,	   2,
					   3,	       1ull << 32, (1ull << 32) + 1,
					   UINT64_MAX, UINT32_MAX };

	return values[(unsigned)rand_r(seed) % (sizeof(values) / sizeof(*values))];
}

static struct bpf_rule random_rule(unsigned *seed, unsigned calls)
{
	static const uint32_t masks[] = { 0, 1, 3, UINT32_MAX };
	struct bpf_rule rule = { .call = (long)((unsigned)rand_r(seed) % calls) * 3 };

	rule.action = (unsigned)rand_r(seed) % 5;
	if (rand_r(seed) % 16 == 0)
		rule.call = BPF_NO_CALL;
	for (size_t c = 0; c < (unsigned)rand_r(seed) % (BPF_CHECKS_MAX + 1); c++) {
		struct bpf_check *check = &rule.checks[c];

		check->mask = masks[rand_r(seed) % 4];
		check->argument = (uint8_t)(rand_r(seed) % 6);
		check->high = rand_r(seed) % 2;
		check->count = (uint8_t)(1 + rand_r(seed) % BPF_VALUES_MAX);
		for (size_t i = 0; i < check->count; i++)
			check->values[i] = (uint32_t)some(seed);
	}
	return rule;
}

static void bpf_does_what_the_rules_say(void **state)
{
	unsigned seed = 1, fitted = 0;

	for (unsigned round = 0; round < 2000; round++) {
		struct bpf_rule rules[64];
		size_t count = 1 + (unsigned)rand_r(&seed) % 24;
		struct bpf_policy policy = policy_of(rules, count);
		struct bpf_program program;

		for (size_t i = 0; i < count; i++)
			rules[i] = random_rule(&seed, 12);
		if (!bpf_assemble(&program, &policy))
			continue;
		fitted++;
		for (unsigned i = 0; i < 200; i++) {
			struct seccomp_data data = { .nr = rand_r(&seed) % 40, .arch = MACHINE };

			for (size_t a = 0; a < 6; a++)
				data.args[a] = some(&seed);
			compare(&program, &policy, &data);
		}
	}
	assert_true(fitted > 1500);
	(void)state;
}

/* Each of many calls, the numbers between and beyond, and numbers that are negative as an int. */
static void bpf_finds_every_call(void **state)
{
	struct bpf_rule rules[BPF_RULES_MAX];
	struct bpf_program program;

	for (size_t count = 1; count <= 100; count++) {
		struct bpf_policy policy = policy_of(rules, count);

		for (size_t i = 0; i < count; i++)
			rules[i] = (struct bpf_rule){ .call = (long)(3 * ((i * 37) % count)),
						      .action = 20 + (uint32_t)(i % 3) };
		assert_true(bpf_assemble(&program, &policy));
		for (int nr = -2; nr < 3 * 101; nr++)
			compare(&program, &policy,
				&(struct seccomp_data){ .nr = nr, .arch = MACHINE });
		compare(&program, &policy,
			&(struct seccomp_data){ .nr = 0x40000000, .arch = MACHINE });
	}
	(void)state;
}

static void bpf_has_one_action_for_another_machine(void **state)
{
	static const struct bpf_rule rules[] = { { .call = 1, .action = 20 } };
	struct bpf_policy policy = policy_of(rules, 1);
	struct bpf_program program;

	assert_true(bpf_assemble(&program, &policy));
	for (int nr = 0; nr < 3; nr++) {
		struct seccomp_data data = { .nr = nr, .arch = MACHINE + 1 };

		assert_int_equal(bpf_run(&program, &data), FOREIGN);
	}
	(void)state;
}

static void bpf_knows_its_limits(void **state)
{
	struct bpf_rule rules[BPF_RULES_MAX + 1];
	struct bpf_program program;
	struct bpf_policy policy = policy_of(rules, BPF_RULES_MAX + 1);

	for (size_t i = 0; i <= BPF_RULES_MAX; i++)
		rules[i] = (struct bpf_rule){ .call = (long)i, .action = 20 };
	assert_false(bpf_assemble(&program, &policy));
	/* Too many steps. */
	for (size_t i = 0; i <= BPF_RULES_MAX; i++)
		for (size_t c = 0; c < BPF_CHECKS_MAX; c++)
			rules[i].checks[c] = (struct bpf_check){ .mask = 1, .count = 4 };
	policy.count = BPF_RULES_MAX;
	assert_false(bpf_assemble(&program, &policy));
	policy.count = 0;
	assert_false(bpf_assemble(&program, &policy));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bpf_does_what_the_rules_say),
		cmocka_unit_test(bpf_finds_every_call),
		cmocka_unit_test(bpf_has_one_action_for_another_machine),
		cmocka_unit_test(bpf_knows_its_limits),
	};

	return cmocka_run_group_tests_name("bpf", tests, NULL, NULL);
}
