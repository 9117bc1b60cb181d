/* SPDX-License-Identifier: MIT */
/*
 * The message that was seen last: Postfix asks once per recipient, and what has been found out about a
 * message and put into it is remembered from one recipient to the next. No I/O.
 *
 * It is recognized by its instance, client, HELO and sender; an empty instance is never recognized.
 */
#ifndef POLICY_LAST_MESSAGE_H
#define POLICY_LAST_MESSAGE_H

#include "exempt.h"
#include "policy/decision.h"

/* What results depend on that can be set for single recipients. */
struct last_message_conditions {
	struct address client; /* Prospective */
	int void_limit;
	int lookup_time_s;
};

struct last_message {
	size_t key_length; /* 0 = no message that could be recognized */
	char *key;
	struct last_message_conditions conditions; /* of the reports */
	struct spf_report reports[SPF_IDENTITY_COUNT];
	struct dmarc_report dmarc; /* for MAIL FROM's domain */
	const struct config
		*exempt_for;  /* the settings that `exempt` holds for; NULL = not known */
	struct exempt exempt; /* by DNS */
	unsigned headers_given;
};

void last_message_init(struct last_message *last);
void last_message_free(struct last_message *last);

/* Forgets what is of another message, and reports that these settings would not have given. */
void last_message_recall(struct last_message *last, const struct config *config,
			 const struct envelope *envelope);

/*
 * Chooses the header that goes out with this decision and counts it as given: the comment or
 * Received-SPF first. Postfix prepends one header per reply, so the second of Header_Type goes out with
 * the message's next request. With none left, DECISION_PREPEND becomes DECISION_DUNNO.
 */
void last_message_give_header(struct last_message *last, const struct config *config,
			      struct decision *decision);

#endif
