/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include "spf/macro.h"
#include "trace_question.h"

struct walk {
	struct evaluation *e;
	struct arena *arena;
	struct trace_seen *seen;
	const struct spf_report *report;
	unsigned lookups, voids;
	unsigned cost;		/* lookups, the terms included that were not reached */
	bool stopped;		/* an error ended the check */
	bool unanswered;	/* because an answer was not here */
};

static struct trace_record *walk_record(struct walk *w, struct span domain, bool reached,
					bool main);

static struct trace_questions questions_of(struct walk *w)
{
	return (struct trace_questions){ .e = w->e, .seen = w->seen, .arena = w->arena };
}

static enum trace_verdict stop(struct walk *w, struct trace_term *t, enum trace_verdict verdict,
			       const char *note)
{
	w->stopped = true;
	t->note = note;
	return verdict;
}

/* What is not here can not be told from what came too late: the report knows how it ended. */
static enum trace_verdict stop_unanswered(struct walk *w, struct trace_term *t)
{
	w->unanswered = true;
	return stop(w, t, w->report->result == SPF_PERMERROR ? TRACE_PERMERROR : TRACE_TEMPERROR,
		    "no answer");
}

/* --- terms ---------------------------------------------------------------------------------- */

static void show_target(struct walk *w, struct trace_term *t, const struct evaluation_term *term)
{
	if (term->state == EVALUATION_NAME_READY && t->term.target.length > 0 &&
	    !span_equal_nocase(span_of(term->name), t->term.target))
		t->target = arena_string(w->arena, span_of(term->name));
}

/* Section 4.6.4. False when it is one too many. */
static bool count_void(struct walk *w, struct trace_term *t)
{
	t->void_lookup = ++w->voids;
	return w->voids <= w->e->settings->void_limit;
}

/* A target that is no DNS name ends the check where a record is needed (sections 5.2, 6.1). */
static bool follow(struct walk *w, const struct evaluation_published *in, struct trace_term *t,
		   struct evaluation_term *term, bool main, enum trace_verdict *verdict)
{
	struct trace_questions questions = questions_of(w);
	enum evaluation_name state = evaluation_target(w->e, in, term, EVALUATION_GLANCE);

	if (macro_uses(term->term.target, 'p'))
		trace_question_names(&questions, true);
	trace_question_keep(&questions, t);
	if (state != EVALUATION_NAME_UNSET && evaluation_target_is_void(w->e, term) &&
	    !count_void(w, t)) {
		*verdict = stop(w, t, TRACE_PERMERROR, "too many");
		return false;
	}
	switch (state) {
	case EVALUATION_NAME_UNSET:
		*verdict = stop_unanswered(w, t);
		return false;
	case EVALUATION_NAME_NO_MATCH:
		t->note = "needs an ASCII local part";
		*verdict = TRACE_NO_MATCH;
		if (term->term.mechanism == RECORD_REDIRECT)
			*verdict = stop(w, t, TRACE_PERMERROR, t->note);
		return false;
	case EVALUATION_NAME_UNASKABLE:
		*verdict = stop(w, t, TRACE_PERMERROR, "not a domain name");
		return false;
	case EVALUATION_NAME_READY:
		break;
	}
	show_target(w, t, term);
	t->record = walk_record(w, span_of(term->name), true, main);
	if (t->record->question.answer)
		return true;
	*verdict = stop_unanswered(w, t);
	return false;
}

/* Section 5.2. */
static enum trace_verdict judge_include(struct walk *w, const struct evaluation_published *in,
					struct trace_term *t, struct evaluation_term *term)
{
	enum trace_verdict verdict;

	if (!follow(w, in, t, term, false, &verdict))
		return verdict;
	switch (t->record->result) {
	case SPF_PASS:
		return TRACE_MATCH;
	case SPF_TEMPERROR:
		return stop(w, t, TRACE_TEMPERROR, NULL);
	case SPF_NONE:
		return stop(w, t, TRACE_PERMERROR, "no SPF record there");
	case SPF_PERMERROR:
		return stop(w, t, TRACE_PERMERROR, NULL);
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
	case SPF_RESULT_COUNT:
		break;
	}
	return TRACE_NO_MATCH;
}

