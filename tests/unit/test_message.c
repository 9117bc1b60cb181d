/* SPDX-License-Identifier: MIT */
/* Queries as they go out byte for byte, and which messages count as their answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/message.h"

static const uint8_t mx_query[] = "\x12\x34\1\0\0\1\0\0\0\0\0\1"
				  "\5a+b=\xff\3dom\0\0\17\0\1"
				  "\0\0\51\4\xd0\0\0\0\0\0\0";

enum {
	QUERY_SIZE = sizeof(mx_query) - 1,
	QUESTION_END = QUERY_SIZE - 11,
};

static struct message_query build(bool with_edns)
{
	struct message_query query;

	assert_true(message_build(&query, span_of("a+b=\xff.dom"), 15, with_edns));
	message_set_id(&query, 0x1234);
	return query;
}

static void message_is_built_byte_for_byte(void **state)
{
	struct message_query query = build(true);

	(void)state;
	assert_int_equal(query.length, QUERY_SIZE);
	assert_memory_equal(query.bytes, mx_query, QUERY_SIZE);
	assert_int_equal(query.question_end, QUESTION_END);
	query = build(false);
	assert_int_equal(query.length, QUESTION_END);
	assert_int_equal(query.bytes[11], 0);
	assert_memory_equal(query.bytes + 12, mx_query + 12, QUESTION_END - 12);
}

static void message_takes_every_name_that_dns_has(void **state)
{
	struct message_query query;
	char name[255];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	assert_true(message_build(&query, (struct span){ name, 253 }, 1, true));
	assert_int_equal(query.length, MESSAGE_QUERY_MAX);
	assert_false(message_build(&query, (struct span){ name, 254 }, 1, true));
	assert_false(message_build(&query, (struct span){ name + 1, 127 }, 1, true));
	assert_false(message_build(&query, span_of("a..b"), 1, true));
	name[63] = 'x';
	assert_false(message_build(&query, (struct span){ name, 100 }, 1, true));
}

static void message_knows_its_answer(void **state)
{
	struct message_query query = build(true);
	uint8_t answer[QUERY_SIZE];

	(void)state;
	memcpy(answer, mx_query, sizeof(answer));
	assert_false(message_answers(&query, answer, QUERY_SIZE)); /* the echo */
	answer[2] |= 0x80;
	answer[3] = 0x83;
	answer[7] = 9; /* records are the reader's affair */
	assert_true(message_answers(&query, answer, QUERY_SIZE));
	assert_true(message_answers(&query, answer, QUESTION_END));
	for (size_t length = 0; length < QUESTION_END; length++)
		assert_false(message_answers(&query, answer, length));
	/* Of id, opcode, count of questions and question each bit counts. */
	for (size_t bit = 0; bit < 8 * QUESTION_END; bit++) {
		size_t at = bit / 8;
		bool counts = at < 2 || at == 4 || at == 5 || at >= 12;

		if (at == 2)
			counts = 1u << bit % 8 & 0xf8;
		answer[at] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(message_answers(&query, answer, QUERY_SIZE), !counts);
		answer[at] ^= (uint8_t)(1u << bit % 8);
	}
}

static void message_tells_what_its_header_says(void **state)
{
	static const uint8_t cut[12] = { 1, 2, 0x83, 0x85 }, plain[12] = { 1, 2, 0x81, 0x80 };

	(void)state;
	assert_true(message_is_truncated(cut));
	assert_int_equal(message_rcode(cut), MESSAGE_REFUSED);
	assert_false(message_is_truncated(plain));
	assert_int_equal(message_rcode(plain), MESSAGE_NOERROR);
	assert_true(message_is_response(plain));
	assert_false(message_is_response(mx_query));
	assert_int_equal(message_id(plain), 0x102);
}

static void message_declines_edns_without_an_opt(void **state)
{
	struct message_query with = build(true), without = build(false);
	uint8_t answer[QUERY_SIZE];

	(void)state;
	memcpy(answer, mx_query, sizeof(answer));
	answer[2] = 0x81;
	answer[3] = MESSAGE_FORMERR;
	assert_false(message_declines_edns(&with, answer, QUERY_SIZE)); /* its OPT is there */
	answer[11] = 0;
	assert_true(message_declines_edns(&with, answer, QUESTION_END));
	assert_false(message_declines_edns(&without, answer, QUESTION_END));
	answer[7] = 200; /* records that are not there: no OPT among them */
	assert_true(message_declines_edns(&with, answer, QUESTION_END));
	answer[3] = MESSAGE_SERVFAIL;
	assert_false(message_declines_edns(&with, answer, QUESTION_END));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_is_built_byte_for_byte),
		cmocka_unit_test(message_takes_every_name_that_dns_has),
		cmocka_unit_test(message_knows_its_answer),
		cmocka_unit_test(message_tells_what_its_header_says),
		cmocka_unit_test(message_declines_edns_without_an_opt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
