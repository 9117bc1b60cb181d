/* SPDX-License-Identifier: MIT */
#include "advice.h"

#include <stdio.h>

#include "spf/macro.h"
#include "base/text.h"

enum {
	SHOWN_MAX = 100,  /* characters of a term */
	REPEATS_MAX = 64, /* terms of a record looked at for repetitions */
};

enum kind {
	PLUS_ALL,
	NEUTRAL_ALL,
	NO_ALL,
	AFTER_ALL,
	WIDE_NETWORK,
	PTR,
	MACRO_P,
	VOID_LOOKUP,
	REPEATED,
	UNKNOWN_MODIFIER,
	EXPLANATION,
	NO_RECORD_THERE,
	LONG_RECORD,
	SYNTAX,
	GLUED,
	RECORDS,
	LOOKUPS_NEAR,
	LOOKUPS_OVER,
	NO_RECORD,
	NO_RECORD_HELO,
	NO_DOMAIN,
};

/* What is said; a term that it is about goes before it, a detail after it. */
static const struct {
	const char *code, *text;
} sayings[] = {
	[PLUS_ALL] = { "plus-all",
		       "lets every host in the world send as this domain. End the record with \"-all\""
		       " or \"~all\"." },
	[NEUTRAL_ALL] = { "neutral-all",
			  "says nothing about the hosts that are not listed: receivers treat their mail "
			  "as if there were no record. End with \"~all\" or \"-all\"." },
	[NO_ALL] = { "no-all",
		     "The record has no \"all\" and no redirect at its end, so hosts that are not "
		     "listed are neutral. End it with \"~all\" or \"-all\"." },
	[AFTER_ALL] = { "after-all",
			"is never used, because the record has an \"all\". Remove one of them." },
	[WIDE_NETWORK] = { "wide-network",
			   "lets a great part of the Internet pass. List the networks that really send." },
	[PTR] = { "ptr",
		  "is slow, unreliable and no longer to be published (RFC 7208 section 5.5). Use "
		  "ip4, ip6, a or mx." },
	[MACRO_P] = { "macro-p",
		      "uses the macro p, which is slow, unreliable and not to be published (RFC 7208 "
		      "section 7.2)." },
	[VOID_LOOKUP] = { "void-lookup",
			  "leads to a name without such records, and no more than two of these void "
			  "lookups are allowed in a check. Correct or remove it." },
	[REPEATED] = { "repeated", "stands there twice and costs a lookup each time." },
	[UNKNOWN_MODIFIER] = { "unknown-modifier",
			       "has no meaning and is ignored by everybody. If it is a typing error, correct "
			       "it: mechanisms take \":\" where modifiers take \"=\"." },
	[EXPLANATION] = { "explanation",
			  "leads to no text that can be used: it must be one TXT record in ASCII." },
	[NO_RECORD_THERE] = { "no-record-there",
			      "leads to a domain without an SPF record, which makes the check a permerror. "
			      "Correct or remove it." },
	[LONG_RECORD] = { "long-record",
			  "Past 450 bytes a record's answer may not fit into one UDP message (RFC 7208 "
			  "section 3.4). Move a part of it into an include or join networks. It has "
			  "bytes: " },
	[SYNTAX] = { "syntax",
		     "The record has an error, so every check of this domain is a permerror: " },
	[GLUED] = { "syntax",
		    "The record has an error, so every check of this domain is a permerror. A space"
		    " seems to be missing, and the strings of a TXT record are joined without one: " },
	[RECORDS] = { "records",
		      "Every check of this domain is a permerror, until it publishes one record that "
		      "can be used, with all terms in it: " },
	[LOOKUPS_NEAR] = { "lookups",
			   "The record is near the limit of 10 DNS lookups (RFC 7208 section 4.6.4): one "
			   "more include by somebody else, and it is a permerror. Replace what you can by "
			   "ip4 and ip6. Lookups that it takes at least: " },
	[LOOKUPS_OVER] = { "lookups",
			   "The record takes more than the 10 DNS lookups that are allowed (RFC 7208 "
			   "section 4.6.4): hosts after the tenth, and all that are not listed, "
			   "are a permerror. Replace include, a and mx by ip4 and ip6 where the addresses "
			   "are your own." },
	[NO_RECORD] = { "no-record",
			"There is no SPF record, so anybody can send as this domain. If it sends no "
			"mail at all: \"v=spf1 -all\"." },
	[NO_RECORD_HELO] = { "no-record",
			     "A mail server's own name should have a record too, since bounces are judged by"
			     " it: \"v=spf1 a -all\"." },
	[NO_DOMAIN] = { "no-domain", "There is no such name in DNS." },
};

