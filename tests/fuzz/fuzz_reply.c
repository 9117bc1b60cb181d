/* SPDX-License-Identifier: MIT */
/*
 * The reply made of any bytes, template and restriction included: one sound reply or none, and none only
 * where the operator's own words are no action.
 */

/* New ways through the checks are not worth an input, and counting them takes half the time. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

#include "words_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reply(struct text *out, const struct config *config,
			const struct envelope *envelope, const struct decision *decision,
			struct span header)
{
	size_t digits;

	if (!reply_format(out, config, envelope, decision, header)) {
		require(decision->verb == DECISION_RESTRICTION);
		return;
	}
	require(out->length > strlen("action=\n\n") && memcmp(out->data, "action=", 7) == 0);
	require(memcmp(out->data + out->length - 2, "\n\n", 2) == 0);
	out->length -= 2;
	require_line(out, REPLY_MAX);
	/* A number and OK mean accept, except 4xx and 5xx with a text. */
	digits = strspn(out->data + 7, "0123456789");
	if (digits > 0 && (out->data[7 + digits] == ' ' || 7 + digits == out->length))
		require(digits == 3 && strchr("45", out->data[7]) && out->length > 7 + 4);
	require(!span_equal_nocase((struct span){ out->data + 7, out->length - 7 }, span_of("ok")));
}

static void check_reason(struct text *out, const struct config *config,
			 const struct envelope *envelope, const struct decision *decision)
{
	reply_reason(out, config, envelope, decision);
	require_line(out, REPLY_TEXT_MAX);
	require(out->length > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char header[] = "Received-SPF: pass (mailfrom) identity=mailfrom";
	static char storage[REPLY_MAX], source[REPLY_TEXT_MAX + 1], restriction[REPLY_TEXT_MAX + 1];
	struct input input = { (const char *)data, size };
	struct envelope envelope;
	struct decision decision;
	struct config config;
	struct text out;
	unsigned what = take_byte(&input);

	take_config(&input, &config, source, restriction);
	take_decision(&input, &decision, restriction);
	take_envelope(&input, &envelope);
	text_init(&out, storage, sizeof(storage));
	if (what % 4 == 0)
		check_reason(&out, &config, &envelope, &decision);
	else
		check_reply(&out, &config, &envelope, &decision, span_of(header));
	return 0;
}

#pragma clang attribute pop
