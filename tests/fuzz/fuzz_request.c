/* SPDX-License-Identifier: MIT */
/*
 * The request reader: any bytes, cut anywhere. The first byte says how the rest is cut, into 8 pieces at
 * most from 64 bytes on; whole and in pieces must come to the same, and a value must be a line of the input.
 */
#include <stdint.h>
#include <stdlib.h>

#include "postfix/request.h"

/* New ways through the checks are not worth an input, and counting them takes half the time. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[REQUEST_ATTRIBUTE_COUNT] = {
	"request",   "protocol_state", "client_address", "helo_name",	  "sender",
	"recipient", "instance",       "queue_id",	 "sasl_username",
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void require_same(const struct request *a, const struct request *b)
{
	require(a->status == b->status && a->attributes == b->attributes);
	for (int i = 0; i < REQUEST_ATTRIBUTE_COUNT; i++) {
		enum request_attribute attribute = (enum request_attribute)i;

		require(request_has(a, attribute) == request_has(b, attribute));
		require(span_equal(request_get(a, attribute), request_get(b, attribute)));
	}
}

/* The first line that begins with "name=" is what the attribute must hold. */
static void require_first_lines(const struct request *request, const char *text, size_t length)
{
	bool seen[REQUEST_ATTRIBUTE_COUNT] = { false };

	for (size_t start = 0; start < length;) {
		const char *line = text + start;
		size_t n = (size_t)((const char *)memchr(line, '\n', length - start) - line);

		start += n + 1;
		for (int i = 0; i < REQUEST_ATTRIBUTE_COUNT; i++) {
			size_t name = strlen(names[i]);

			if (seen[i] || n <= name || line[name] != '=' ||
			    memcmp(line, names[i], name) != 0)
				continue;
			seen[i] = true;
			require(span_equal(request_get(request, (enum request_attribute)i),
					   (struct span){ line + name + 1, n - name - 1 }));
		}
	}
	for (int i = 0; i < REQUEST_ATTRIBUTE_COUNT; i++)
		require(request_has(request, (enum request_attribute)i) == seen[i]);
}

static size_t push_in_pieces(struct request *request, const char *text, size_t length, size_t piece)
{
	size_t taken = 0;

	while (taken < length && request->status == REQUEST_MORE) {
		size_t n = length - taken < piece ? length - taken : piece;
		size_t now = request_push(request, text + taken, n);

		require(now <= n && (now == n || request->status != REQUEST_MORE));
		taken += now;
	}
	return taken;
}

static void check_one(const char *text, size_t length, size_t piece)
{
	static struct request whole, pieces;
	size_t taken;

	request_reset(&whole);
	request_reset(&pieces);
	require(request_is_idle(&whole));
	taken = request_push(&whole, text, length);
	require(taken <= length && whole.bytes == taken);
	require(push_in_pieces(&pieces, text, length, piece) <= length);
	require_same(&whole, &pieces);
	require((whole.status == REQUEST_ERROR) == (whole.error[0] != '\0'));
	for (const char *p = whole.error; *p; p++)
		require(*p >= 0x20 && *p <= 0x7e);
	if (whole.status == REQUEST_MORE)
		require(taken == length);
	if (whole.status != REQUEST_READY)
		return;
	require(pieces.bytes == taken && taken >= 2 && memcmp(text + taken - 2, "\n\n", 2) == 0);
	require_first_lines(&whole, text, taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0)
		check_one((const char *)data + 1, size - 1,
			  (size_t)data[0] % 64 + 1 + (size >= 64 ? size / 8 : 0));
	return 0;
}

#pragma clang attribute pop