static bool is_given(const struct advice_list *list, const char *domain, struct span text)
{
	for (size_t i = 0; i < list->count; i++)
		if (span_equal(span_of(list->items[i].text), text) &&
		    strcmp(list->items[i].domain, domain) == 0)
			return true;
	return false;
}

static void give(struct advice_list *list, const char *domain, enum kind kind, struct span text)
{
	if (list->count == ADVICE_MAX || is_given(list, domain, text))
		return;
	list->items[list->count++] = (struct advice){
		.code = sayings[kind].code,
		.domain = domain,
		.text = arena_string(list->arena, text),
	};
}

static void advise(struct advice_list *list, const char *domain, enum kind kind, const char *detail)
{
	char storage[1024];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	text_string(&text, sayings[kind].text);
	text_string(&text, detail);
	give(list, domain, kind, text_span(&text));
}

static void advise_number(struct advice_list *list, const char *domain, enum kind kind,
			  size_t number)
{
	char detail[32];

	snprintf(detail, sizeof(detail), "%zu", number);
	advise(list, domain, kind, detail);
}

static void advise_on(struct advice_list *list, const char *domain, const struct record_term *term,
		      enum kind kind)
{
	char storage[1024];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	text_char(&text, '"');
	text_printable(&text, term->text, SHOWN_MAX);
	text_string(&text, "\" ");
	text_string(&text, sayings[kind].text);
	give(list, domain, kind, text_span(&text));
}

/* ---- one term ---- */

static bool is_wide(const struct record_term *term)
{
	switch (term->mechanism) {
	case RECORD_IP4: return term->network.prefix <= ADVICE_NETWORK_WIDE4;
	case RECORD_IP6: return term->network.prefix <= ADVICE_NETWORK_WIDE6;
	case RECORD_A:
	case RECORD_MX:
		return term->prefix4 <= ADVICE_NETWORK_WIDE4 ||
		       term->prefix6 <= ADVICE_NETWORK_WIDE6;
	case RECORD_ALL:
	case RECORD_INCLUDE:
	case RECORD_PTR:
	case RECORD_EXISTS:
	case RECORD_REDIRECT:
	case RECORD_EXP:
	case RECORD_UNKNOWN_MODIFIER: break;
	}
	return false;
}

/* What macros and ptr look up is there for some clients only. */
static bool is_void_for_all(const struct trace_term *t)
{
	struct span target = t->term.target;

	return t->void_lookup && t->term.mechanism != RECORD_PTR &&
	       !(target.length > 0 && memchr(target.data, '%', target.length));
}

/* The modifiers of RFC 6652, which say where to send reports. */
static bool is_for_reports(struct span text)
{
	return text.length > 3 && ascii_lower(text.data[0]) == 'r' && text.data[2] == '=' &&
	       strchr("apr", ascii_lower(text.data[1]));
}

static bool leads_nowhere(const struct trace_term *t)
{
	return t->record && t->record->query.answer && t->record->status == PARSED_NONE;
}

static void about_term(struct advice_list *list, const char *domain, const struct trace_term *t,
		       bool top)
{
	const struct record_term *term = &t->term;
	bool passes = term->qualifier == '+';

	if (term->mechanism == RECORD_ALL && passes)
		advise_on(list, domain, term, PLUS_ALL);
	if (term->mechanism == RECORD_ALL && term->qualifier == '?' && top)
		advise_on(list, domain, term, NEUTRAL_ALL);
	if (term->mechanism == RECORD_PTR)
		advise_on(list, domain, term, PTR);
	if (term->mechanism == RECORD_UNKNOWN_MODIFIER && !is_for_reports(term->text))
		advise_on(list, domain, term, UNKNOWN_MODIFIER);
	if (term->mechanism == RECORD_EXP && t->verdict == TRACE_USED && t->note)
		advise_on(list, domain, term, EXPLANATION);
	if (passes && is_wide(term))
		advise_on(list, domain, term, WIDE_NETWORK);
	if (leads_nowhere(t))
		advise_on(list, domain, term, NO_RECORD_THERE);
	if (is_void_for_all(t))
		advise_on(list, domain, term, VOID_LOOKUP);
	if (macro_uses(term->target, 'p'))
		advise_on(list, domain, term, MACRO_P);
}

