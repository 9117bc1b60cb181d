/* SPDX-License-Identifier: MIT */
#include "walk.h"

#include "spf/term.h"

enum { TERM_QUERIES = 1 + EVALUATION_NAMES_MAX }; /* of one term at most */

static struct walk_outcome ended(bool known, enum spf_result result, struct known_record *in,
				 const struct record_term *matched)
{
	return (struct walk_outcome){ known, result, in, matched };
}

/* ---- limits (section 4.6.4) ---- */

/* Before the term is looked at. False when it is one too many. */
static bool count_lookup(struct walk *w, struct walk_step *step)
{
	step->lookup = ++w->lookups;
	if (w->lookups > EVALUATION_TERMS_MAX) {
		evaluation_set_problem(w, "Too many DNS lookups");
		return false;
	}
	/* Void lookups are over their limit already after an include that is not known as a whole. */
	return w->voids <= w->e->settings->void_limit;
}

static bool count_void(struct walk *w, struct walk_step *step)
{
	unsigned limit = w->e->settings->void_limit;

	step->void_lookup = ++w->voids;
	if (w->voids <= limit)
		return true;
	evaluation_set_problem(w, "Void lookup limit of %u exceeded", limit);
	return false;
}

/* ---- answers that are not here ---- */

/* A record, or the name of one. After it anything may take all the terms that are left. */
static struct walk_outcome no_answer(struct walk *w)
{
	if (!w->source->waits && !w->past_gap) {
		w->may_need += 1 + TERM_QUERIES * (EVALUATION_TERMS_MAX - w->lookups);
		w->past_gap = true;
	}
	return ended(w->source->waits, SPF_PERMERROR, NULL, NULL);
}

/* ---- terms ---- */

static struct walk_outcome walk_record(struct walk *w, struct known_term *via,
				       struct walk_step *step);

static struct walk_outcome no_record(struct walk *w, const struct known_term *via,
				     const char *domain)
{
	evaluation_set_problem(w,
			       via->parsed->mechanism == RECORD_REDIRECT ?
				       "redirect domain has no SPF record: %s" :
				       "No valid SPF record for included domain: %s",
			       domain);
	return ended(true, SPF_PERMERROR, NULL, NULL);
}

/* The record that an include or redirect names. */
static struct walk_outcome follow(struct walk *w, const struct known_record *in,
				  struct known_term *via, struct walk_step *step)
{
	enum term_target target = term_find_target(w, in, via);
	struct walk_outcome outcome;

	if (target == TARGET_UNKNOWN)
		return no_answer(w);
	if (term_target_is_void(w, via) && !count_void(w, step))
		return ended(true, SPF_PERMERROR, NULL, NULL);
	if (target == TARGET_NO_MATCH && via->parsed->mechanism == RECORD_INCLUDE)
		return ended(true, SPF_NEUTRAL, NULL, NULL);
	if (target != TARGET_READY)
		return no_record(w, via, "(not a domain name)");
	outcome = walk_record(w, via, step);
	return outcome.result == SPF_NONE ? no_record(w, via, via->name) : outcome;
}

/* Section 5.2: which results of the included record match, do not match, or end the check. */
static enum term_match include_matches(const struct walk_outcome *outcome)
{
	if (!outcome->known)
		return TERM_UNKNOWN;
	switch (outcome->result) {
	case SPF_PASS: return TERM_MATCH;
	case SPF_TEMPERROR: return TERM_TEMPERROR;
	case SPF_NONE:
	case SPF_PERMERROR: return TERM_PERMERROR;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
	case SPF_RESULT_COUNT: break;
	}
	return TERM_NO_MATCH;
}

static enum term_match walk_term(struct walk *w, struct known_record *in, struct known_term *term,
				 struct walk_step *step)
{
	struct walk_outcome outcome;
	enum term_match match;
	bool is_void;