static enum trace_verdict judge_lookup(struct walk *w, const struct evaluation_published *in,
				       struct trace_term *t, struct evaluation_term *term)
{
	struct trace_questions questions = questions_of(w);
	bool is_void = false;
	enum evaluation_match match = evaluation_match(w->e, in, term, EVALUATION_GLANCE, &is_void);

	trace_question_term(&questions, in, term, true);
	trace_question_keep(&questions, t);
	show_target(w, t, term);
	if (is_void && match != EVALUATION_UNKNOWN && !count_void(w, t))
		return stop(w, t, TRACE_PERMERROR, "too many");
	switch (match) {
	case EVALUATION_MATCH:
		return TRACE_MATCH;
	case EVALUATION_TEMPERROR:
		return stop(w, t, TRACE_TEMPERROR, NULL);
	case EVALUATION_PERMERROR:
		return stop(w, t, TRACE_PERMERROR,
			    term->term.mechanism == RECORD_MX ? "more than 10 MX hosts" : NULL);
	case EVALUATION_UNKNOWN:
		return stop_unanswered(w, t);
	case EVALUATION_NO_MATCH:
		break;
	}
	if (term->state == EVALUATION_NAME_UNASKABLE)
		t->note = "not a domain name";
	else if (term->state == EVALUATION_NAME_NO_MATCH)
		t->note = "needs an ASCII local part";
	return TRACE_NO_MATCH;
}

/* Section 4.6.4. The term over the limit ends the check before it is looked at. */
static bool count_lookup(struct walk *w, struct trace_term *t)
{
	t->lookup = ++w->lookups;
	w->cost++;
	return w->lookups <= EVALUATION_TERMS_MAX;
}

static enum trace_verdict judge(struct walk *w, const struct evaluation_published *in,
				struct trace_term *t, struct evaluation_term *term)
{
	switch (t->term.mechanism) {
	case RECORD_ALL:
		return TRACE_MATCH;
	case RECORD_IP4:
	case RECORD_IP6:
		return network_contains(&t->term.network, &w->e->subject.client) ?
			TRACE_MATCH : TRACE_NO_MATCH;
	case RECORD_INCLUDE:
	case RECORD_A:
	case RECORD_MX:
	case RECORD_PTR:
	case RECORD_EXISTS:
		break;
	case RECORD_REDIRECT:
	case RECORD_EXP:
	case RECORD_UNKNOWN_MODIFIER:
		return TRACE_UNUSED;
	}
	if (!count_lookup(w, t) || !term)
		return stop(w, t, TRACE_PERMERROR, "too many");
	return t->term.mechanism == RECORD_INCLUDE ? judge_include(w, in, t, term) :
		judge_lookup(w, in, t, term);
}

/*
 * A term that was not reached: what was asked ahead for it. Each one counts against the 10 lookups,
 * as it did for the prefetch, which also ends records that include themselves.
 */
static void look_ahead(struct walk *w, const struct evaluation_published *in, struct trace_term *t,
		       struct evaluation_term *term)
{
	struct trace_questions questions = questions_of(w);
	struct resolver_fact fact;

	if (!record_counts(t->term.mechanism) && t->term.mechanism != RECORD_REDIRECT)
		return;
	if (w->cost++ >= EVALUATION_TERMS_MAX || !term)
		return;
	if (t->term.mechanism != RECORD_INCLUDE && t->term.mechanism != RECORD_REDIRECT) {
		trace_question_term(&questions, in, term, false);
	} else if (evaluation_target(w->e, in, term, EVALUATION_GLANCE) == EVALUATION_NAME_READY &&
		   resolver_fact(w->e->settings->resolver, span_of(term->name), DNS_TXT, &fact)) {
		show_target(w, t, term);
		t->record = walk_record(w, span_of(term->name), false, false);
	}
	trace_question_keep(&questions, t);
}

/* --- records -------------------------------------------------------------------------------- */

static enum spf_result qualified(char qualifier)
{
	switch (qualifier) {
	case '-': return SPF_FAIL;
	case '~': return SPF_SOFTFAIL;
	case '?': return SPF_NEUTRAL;
	default: return SPF_PASS;
	}
}

