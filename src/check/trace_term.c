/* SPDX-License-Identifier: MIT */
#include "trace_walk.h"

#include "spf/macro.h"

static enum trace_verdict noted(struct trace_term *t, enum trace_verdict verdict, const char *note)
{
	t->note = note;
	return verdict;
}

/* What is not here can not be told from what came too late: the report knows how it ended. */
static enum trace_verdict unanswered(struct trace_walk *w, struct trace_term *t)
{
	w->unanswered = true;
	return noted(t, w->report->result == SPF_PERMERROR ? TRACE_PERMERROR : TRACE_TEMPERROR,
		     "no answer");
}

void trace_term_show_target(struct trace_walk *w, struct trace_term *t,
			    const struct published_term *term)
{
	if (term->state == PUBLISHED_NAME_READY && t->term.target.length > 0 &&
	    !span_equal_nocase(span_of(term->name), t->term.target))
		t->target = arena_string(w->arena, span_of(term->name));
}

/* Section 4.6.4. False when it is one too many. */
static bool count_void(struct trace_walk *w, struct trace_term *t)
{
	t->void_lookup = ++w->voids;
	return w->voids <= w->e->settings->void_limit;
}

/* A target that is no DNS name ends the check where a record is needed (sections 5.2, 6.1). */
bool trace_term_follow(struct trace_walk *w, const struct published *in, struct trace_term *t,
		       struct published_term *term, bool main, enum trace_verdict *verdict)
{
	struct trace_questions questions = trace_walk_questions(w);
	enum published_name state = evaluation_target(w->e, in, term, EVALUATION_GLANCE);

	if (macro_uses(term->term.target, 'p'))
		trace_question_names(&questions, true);
	trace_question_keep(&questions, t);
	if (state != PUBLISHED_NAME_UNSET && evaluation_target_is_void(w->e, term) &&
	    !count_void(w, t)) {
		*verdict = noted(t, TRACE_PERMERROR, "too many");
		return false;
	}
	switch (state) {
	case PUBLISHED_NAME_UNSET: *verdict = unanswered(w, t); return false;
	case PUBLISHED_NAME_NO_MATCH:
		t->note = "needs an ASCII local part";
		*verdict = TRACE_NO_MATCH;
		if (term->term.mechanism == RECORD_REDIRECT)
			*verdict = noted(t, TRACE_PERMERROR, t->note);
		return false;
	case PUBLISHED_NAME_UNASKABLE:
		*verdict = noted(t, TRACE_PERMERROR, "not a domain name");
		return false;
	case PUBLISHED_NAME_READY: break;
	}
	trace_term_show_target(w, t, term);
	t->record = trace_walk_record(w, span_of(term->name), true, main);
	if (t->record->question.answer)
		return true;
	*verdict = unanswered(w, t);
	return false;
}

/* Section 5.2. */
static enum trace_verdict judge_include(struct trace_walk *w, const struct published *in,
					struct trace_term *t, struct published_term *term)
{
	enum trace_verdict verdict;

	if (!trace_term_follow(w, in, t, term, false, &verdict))
		return verdict;
	switch (t->record->result) {
	case SPF_PASS: return TRACE_MATCH;
	case SPF_TEMPERROR: return TRACE_TEMPERROR;
	case SPF_NONE: return noted(t, TRACE_PERMERROR, "no SPF record there");
	case SPF_PERMERROR: return TRACE_PERMERROR;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
	case SPF_RESULT_COUNT: break;
	}
	return TRACE_NO_MATCH;
}

static enum trace_verdict judge_lookup(struct trace_walk *w, const struct published *in,
				       struct trace_term *t, struct published_term *term)
{
	struct trace_questions questions = trace_walk_questions(w);
	bool is_void = false;
	enum evaluation_match match = evaluation_match(w->e, in, term, EVALUATION_GLANCE, &is_void);

	trace_question_term(&questions, in, term, true);
	trace_question_keep(&questions, t);
	trace_term_show_target(w, t, term);
	if (is_void && match != EVALUATION_UNKNOWN && !count_void(w, t))
		return noted(t, TRACE_PERMERROR, "too many");
	switch (match) {
	case EVALUATION_MATCH: return TRACE_MATCH;
	case EVALUATION_TEMPERROR: return TRACE_TEMPERROR;
	case EVALUATION_PERMERROR:
		return noted(t, TRACE_PERMERROR,
			     term->term.mechanism == RECORD_MX ? "more than 10 MX hosts" : NULL);
	case EVALUATION_UNKNOWN: return unanswered(w, t);
	case EVALUATION_NO_MATCH: break;
	}
	if (term->state == PUBLISHED_NAME_UNASKABLE)
		t->note = "not a domain name";
	else if (term->state == PUBLISHED_NAME_NO_MATCH)
		t->note = "needs an ASCII local part";
	return TRACE_NO_MATCH;
}

/* Section 4.6.4. The term over the limit ends the check before it is looked at. */
bool trace_term_count(struct trace_walk *w, struct trace_term *t)
{
	t->lookup = ++w->lookups;
	w->cost++;
	return w->lookups <= EVALUATION_TERMS_MAX;
}

enum trace_verdict trace_term_judge(struct trace_walk *w, const struct published *in,
				    struct trace_term *t, struct published_term *term)
{
	switch (t->term.mechanism) {
	case RECORD_ALL: return TRACE_MATCH;
	case RECORD_IP4:
	case RECORD_IP6:
		return network_contains(&t->term.network, &w->e->subject.client) ? TRACE_MATCH :
										   TRACE_NO_MATCH;
	case RECORD_INCLUDE:
	case RECORD_A:
	case RECORD_MX:
	case RECORD_PTR:
	case RECORD_EXISTS: break;
	case RECORD_REDIRECT:
	case RECORD_EXP:
	case RECORD_UNKNOWN_MODIFIER: return TRACE_UNUSED;
	}
	if (!trace_term_count(w, t) || !term)
		return noted(t, TRACE_PERMERROR, "too many");
	return t->term.mechanism == RECORD_INCLUDE ? judge_include(w, in, t, term) :
						     judge_lookup(w, in, t, term);
}

/*
 * A term that was not reached: what was asked ahead for it. Each one counts against the 10 lookups,
 * as it did for the prefetch, which also ends records that include themselves.
 */
void trace_term_look_ahead(struct trace_walk *w, const struct published *in, struct trace_term *t,
			   struct published_term *term)
{
	struct trace_questions questions = trace_walk_questions(w);
	struct resolver_fact fact;

	if (!record_counts(t->term.mechanism) && t->term.mechanism != RECORD_REDIRECT)
		return;
	if (w->cost++ >= EVALUATION_TERMS_MAX || !term)
		return;
	if (t->term.mechanism != RECORD_INCLUDE && t->term.mechanism != RECORD_REDIRECT) {
		trace_question_term(&questions, in, term, false);
	} else if (evaluation_target(w->e, in, term, EVALUATION_GLANCE) == PUBLISHED_NAME_READY &&
		   resolver_fact(w->e->settings->resolver, span_of(term->name), DNS_TXT, &fact)) {
		trace_term_show_target(w, t, term);
		t->record = trace_walk_record(w, span_of(term->name), false, false);
	}
	trace_question_keep(&questions, t);
}
