/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include "spf/macro_syntax.h"
#include "spf/term.h"
#include "trace_query.h"

struct tracing {
	struct walk *peeking; /* for the names of what was not reached */
	const struct spf_report *report;
	struct arena *arena;
	struct trace_seen *seen;
	unsigned cost; /* lookups, those of terms that were not reached included */
};

static struct trace_queries no_queries(const struct tracing *t)
{
	return (struct trace_queries){ .peeking = t->peeking, .seen = t->seen, .arena = t->arena };
}

/* ---- terms that were reached ---- */

static enum trace_verdict verdict_of(enum term_match match)
{
	switch (match) {
	case TERM_MATCH: return TRACE_MATCH;
	case TERM_TEMPERROR: return TRACE_TEMPERROR;
	case TERM_PERMERROR: return TRACE_PERMERROR;
	case TERM_NO_MATCH: return TRACE_NO_MATCH;
	case TERM_UNKNOWN: break;
	}
	return TRACE_NOT_REACHED;
}

static const char *target_note(const struct known_term *term)
{
	if (term->target == TARGET_INVALID)
		return "not a domain name";
	return term->target == TARGET_NO_MATCH ? "needs an ASCII local part" : NULL;
}

/* What explains a verdict other than by the answers that are shown; NULL. */
static const char *note_of(const struct tracing *t, const struct known_term *term,
			   const struct walk_step *step)
{
	if (step->lookup > EVALUATION_TERMS_MAX ||
	    step->void_lookup > t->peeking->e->settings->void_limit)
		return "too many";
	if (term->target != TARGET_READY && term->target != TARGET_UNKNOWN)
		return target_note(term);
	if (step->match != TERM_PERMERROR)
		return NULL;
	if (step->visit && step->visit->record)
		return step->visit->result == SPF_NONE ? "no SPF record there" : NULL;
	return t->peeking->e->exhausted ? "no answer" : "more than 10 MX hosts";
}

static void show_target(const struct tracing *t, struct trace_term *shown,
			const struct known_term *term)
{
	if (term->target == TARGET_READY && shown->term.target.length > 0 &&
	    !span_equal_nocase(span_of(term->name), shown->term.target))
		shown->target = arena_string(t->arena, span_of(term->name));
}

static struct trace_record *trace_visited(struct tracing *t, const struct visit *visit,
					  struct span domain, bool main);

/* `main`: in the checked domain's record or one that it redirects to, whose explanation counts. */
static void trace_step(struct tracing *t, const struct known_record *in, struct known_term *term,
		       const struct walk_step *step, struct trace_term *shown, bool main)
{
	bool redirect = term->parsed->mechanism == RECORD_REDIRECT;
	struct trace_queries queries = no_queries(t);

	t->cost++;
	shown->lookup = step->lookup;
	shown->void_lookup = step->void_lookup;
	shown->verdict = verdict_of(step->match);
	if (redirect && step->visit && step->visit->record && step->visit->result != SPF_NONE)
		shown->verdict = TRACE_USED;
	shown->note = note_of(t, term, step);
	if (step->lookup > EVALUATION_TERMS_MAX)
		return;
	if (!redirect && term->parsed->mechanism != RECORD_INCLUDE)
		trace_query_term(&queries, in, term, true);
	else if (term->uses_names)
		trace_query_names(&queries, true);
	trace_query_store(&queries, shown);
	if (step->visit)
		shown->record = trace_visited(t, step->visit, span_of(term->name),
					      main && redirect);
	if (step->visit || (!redirect && term->parsed->mechanism != RECORD_INCLUDE))
		show_target(t, shown, term);
}

/* ---- terms that were not reached ---- */

static struct trace_record *trace_unvisited(struct tracing *t, struct span domain);

/*
 * What was prefetched for a term. Each one counts against the 10 lookups, as it did for the prefetch,
 * which also ends records that include themselves.
 */
static void trace_ahead(struct tracing *t, const struct known_record *in, struct known_term *term,
			struct trace_term *shown)
{
	struct trace_queries queries = no_queries(t);
	struct resolver_fact fact;

	if (t->cost++ >= EVALUATION_TERMS_MAX || !term)
		return;
	if (shown->term.mechanism != RECORD_INCLUDE && shown->term.mechanism != RECORD_REDIRECT) {
		trace_query_term(&queries, in, term, false);
	} else if (term_find_target(t->peeking, in, term) == TARGET_READY &&
		   resolver_fact(t->peeking->e->settings->resolver, span_of(term->name), DNS_TXT,
				 &fact)) {
		if (!term->uses_names)
			show_target(t, shown, term);
		shown->record = trace_unvisited(t, span_of(term->name));
	}
	trace_query_store(&queries, shown);
}

/* ---- records ---- */