	if (!count_lookup(w, step))
		return TERM_PERMERROR;
	if (term->parsed->mechanism == RECORD_INCLUDE) {
		outcome = follow(w, in, term, step);
		return include_matches(&outcome);
	}
	match = term_matches(w, in, term, &is_void);
	if (match == TERM_UNKNOWN)
		w->may_need += w->past_gap ? 0 : TERM_QUERIES;
	else if (is_void && !count_void(w, step))
		return TERM_PERMERROR;
	return match;
}

/* Section 6.1. */
static struct walk_outcome walk_redirect(struct walk *w, struct known_record *in,
					 struct walk_step *step, bool known)
{
	struct walk_outcome outcome = ended(true, SPF_PERMERROR, NULL, NULL);

	if (count_lookup(w, step))
		outcome = follow(w, in, &in->redirect, step);
	step->match = outcome.result == SPF_TEMPERROR ? TERM_TEMPERROR :
		      outcome.result == SPF_PERMERROR ? TERM_PERMERROR :
							TERM_MATCH;
	outcome.known = outcome.known && known;
	return outcome;
}

/* ---- records ---- */

static struct walk_outcome walk_terms(struct walk *w, struct visit *visit)
{
	struct known_record *r = visit->record;
	const struct parsed_record *p = &r->parsed;
	bool known = true;

	for (size_t i = 0; i < p->count; i++) {
		enum term_match match = walk_term(w, r, &r->terms[i], &visit->steps[i]);

		visit->steps[i].match = match;
		if (match == TERM_MATCH)
			return ended(known, spf_result_qualified(p->terms[i].qualifier), r,
				     &p->terms[i]);
		if (match == TERM_TEMPERROR || match == TERM_PERMERROR)
			return ended(known, match == TERM_TEMPERROR ? SPF_TEMPERROR : SPF_PERMERROR,
				     r, &p->terms[i]);
		known = known && match == TERM_NO_MATCH;
	}
	if (p->has_terminal)
		return ended(known, spf_result_qualified(p->terminal.qualifier), r, &p->terminal);
	if (p->has_redirect)
		return walk_redirect(w, r, &visit->steps[p->count], known);
	return ended(known, SPF_NEUTRAL, r, NULL);
}

/* Section 4.4 to 4.6. `via` is NULL for the first record. */
static struct walk_outcome read_record(struct walk *w, struct visit *visit,
				       const struct known_term *via)
{
	struct known_record *r = visit->record;
	const char *problem;

	if (!r)
		return no_answer(w);
	problem = r->parsed.error.problem;
	switch (r->parsed.status) {
	case PARSED_NONE: return ended(true, SPF_NONE, r, NULL);
	case PARSED_TEMPERROR:
		evaluation_set_failure(w, span_of(r->domain), DNS_TXT);
		return ended(true, SPF_TEMPERROR, r, NULL);
	case PARSED_PERMERROR:
		if (via)
			evaluation_set_problem(w, "%s (in %s)", problem, r->domain);
		evaluation_set_problem(w, "%s", problem);
		return ended(true, SPF_PERMERROR, r, NULL);
	case PARSED_USABLE: break;
	}
	return walk_terms(w, visit);
}

static struct walk_outcome walk_record(struct walk *w, struct known_term *via,
				       struct walk_step *step)
{
	/* Each one but the first has been counted as a lookup. */
	struct visit *visit = &w->visits[w->count++];
	struct walk_outcome outcome;

	*visit = (struct visit){ .record = via ? via->leads_to : NULL };
	if (!visit->record || w->source->waits)
		visit->record = evaluation_record(
			w, via ? span_of(via->name) : w->e->subject.sender_domain,
			via ? &via->places[0] : NULL);
	if (via) {
		via->leads_to = visit->record;
		step->visit = visit;
	}
	outcome = read_record(w, visit, via);
	visit->result = outcome.result;
	return outcome;
}

void walk_run(struct walk *w, const struct walk_source *source)
{
	w->source = source;
	w->lookups = w->voids = w->may_need = 0;
	w->past_gap = false;
	w->count = 0;
	w->outcome = walk_record(w, NULL, NULL);
}
