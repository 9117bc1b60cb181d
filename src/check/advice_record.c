/* SPDX-License-Identifier: MIT */
#include "advice_record.h"

#include <stdio.h>

#include "advice_foreign.h"
#include "advice_repeats.h"
#include "advice_syntax.h"
#include "advice_term.h"

/* Of several things that are true of the size, the one that matters most. */
static void about_size(struct advice_list *list, const struct audit_record *record)
{
	size_t bytes = audit_answer_bytes(record);
	char words[160];

	if (bytes > ADVICE_ANSWER_MAX) {
		snprintf(words, sizeof(words), "%zu.", bytes);
		advice_say(list, record->domain, LARGE_ANSWER, span_of(""), words);
	} else if (record->text.length > ADVICE_RECORD_LONG) {
		snprintf(words, sizeof(words), "%zu.", record->text.length);
		advice_say(list, record->domain, LONG_RECORD, span_of(""), words);
	} else if (bytes > ADVICE_ANSWER_PLAIN) {
		snprintf(words, sizeof(words),
			 "%zu bytes: more than plain DNS takes over UDP (512), and less than goes "
			 "through everywhere with EDNS (1232). Nothing has to be done.",
			 bytes);
		advice_say(list, record->domain, MIDDLE_ANSWER, span_of(""), words);
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
		advice_give(&draft, proposal);
		proposal = NULL;
	}
}

static void about_own(struct advice_list *list, const struct audit_record *record,
		      const struct advice_view *view, bool top)
{
	advice_on_text(list, record);
	if (record->status != PARSED_USABLE)
		return;
	about_size(list, record);
	about_end(list, record, top);
	advice_on_repeats(list, record);
	for (size_t i = 0; i < record->count; i++)
		advice_on_term(list, record, &record->terms[i], view, top);
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
			advice_on_foreign(list, t->record, record->domain, t->term.text);
			continue;
		}
		/* That it has an error is its owner's to know, and the includer's. */
		if (t->record->status == PARSED_PERMERROR && !is_own(t->record, top))
			advice_on_foreign(list, t->record, record->domain, t->term.text);
		walk(list, t->record, top, view, main && t->term.mechanism == RECORD_REDIRECT);
	}
}

void advice_on_record(struct advice_list *list, const struct audit *audit,
		      const struct advice_view *view)
{
	walk(list, audit->top, audit->top, view, true);
}
