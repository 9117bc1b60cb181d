/* SPDX-License-Identifier: MIT */
#include "advice_record.h"

#include <stdio.h>

#include "advice_term.h"

/* ---- the text ---- */

static void about_mistake(struct advice_list *list, const char *domain,
			  const struct repair_mistake *m, bool first, const char *proposal)
{
	struct advice_draft draft;

	if (m->is_error) {
		advice_begin(&draft, list, domain, first ? SYNTAX : SYNTAX_MORE, span_of(""));
		text_string(&draft.text, m->error.problem);
		text_string(&draft.text, ". ");
	} else {
		advice_begin(&draft, list, domain, MISTAKE, m->term);
	}
	if (m->meant && m->meant[0]) {
		text_string(&draft.text, "Write ");
		advice_quote(&draft, span_of(m->meant));
		text_format(&draft.text, ": %s.", m->why);
	} else if (m->meant) {
		text_format(&draft.text, "Remove it: %s.", m->why);
	}
	while (draft.text.length > 0 && draft.text.data[draft.text.length - 1] == ' ')
		text_undo(&draft.text, draft.text.length - 1);
	advice_give(&draft, proposal);
}

/* The whole record comes with the last of its mistakes. */
static void about_mistakes(struct advice_list *list, const struct audit_record *record)
{
	const struct repair *repair = record->repair;
	bool first = true;

	for (size_t i = 0; repair && i < repair->count; i++) {
		const struct repair_mistake *m = &repair->mistakes[i];

		about_mistake(list, record->domain, m, first,
			      i + 1 == repair->count ? repair->proposal : NULL);
		first = first && !m->is_error;
	}
}

/* Several records: all their terms in one, when they end alike. */
static const char *merge(const struct audit_record *record, struct arena *arena)
{
	enum { MERGED_MAX = 4096 };
	const struct repair *repair;
	struct text text;

	text_init(&text, arena_take(arena, MERGED_MAX), MERGED_MAX);
	text_string(&text, "v=spf1");
	for (size_t i = 0; i < record->answer->count; i++) {
		struct span rest = record->answer->records[i].data, term;

		if (!record_is_spf(rest))
			continue;
		span_next(&rest, " ");
		while ((term = span_next(&rest, " ")).length > 0) {
			struct span so_far = text_span(&text), known;
			bool again = false;

			while ((known = span_next(&so_far, " ")).length > 0)
				again = again || span_equal_nocase(known, term);
			if (again)
				continue;
			text_char(&text, ' ');
			text_add(&text, term);
		}
	}
	if (text.overflow)
		return NULL;
	repair = repair_record(text_span(&text), arena);
	if (repair->proposal)
		return repair->proposal;
	/* With two different ends it is not known which one is meant. */
	return repair->count > 0 || repair->moved ? NULL : text.data;
}

static void about_records(struct advice_list *list, const struct audit_record *record)
{
	struct advice_draft draft;

	advice_begin(&draft, list, record->domain, RECORDS, span_of(""));
	text_string(&draft.text, record->problem);
	advice_give(&draft, merge(record, list->arena));
}

static void about_size(struct advice_list *list, const struct audit_record *record)
{
	size_t bytes = audit_answer_bytes(record);
	char number[32];

	if (bytes > ADVICE_ANSWER_MAX) {
		snprintf(number, sizeof(number), "%zu.", bytes);
		advice_say(list, record->domain, LARGE_ANSWER, span_of(""), number);
	} else if (record->text.length > ADVICE_RECORD_LONG) {
		snprintf(number, sizeof(number), "%zu.", record->text.length);
		advice_say(list, record->domain, LONG_RECORD, span_of(""), number);
	}
}

/* ---- one owner's record ---- */

static void about_end(struct advice_list *list, const struct audit_record *record, bool top)
{
	const struct audit_term *all = audit_find(record, RECORD_ALL);
	const char *proposal = record->repair->count == 0 ? record->repair->proposal : NULL;
	struct advice_draft draft;

	/* A mistake may well be the missing one. */
	if (!all && top && record->repair->count == 0 && !audit_find(record, RECORD_REDIRECT))
		advice_say(list, record->domain, NO_ALL, span_of(""), "");
	for (size_t i = 0; all && i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];
		bool redirect = t->term.mechanism == RECORD_REDIRECT;
		enum advice_kind kind = redirect			? REDIRECT_UNUSED :
					t->term.mechanism == RECORD_ALL ? SECOND_ALL :
									  AFTER_ALL;

		if (!t->unused)
			continue;
		advice_begin(&draft, list, record->domain, kind, t->term.text);
		advice_give(&draft, redirect ? NULL : proposal);
		proposal = redirect ? proposal : NULL;
	}
}