static void read_terms(struct walk *w, struct trace_record *record)
{
	struct record_reader reader;
	struct record_term term;
	struct record_error error;

	record_begin(&reader, record->text);
	while (record_next(&reader, &term, &error) == RECORD_TERM)
		record->count++;
	record->terms = arena_take_array(w->arena, record->count, sizeof *record->terms);
	record_begin(&reader, record->text);
	for (size_t i = 0; i < record->count; i++) {
		record_next(&reader, &record->terms[i].term, &error);
		if (record->terms[i].term.mechanism >= RECORD_REDIRECT)
			record->terms[i].verdict = TRACE_UNUSED;
	}
}

static struct trace_term *find_term(const struct trace_record *record, enum record_mechanism which)
{
	for (size_t i = 0; i < record->count; i++)
		if (record->terms[i].term.mechanism == which)
			return &record->terms[i];
	return NULL;
}

/* True when a result was reached: by a match, or by an error. */
static bool walk_mechanisms(struct walk *w, struct evaluation_published *p,
			    struct trace_record *record)
{
	bool open = record->reached, ended = false;
	size_t next = 0;

	for (size_t i = 0; i < record->count && !ended; i++) {
		struct trace_term *t = &record->terms[i];
		struct evaluation_term *term = NULL;

		if (t->term.mechanism >= RECORD_REDIRECT)
			continue;
		if (record_counts(t->term.mechanism) && next < p->count)
			term = &p->terms[next++];
		/* Nobody ever gets behind an "all". */
		ended = t->term.mechanism == RECORD_ALL;
		if (!open) {
			look_ahead(w, p, t, term);
			continue;
		}
		t->verdict = judge(w, p, t, term);
		open = t->verdict == TRACE_NO_MATCH;
		if (t->verdict == TRACE_MATCH)
			record->result = qualified(t->term.qualifier);
		else if (!open)
			record->result =
				t->verdict == TRACE_TEMPERROR ? SPF_TEMPERROR : SPF_PERMERROR;
	}
	return !open;
}

/* Section 6.1. */
static void walk_redirect(struct walk *w, struct evaluation_published *p,
			  struct trace_record *record, bool main)
{
	struct trace_term *t = find_term(record, RECORD_REDIRECT);

	record->result = SPF_PERMERROR;
	if (!count_lookup(w, t)) {
		t->verdict = stop(w, t, TRACE_PERMERROR, "too many");
		return;
	}
	if (!follow(w, p, t, &p->redirect, main, &t->verdict)) {
		if (t->verdict == TRACE_TEMPERROR)
			record->result = SPF_TEMPERROR;
		return;
	}
	t->verdict = TRACE_USED;
	record->result = t->record->result;
	if (record->result == SPF_NONE) {
		record->result = SPF_PERMERROR;
		t->verdict = stop(w, t, TRACE_PERMERROR, "no SPF record there");
	}
}

/* Section 6.2: only for a fail, and only of the record whose term decided it. */
static void walk_explanation(struct walk *w, struct evaluation_published *p,
			     struct trace_record *record, bool used)
{
	struct trace_term *t = find_term(record, RECORD_EXP);
	struct trace_questions questions = questions_of(w);

	if (!t)
		return;
	if (used && macro_uses(p->exp.term.target, 'p'))
		trace_question_names(&questions, true);
	if (evaluation_target(w->e, p, &p->exp, EVALUATION_GLANCE) == EVALUATION_NAME_READY) {
		trace_question_add(&questions, span_of(p->exp.name), DNS_TXT, used);
		show_target(w, t, &p->exp);
	}
	t->verdict = used ? TRACE_USED : TRACE_UNUSED;
	if (used && !w->report->explanation[0])
		t->note = "no text that can be used";
	trace_question_keep(&questions, t);
}

static void walk_usable(struct walk *w, struct evaluation_published *p, struct trace_record *record,
			bool main)
{
	bool decided;

	read_terms(w, record);
	record->result = SPF_NEUTRAL;
	decided = walk_mechanisms(w, p, record);
	if (p->has_redirect && !find_term(record, RECORD_ALL)) {
		if (record->reached && !decided)
			walk_redirect(w, p, record, main);
		else
			look_ahead(w, p, find_term(record, RECORD_REDIRECT), &p->redirect);
	}
	if (p->has_exp)
		walk_explanation(w, p, record, main && decided && record->result == SPF_FAIL);
}

