/* SPDX-License-Identifier: MIT */
/*
 * What the request's reader remembers of a line that comes in pieces: from any state that its invariant allows,
 * a piece of up to SIZE bytes leaves one that it allows again. A value is at most three bytes here, which makes
 * the state small; nothing depends on that number.
 */
#include "prove.h"

#include "policy/envelope.h"

#define ENVELOPE_VALUE_MAX 3
#include "postfix/request.c"

static struct request request;
static char piece[SIZE];

void prove_request_piece(void)
{
	struct span given = { piece, any_size(SIZE) }, kept;
	size_t before, at = any_size(SIZE - 1);

	__CPROVER_havoc_object(&request);
	__CPROVER_havoc_object(piece);
	request.line_equals = nondet_bool();
	ASSUME(request.line_length <= REQUEST_LINE_MAX - given.length);
	before = request.line_length;
	kept = keep_piece(&request, given);
	PROVE(request.line_length == before + given.length);
	PROVE(kept.data == request.line && kept.length <= REQUEST_LINE_KEPT);
	PROVE(kept.length == request.line_length || kept.length == REQUEST_LINE_KEPT);
	if (at < given.length && before + at < kept.length)
		PROVE(request.line[before + at] == piece[at]);
}
