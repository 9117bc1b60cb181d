/* SPDX-License-Identifier: MIT */
/*
 * The table of answers: what outlives its session and for how long, what gives way when it is full,
 * and that a flood of names does not make it grow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/table.h"

static const struct table_limits limits = {
	.entries_max = 8,
	.bytes_max = 100000,
	.ttl_max_s = 300,
	.negative_ttl_max_s = 60,
};

static struct table *table;

static int set_up(void **state)
{
	(void)state;
	table = table_create(&limits);
	return table ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	table_destroy(table);
	return 0;
}

static struct table_entry *find(const char *name, uint16_t type)
{
	return table_find(table, span_of(name), type);
}

static struct answer *make_answer(enum answer_status status, uint32_t ttl)
{
	struct answer_record record = { .data = { "1234", 4 } };

	return answer_build(status, DNS_A, ttl, &record, status == ANSWER_OK);
}

static void add(const char *name, enum answer_status status, uint32_t ttl, uint64_t now_ms)
{
	struct table_entry *entry = table_add(table, span_of(name), DNS_A);

	table_store(table, entry, make_answer(status, ttl), now_ms);
}

static void table_finds_by_name_without_case_and_by_type(void **state)
{
	struct table_entry *entry;

	(void)state;
	table_begin(table, 1000);
	assert_null(find("a.example", DNS_A));
	entry = table_add(table, span_of("A.Example"), DNS_A);
	assert_null(entry->answer);
	assert_ptr_equal(find("a.example", DNS_A), entry);
	assert_ptr_equal(find("A.EXAMPLE", DNS_A), entry);
	assert_null(find("a.example", DNS_TXT));
	assert_null(find("a.exampl", DNS_A));
	assert_null(find("a.example\x80", DNS_A));
	assert_memory_equal(entry->name, "a.example", 9);
	assert_int_equal(entry->name_length, 9);
}

static void table_keeps_answers_for_their_ttl(void **state)
{
	static const struct {
		enum answer_status status;
		uint32_t ttl;
		uint64_t lives_ms; /* past the moment it was stored */
	} rows[] = {
		{ ANSWER_OK, 10, 10000 },	   { ANSWER_OK, 300, 300000 },
		{ ANSWER_OK, UINT32_MAX, 300000 }, { ANSWER_OK, 0, 0 },
		{ ANSWER_NODATA, 10, 10000 },	   { ANSWER_NODATA, 1000, 60000 },
		{ ANSWER_NXDOMAIN, 61, 60000 },	   { ANSWER_NXDOMAIN, 0, 0 },
		{ ANSWER_FAILURE, 10, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "row%zu.example", i);
		table_begin(table, 1000);
		add(name, rows[i].status, rows[i].ttl, 2000);
		assert_non_null(find(name, DNS_A)->answer);
		assert_false(find(name, DNS_A)->cached);
		table_begin(table, 2000 + rows[i].lives_ms - (rows[i].lives_ms > 0));
		if (!find(name, DNS_A) != !rows[i].lives_ms)
			fail_msg("row %zu", i);
		if (find(name, DNS_A))
			assert_true(find(name, DNS_A)->cached);
		table_begin(table, 2000 + rows[i].lives_ms);
		assert_null(find(name, DNS_A));
	}
}

static void table_answer_stays_for_the_session_it_was_valid_in(void **state)
{
	const struct answer *answer;

	(void)state;
	table_begin(table, 1000);
	add("a.example", ANSWER_OK, 1, 1000);
	add("failed.example", ANSWER_FAILURE, 0, 1000);
	answer = find("a.example", DNS_A)->answer;
	/* However long the session lasts, both are the same at its end. */
	assert_int_equal(find("failed.example", DNS_A)->answer->status, ANSWER_FAILURE);
	assert_ptr_equal(find("a.example", DNS_A)->answer, answer);
	table_begin(table, 1999);
	assert_ptr_equal(find("a.example", DNS_A)->answer, answer);
	assert_null(find("failed.example", DNS_A));
}

