/* SPDX-License-Identifier: MIT */
/* The policy request reader: blocks whole, in pieces, hostile, and its limits to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "postfix/request.h"

/* What Postfix 3.7 sends, in its order. */
static const char block[] = "request=smtpd_access_policy\n"
			    "protocol_state=RCPT\n"
			    "protocol_name=ESMTP\n"
			    "client_address=192.0.2.5\n"
			    "client_name=mail.pass.example\n"
			    "client_port=33444\n"
			    "helo_name=mail.pass.example\n"
			    "sender=x=y;\"z @w\"@Pass.example\n"
			    "recipient=r@dest.example\n"
			    "recipient_count=0\n"
			    "queue_id=\n"
			    "instance=1f.2.3.0\n"
			    "size=0\n"
			    "sasl_method=\n"
			    "sasl_username=\n"
			    "policy_context=\n"
			    "\n";

static struct request *request;

static int setup(void **state)
{
	(void)state;
	/* Garbage, as a static or pooled request would hold from the one before. */
	request = malloc(sizeof(*request));
	if (!request)
		return -1;
	memset(request, 0xa5, sizeof(*request));
	request_reset(request);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(request);
	return 0;
}

static size_t push(const char *text)
{
	return request_push(request, text, strlen(text));
}

static void assert_value(enum request_attribute attribute, const char *expected)
{
	struct span value = request_get(request, attribute);

	assert_true(request_has(request, attribute));
	assert_int_equal(value.length, strlen(expected));
	assert_memory_equal(value.data, expected, value.length);
}

static void assert_block_was_read(void)
{
	assert_int_equal(request->status, REQUEST_READY);
	assert_string_equal(request->error, "");
	assert_int_equal(request->attributes, 16);
	assert_int_equal(request->bytes, sizeof(block) - 1);
	assert_value(REQUEST_TYPE, "smtpd_access_policy");
	assert_value(REQUEST_PROTOCOL_STATE, "RCPT");
	assert_value(REQUEST_CLIENT_ADDRESS, "192.0.2.5");
	assert_value(REQUEST_HELO_NAME, "mail.pass.example");
	assert_value(REQUEST_SENDER, "x=y;\"z @w\"@Pass.example");
	assert_value(REQUEST_RECIPIENT, "r@dest.example");
	assert_value(REQUEST_QUEUE_ID, "");
	assert_value(REQUEST_INSTANCE, "1f.2.3.0");
	assert_value(REQUEST_SASL_USERNAME, "");
}

static void request_whole_block_is_ready(void **state)
{
	(void)state;
	assert_true(request_is_idle(request));
	assert_int_equal(push(block), sizeof(block) - 1);
	assert_false(request_is_idle(request));
	assert_block_was_read();
}

static void request_split_anywhere_is_the_same(void **state)
{
	(void)state;
	for (size_t cut = 0; cut < sizeof(block); cut++) {
		request_reset(request);
		assert_int_equal(request_push(request, block, cut), cut);
		assert_int_equal(request_is_idle(request), cut == 0);
		request_push(request, block + cut, sizeof(block) - 1 - cut);
		assert_block_was_read();
	}
	request_reset(request);
	for (size_t i = 0; i < sizeof(block) - 1; i++) {
		assert_int_equal(request->status, REQUEST_MORE);
		assert_int_equal(request_push(request, block + i, 1), 1);
	}
	assert_block_was_read();
}

static void request_next_block_is_left_alone(void **state)
{
	static const char two[] = "sender=a@b.example\n\nsender=c@d.example\nhelo_name=h\n\n";

	(void)state;
	assert_int_equal(push(two), 20);
	assert_int_equal(request->status, REQUEST_READY);
	assert_value(REQUEST_SENDER, "a@b.example");
	/* Ready stays ready: nothing more is taken before the reset. */
	assert_int_equal(push(two + 20), 0);
	assert_value(REQUEST_SENDER, "a@b.example");
	request_reset(request);
	assert_true(request_is_idle(request));
	assert_false(request_has(request, REQUEST_SENDER));
	assert_int_equal(request_get(request, REQUEST_SENDER).length, 0);
	assert_int_equal(push(two + 20), strlen(two) - 20);
	assert_value(REQUEST_SENDER, "c@d.example");
	assert_value(REQUEST_HELO_NAME, "h");
}