static void read_terms(struct tracing *t, struct trace_record *record)
{
	struct record_reader reader;
	struct record_term term;
	struct record_error error;

	record_begin(&reader, record->text);
	while (record_next(&reader, &term, &error) == RECORD_TERM)
		record->count++;
	record->terms = arena_take_array(t->arena, record->count, sizeof(*record->terms));
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

/* True when the walk was still going on at the end of them. */
static bool trace_mechanisms(struct tracing *t, struct known_record *r, const struct visit *visit,
			     struct trace_record *record)
{
	const struct address *client = &t->peeking->e->subject.client;
	bool open = visit != NULL, ended = false;
	size_t next = 0;

	for (size_t i = 0; i < record->count && !ended; i++) {
		struct trace_term *shown = &record->terms[i];
		enum record_mechanism mechanism = shown->term.mechanism;
		size_t index = next;
		struct known_term *term = NULL;

		if (mechanism >= RECORD_REDIRECT)
			continue;
		if (record_counts(mechanism) && next < r->parsed.count)
			term = &r->terms[next++];
		/* Nobody ever gets past an "all". */
		ended = mechanism == RECORD_ALL;
		if (!open && record_counts(mechanism))
			trace_ahead(t, r, term, shown);
		else if (open && term)
			trace_step(t, r, term, &visit->steps[index], shown, false);
		else if (open)
			shown->verdict = ended || network_contains(&shown->term.network, client) ?
						 TRACE_MATCH :
						 TRACE_NO_MATCH;
		open = open && shown->verdict == TRACE_NO_MATCH;
	}
	return open;
}

/* Section 6.2: only for a fail, and only of the record whose term decided it. */
static void trace_explanation(struct tracing *t, struct known_record *r,
			      struct trace_record *record, bool used)
{
	struct trace_term *shown = find_term(record, RECORD_EXP);
	struct trace_queries queries = no_queries(t);

	if (used && r->exp.uses_names)
		trace_query_names(&queries, true);
	if (term_find_target(t->peeking, r, &r->exp) == TARGET_READY) {
		trace_query_add(&queries, span_of(r->exp.name), DNS_TXT, used);
		if (used || !r->exp.uses_names)
			show_target(t, shown, &r->exp);
	}
	shown->verdict = used ? TRACE_USED : TRACE_UNUSED;
	if (used && !t->report->explanation[0])
		shown->note = "no text that can be used";
	trace_query_store(&queries, shown);
}

static void trace_terms(struct tracing *t, struct known_record *r, const struct visit *visit,
			struct trace_record *record, bool main)
{
	struct trace_term *redirect;
	bool open;

	read_terms(t, record);
	open = trace_mechanisms(t, r, visit, record);
	redirect = find_term(record, RECORD_ALL) ? NULL : find_term(record, RECORD_REDIRECT);
	if (redirect && visit && open)
		trace_step(t, r, &r->redirect, &visit->steps[r->parsed.count], redirect, main);
	else if (redirect)
		trace_ahead(t, r, &r->redirect, redirect);
	if (r->parsed.has_exp)
		trace_explanation(t, r, record, main && !open && visit->result == SPF_FAIL);
}

static struct trace_record *trace_record(struct tracing *t, struct known_record *r,
					 const struct visit *visit, struct span domain, bool main)
{
	struct trace_record *record = arena_take(t->arena, sizeof(*record));
	struct trace_queries queries = no_queries(t);

	record->domain = arena_string(t->arena, domain);
	record->reached = visit != NULL;
	trace_query_add(&queries, domain, DNS_TXT, true);
	record->query = queries.items[0];
	record->query.needed = record->reached;
	record->result = visit ? visit->result : SPF_NONE;
	record->status = PARSED_TEMPERROR;
	if (!r)
		return record;
	record->status = r->parsed.status;
	record->text = r->parsed.text;
	record->error = r->parsed.error;
	if (record->status == PARSED_PERMERROR && record->text.length > 0)
		record->repair = repair_record(record->text, t->arena);
	if (record->status == PARSED_USABLE)
		trace_terms(t, r, visit, record, main);
	return record;
}

static struct trace_record *trace_visited(struct tracing *t, const struct visit *visit,
					  struct span domain, bool main)
{
	return trace_record(t, visit->record, visit, domain, main);
}

static struct trace_record *trace_unvisited(struct tracing *t, struct span domain)
{
	return trace_record(t, evaluation_record(t->peeking, domain, NULL), NULL, domain, false);
}

static bool settles(const struct trace_term *t)
{
	switch (t->verdict) {
	case TRACE_MATCH:
	case TRACE_TEMPERROR:
	case TRACE_PERMERROR: return true;
	case TRACE_USED: return t->term.mechanism == RECORD_REDIRECT;
	case TRACE_NOT_REACHED:
	case TRACE_NO_MATCH:
	case TRACE_UNUSED: break;
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
	struct trace *trace = arena_take(arena, sizeof(*trace));
	struct walk peeking = { .e = e, .source = &evaluation_peeking };
	struct tracing t = { &peeking, report, arena, seen, 0 };
	struct span domain = e->subject.sender_domain;
	struct resolver_fact fact;

	trace->report = report;
	trace->void_limit = e->settings->void_limit;
	trace->whole = true;
	if (domain.length == 0 ||
	    (!report->checked && !resolver_fact(e->settings->resolver, domain, DNS_TXT, &fact)))
		return trace;
	if (report->checked) {
		trace->top = trace_visited(&t, &e->waiting.visits[0], domain, true);
		mark_path(trace->top);
	} else {
		trace->top = trace_unvisited(&t, domain);
	}
	trace->cost = t.cost;
	trace->whole = report->checked && !e->exhausted && trace->top->result == report->result;
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

void trace_each_query(const struct trace_record *record, trace_visit *visit, void *arg)
{
	visit(arg, &record->query);
	for (size_t i = 0; i < record->count; i++) {
		const struct trace_term *t = &record->terms[i];

		for (size_t j = 0; j < t->query_count; j++)
			visit(arg, &t->queries[j]);
		if (t->record)
			trace_each_query(t->record, visit, arg);
	}
}