/* ---- one record ---- */

static const struct trace_term *find_term(const struct trace_record *record,
					  enum record_mechanism which)
{
	for (size_t i = 0; i < record->count; i++)
		if (record->terms[i].term.mechanism == which)
			return &record->terms[i];
	return NULL;
}

static void about_end(struct advice_list *list, const struct trace_record *record, bool top)
{
	const struct trace_term *all = find_term(record, RECORD_ALL);

	if (!all && top && !find_term(record, RECORD_REDIRECT))
		advise(list, record->domain, NO_ALL, "");
	for (size_t i = 0; all && i < record->count; i++) {
		const struct trace_term *t = &record->terms[i];
		bool unreachable = t > all && t->term.mechanism < RECORD_REDIRECT;

		if (unreachable || t->term.mechanism == RECORD_REDIRECT)
			advise_on(list, record->domain, &t->term, AFTER_ALL);
	}
}

/* Lookups paid twice for the same answer. */
static void about_repeats(struct advice_list *list, const struct trace_record *record)
{
	size_t count = record->count < REPEATS_MAX ? record->count : REPEATS_MAX;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct record_term *term = &record->terms[i].term;

			if (record_counts(term->mechanism) &&
			    span_equal_nocase(term->text, record->terms[j].term.text))
				advise_on(list, record->domain, term, REPEATED);
		}
}

static bool begins_term(struct span text)
{
	static const char *const words[] = {
		"-all", "~all", "?all",	     "+all", "include:",
		"ip4:", "ip6:", "redirect=", "a:",   "mx:",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i]);

		if (text.length >= n && memcmp(text.data, words[i], n) == 0)
			return true;
	}
	return false;
}

/* Two strings of a TXT record are joined without a space: the usual way to lose one. */
static bool looks_glued(const struct trace_record *record)
{
	const struct record_error *error = &record->error;
	size_t end = record->text.length;

	if (error->offset < end && error->length < end - error->offset)
		end = error->offset + error->length;
	for (size_t i = error->offset + 1; i < end; i++) {
		struct span here = { record->text.data + i, end - i };

		if (!strchr(" :", here.data[-1]) && begins_term(here))
			return true;
	}
	return false;
}

static void about_error(struct advice_list *list, const struct trace_record *record)
{
	enum kind kind = record->text.length == 0 ? RECORDS : looks_glued(record) ? GLUED : SYNTAX;

	advise(list, record->domain, kind, record->error.problem);
}

static void about_record(struct advice_list *list, const struct trace_record *record, bool top)
{
	if (record->status == PARSED_PERMERROR)
		about_error(list, record);
	if (record->status != PARSED_USABLE)
		return;
	if (record->text.length > ADVICE_RECORD_LONG)
		advise_number(list, record->domain, LONG_RECORD, record->text.length);
	about_end(list, record, top);
	about_repeats(list, record);
	for (size_t i = 0; i < record->count; i++) {
		const struct trace_term *t = &record->terms[i];

		about_term(list, record->domain, t, top);
		if (t->record && t->record->reached)
			about_record(list, t->record, top && t->term.mechanism == RECORD_REDIRECT);
	}
}

/* ---- the whole ---- */

static void about_absence(struct advice_list *list, const struct trace *trace)
{
	const struct trace_record *top = trace->top;
	bool helo = trace->report->identity == SPF_HELO;

	if (top->query.answer->status == ANSWER_NXDOMAIN)
		advise(list, top->domain, NO_DOMAIN, "");
	else
		advise(list, top->domain, helo ? NO_RECORD_HELO : NO_RECORD, "");
}

void advice_collect(struct advice_list *list, const struct trace *trace)
{
	const struct trace_record *top = trace->top;

	if (!top || !top->reached)
		return;
	if (top->status == PARSED_NONE && top->query.answer)
		about_absence(list, trace);
	about_record(list, top, true);
	if (trace->cost > EVALUATION_TERMS_MAX)
		advise(list, top->domain, LOOKUPS_OVER, "");
	else if (trace->cost >= ADVICE_LOOKUPS_NEAR)
		advise_number(list, top->domain, LOOKUPS_NEAR, trace->cost);
}