static void table_forgets_what_is_of_no_use_later(void **state)
{
	(void)state;
	table_begin(table, 1000);
	table_add(table, span_of("open.example"), DNS_A);
	add("failed.example", ANSWER_FAILURE, 10, 1000);
	add("fleeting.example", ANSWER_OK, 0, 1000);
	assert_int_equal(table_entries(table), 3);
	table_end(table);
	assert_int_equal(table_entries(table), 0);
	assert_int_equal(table_bytes(table), 0);
}

static void table_evicts_the_least_recently_used(void **state)
{
	char name[] = "0.example";

	(void)state;
	for (char c = '0'; c < '0' + 8; c++) {
		table_begin(table, 1000);
		name[0] = c;
		add(name, ANSWER_OK, 300, 1000);
	}
	table_begin(table, 1000);
	assert_non_null(find("0.example", DNS_A)); /* used again: now the newest */
	table_begin(table, 1000);
	add("new.example", ANSWER_OK, 300, 1000);
	table_begin(table, 1000);
	assert_int_equal(table_entries(table), 8);
	assert_non_null(find("0.example", DNS_A));
	assert_null(find("1.example", DNS_A));
	assert_non_null(find("2.example", DNS_A));
	assert_non_null(find("new.example", DNS_A));
}

static void table_never_evicts_what_the_session_uses(void **state)
{
	const struct answer *first;
	char name[32];

	(void)state;
	table_begin(table, 1000);
	add("kept.example", ANSWER_OK, 300, 1000);
	table_begin(table, 1000);
	first = find("kept.example", DNS_A)->answer;
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%u.example", i);
		add(name, ANSWER_OK, 300, 1000);
	}
	assert_ptr_equal(find("kept.example", DNS_A)->answer, first);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%u.example", i);
		assert_non_null(find(name, DNS_A));
	}
	table_end(table);
	assert_int_equal(table_entries(table), 8);
}

static void table_is_bounded_by_bytes_too(void **state)
{
	static char text[60000];
	struct answer_record record = { .data = { text, sizeof(text) } };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		char name[] = "0.example";

		table_begin(table, 1000);
		name[0] = (char)('0' + i);
		table_store(table, table_add(table, span_of(name), DNS_TXT),
			    answer_build(ANSWER_OK, DNS_TXT, 300, &record, 1), 1000);
		assert_true(table_bytes(table) > sizeof(text));
		table_end(table);
		assert_true(table_bytes(table) <= limits.bytes_max);
		assert_int_equal(table_entries(table), 1);
	}
	assert_non_null(find("2.example", DNS_TXT));
}

static void table_does_not_grow_under_a_flood_of_names(void **state)
{
	struct table_limits usual = limits;
	char name[64];

	(void)state;
	usual.entries_max = 1024;
	usual.bytes_max = 1 << 20;
	table_destroy(table);
	table = table_create(&usual);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "%u.unique.example", i);
		if (i % 10 == 0)
			table_begin(table, i);
		assert_null(find(name, DNS_A));
		add(name, i % 3 ? ANSWER_OK : ANSWER_NXDOMAIN, 300, i);
		assert_true(table_entries(table) <= 1024);
		assert_true(table_bytes(table) <= 1 << 20);
	}
	table_end(table);
	assert_int_equal(table_entries(table), 1024);
	assert_non_null(find("99999.unique.example", DNS_A));
	assert_null(find("98000.unique.example", DNS_A));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(table_finds_by_name_without_case_and_by_type,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(table_keeps_answers_for_their_ttl, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(table_answer_stays_for_the_session_it_was_valid_in,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(table_forgets_what_is_of_no_use_later, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(table_evicts_the_least_recently_used, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(table_never_evicts_what_the_session_uses, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(table_is_bounded_by_bytes_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(table_does_not_grow_under_a_flood_of_names, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