static void about_own(struct advice_list *list, const struct audit_record *record,
		      const struct advice_view *view, bool top)
{
	if (record->status == PARSED_PERMERROR && record->text.length == 0)
		about_records(list, record);
	about_mistakes(list, record);
	if (record->status != PARSED_USABLE)
		return;
	about_size(list, record);
	about_end(list, record, top);
	advice_on_repeats(list, record);
	for (size_t i = 0; i < record->count; i++)
		advice_on_term(list, record, &record->terms[i], view, top);
}

/* ---- somebody else's ---- */

/* What is wrong in a record that the owner of another one includes; NULL. */
static const char *fault_of(const struct audit_term *t)
{
	if (t->loop)
		return "goes round in a circle";
	if (t->record && t->record->answer && t->record->status == PARSED_NONE)
		return "includes a domain without an SPF record";
	if (t->record && t->record->status == PARSED_TEMPERROR && t->record->answer)
		return "includes a domain whose DNS servers fail";
	if (t->term.mechanism == RECORD_MX && t->answer && t->answer->count > EVALUATION_NAMES_MAX)
		return "has a term with more than 10 MX hosts";
	return NULL;
}

/* Tells the includer: what it leads to, whose record that is, what is wrong and what to do. */
static void tell(struct advice_list *list, const char *owner, enum advice_kind kind,
		 struct span via, const struct audit_record *record, const char *words)
{
	struct advice_draft draft;

	advice_begin(&draft, list, owner, kind, via);
	text_string(&draft.text, "leads to the record of ");
	text_printable(&draft.text, span_of(record->domain), DNS_NAME_MAX);
	text_string(&draft.text, words);
	advice_give(&draft, NULL);
}

static void about_foreign(struct advice_list *list, const struct audit_record *record,
			  const char *owner, struct span via)
{
	char words[SPF_PROBLEM_MAX + 256];

	if (record->status == PARSED_PERMERROR) {
		snprintf(words, sizeof(words),
			 ", which has an error: whoever gets there is a permerror (%s). Remove the "
			 "term until its owner has corrected that.",
			 record->problem);
		tell(list, owner, INCLUDED_ERROR, via, record, words);
	}
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];
		const char *fault = t->unused ? NULL : fault_of(t);

		if (fault) {
			snprintf(words, sizeof(words),
				 ", which %s: whoever gets there is an error too. Remove the term "
				 "until its owner has corrected that.",
				 fault);
			tell(list, owner, INCLUDED_ERROR, via, record, words);
		}
		if (!t->unused && t->term.mechanism == RECORD_ALL && t->term.qualifier == '+')
			tell(list, owner, INCLUDED_WEAKNESS, via, record,
			     ", which lets every host in the world pass. Remove the term.");
		if (t->record)
			about_foreign(list, t->record, owner, via);
	}
}

/* ---- the tree ---- */

static bool is_own(const struct audit_record *record, const struct audit_record *top)
{
	struct span domain = span_of(record->domain), home = span_of(top->domain), label, parent;

	if (name_is_within(domain, home) || name_is_within(home, domain))
		return true;
	return span_split(home, '.', &label, &parent) && span_contains(parent, '.') &&
	       name_is_within(domain, parent);
}

/* `main`: the first record, or one that it is redirected to. */
static void walk(struct advice_list *list, const struct audit_record *record,
		 const struct audit_record *top, const struct advice_view *view, bool main)
{
	about_own(list, record, view, main);
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];

		if (!t->record)
			continue;
		if (view->owner_only && !is_own(t->record, top)) {
			about_foreign(list, t->record, record->domain, t->term.text);
			continue;
		}
		/* That it has an error is its owner's to know, and the includer's. */
		if (t->record->status == PARSED_PERMERROR && !is_own(t->record, top))
			about_foreign(list, t->record, record->domain, t->term.text);
		walk(list, t->record, top, view, main && t->term.mechanism == RECORD_REDIRECT);
	}
}

void advice_on_record(struct advice_list *list, const struct audit *audit,
		      const struct advice_view *view)
{
	walk(list, audit->top, audit->top, view, true);
}