/* `main`: the checked domain's record or one that it redirects to, whose explanation counts. */
static struct trace_record *walk_record(struct walk *w, struct span domain, bool reached, bool main)
{
	struct trace_record *record = arena_take(w->arena, sizeof *record);
	struct trace_questions questions = questions_of(w);
	struct evaluation_published *p;

	record->domain = arena_string(w->arena, domain);
	record->reached = reached;
	trace_question_add(&questions, domain, DNS_TXT, true);
	record->question = questions.items[0];
	record->question.needed = reached;
	p = evaluation_record(w->e, domain, EVALUATION_GLANCE);
	if (!p) {
		record->status = EVALUATION_RECORD_TEMPERROR;
		record->result = SPF_TEMPERROR;
		return record;
	}
	record->status = p->status;
	record->text = p->text;
	record->error = p->error;
	switch (p->status) {
	case EVALUATION_RECORD_USABLE: walk_usable(w, p, record, main); break;
	case EVALUATION_RECORD_NONE: record->result = SPF_NONE; break;
	case EVALUATION_RECORD_TEMPERROR: record->result = SPF_TEMPERROR; break;
	case EVALUATION_RECORD_PERMERROR: record->result = SPF_PERMERROR; break;
	}
	return record;
}

/* --- the whole ------------------------------------------------------------------------------ */

static bool settles(const struct trace_term *t)
{
	switch (t->verdict) {
	case TRACE_MATCH:
	case TRACE_TEMPERROR:
	case TRACE_PERMERROR:
		return true;
	case TRACE_USED:
		return t->term.mechanism == RECORD_REDIRECT;
	case TRACE_NOT_REACHED:
	case TRACE_NO_MATCH:
	case TRACE_UNUSED:
		break;
	}
	return false;
}

/* The path from the first record to the term that gave the result. */
static void mark_path(struct trace_record *record)
{
	while (record) {
		struct trace_record *next = NULL;

		for (size_t i = 0; i < record->count; i++) {
			struct trace_term *t = &record->terms[i];

			if (!settles(t))
				continue;
			t->decides = true;
			next = t->record;
			break;
		}
		record = next;
	}
}

struct trace *trace_build(struct evaluation *e, const struct spf_report *report,
			  struct trace_seen *seen, struct arena *arena)
{
	struct trace *trace = arena_take(arena, sizeof *trace);
	struct walk w = { .e = e, .arena = arena, .seen = seen, .report = report };
	struct span domain = e->subject.sender_domain;
	struct resolver_fact fact;

	trace->report = report;
	trace->void_limit = e->settings->void_limit;
	trace->whole = true;
	if (domain.length == 0 ||
	    (!report->checked && !resolver_fact(e->settings->resolver, domain, DNS_TXT, &fact)))
		return trace;
	trace->top = walk_record(&w, domain, report->checked, true);
	mark_path(trace->top);
	trace->cost = w.cost;
	trace->whole = !w.unanswered && trace->top->result == report->result;
	return trace;
}

const char *trace_verdict_name(enum trace_verdict verdict)
{
	switch (verdict) {
	case TRACE_NOT_REACHED: return "not reached";
	case TRACE_NO_MATCH: return "no match";
	case TRACE_MATCH: return "match";
	case TRACE_TEMPERROR: return "temperror";
	case TRACE_PERMERROR: return "permerror";
	case TRACE_USED: return "used";
	case TRACE_UNUSED: return "not used";
	}
	return "";
}

const char *trace_source_name(enum trace_source source)
{
	switch (source) {
	case TRACE_DNS: return "dns";
	case TRACE_CACHE: return "cached";
	case TRACE_ZONE: return "zone";
	case TRACE_ABOVE: return "as above";
	}
	return "";
}

void trace_each_question(const struct trace_record *record, trace_visit *visit, void *arg)
{
	visit(arg, &record->question);
	for (size_t i = 0; i < record->count; i++) {
		const struct trace_term *t = &record->terms[i];

		for (size_t j = 0; j < t->question_count; j++)
			visit(arg, &t->questions[j]);
		if (t->record)
			trace_each_question(t->record, visit, arg);
	}
}
