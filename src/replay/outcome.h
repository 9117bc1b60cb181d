/* SPDX-License-Identifier: MIT */
/*
 * What became of a message, then or now, and why the two differ. Pure.
 */
#ifndef REPLAY_OUTCOME_H
#define REPLAY_OUTCOME_H

#include "base/text.h"
#include "maillog/logged_decision.h"

enum outcome_action {
	OUTCOME_ACCEPTED, /* test mode included */
	OUTCOME_REJECTED,
	OUTCOME_DEFERRED,
	OUTCOME_RESTRICTED, /* an access(5) action of the settings */
};

enum { OUTCOME_WORDS_MAX = DECISION_PROBLEM_MAX };

struct outcome {
	enum outcome_action action;
	bool judged; /* identity and result are set */
	enum spf_identity identity;
	enum spf_result result;
	char words
		[OUTCOME_WORDS_MAX]; /* the problem, or why it was not judged; "" = none. Printable. */
};

void outcome_of_log(struct outcome *outcome, const struct logged_decision *decision);
void outcome_of_decision(struct outcome *outcome, const struct decision *decision);

/* "fail, rejected"; "not checked, accepted". */
void outcome_describe(struct text *out, const struct outcome *outcome);

/* Is there anything to tell: another action, result or identity? */
bool outcome_differs(const struct outcome *then, const struct outcome *now);

/* Why, as far as log and DNS tell it. */
void outcome_reason(struct text *out, const struct outcome *then, const struct outcome *now);

#endif
