/* SPDX-License-Identifier: MIT */
#include "spf/parsed_record.h"

#include <stdio.h>

static void sort_term(struct parsed_record *p, const struct address *client,
		      const struct record_term *term)
{
	switch (term->mechanism) {
	case RECORD_REDIRECT:
		p->has_redirect = true;
		p->redirect = *term;
		break;
	case RECORD_EXP:
		p->has_exp = true;
		p->exp = *term;
		break;
	case RECORD_UNKNOWN_MODIFIER: break;
	case RECORD_ALL:
	case RECORD_IP4:
	case RECORD_IP6:
		if (!p->has_terminal &&
		    (term->mechanism == RECORD_ALL || network_contains(&term->network, client))) {
			p->has_terminal = true;
			p->terminal = *term;
		}
		break;
	case RECORD_INCLUDE:
	case RECORD_A:
	case RECORD_MX:
	case RECORD_PTR:
	case RECORD_EXISTS:
		if (!p->has_terminal && p->count < sizeof(p->terms) / sizeof(*p->terms))
			p->terms[p->count++] = *term;
		break;
	}
}

static void permerror(struct parsed_record *p, const char *problem)
{
	p->status = PARSED_PERMERROR;
	snprintf(p->error.problem, sizeof(p->error.problem), "%s", problem);
}

/* The whole record is read, also after the terminal term: an error anywhere is a permerror (4.6). */
static void parse(struct parsed_record *p, const struct address *client, struct span text)
{
	struct record_reader reader;
	struct record_term term = { .qualifier = 0 };
	enum record_status status;
	unsigned directives = 0;

	p->text = text;
	if (text.length > PARSED_RECORD_MAX) {
		p->text.length = 0;
		permerror(p, "SPF record is longer than 63488 bytes");
		return;
	}
	record_begin(&reader, text);
	while ((status = record_next(&reader, &term, &p->error)) == RECORD_TERM) {
		directives++;
		sort_term(p, client, &term);
	}
	p->status = status == RECORD_END ? PARSED_USABLE : PARSED_PERMERROR;
	p->only_minus_all = directives == 1 && p->has_terminal &&
			    p->terminal.mechanism == RECORD_ALL && p->terminal.qualifier == '-';
}

void parsed_record_read(struct parsed_record *p, const struct address *client,
			const struct answer *answer)
{
	const struct answer_record *found = NULL;

	p->text = (struct span){ "", 0 };
	p->error.offset = p->error.length = p->count = 0;
	p->error.problem[0] = '\0';
	p->only_minus_all = p->has_terminal = p->has_redirect = p->has_exp = false;
	if (answer->status == ANSWER_FAILURE) {
		p->status = PARSED_TEMPERROR;
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
		parse(p, client, found->data);
	else
		p->status = PARSED_NONE;
}

const char *parsed_status_name(enum parsed_status status)
{
	switch (status) {
	case PARSED_USABLE: return "found";
	case PARSED_NONE: return "none";
	case PARSED_TEMPERROR: return "temperror";
	case PARSED_PERMERROR: break;
	}
	return "permerror";
}