static void request_values_are_kept_byte_for_byte(void **state)
{
	(void)state;
	push("sender= \x01\x1b\x7f\xc3\xa4 ;\"%s%n \t\r\nhelo_name==\nclient_address=unknown \n\n");
	assert_int_equal(request->status, REQUEST_READY);
	assert_value(REQUEST_SENDER, " \x01\x1b\x7f\xc3\xa4 ;\"%s%n \t\r");
	assert_value(REQUEST_HELO_NAME, "=");
	assert_value(REQUEST_CLIENT_ADDRESS, "unknown ");
}

/* A line that holds a CR is not the empty line: the block goes on and the CR is a name without "=". */
static void request_crlf_does_not_end_the_block(void **state)
{
	(void)state;
	push("sender=a@b.example\r\n\r\n");
	assert_int_equal(request->status, REQUEST_ERROR);
	assert_string_equal(request->error, "line 2: no \"=\": \"\\x0d\"");
}

static void request_first_of_repeated_attributes_is_kept(void **state)
{
	(void)state;
	push("sender=\nsender=b@evil.example\nhelo_name=one\nhelo_name=one\nhelo_name=two\n\n");
	assert_int_equal(request->status, REQUEST_READY);
	assert_value(REQUEST_SENDER, "");
	assert_value(REQUEST_HELO_NAME, "one");
}

static void request_names_are_exact(void **state)
{
	(void)state;
	push("Sender=a\nsender =b\n sender=c\nsende=d\nsenders=e\nclient_addresT=f\nsenders\n=g\n");
	assert_int_equal(request->status, REQUEST_ERROR);
	assert_false(request_has(request, REQUEST_SENDER));
	assert_false(request_has(request, REQUEST_CLIENT_ADDRESS));
}

static void request_malformed_is_an_error_that_stays(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *error;
	} rows[] = {
		{ "\n", 1, "line 0: the request is empty" },
		{ "junk\n", 5, "line 1: no \"=\": \"junk\"" },
		{ "a=b\njunk\x1b\xff\n", 11, "line 2: no \"=\": \"junk\\x1b\\xff\"" },
		{ "=x\n", 3, "line 1: the attribute has no name: \"=x\"" },
		{ "=\n", 2, "line 1: the attribute has no name: \"=\"" },
		{ "a=b\nsender=x\0y@z\n", 17, "line 2: a NUL byte: \"sender=x\\x00y@z\"" },
		{ "other\0=x\n", 9, "line 1: a NUL byte: \"other\\x00=x\"" },
		{ "\0", 1, "line 1: a NUL byte: \"\\x00\"" },
		{ "this line is rather long and has no sign of any equality in it\n", 63,
		  "line 1: no \"=\": \"this line is rather long and has no sign of a...\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		request_reset(request);
		assert_int_equal(request_push(request, rows[i].bytes, rows[i].length),
				 rows[i].length);
		assert_int_equal(request->status, REQUEST_ERROR);
		assert_string_equal(request->error, rows[i].error);
		assert_false(request_is_idle(request));
		assert_int_equal(push(block), 0);
		assert_int_equal(request->status, REQUEST_ERROR);
		request_reset(request);
		push(block);
		assert_block_was_read();
	}
}

/* Pushes one line of `length` bytes that starts with `start`, then ends the block. */
static void push_line(const char *start, size_t length, size_t piece)
{
	char *line = malloc(length + 2);

	assert_non_null(line);
	request_reset(request);
	memset(line, 'v', length);
	memcpy(line, start, strlen(start));
	line[length] = line[length + 1] = '\n';
	for (size_t done = 0; done < length + 2; done += piece) {
		size_t n = length + 2 - done < piece ? length + 2 - done : piece;

		if (request_push(request, line + done, n) != n)
			break;
	}
	free(line);
}

