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

static void keep_value(struct request *request, struct span name, struct span line, size_t length)
{
	size_t value_length = length - name.length - 1;
	char *value;

	for (size_t i = 0; i < REQUEST_ATTRIBUTE_COUNT; i++) {
		if (!span_equal(name, names[i]))
			continue;
		if (value_length > REQUEST_VALUE_MAX) {
			fail(request, "the value is too long", name);
		} else if (!request->values[i].data) {
			/* Each attribute once, so there is room. */
			value = request->data + request->data_length;
			memcpy(value, line.data + name.length + 1, value_length);
			request->data_length += value_length;
			request->values[i] = (struct span){ value, value_length };
		}
		return;
	}
}

/* A whole line of `length` bytes, of which `line` holds all that can matter. */
static void take_line(struct request *request, struct span line, size_t length)
{
	const char *equals;
	struct span name;

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
	equals = memchr(line.data, '=', line.length);
	if (!equals) {
		if (!request->line_equals)
			fail(request, "no \"=\"", line);
		return;
	}
	name = (struct span){ line.data, (size_t)(equals - line.data) };
	if (name.length == 0)
		fail(request, "the attribute has no name", line);
	else
		keep_value(request, name, line, length);
}

/* Remembers a piece of a line that came in several; of a very long line only the beginning. */
static struct span keep_piece(struct request *request, struct span piece)
{
	size_t stored = request->line_length;

	if (stored < sizeof(request->line)) {
		size_t room = sizeof(request->line) - stored;
		size_t n = piece.length < room ? piece.length : room;

		memcpy(request->line + stored, piece.data, n);
		stored += n;
	} else {
		stored = sizeof(request->line);
	}
	request->line_length += piece.length;
	request->line_equals = request->line_equals || memchr(piece.data, '=', piece.length);
	return (struct span){ request->line, stored };
}

static void push_piece(struct request *request, struct span piece, bool ends)
{
	struct span line = piece;

	if (piece.length > REQUEST_LINE_MAX - request->line_length) {
		request->attributes++;
		fail(request, "the line is too long", piece);
		return;
	}
	if (memchr(piece.data, '\0', piece.length)) {
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
		const char *start = data + taken;
		const char *newline = memchr(start, '\n', length - taken);
		size_t n = newline ? (size_t)(newline - start) : length - taken;

		push_piece(request, (struct span){ start, n }, newline != NULL);
		taken += newline ? n + 1 : n;
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
