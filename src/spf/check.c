/* SPDX-License-Identifier: MIT */
#include "spf/check.h"

#include "base/log.h"
#include "spf/term.h"
#include "walk.h"

/*
 * The explanation of a fail (section 6.2): the one TXT record at the exp= of the record that failed, if it
 * is ASCII and its macros are right.
 */
static void explain(struct walk *w, struct known_record *in, struct spf_report *report)
{
	const struct answer *answer;
	char storage[4096];
	struct text expanded, out;

	if (!in->parsed.has_exp || !evaluation_has_room(w->e) ||
	    term_find_target(w, in, &in->exp) != TARGET_READY)
		return;
	answer = evaluation_ask(w, span_of(in->exp.name), DNS_TXT, NULL);
	if (!answer || answer->status != ANSWER_OK || answer->count != 1)
		return;
	text_init(&expanded, storage, sizeof(storage));
	if (!span_all(answer->records[0].data, ascii_is_printable) ||
	    !term_explain(w, in, answer->records[0].data, &expanded))
		return;
	text_init(&out, report->explanation, sizeof(report->explanation));
	text_printable(&out, text_span(&expanded), sizeof(report->explanation) - 1);
}

/* Of a result that a record gave. */
static void describe(struct walk *w, struct spf_report *report)
{
	const struct walk_outcome *outcome = &w->outcome;
	struct text mechanism;

	text_init(&mechanism, report->mechanism, sizeof(report->mechanism));
	text_printable(&mechanism, outcome->matched ? outcome->matched->text : span_of("default"),
		       sizeof(report->mechanism) - 1);
	if (report->result == SPF_FAIL)
		explain(w, outcome->in, report);
}

static void hold_against(struct walk *w, enum spf_result verdict, struct spf_report *report)
{
	enum spf_result walked = w->outcome.result;

	report->result = verdict;
	if (verdict == walked)
		return;
	w->e->problem[0] = w->e->fault[0] = '\0';
	w->e->resolver_failed = false;
	evaluation_set_problem(w, "internal: libspf2 gives %s and our own walk %s",
			       spf_result_name(verdict), spf_result_name(walked));
	log_message(LOG_LEVEL_WARNING, "check: %s: %s", report->domain, w->e->problem);
	report->result = SPF_TEMPERROR;
}

void check_run(struct check_library *library, struct evaluation *e, struct spf_report *report)
{
	struct walk *w = &e->waiting;
	struct span domain = e->subject.sender_domain;

	*report = (struct spf_report){ .identity = e->subject.identity, .checked = true };
	if (domain.length == 0 || !span_string(domain, report->domain, sizeof(report->domain)))
		return;
	evaluation_enter_lane(e);
	walk_run(w, &evaluation_waiting);
	hold_against(w, check_library_judge(library, w), report);
	if (report->result == SPF_TEMPERROR || report->result == SPF_PERMERROR) {
		memcpy(report->problem, e->problem, sizeof(report->problem));
		memcpy(report->fault, e->fault, sizeof(report->fault));
		report->resolver_failed = e->resolver_failed;
	} else if (report->result != SPF_NONE)
		describe(w, report);
	if (w->visits[0].record)
		report->sends_no_mail = w->visits[0].record->parsed.only_minus_all;
	report->lookups = w->lookups < EVALUATION_TERMS_MAX ? w->lookups : EVALUATION_TERMS_MAX;
	report->voids = w->voids < e->settings->void_limit ? w->voids : e->settings->void_limit;
	report->queries = e->sent;
}