static void request_limits_hold_to_the_byte(void **state)
{
	static const size_t pieces[] = { 1, 7, 2000, 2064, 2065, 100000 };
	static const struct {
		const char *start;
		size_t length;
		enum request_status status;
		size_t sender;
	} rows[] = {
		{ "sender=", 7 + REQUEST_VALUE_MAX, REQUEST_READY, REQUEST_VALUE_MAX },
		{ "sender=", 8 + REQUEST_VALUE_MAX, REQUEST_ERROR, 0 },
		{ "sender=", REQUEST_LINE_MAX, REQUEST_ERROR, 0 },
		{ "protocol_state=", 15 + REQUEST_VALUE_MAX, REQUEST_READY, 0 },
		{ "client_address=", 15 + REQUEST_VALUE_MAX, REQUEST_READY, 0 },
		{ "client_address=", 16 + REQUEST_VALUE_MAX, REQUEST_ERROR, 0 },
		{ "ccert_subject=", REQUEST_LINE_MAX, REQUEST_READY, 0 },
		{ "ccert_subject=", REQUEST_LINE_MAX + 1, REQUEST_ERROR, 0 },
		{ "ccert_subject=", 65536, REQUEST_ERROR, 0 },
		{ "no equals sign", REQUEST_LINE_MAX, REQUEST_ERROR, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
			push_line(rows[i].start, rows[i].length, pieces[j]);
			assert_int_equal(request->status, rows[i].status);
			assert_int_equal(request_get(request, REQUEST_SENDER).length,
					 rows[i].sender);
			assert_int_equal(request->error[0] != '\0',
					 rows[i].status == REQUEST_ERROR);
		}
	}
}

static void request_name_longer_than_what_is_kept_is_unknown(void **state)
{
	static char line[REQUEST_LINE_MAX + 2];

	(void)state;
	memset(line, 'n', sizeof(line));
	line[REQUEST_LINE_MAX - 1] = '=';
	line[REQUEST_LINE_MAX] = line[REQUEST_LINE_MAX + 1] = '\n';
	for (size_t i = 0; i < sizeof(line); i++)
		request_push(request, line + i, 1);
	assert_int_equal(request->status, REQUEST_READY);
	/* And the sign of this line does not excuse the next one. */
	request_reset(request);
	for (size_t i = 0; i <= REQUEST_LINE_MAX; i++)
		request_push(request, line + i, 1);
	push("ju");
	push("nk\n");
	assert_int_equal(request->status, REQUEST_ERROR);
}

static void request_endless_line_is_refused_before_it_ends(void **state)
{
	char piece[100];
	size_t pushed = 0;

	(void)state;
	memset(piece, 'x', sizeof(piece));
	while (request->status == REQUEST_MORE && pushed < 1000000)
		pushed += request_push(request, piece, sizeof(piece));
	assert_int_equal(request->status, REQUEST_ERROR);
	assert_true(pushed <= REQUEST_LINE_MAX + sizeof(piece));
}

static void request_attributes_are_limited(void **state)
{
	(void)state;
	for (size_t i = 0; i < REQUEST_ATTRIBUTES_MAX; i++)
		push("name=value\n");
	assert_int_equal(request->status, REQUEST_MORE);
	push("\n");
	assert_int_equal(request->status, REQUEST_READY);

	request_reset(request);
	for (size_t i = 0; i <= REQUEST_ATTRIBUTES_MAX; i++)
		push("name=value\n");
	assert_int_equal(request->status, REQUEST_ERROR);
	assert_string_equal(request->error, "line 1001: too many attributes");
}

static void request_reset_forgets_half_a_line(void **state)
{
	(void)state;
	push("sender=a@b.exam");
	request_reset(request);
	assert_true(request_is_idle(request));
	push(block);
	assert_block_was_read();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(request_whole_block_is_ready),
		TEST(request_split_anywhere_is_the_same),
		TEST(request_next_block_is_left_alone),
		TEST(request_values_are_kept_byte_for_byte),
		TEST(request_crlf_does_not_end_the_block),
		TEST(request_first_of_repeated_attributes_is_kept),
		TEST(request_names_are_exact),
		TEST(request_malformed_is_an_error_that_stays),
		TEST(request_limits_hold_to_the_byte),
		TEST(request_name_longer_than_what_is_kept_is_unknown),
		TEST(request_endless_line_is_refused_before_it_ends),
		TEST(request_attributes_are_limited),
		TEST(request_reset_forgets_half_a_line),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
