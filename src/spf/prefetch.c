/* SPDX-License-Identifier: MIT */
#include "spf/prefetch.h"

#include "spf/term.h"
#include "walk.h"

enum {
	/* One query is left for the explanation. */
	SENT_MAX = EVALUATION_QUERIES_MAX - 1,
	/* With so many sent there is still room for all that a check may wait for which turns out to
	   use %{p}. */
	SPECULATIVE_MAX = SENT_MAX - EVALUATION_QUERIES_P_MAX,
};

/* As many queries as are allowed are in flight: nothing that a walk could find would be sent. */
static bool is_busy(const struct evaluation *e)
{
	return resolver_in_flight(e->settings->resolver) >= e->settings->prefetch_max;
}

static bool may_start(const struct walk *w)
{
	unsigned sent = w->e->sent;

	if (w->past_gap)
		return sent < SPECULATIVE_MAX && sent + 1 + w->may_need <= SENT_MAX;
	return sent < SENT_MAX;
}

/* walk_source.ask */
static answer_place peek_or_start(struct walk *w, struct span name, uint16_t type)
{
	struct resolver *resolver = w->e->settings->resolver;
	answer_place place = NULL;

	if (is_busy(w->e))
		return NULL;
	place = resolver_place(resolver, name, type);
	if (place ? *place != NULL : !may_start(w))
		return place;
	/* An open one may be the other identity's, which has less time. */
	w->e->sent += resolver_want(resolver, name, type);
	return resolver_place(resolver, name, type);
}

static const struct walk_source prefetching = { peek_or_start, false };

/* `speculative`: it must leave room for all that may still prevent the fail. */
static void want_explanation(struct walk *w, struct known_record *in, bool speculative)
{
	bool past_gap = w->past_gap;

	w->past_gap = past_gap || speculative;
	if (in->parsed.has_exp && term_find_target(w, in, &in->exp) == TARGET_READY)
		evaluation_ask(w, span_of(in->exp.name), DNS_TXT, &in->exp.places[0]);
	w->past_gap = past_gap;
}

/* The record, not an included one, of the first term that may match and make it a fail. */
static struct known_record *find_possible_fail(const struct walk *w)
{
	const struct visit *visit = &w->visits[0];

	while (visit && visit->record) {
		const struct parsed_record *p = &visit->record->parsed;

		for (size_t i = 0; i < p->count; i++)
			if (visit->steps[i].match == TERM_UNKNOWN && visit->steps[i].lookup > 0 &&
			    p->terms[i].qualifier == '-')
				return visit->record;
		visit = visit->steps[p->count].visit;
	}
	return NULL;
}

/* They come last: what evaluation may need before them is known by then. */
static void want_explanations(struct walk *w)
{
	struct known_record *certain = w->outcome.result == SPF_FAIL ? w->outcome.in : NULL;
	struct known_record *possible = find_possible_fail(w);

	if (certain)
		want_explanation(w, certain, !w->outcome.known);
	if (possible && possible != certain)
		want_explanation(w, possible, true);
}

void prefetch_start(struct evaluation *e)
{
	/* A query that is answered at once notifies, and that must not start a walk within a walk. */
	if (e->settings->prefetch_max == 0 || e->prefetching ||
	    e->subject.sender_domain.length == 0)
		return;
	evaluation_enter_lane(e);
	if (is_busy(e) || resolver_deadline_passed(e->settings->resolver))
		return;
	e->prefetching = true;
	walk_run(&e->ahead, &prefetching);
	want_explanations(&e->ahead);
	e->prefetching = false;
}
