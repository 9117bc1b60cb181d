/* SPDX-License-Identifier: MIT */
#include "outcome.h"

static void keep_words(struct outcome *outcome, struct span words)
{
	struct text text;

	text_init(&text, outcome->words, sizeof(outcome->words));
	text_printable(&text, words, sizeof(outcome->words) - 1);
}

static enum outcome_action action_of(enum decision_verb verb, bool test_mode)
{
	if (test_mode)
		return OUTCOME_ACCEPTED;
	switch (verb) {
	case DECISION_REJECT: return OUTCOME_REJECTED;
	case DECISION_DEFER: return OUTCOME_DEFERRED;
	case DECISION_RESTRICTION: return OUTCOME_RESTRICTED;
	case DECISION_DUNNO:
	case DECISION_PREPEND: break;
	}
	return OUTCOME_ACCEPTED;
}

void outcome_of_log(struct outcome *outcome, const struct logged_decision *decision)
{
	*outcome = (struct outcome){
		.action = action_of(decision->verb, decision->would),
		.judged = decision->judged,
		.identity = decision->identity,
		.result = decision->result,
	};
	keep_words(outcome, decision->judged ? decision->problem : decision->why);
}

void outcome_of_decision(struct outcome *outcome, const struct decision *decision)
{
	const struct spf_report *report = &decision->reports[decision->identity];
	struct text text;

	*outcome = (struct outcome){
		.action = action_of(decision->verb, decision->test_mode),
		.judged = decision->reason == DECISION_CHECKED,
		.identity = decision->identity,
		.result = report->result,
	};
	text_init(&text, outcome->words, sizeof(outcome->words));
	if (outcome->judged)
		decision_problem(&text, report);
	else
		text_string(&text, decision->why ? decision->why : "not checked");
}

void outcome_describe(struct text *out, const struct outcome *outcome)
{
	static const char *const actions[] = {
		[OUTCOME_ACCEPTED] = "accepted",
		[OUTCOME_REJECTED] = "rejected",
		[OUTCOME_DEFERRED] = "deferred",
		[OUTCOME_RESTRICTED] = "restriction",
	};

	if (!outcome->judged)
		text_string(out, "not checked");
	else
		text_format(out, "%s%s", outcome->identity == SPF_HELO ? "HELO " : "",
			    spf_result_name(outcome->result));
	text_format(out, ", %s", actions[outcome->action]);
}

bool outcome_differs(const struct outcome *then, const struct outcome *now)
{
	if (then->action != now->action || then->judged != now->judged)
		return true;
	return then->judged && (then->result != now->result || then->identity != now->identity);
}

/* Both were judged, by the same identity, with different results. */
static void result_reason(struct text *out, const struct outcome *then, const struct outcome *now)
{
	if (now->result == SPF_TEMPERROR || now->result == SPF_PERMERROR)
		text_string(out, now->words);
	else if (then->result == SPF_TEMPERROR)
		text_string(out, "DNS failed then");
	else if (then->result == SPF_PERMERROR)
		text_format(out, "the record is valid now, or was counted otherwise%s%s%s",
			    then->words[0] ? " (then: " : "", then->words,
			    then->words[0] ? ")" : "");
	else
		text_string(out, "the record, or an address that it names, has changed since");
}

void outcome_reason(struct text *out, const struct outcome *then, const struct outcome *now)
{
	if (then->judged && !now->judged)
		text_string(out, now->words);
	else if (!then->judged && now->judged)
		text_format(out, "was not checked then%s%s", then->words[0] ? ": " : "",
			    then->words);
	else if (then->judged && then->identity != now->identity)
		text_format(out, "%s decides now%s%s",
			    now->identity == SPF_HELO ? "HELO" : "MAIL FROM",
			    now->words[0] ? ": " : "", now->words);
	else if (then->judged && then->result != now->result)
		result_reason(out, then, now);
	else
		text_string(out, "these settings");
}
