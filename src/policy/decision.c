/* SPDX-License-Identifier: MIT */
#include "policy/decision.h"

const char *decision_verb_name(enum decision_verb verb)
{
	switch (verb) {
	case DECISION_DUNNO: return "dunno";
	case DECISION_PREPEND: return "prepend";
	case DECISION_REJECT: return "reject";
	case DECISION_DEFER: return "defer";
	case DECISION_RESTRICTION: return "restriction";
	}
	return "";
}

static const char *const result_words[SPF_RESULT_COUNT] = {
	[SPF_NONE] = "no SPF record",
	[SPF_NEUTRAL] = "access neither permitted nor denied",
	[SPF_PASS] = "sender SPF authorized",
	[SPF_FAIL] = "SPF fail - not authorized",
	[SPF_SOFTFAIL] = "domain owner discourages use of this host",
	[SPF_TEMPERROR] = "SPF Temporary Error",
	[SPF_PERMERROR] = "SPF Permanent Error",
};

void decision_describe(struct text *out, const struct spf_report *report)
{
	text_string(out, result_words[report->result]);
	if (report->resolver_failed)
		text_string(out, ": our DNS servers gave no answer");
	else if (report->problem[0] != '\0')
		text_format(out, ": %s", report->problem);
}

void decision_problem(struct text *out, const struct spf_report *report)
{
	if (report->problem[0] == '\0')
		return;
	if (report->result == SPF_TEMPERROR || report->result == SPF_PERMERROR)
		text_format(out, "%s: ", result_words[report->result]);
	text_string(out, report->problem);
	if (report->fault[0] != '\0')
		text_format(out, ": %s", report->fault);
}
