/* SPDX-License-Identifier: MIT */
/*
 * A line of a log, whoever wrote it: taken apart by stamp and name, as JSON, and read as a decision. Every span
 * points into the line or the arena; a decision that was judged has a domain that its envelope holds.
 */
#include "maillog/log_line.h"
#include "maillog/log_record.h"
#include "maillog/logged_decision.h"

#include <stdint.h>
#include <stdlib.h>

enum { NOW = 1795863600 }; /* 2026-11-28 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads each byte, so that the sanitizer sees a span that leads elsewhere. */
static void touch(struct span span)
{
	volatile char last;

	for (size_t i = 0; i < span.length; i++)
		last = span.data[i];
	(void)last;
}

static void read_message(struct span message, struct arena *arena)
{
	struct logged_decision decision;

	if (!logged_decision_parse(message, arena, &decision) &&
	    !logged_result_parse(message, arena, &decision))
		return;
	touch(decision.why);
	touch(decision.problem);
	touch(decision.domain);
	touch(decision.envelope.client_text);
	touch(decision.envelope.helo);
	touch(decision.envelope.sender);
	touch(decision.envelope.recipient);
	if (decision.envelope.client_text.length > ENVELOPE_VALUE_MAX ||
	    decision.domain.length > ENVELOPE_VALUE_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = { (const char *)data, size };
	struct arena *arena = arena_create();
	struct log_record record;
	time_t time;

	if (log_record_parse(line, NOW, arena, &record)) {
		touch(record.ident);
		read_message(record.message, arena);
	}
	read_message(line, arena);
	log_record_time(line, NOW, &time);
	arena_destroy(arena);
	return 0;
}
