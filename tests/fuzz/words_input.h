/* SPDX-License-Identifier: MIT */
/*
 * What fuzzers of the words that go out have in common: a decision and an envelope, made of
 * any bytes. An input is values, each a length byte and that many bytes, with bytes of choices between.
 */
#ifndef WORDS_INPUT_H
#define WORDS_INPUT_H

#include <stdint.h>
#include <stdlib.h>

#include "config/config.h"
#include "policy/decision.h"
#include "policy/envelope.h"
#include "config/reason_message.h"
#include "postfix/reply.h"
#include "base/text.h"

struct input {
	const char *data;
	size_t length;
};

static inline void require(bool condition)
{
	if (!condition)
		abort();
}

static inline unsigned take_byte(struct input *input)
{
	if (input->length == 0)
		return 0;
	input->length--;
	return (unsigned char)*input->data++;
}

/* A value with its length in bytes, times four from 128 on: the limits are far above 255. */
static inline struct span take_span(struct input *input)
{
	size_t length = take_byte(input);
	struct span span;

	length = length < 128 ? length : (length - 96) * 4;
	length = length < input->length ? length : input->length;
	span = (struct span){ input->data, length };
	input->data += length;
	input->length -= length;
	return span;
}

/* A text as reports hold them: printable and terminated, or any bytes if `raw`. */
static inline void take_text(struct input *input, char *to, size_t size, bool raw)
{
	struct span span = take_span(input);
	size_t n = span.length < size - 1 ? span.length : size - 1;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)span.data[i];

		to[i] = raw || (c >= 0x20 && c <= 0x7e) ? span.data[i] : (char)(0x20 + c % 95);
	}
	to[n] = '\0';
}

static inline void take_report(struct input *input, struct spf_report *report,
			       enum spf_identity identity)
{
	unsigned choice = take_byte(input);

	report->identity = identity;
	report->result = (enum spf_result)(choice % SPF_RESULT_COUNT);
	report->checked = choice < 128;
	take_text(input, report->domain, sizeof(report->domain), false);
	take_text(input, report->mechanism, sizeof(report->mechanism), false);
	take_text(input, report->problem, sizeof(report->problem), false);
	take_text(input, report->explanation, sizeof(report->explanation), true);
}

static inline void require_line(const struct text *line, size_t max)
{
	require(!line->overflow && line->length <= max);
	for (size_t i = 0; i < line->length; i++)
		require(line->data[i] >= 0x20 && line->data[i] <= 0x7e);
}

static inline void take_envelope(struct input *input, struct envelope *envelope)
{
	*envelope = (struct envelope){ .sender = take_span(input) };
	envelope->helo = take_span(input);
	envelope->recipient = take_span(input);
	envelope->client_text = take_span(input);
	envelope->client.family = take_byte(input) & 1 ? AF_INET6 : AF_UNSPEC;
	envelope->queue_id = take_span(input);
}

/* `source` and `restriction` hold REPLY_TEXT_MAX + 1 bytes. */
static inline void take_config(struct input *input, struct config *config, char *source,
			       char *restriction)
{
	unsigned flags = take_byte(input);

	*config = (struct config){ .debug_level = 1, .authserv_id = "mx.example.com" };
	config->enhanced_status_codes = flags & 1;
	config->hide_receiver = flags & 2;
	take_text(input, source, REPLY_TEXT_MAX + 1, true);
	config->reason_message = reason_message_check(span_of(source)) ? REASON_MESSAGE_DEFAULT :
									 source;
	take_text(input, restriction, REPLY_TEXT_MAX + 1, true);
}

static inline void take_decision(struct input *input, struct decision *decision,
				 const char *restriction)
{
	unsigned flags = take_byte(input);

	*decision = (struct decision){ .verb = (enum decision_verb)(take_byte(input) % 5) };
	decision->reason = (enum decision_reason)(flags % 4);
	decision->test_mode = flags & 64;
	decision->identity = flags & 128 ? SPF_HELO : SPF_MAILFROM;
	decision->restriction = restriction;
	take_report(input, &decision->reports[SPF_HELO], SPF_HELO);
	take_report(input, &decision->reports[SPF_MAILFROM], SPF_MAILFROM);
}

#endif
