/* SPDX-License-Identifier: MIT */
#include "postfix/decision_log.h"

#include "base/log.h"
#include "postfix/header.h"

/*
 * Characters of each value. Their sum and the keys stay below LOG_LINE_MAX, so the line as a whole
 * is never cut: 3 * 375 + 160 + 260 + 128 + 16 + 64 = 1753.
 */
enum {
	FACT_MAX = 375,
	MECHANISM_MAX = 160,
	PROBLEM_MAX = 260,
	RESTRICTION_MAX = 128,
	DMARC_MAX = 16,
	QUEUE_ID_MAX = 64,
};

/* In what others wrote a backslash is `special`; in texts of ours what is not printable is \xNN already. */
static void add_pair(struct text *out, const char *key, struct span value, const char *special,
		     size_t max)
{
	if (value.length == 0)
		return;
	text_string(out, "; ");
	text_string(out, key);
	text_char(out, '=');
	text_escape(out, value, special, max);
}

static bool keeps_out(const struct decision *decision)
{
	return decision->verb == DECISION_REJECT || decision->verb == DECISION_DEFER;
}

static void add_verb(struct text *out, const struct decision *decision)
{
	bool would = decision->test_mode &&
		     (keeps_out(decision) || decision->verb == DECISION_RESTRICTION);

	text_string(out, would ? "action=would-" : "action=");
	text_string(out, decision_verb_name(decision->verb));
}

static void add_action(struct text *out, const struct decision *decision)
{
	text_string(out, "; ");
	add_verb(out, decision);
	if (decision->verb == DECISION_RESTRICTION && decision->restriction)
		add_pair(out, "restriction", span_of(decision->restriction), "\\;",
			 RESTRICTION_MAX);
}

static void add_end(struct text *out, const struct envelope *envelope,
		    const struct decision *decision)
{
	text_format(out, "; ms=%u", decision->elapsed_ms);
	add_pair(out, "dmarc", span_of(dmarc_policy_name(decision->dmarc.policy)), ";", DMARC_MAX);
	if (decision->dmarc.queries > 0)
		text_format(out, "; dmarc-queries=%u", decision->dmarc.queries);
	add_pair(out, "qid", envelope->queue_id, "\\;", QUEUE_ID_MAX);
}

/* One of the shapes that log readers count as a result. */
static void format_result(struct text *out, const struct config *config,
			  const struct envelope *envelope, const struct decision *decision)
{
	const struct spf_report *report = &decision->reports[decision->identity];
	const char *title = spf_result_title(report->result);
	const char *identity = spf_identity_name(decision->identity);
	char storage[DECISION_PROBLEM_MAX];
	struct text problem;

	text_init(&problem, storage, sizeof(storage));
	decision_problem(&problem, report);
	if (decision->verb == DECISION_PREPEND)
		text_format(out, "prepend Received-SPF: %s (%s) identity=%s; ", title, identity,
			    identity);
	else
		text_format(out, "%s; identity=%s; ", title, identity);
	header_envelope(out, config, envelope, FACT_MAX);
	add_action(out, decision);
	add_pair(out, "mech", span_of(report->mechanism), ";", MECHANISM_MAX);
	add_pair(out, "problem", text_span(&problem), ";", PROBLEM_MAX);
	text_format(out, "; lookups=%u; voids=%u", report->lookups, report->voids);
	add_end(out, envelope, decision);
}

static void format_without_result(struct text *out, const struct config *config,
				  const struct envelope *envelope, const struct decision *decision)
{
	static const char *const reasons[] = {
		[DECISION_CHECKED] = "",
		[DECISION_EXEMPT] = "not checked",
		[DECISION_REPEATED] = "decided for an earlier recipient",
		[DECISION_NOT_APPLICABLE] = "nothing to check",
	};

	bool comment = decision->verb == DECISION_PREPEND && decision->reason == DECISION_EXEMPT;
	const char *why = decision->why ? decision->why : reasons[decision->reason];

	text_string(out, "decided ");
	add_verb(out, decision);
	text_format(out, " %s%s - ", comment ? "X-Comment: " : "", why);
	header_envelope(out, config, envelope, FACT_MAX);
	add_action(out, decision);
	add_end(out, envelope, decision);
}

void decision_log_format(struct text *out, const struct config *config,
			 const struct envelope *envelope, const struct decision *decision)
{
	if (!decision->why && (decision->reason == DECISION_CHECKED ||
			       (decision->reason == DECISION_REPEATED && keeps_out(decision))))
		format_result(out, config, envelope, decision);
	else
		format_without_result(out, config, envelope, decision);
}

void decision_log_write(const struct config *config, const struct envelope *envelope,
			const struct decision *decision)
{
	bool notable = decision->reason == DECISION_CHECKED || decision->reason == DECISION_EXEMPT;
	char storage[LOG_LINE_MAX + 1];
	struct text line;

	if (config->debug_level < 1 ||
	    (config->debug_level < 2 && !notable && !keeps_out(decision)))
		return;
	text_init(&line, storage, sizeof(storage));
	decision_log_format(&line, config, envelope, decision);
	log_message(LOG_LEVEL_INFO, "%s", line.data);
}
