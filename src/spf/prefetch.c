/* SPDX-License-Identifier: MIT */
#include "spf/prefetch.h"

enum {
	/* Questions of one term at most: itself and ten names. */
	TERM_QUESTIONS = 1 + EVALUATION_NAMES_MAX,
	/* One question is left for the explanation. */
	SENT_MAX = EVALUATION_QUESTIONS_MAX - 1,
	/* With so many sent there is still room for all that a check may consume which turns out to
	   use %{p}. */
	GUESSED_MAX = SENT_MAX - EVALUATION_QUESTIONS_P_MAX,
};

struct walk {
	struct evaluation *e;
	unsigned terms, voids; /* counted so far on the way */
	bool guessing;	       /* behind a record that is not here */
	unsigned reserve;  /* questions, not sent yet, that evaluation may need without any guess */
	unsigned includes; /* that we are inside of */
	struct published *may_fail; /* a record, not an included one, with a term that may
					   match and make it a fail */
};

static bool may_ask(void *arg)
{
	const struct walk *w = arg;
	const struct evaluation_settings *settings = w->e->settings;

	if (resolver_in_flight(settings->resolver) >= settings->prefetch_max)
		return false;
	if (w->guessing)
		return w->e->sent < GUESSED_MAX && w->e->sent + 1 + w->reserve <= SENT_MAX;
	return w->e->sent < SENT_MAX;
}

static struct prefetch_outcome ended(bool known, enum spf_result result, struct published *in,
				     const struct record_term *matched)
{
	return (struct prefetch_outcome){ known, result, in, matched };
}

/* From here on anything may take all the terms that are left. */
static void start_guessing(struct walk *w)
{
	if (!w->guessing)
		w->reserve += 1 + TERM_QUESTIONS * (EVALUATION_TERMS_MAX - w->terms);
	w->guessing = true;
}

static struct prefetch_outcome walk_record(struct walk *w, struct span domain);

/* Section 5.2: which results of the included record match, do not match, or end the check. */
static enum evaluation_match walk_include(struct walk *w, const struct published *in,
					  struct published_term *term)
{
	struct prefetch_outcome outcome;

	switch (evaluation_target(w->e, in, term, EVALUATION_GLANCE)) {
	case PUBLISHED_NAME_UNSET: start_guessing(w); return EVALUATION_UNKNOWN;
	case PUBLISHED_NAME_UNASKABLE: return EVALUATION_PERMERROR;
	case PUBLISHED_NAME_NO_MATCH: return EVALUATION_NO_MATCH;
	case PUBLISHED_NAME_READY: break;
	}
	if (evaluation_target_is_void(w->e, term) && ++w->voids > w->e->settings->void_limit)
		return EVALUATION_PERMERROR;
	w->includes++;
	outcome = walk_record(w, span_of(term->name));
	w->includes--;
	if (!outcome.known)
		return EVALUATION_UNKNOWN;
	switch (outcome.result) {
	case SPF_PASS: return EVALUATION_MATCH;
	case SPF_TEMPERROR: return EVALUATION_TEMPERROR;
	case SPF_NONE:
	case SPF_PERMERROR: return EVALUATION_PERMERROR;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
	case SPF_RESULT_COUNT: break;
	}
	return EVALUATION_NO_MATCH;
}

static enum evaluation_match walk_term(struct walk *w, const struct published *in,
				       struct published_term *term)
{
	enum evaluation_match match;
	bool is_void = false;

	if (++w->terms > EVALUATION_TERMS_MAX)
		return EVALUATION_PERMERROR;
	if (term->term.mechanism == RECORD_INCLUDE)
		return walk_include(w, in, term);
	match = evaluation_match(w->e, in, term, EVALUATION_GLANCE, &is_void);
	w->voids += is_void && match != EVALUATION_UNKNOWN;
	if (match == EVALUATION_UNKNOWN && !w->guessing)
		w->reserve += TERM_QUESTIONS;
	return w->voids > w->e->settings->void_limit ? EVALUATION_PERMERROR : match;
}

static struct prefetch_outcome walk_redirect(struct walk *w, struct published *in, bool known)
{
	struct prefetch_outcome outcome;

