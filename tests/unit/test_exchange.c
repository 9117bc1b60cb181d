/* SPDX-License-Identifier: MIT */
/*
 * The seam to c-ares, without it: what it sends becomes our query, what a server sends becomes a
 * placeholder answer, and over TCP the same in pieces of every size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "dns/stream.h"

static struct exchange first, second;
static int carrier, other_carrier;

/* As c-ares writes "q7", here with an OPT that no release sends today. */
static const uint8_t placeholder[] = "\xab\xcd\1\0\0\1\0\0\0\0\0\1\2q7\0\0\1\0\1"
				     "\0\0\51\4\xd0\0\0\0\0\0\0";

enum { PLACEHOLDER_END = sizeof(placeholder) - 1 - 11 };

static int set_up(void **state)
{
	(void)state;
	first = (struct exchange){ .next = &second, .number = 70, .carrier = &carrier };
	second = (struct exchange){ .number = 7, .carrier = &carrier };
	message_build(&first.query, span_of("a.test"), 1, true);
	message_set_id(&first.query, 1);
	message_build(&second.query, span_of("b.test"), 1, false);
	message_set_id(&second.query, 2);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(first.answer);
	free(second.answer);
	return 0;
}

static size_t answer_of(const struct exchange *exchange, uint8_t *out)
{
	memcpy(out, exchange->query.bytes, exchange->query.length);
	out[2] |= 0x80;
	return exchange->query.length;
}

static void exchange_knows_its_placeholder(void **state)
{
	uint8_t message[sizeof(placeholder)];
	char name[PLACEHOLDER_NAME_MAX];

	(void)state;
	exchange_placeholder_name(&second, name);
	assert_string_equal(name, "q7");
	assert_ptr_equal(exchange_sent(&first, placeholder, sizeof(placeholder) - 1), &second);
	assert_int_equal(second.placeholder_length, PLACEHOLDER_END);
	assert_memory_equal(second.placeholder, placeholder, PLACEHOLDER_END);
	for (size_t length = 0; length < PLACEHOLDER_END; length++)
		assert_null(exchange_sent(&first, placeholder, length));
	memcpy(message, placeholder, sizeof(message));
	message[14] = '8';
	assert_null(exchange_sent(&first, message, sizeof(message)));
	memset(message + 12, 1, sizeof(message) - 12);
	assert_null(exchange_sent(&first, message, sizeof(message)));
}

static void exchange_takes_one_answer_from_its_carrier(void **state)
{
	uint8_t message[MESSAGE_QUERY_MAX], told[PLACEHOLDER_MAX];
	size_t length = answer_of(&second, message);

	(void)state;
	assert_null(exchange_answered(&first, &carrier, message, length)); /* never sent */
	assert_non_null(exchange_sent(&first, placeholder, sizeof(placeholder) - 1));
	assert_null(exchange_answered(&first, &other_carrier, message, length));
	assert_ptr_equal(exchange_answered(&first, &carrier, message, length), &second);
	assert_int_equal(second.answer_length, length);
	assert_memory_equal(second.answer, message, length);
	assert_null(exchange_answered(&first, &carrier, message, length)); /* said twice */

	assert_int_equal(exchange_placeholder_answer(&second, told), PLACEHOLDER_END);
	assert_memory_equal(told, "\xab\xcd\x81\2\0\1\0\0\0\0\0\0", 12);
	assert_memory_equal(told + 12, placeholder + 12, PLACEHOLDER_END - 12);
}

/* Feeds bytes as a socket gives them, `step` at a time. */
static bool feed(struct stream *stream, const uint8_t *data, size_t length, size_t step)
{
	while (length > 0) {
		size_t piece = stream_missing(stream);

		piece = piece < step ? piece : step;
		piece = piece < length ? piece : length;
		memcpy(stream->frame + stream->received, data, piece);
		stream->received += piece;
		if (!stream_take(stream, &first, &carrier))
			return false;
		data += piece;
		length -= piece;
	}
	return true;
}

static void stream_takes_messages_in_any_pieces(void **state)
{
	static struct stream stream;
	uint8_t data[2 * (2 + MESSAGE_QUERY_MAX)], told[2 + PLACEHOLDER_MAX];
	size_t length, frame = stream_frame(&second.query, data);

	(void)state;
	assert_int_equal(frame, 2 + second.query.length);
	data[2 + 2] |= 0x80;
	memcpy(data + frame, data, frame); /* the second time it answers nothing */
	for (size_t step = 1; step <= frame; step++) {
		assert_non_null(exchange_sent(&first, placeholder, sizeof(placeholder) - 1));
		stream_reset(&stream);
		assert_true(feed(&stream, data, 2 * frame, step));
		assert_memory_equal(second.answer, data + 2, second.answer_length);
		length = stream_untold(&stream);
		assert_int_equal(length, 2 + PLACEHOLDER_END);
		assert_int_equal(stream_tell(&stream, told, 2), 2); /* as 1.18.1 reads */
		assert_int_equal(stream_tell(&stream, told + 2, length), length - 2);
		assert_memory_equal(told, "\0\24\xab\xcd\x81\2", 6);
		assert_int_equal(stream_untold(&stream), 0);
		free(second.answer);
		second.answer = NULL;
	}
}

static void stream_ends_what_is_no_dns(void **state)
{
	static struct stream stream;
	uint8_t data[2 + MESSAGE_QUERY_MAX];
	size_t frame = stream_frame(&second.query, data);

	(void)state;
	stream_reset(&stream);
	assert_false(feed(&stream, (const uint8_t *)"\0\0", 2, 2));
	stream_reset(&stream);
	assert_false(feed(&stream, (const uint8_t *)"\0\13", 2, 2));
	stream_reset(&stream);
	assert_false(feed(&stream, data, frame, frame)); /* the echo */
	/* The longest message fits. */
	stream_reset(&stream);
	assert_true(feed(&stream, (const uint8_t *)"\xff\xff", 2, 2));
	assert_int_equal(stream_missing(&stream), STREAM_FRAME_MAX - 2);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exchange_knows_its_placeholder),
		TEST(exchange_takes_one_answer_from_its_carrier),
		TEST(stream_takes_messages_in_any_pieces),
		TEST(stream_ends_what_is_no_dns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
