/* SPDX-License-Identifier: MIT */
#include "spf/evaluation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "spf/macro_syntax.h"
#include "base/xalloc.h"

/* Visits are set when they are made: there is no need to clear thousands of bytes for each message. */
static void init_walk(struct walk *w, struct evaluation *e, const struct walk_source *source)
{
	w->e = e;
	w->source = source;
	w->names.known = w->names.is_void = false;
	w->names.count = w->count = 0;
	memset(w->names.places, 0, sizeof(w->names.places));
}

void evaluation_init(struct evaluation *e, const struct evaluation_settings *settings,
		     const struct evaluation_subject *subject)
{
	e->settings = settings;
	e->subject = *subject;
	e->record_count = e->counted_count = 0;
	e->prefetching = e->uses_names = e->exhausted = false;
	e->sent = 0;
	e->problem[0] = e->fault[0] = '\0';
	e->resolver_failed = false;
	memset(e->addresses, 0, sizeof(e->addresses));
	init_walk(&e->waiting, e, &evaluation_waiting);
	init_walk(&e->ahead, e, &evaluation_peeking);
}

void evaluation_free(struct evaluation *e)
{
	for (size_t i = 0; i < e->record_count; i++)
		free(e->records[i]);
	e->record_count = 0;
}

/* ---- problems ---- */

void evaluation_set_problem(struct walk *w, const char *format, ...)
{
	char raw[2 * SPF_PROBLEM_MAX];
	struct text text;
	va_list arguments;

	if (!w->source->waits || w->e->problem[0])
		return;
	va_start(arguments, format);
	vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	text_init(&text, w->e->problem, sizeof(w->e->problem));
	/* What records put into it is escaped already: a backslash stays one. */
	text_escape(&text, span_of(raw), "", sizeof(w->e->problem) - 1);
}

void evaluation_set_failure(struct walk *w, struct span name, uint16_t type)
{
	enum { SHOWN_MAX = 80 }; /* of a name, so that the log line has room for the fault */
	struct resolver *resolver = w->e->settings->resolver;
	bool is_first = w->source->waits && !w->e->problem[0], is_long = name.length > SHOWN_MAX;
	struct text fault;

	evaluation_set_problem(w, "DNS lookup of %s %.*s%s failed", dns_type_name(type),
			       is_long ? SHOWN_MAX : (int)name.length, name.data,
			       is_long ? "..." : "");
	if (!is_first)
		return;
	text_init(&fault, w->e->fault, sizeof(w->e->fault));
	resolver_describe_failure(resolver, name, type, &fault);
	w->e->resolver_failed = resolver_is_unanswered(resolver);
}

/* ---- sources ---- */

void evaluation_enter_lane(const struct evaluation *e)
{
	resolver_lane(e->settings->resolver, e->subject.identity, e->settings->deadline_ms);
}

bool evaluation_has_room(const struct evaluation *e)
{
	return e->counted_count <
	       (size_t)(e->uses_names ? EVALUATION_QUERIES_P_MAX : EVALUATION_QUERIES_MAX);
}

static answer_place find_counted(const struct evaluation *e, const struct answer *answer)
{
	for (size_t i = 0; answer && i < e->counted_count; i++)
		if (e->counted[i] == answer)
			return &e->counted[i];
	return NULL;
}

/* walk_source.ask. Equal queries have the same answer, in the same place. */
static answer_place wait_for(struct walk *w, struct span name, uint16_t type)
{
	struct evaluation *e = w->e;
	struct resolver *resolver = e->settings->resolver;
	bool has_room = evaluation_has_room(e);
	const struct answer *answer;
	answer_place place;

	if (has_room)
		e->sent += resolver_want(resolver, name, type);
	answer = has_room ? resolver_get(resolver, name, type) :
			    resolver_peek(resolver, name, type);
	place = find_counted(e, answer);
	if (!place && !has_room) {
		e->exhausted = true;
		evaluation_set_problem(w, "Too many DNS queries");
	} else if (!place) {
		place = &e->counted[e->counted_count];
		e->counted[e->counted_count++] = answer;
	}
	return place;
}

static answer_place peek(struct walk *w, struct span name, uint16_t type)
{
	return resolver_place(w->e->settings->resolver, name, type);
}

const struct walk_source evaluation_waiting = { wait_for, true };
const struct walk_source evaluation_peeking = { peek, false };

const struct answer *evaluation_ask(struct walk *w, struct span name, uint16_t type,
				    answer_place *place)
{
	bool remember = place && !w->source->waits;
	answer_place at = remember ? *place : NULL;

	if (!at)
		at = w->source->ask(w, name, type);
	if (remember)
		*place = at;
	return at ? *at : NULL;
}

/* ---- records ---- */

static struct known_record *find_record(struct evaluation *e, struct span domain)
{
	/* %{d} keeps the case in which a name was written, so records are told apart by it. */
	for (size_t i = 0; i < e->record_count; i++)
		if (span_equal(span_of(e->records[i]->domain), domain))
			return e->records[i];
	return NULL;
}

static void init_term(struct known_term *term, const struct record_term *parsed)
{
	term->parsed = parsed;
	term->uses_names = macro_uses(parsed->target, 'p');
	term->is_void = false;
	term->target = TARGET_UNKNOWN;
	term->match = TERM_UNKNOWN;
	term->leads_to = NULL;
	memset(term->places, 0, sizeof(term->places));
	term->name[0] = '\0';
}

static struct known_record *add_record(struct evaluation *e, struct span domain,
				       const struct answer *answer)
{
	struct known_record *r = xmalloc(sizeof(*r));

	memcpy(r->domain, domain.data, domain.length);
	r->domain[domain.length] = '\0';
	parsed_record_read(&r->parsed, &e->subject.client, answer);
	for (size_t i = 0; i < r->parsed.count; i++)
		init_term(&r->terms[i], &r->parsed.terms[i]);
	if (r->parsed.has_redirect)
		init_term(&r->redirect, &r->parsed.redirect);
	if (r->parsed.has_exp)
		init_term(&r->exp, &r->parsed.exp);
	return e->records[e->record_count++] = r;
}

struct known_record *evaluation_record(struct walk *w, struct span domain, answer_place *place)
{
	struct known_record *r = w->source->waits ? NULL : find_record(w->e, domain);
	const struct answer *answer;
	/* Speculation leaves places for what is waited for: at most one record and ten terms. */
	size_t places = EVALUATION_RECORDS_MAX - (w->source->waits ? 0 : 1 + EVALUATION_TERMS_MAX);

	if (r)
		return r;
	answer = evaluation_ask(w, domain, DNS_TXT, place);
	if (!answer)
		return NULL;
	/* Prefetch may have read it while we waited. */
	r = find_record(w->e, domain);
	if (r || w->e->record_count >= places)
		return r;
	return add_record(w->e, domain, answer);
}
