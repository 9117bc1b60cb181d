/* SPDX-License-Identifier: MIT */
#include "last_message.h"

#include <stdlib.h>

#include "base/xalloc.h"

enum { KEY_PARTS = 4, KEY_MAX = KEY_PARTS * (ENVELOPE_VALUE_MAX + 1) };

void last_message_init(struct last_message *last)
{
	*last = (struct last_message){ .key = xmalloc(KEY_MAX) };
}

void last_message_free(struct last_message *last)
{
	free(last->key);
}

static bool has_key(const struct last_message *last, const struct span *parts)
{
	size_t at = 0;

	if (last->key_length == 0)
		return false;
	for (size_t i = 0; i < KEY_PARTS; at += parts[i++].length + 1)
		if (at + parts[i].length >= last->key_length ||
		    memcmp(last->key + at, parts[i].data, parts[i].length) != 0 ||
		    last->key[at + parts[i].length] != '\0')
			return false;
	return at == last->key_length;
}

static void set_key(struct last_message *last, const struct span *parts)
{
	last->key_length = 0;
	for (size_t i = 0; i < KEY_PARTS; i++) {
		memcpy(last->key + last->key_length, parts[i].data, parts[i].length);
		last->key_length += parts[i].length;
		last->key[last->key_length++] = '\0';
	}
}

static void forget_reports(struct last_message *last)
{
	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++)
		last->reports[i].checked = false;
	last->dmarc = (struct dmarc_report){ .policy = DMARC_UNKNOWN };
}

static void recognize(struct last_message *last, const struct envelope *envelope)
{
	const struct span parts[KEY_PARTS] = {
		envelope->instance,
		envelope->client_text,
		envelope->helo,
		envelope->sender,
	};

	if (envelope->instance.length > 0 && has_key(last, parts))
		return;
	last->key_length = 0;
	if (envelope->instance.length > 0)
		set_key(last, parts);
	last->exempt_for = NULL;
	last->headers_given = 0;
	forget_reports(last);
}

void last_message_recall(struct last_message *last, const struct config *config,
			 const struct envelope *envelope)
{
	const struct last_message_conditions now = {
		envelope->client,
		config->void_limit,
		config->lookup_time_s,
	};
	struct last_message_conditions *then = &last->conditions;

	recognize(last, envelope);
	if (!address_equal(&then->client, &now.client) || then->void_limit != now.void_limit ||
	    then->lookup_time_s != now.lookup_time_s)
		forget_reports(last);
	*then = now;
}

void last_message_give_header(struct last_message *last, const struct config *config,
			      struct decision *decision)
{
	enum config_header type = config->header_type;
	unsigned headers = type == CONFIG_HEADER_NONE ? 0 : type == CONFIG_HEADER_BOTH ? 2 : 1;
	bool repeated = last->headers_given > 0;

	if (decision->verb != DECISION_PREPEND &&
	    (!decision->test_mode || decision->verb == DECISION_DUNNO))
		return;
	if (last->headers_given < headers) {
		last->headers_given++;
		if (type == CONFIG_HEADER_AR || repeated)
			decision->header = DECISION_AUTHENTICATION_RESULTS;
		else
			decision->header = decision->reason == DECISION_EXEMPT ?
						   DECISION_COMMENT :
						   DECISION_RECEIVED_SPF;
	} else if (decision->verb == DECISION_PREPEND) {
		decision->verb = DECISION_DUNNO;
	} else {
		return;
	}
	if (repeated)
		decision->reason = DECISION_REPEATED;
}
