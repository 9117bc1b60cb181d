/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "base/text.h"

static const struct span names[REQUEST_ATTRIBUTE_COUNT] = {
	[REQUEST_TYPE] = { "request", 7 },
	[REQUEST_PROTOCOL_STATE] = { "protocol_state", 14 },
	[REQUEST_CLIENT_ADDRESS] = { "client_address", 14 },
	[REQUEST_HELO_NAME] = { "helo_name", 9 },
	[REQUEST_SENDER] = { "sender", 6 },
	[REQUEST_RECIPIENT] = { "recipient", 9 },
	[REQUEST_INSTANCE] = { "instance", 8 },
	[REQUEST_QUEUE_ID] = { "queue_id", 8 },
	[REQUEST_SASL_USERNAME] = { "sasl_username", 13 },
};

/* Only what is read before it is written: clearing the values would cost more than the parsing. */
void request_reset(struct request *request)
{
	request->status = REQUEST_MORE;
	request->attributes = 0;
	request->bytes = 0;
	request->line_length = 0;
	request->line_equals = false;
	request->error[0] = '\0';
	request->data_length = 0;
	for (size_t i = 0; i < REQUEST_ATTRIBUTE_COUNT; i++)
		request->values[i] = (struct span){ NULL, 0 };
}

/* `about` is shown quoted after the problem; an empty one is not. */
static void fail(struct request *request, const char *problem, struct span about)
{
	struct text error;

	request->status = REQUEST_ERROR;
	text_init(&error, request->error, sizeof(request->error));
	text_format(&error, "line %zu: %s", request->attributes, problem);
	if (about.length > 0) {
		text_string(&error, ": \"");
		text_printable(&error, about, 48);
		text_char(&error, '"');
	}
}

/* Of a value of `length` bytes; `value` holds all that can be kept. */
static void keep_value(struct request *request, struct span name, struct span value, size_t length)
{
	char *kept = request->data + request->data_length;

	for (size_t i = 0; i < REQUEST_ATTRIBUTE_COUNT; i++) {
		if (!span_equal(name, names[i]))
			continue;
		if (length > REQUEST_VALUE_MAX) {
			fail(request, "the value is too long", name);
		} else if (!request->values[i].data) {
			/* Each attribute once, so there is room. */
			memcpy(kept, value.data, length);
			request->data_length += length;
			request->values[i] = (struct span){ kept, length };
		}
		return;
	}
}

/* A whole line of `length` bytes, of which `line` holds all that can matter. */
static void take_line(struct request *request, struct span line, size_t length)
{
	size_t equals = span_find(line, '=');

	if (length == 0) {
		if (request->attributes == 0)
			fail(request, "the request is empty", line);
		else
			request->status = REQUEST_READY;
		return;
	}
	if (++request->attributes > REQUEST_ATTRIBUTES_MAX) {
		fail(request, "too many attributes", (struct span){ NULL, 0 });
		return;
	}
	if (equals == line.length) {
		if (!request->line_equals)
			fail(request, "no \"=\"", line);
	} else if (equals == 0) {
		fail(request, "the attribute has no name", line);
	} else {
		keep_value(request, span_take(line, equals), span_skip(line, equals + 1),
			   length - equals - 1);
	}
}

/* Remembers a piece of a line that came in several; of a very long line only the beginning. */
static struct span keep_piece(struct request *request, struct span piece)
{
	size_t max = sizeof(request->line);
	size_t stored = request->line_length < max ? request->line_length : max;
	size_t n = piece.length < max - stored ? piece.length : max - stored;

	if (n > 0)
		memcpy(request->line + stored, piece.data, n);
	request->line_length += piece.length;
	request->line_equals = request->line_equals || span_contains(piece, '=');
	return (struct span){ request->line, stored + n };
}

static void push_piece(struct request *request, struct span piece, bool ends)
{
	struct span line = piece;

	if (piece.length > REQUEST_LINE_MAX - request->line_length) {
		request->attributes++;
		fail(request, "the line is too long", piece);
		return;
	}
	if (span_contains(piece, '\0')) {
		request->attributes++;
		fail(request, "a NUL byte", piece);
		return;
	}
	/* The usual case, a whole line in one piece, is read where it is. */
	if (!ends || request->line_length > 0)
		line = keep_piece(request, piece);
	else
		request->line_length = piece.length;
	if (!ends)
		return;
	take_line(request, line, request->line_length);
	request->line_length = 0;
	request->line_equals = false;
}

size_t request_push(struct request *request, const char *data, size_t length)
{
	size_t taken = 0;

	while (taken < length && request->status == REQUEST_MORE) {
		struct span left = { data + taken, length - taken };
		size_t n = span_find(left, '\n');

		push_piece(request, span_take(left, n), n < left.length);
		taken += n + (n < left.length);
	}
	request->bytes += taken;
	return taken;
}

bool request_is_idle(const struct request *request)
{
	return request->status == REQUEST_MORE && request->bytes == 0;
}

struct span request_get(const struct request *request, enum request_attribute attribute)
{
	return request_has(request, attribute) ? request->values[attribute] :
						 (struct span){ "", 0 };
}

bool request_has(const struct request *request, enum request_attribute attribute)
{
	return request->values[attribute].data != NULL;
}
