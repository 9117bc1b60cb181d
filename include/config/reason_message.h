/* SPDX-License-Identifier: MIT */
/*
 * Reason_Message: the template of the text that a rejected or deferred client reads. Pure.
 *
 * Fields: {rejectdefer} {spf} {url} {result} {identity} {client-ip} {helo} {envelope-from} {domain}
 * {recipient} {receiver} {mechanism} {explanation}. {spf} is the result in words, and the explanation if
 * there is one. {url} pointed to a site that is gone: it expands to nothing, and the words that lead to it
 * ("Please see {url}") go with it.
 */
#ifndef CONFIG_REASON_MESSAGE_H
#define CONFIG_REASON_MESSAGE_H

#include "base/span.h"

enum { REASON_MESSAGE_MAX = 400 }; /* bytes of a template */

#define REASON_MESSAGE_DEFAULT "Message {rejectdefer} due to: {spf}"

enum reason_field {
	REASON_REJECTDEFER,
	REASON_SPF,
	REASON_URL,
	REASON_RESULT,
	REASON_IDENTITY,
	REASON_CLIENT_IP,
	REASON_HELO,
	REASON_ENVELOPE_FROM,
	REASON_DOMAIN,
	REASON_RECIPIENT,
	REASON_RECEIVER,
	REASON_MECHANISM,
	REASON_EXPLANATION,
	REASON_FIELD_COUNT
};

/* The fields' names, NULL-terminated: what template_expand() takes. */
extern const char *const reason_field_names[REASON_FIELD_COUNT + 1];

/* Returns NULL when the template is valid, else what is wrong with it (static). */
const char *reason_message_check(struct span source);

#endif