	if (++w->terms > EVALUATION_TERMS_MAX)
		return ended(known, SPF_PERMERROR, in, NULL);
	switch (evaluation_target(w->e, in, &in->redirect, EVALUATION_GLANCE)) {
	case PUBLISHED_NAME_UNSET: start_guessing(w); return ended(false, SPF_NEUTRAL, in, NULL);
	case PUBLISHED_NAME_UNASKABLE:
	case PUBLISHED_NAME_NO_MATCH: return ended(known, SPF_PERMERROR, in, NULL);
	case PUBLISHED_NAME_READY: break;
	}
	if (evaluation_target_is_void(w->e, &in->redirect) &&
	    ++w->voids > w->e->settings->void_limit)
		return ended(known, SPF_PERMERROR, in, NULL);
	outcome = walk_record(w, span_of(in->redirect.name));
	outcome.known = outcome.known && known;
	if (outcome.result == SPF_NONE)
		outcome.result = SPF_PERMERROR;
	return outcome;
}

static struct prefetch_outcome walk_record(struct walk *w, struct span domain)
{
	struct published *p = evaluation_record(w->e, domain, EVALUATION_GLANCE);
	bool known = true;

	if (!p) {
		start_guessing(w);
		return ended(false, SPF_NEUTRAL, NULL, NULL);
	}
	switch (p->status) {
	case PUBLISHED_NONE: return ended(true, SPF_NONE, p, NULL);
	case PUBLISHED_TEMPERROR: return ended(true, SPF_TEMPERROR, p, NULL);
	case PUBLISHED_PERMERROR: return ended(true, SPF_PERMERROR, p, NULL);
	case PUBLISHED_USABLE: break;
	}
	for (size_t i = 0; i < p->count; i++) {
		struct published_term *term = &p->terms[i];

		switch (walk_term(w, p, term)) {
		case EVALUATION_MATCH:
			return ended(known, spf_result_qualified(term->term.qualifier), p,
				     &term->term);
		case EVALUATION_TEMPERROR: return ended(known, SPF_TEMPERROR, p, &term->term);
		case EVALUATION_PERMERROR: return ended(known, SPF_PERMERROR, p, &term->term);
		case EVALUATION_UNKNOWN:
			known = false;
			if (term->term.qualifier == '-' && w->includes == 0 && !w->may_fail)
				w->may_fail = p;
			break;
		case EVALUATION_NO_MATCH: break;
		}
	}
	if (p->has_certain)
		return ended(known, spf_result_qualified(p->certain.qualifier), p, &p->certain);
	if (p->has_redirect)
		return walk_redirect(w, p, known);
	return ended(known, SPF_NEUTRAL, p, NULL);
}

static void want_explanation(struct evaluation *e, struct published *in)
{
	if (in && in->has_exp &&
	    evaluation_target(e, in, &in->exp, EVALUATION_GLANCE) == PUBLISHED_NAME_READY)
		evaluation_ask(e, span_of(in->exp.name), DNS_TXT, EVALUATION_GLANCE);
}

/* An explanation may be needed for a fail that is still only possible; it comes last. */
static void want_explanations(struct walk *w, const struct prefetch_outcome *outcome)
{
	bool guessing = w->guessing;

	/* Before the fail is certain it must leave room for all that may still prevent it. */
	w->guessing = guessing || !outcome->known;
	if (outcome->result == SPF_FAIL)
		want_explanation(w->e, outcome->in);
	w->guessing = guessing;
	if (w->may_fail && !(outcome->result == SPF_FAIL && outcome->in == w->may_fail)) {
		/* A guess, but the walk is over: what evaluation may need is counted already. */
		w->guessing = true;
		want_explanation(w->e, w->may_fail);
	}
}

static struct prefetch_outcome walk(struct evaluation *e, bool ask)
{
	struct walk w = { .e = e };
	struct prefetch_outcome outcome;

	/* An identity without a domain is "none" without a question (section 4.3). */
	if (e->subject.sender_domain.length == 0)
		return ended(true, SPF_NONE, NULL, NULL);
	e->may_ask = ask ? may_ask : NULL;
	e->may_ask_arg = &w;
	outcome = walk_record(&w, e->subject.sender_domain);
	if (ask)
		want_explanations(&w, &outcome);
	e->may_ask = NULL;
	e->may_ask_arg = NULL;
	return outcome;
}

void prefetch_start(struct evaluation *e)
{
	/* A question that is answered at once notifies, and that must not start a walk within a walk. */
	if (e->settings->prefetch_max > 0 && !e->may_ask &&
	    !resolver_deadline_passed(e->settings->resolver))
		walk(e, true);
}

struct prefetch_outcome prefetch_foresee(struct evaluation *e)
{
	return walk(e, false);
}
