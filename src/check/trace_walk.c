/* SPDX-License-Identifier: MIT */
#include "trace_walk.h"

#include "spf/macro.h"

struct trace_questions trace_walk_questions(struct trace_walk *w)
{
	return (struct trace_questions){ .e = w->e, .seen = w->seen, .arena = w->arena };
}

static void read_terms(struct trace_walk *w, struct trace_record *record)
{
	struct record_reader reader;
	struct record_term term;
	struct record_error error;

	record_begin(&reader, record->text);
	while (record_next(&reader, &term, &error) == RECORD_TERM)
		record->count++;
	record->terms = arena_take_array(w->arena, record->count, sizeof(*record->terms));
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
static bool walk_mechanisms(struct trace_walk *w, struct published *p, struct trace_record *record)
{
	bool open = record->reached, ended = false;
	size_t next = 0;

	for (size_t i = 0; i < record->count && !ended; i++) {
		struct trace_term *t = &record->terms[i];
		struct published_term *term = NULL;

		if (t->term.mechanism >= RECORD_REDIRECT)
			continue;
		if (record_counts(t->term.mechanism) && next < p->count)
			term = &p->terms[next++];
		/* Nobody ever gets behind an "all". */
		ended = t->term.mechanism == RECORD_ALL;
		if (!open) {
			trace_term_look_ahead(w, p, t, term);
			continue;
		}
		t->verdict = trace_term_judge(w, p, t, term);
		open = t->verdict == TRACE_NO_MATCH;
		if (t->verdict == TRACE_MATCH)
			record->result = spf_result_qualified(t->term.qualifier);
		else if (!open)
			record->result = t->verdict == TRACE_TEMPERROR ? SPF_TEMPERROR :
									 SPF_PERMERROR;
	}
	return !open;
}

/* Section 6.1. */
static void walk_redirect(struct trace_walk *w, struct published *p, struct trace_record *record,
			  bool main)
{
	struct trace_term *t = find_term(record, RECORD_REDIRECT);

	record->result = SPF_PERMERROR;
	if (!trace_term_count(w, t)) {
		t->verdict = TRACE_PERMERROR;
		t->note = "too many";
		return;
	}
	if (!trace_term_follow(w, p, t, &p->redirect, main, &t->verdict)) {
		if (t->verdict == TRACE_TEMPERROR)
			record->result = SPF_TEMPERROR;
		return;
	}
	t->verdict = TRACE_USED;
	record->result = t->record->result;
	if (record->result == SPF_NONE) {
		record->result = SPF_PERMERROR;
		t->verdict = TRACE_PERMERROR;
		t->note = "no SPF record there";
	}
}

/* Section 6.2: only for a fail, and only of the record whose term decided it. */
static void walk_explanation(struct trace_walk *w, struct published *p, struct trace_record *record,
			     bool used)
{
	struct trace_term *t = find_term(record, RECORD_EXP);
	struct trace_questions questions = trace_walk_questions(w);

	if (used && macro_uses(p->exp.term.target, 'p'))
		trace_question_names(&questions, true);
	if (evaluation_target(w->e, p, &p->exp, EVALUATION_GLANCE) == PUBLISHED_NAME_READY) {
		trace_question_add(&questions, span_of(p->exp.name), DNS_TXT, used);
		trace_term_show_target(w, t, &p->exp);
	}
	t->verdict = used ? TRACE_USED : TRACE_UNUSED;
	if (used && !w->report->explanation[0])
		t->note = "no text that can be used";
	trace_question_keep(&questions, t);
}

static void walk_usable(struct trace_walk *w, struct published *p, struct trace_record *record,
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
			trace_term_look_ahead(w, p, find_term(record, RECORD_REDIRECT),
					      &p->redirect);
	}
	if (p->has_exp)
		walk_explanation(w, p, record, main && decided && record->result == SPF_FAIL);
}

/* `main`: the checked domain's record or one that it redirects to, whose explanation counts. */
struct trace_record *trace_walk_record(struct trace_walk *w, struct span domain, bool reached,
				       bool main)
{
	struct trace_record *record = arena_take(w->arena, sizeof(*record));
	struct trace_questions questions = trace_walk_questions(w);
	struct published *p;

	record->domain = arena_string(w->arena, domain);
	record->reached = reached;
	trace_question_add(&questions, domain, DNS_TXT, true);
	record->question = questions.items[0];
	record->question.needed = reached;
	p = evaluation_record(w->e, domain, EVALUATION_GLANCE);
	if (!p) {
		record->status = PUBLISHED_TEMPERROR;
		record->result = SPF_TEMPERROR;
		return record;
	}
	record->status = p->status;
	record->text = p->text;
	record->error = p->error;
	switch (p->status) {
	case PUBLISHED_USABLE: walk_usable(w, p, record, main); break;
	case PUBLISHED_NONE: record->result = SPF_NONE; break;
	case PUBLISHED_TEMPERROR: record->result = SPF_TEMPERROR; break;
	case PUBLISHED_PERMERROR: record->result = SPF_PERMERROR; break;
	}
	return record;
}
