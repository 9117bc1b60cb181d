/* SPDX-License-Identifier: MIT */
#include "spf/published.h"

#include <stdio.h>

#include "spf/macro_syntax.h"

static void set_term(struct published_term *to, const struct record_term *term)
{
	to->term = *term;
	to->uses_names = macro_uses(term->target, 'p');
	to->state = to->foreseen = PUBLISHED_NAME_UNSET;
}

static void keep_term(struct published *p, const struct record_term *term)
{
	if (p->count < sizeof(p->terms) / sizeof(*p->terms))
		set_term(&p->terms[p->count++], term);
}

static void digest_term(struct published *p, const struct address *client,
			const struct record_term *term)
{
	switch (term->mechanism) {
	case RECORD_REDIRECT:
		p->has_redirect = true;
		set_term(&p->redirect, term);
		break;
	case RECORD_EXP:
		p->has_exp = true;
		set_term(&p->exp, term);
		break;
	case RECORD_UNKNOWN_MODIFIER: break;
	case RECORD_ALL:
	case RECORD_IP4:
	case RECORD_IP6:
		if (!p->has_certain &&
		    (term->mechanism == RECORD_ALL || network_contains(&term->network, client))) {
			p->has_certain = true;
			p->certain = *term;
		}
		break;
	case RECORD_INCLUDE:
	case RECORD_A:
	case RECORD_MX:
	case RECORD_PTR:
	case RECORD_EXISTS:
		if (!p->has_certain)
			keep_term(p, term);
		break;
	}
}

static void permerror(struct published *p, const char *problem)
{
	p->status = PUBLISHED_PERMERROR;
	snprintf(p->error.problem, sizeof(p->error.problem), "%s", problem);
}

/* The whole record is read, also behind the deciding term: an error anywhere is a permerror (4.6). */
static void digest(struct published *p, const struct address *client, struct span text)
{
	struct record_reader reader;
	struct record_term term = { .qualifier = 0 };
	enum record_status status;
	unsigned directives = 0;

	p->text = text;
	if (text.length > PUBLISHED_RECORD_MAX) {
		p->text.length = 0;
		permerror(p, "SPF record is longer than 63488 bytes");
		return;
	}
	record_begin(&reader, text);
	while ((status = record_next(&reader, &term, &p->error)) == RECORD_TERM) {
		directives++;
		digest_term(p, client, &term);
	}
	p->status = status == RECORD_END ? PUBLISHED_USABLE : PUBLISHED_PERMERROR;
	p->only_minus_all = directives == 1 && p->has_certain &&
			    p->certain.mechanism == RECORD_ALL && p->certain.qualifier == '-';
}

void published_read(struct published *p, const struct address *client, const struct answer *answer)
{
	const struct answer_record *found = NULL;

	if (answer->status == ANSWER_FAILURE) {
		p->status = PUBLISHED_TEMPERROR;
		return;
	}
	for (size_t i = 0; i < answer->count; i++) {
		if (!record_is_spf(answer->records[i].data))
			continue;
		if (found) {
			permerror(p, "Two or more type TXT spf records found.");
			return;
		}
		found = &answer->records[i];
	}
	if (found)
		digest(p, client, found->data);
	else
		p->status = PUBLISHED_NONE;
}
