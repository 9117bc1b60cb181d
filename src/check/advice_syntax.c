/* SPDX-License-Identifier: MIT */
#include "advice_syntax.h"

#include "rewrite_parts.h"

/* What is allowed there, for those errors of which no term can be told that was meant. */
static const struct {
	const char *problem, *words;
} hints[] = {
	{ "Invalid IP4 address", "An IPv4 address has four numbers from 0 to 255." },
	{ "Invalid IP6 address",
	  "An IPv6 address has eight groups of up to four hexadecimal digits, "
	  "where \"::\" stands once for groups of zeros." },
	{ "Invalid IP4 CIDR", "A prefix length for IPv4 is 0 to 32." },
	{ "Invalid IP6 CIDR", "A prefix length for IPv6 is 0 to 128." },
	{ "Invalid CIDR",
	  "Prefix lengths are written /0 to /32 for IPv4, //0 to //128 for IPv6, or "
	  "/24//64 for both." },
	{ "CIDR not allowed", "Only ip4, ip6, a and mx take a prefix length." },
	{ "Dual CIDR", "ip4 and ip6 take one prefix length." },
	{ "Unknown mechanism",
	  "The mechanisms are all, include, a, mx, ptr, ip4, ip6 and exists; the "
	  "modifiers redirect= and exp=." },
	{ "Invalid domain", "A domain has two labels or more, and the last one is not a number." },
	{ "Unknown Macro", "The macro letters are s, l, o, d, i, p, v and h." },
	{ "Invalid macro",
	  "A macro is %{LETTER}, with digits, r and delimiters before the brace; a "
	  "percent sign by itself is %%." },
	{ "Macro without", "A macro is %{LETTER}." },
	{ "empty domain", "A domain follows it." },
	{ "Missing", "A network follows it, as in ip4:192.0.2.0/24." },
	{ "redirect= MUST", "Leave one of them." },
	{ "exp= MUST", "Leave one of them." },
	{ "Invalid character",
	  "A record has printable ASCII only; a domain with other letters is written "
	  "by its A-label (xn--...)." },
};

/* The same words are not said twice in a row: *last is what was said before. */
static void add_hint(struct text *out, const struct repair_mistake *m, const char **last)
{
	const char *problem = m->error.problem;
	bool name = span_contains(m->term, '.') && span_find_any(m->term, ":=/") == m->term.length;

	if (name && span_starts_with(span_of(problem), "Unknown mechanism")) {
		text_string(out, "A host is written a:NAME, somebody else's record include:NAME.");
		return;
	}
	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (span_starts_with(span_of(problem), hints[i].problem)) {
			text_string(out, *last == hints[i].words ? "" : hints[i].words);
			*last = hints[i].words;
			return;
		}
}

/* It would include itself: "include:info@shop.example" may stand for anything. */
static bool is_circle(const char *proposal, const char *domain)
{
	struct span rest = span_of(proposal), term, name, target;

	while ((term = span_next(&rest, " ")).length > 0)
		if ((span_split(term, ':', &name, &target) ||
		     span_split(term, '=', &name, &target)) &&
		    (span_is_nocase(span_trim(name, "+-~?"), "include") ||
		     span_is_nocase(name, "redirect")) &&
		    span_is_nocase(target, domain))
			return true;
	return false;
}

/* "Terms are separated by spaces alone: write "..."." */
static void add_meant(struct advice_draft *draft, const struct repair_mistake *m)
{
	if (!m->meant[0]) {
		text_format(&draft->text, "Remove it: %s.", m->why);
		return;
	}
	if (m->why[0]) {
		text_char(&draft->text,
			  ascii_is_letter(m->why[0]) ? (char)(m->why[0] & ~0x20) : m->why[0]);
		text_string(&draft->text, m->why + 1);
		if (is_circle(m->meant, draft->domain)) {
			text_char(&draft->text, '.');
			return;
		}
		text_string(&draft->text, ": write ");
	} else {
		text_string(&draft->text, "Write ");
	}
	advice_quote(draft, span_of(m->meant));
	text_char(&draft->text, '.');
}

static void about_mistake(struct advice_list *list, const char *domain,
			  const struct repair_mistake *m, bool first, const char **last,
			  const char *proposal)
{
	struct advice_draft draft;

	if (m->is_error) {
		advice_begin(&draft, list, domain, first ? SYNTAX : SYNTAX_MORE, span_of(""));
		text_string(&draft.text, m->error.problem);
		text_string(&draft.text, ". ");
	} else {
		advice_begin(&draft, list, domain, MISTAKE, m->term);
	}
	if (m->meant)
		add_meant(&draft, m);
	else
		add_hint(&draft.text, m, last);
	while (draft.text.length > 0 && draft.text.data[draft.text.length - 1] == ' ')
		text_undo(&draft.text, draft.text.length - 1);
	advice_give(&draft, proposal);
}

/* The whole record comes with the last of its mistakes. */
static void about_mistakes(struct advice_list *list, const struct audit_record *record)
{
	const struct repair *repair = record->repair;
	const char *proposal = repair ? repair->proposal : NULL, *last = NULL;
	bool first = true;

	if (proposal && is_circle(proposal, record->domain))
		proposal = NULL;
	for (size_t i = 0; repair && i < repair->count; i++) {
		const struct repair_mistake *m = &repair->mistakes[i];

		about_mistake(list, record->domain, m, first, &last,
			      i + 1 == repair->count ? proposal : NULL);
		first = first && !m->is_error;
	}
}

/* ---- several records ---- */

struct merging {
	struct text text;
	char end; /* the qualifier of "all"; 0: there is none */
};

/* The end of two that lets more mail arrive. */
static char softer(char a, char b)
{
	static const char order[] = "-~?+";

	return !a || strchr(order, b) > strchr(order, a) ? b : a;
}

static void merge_term(struct merging *m, struct span term)
{
	struct rewrite_parts parts = rewrite_take_apart(term);

	if (span_is_nocase(parts.name, "all") && parts.rest.length == 0) {
		m->end = softer(m->end, parts.qualifier.length ? parts.qualifier.data[0] : '+');
		return;
	}
	if (rewrite_has_term(text_span(&m->text), term))
		return;
	text_char(&m->text, ' ');
	text_add(&m->text, term);
}

/* All their terms in one, with the softest of their ends. */
static const char *merge(const struct audit_record *record, struct arena *arena)
{
	enum { MERGED_MAX = 4096 };
	struct merging m = { .end = 0 };
	const struct repair *repair;

	text_init(&m.text, arena_take(arena, MERGED_MAX), MERGED_MAX);
	text_string(&m.text, "v=spf1");
	for (size_t i = 0; i < record->answer->count; i++) {
		struct span rest = record->answer->records[i].data, term;

		if (!record_is_spf(rest))
			continue;
		span_next(&rest, " ");
		while ((term = span_next(&rest, " ")).length > 0)
			merge_term(&m, term);
	}
	if (m.end)
		text_format(&m.text, " %call", m.end);
	/* Nobody is told to let everybody pass. */
	if (m.text.overflow || m.end == '+')
		return NULL;
	repair = repair_record(text_span(&m.text), arena);
	return repair->count == 0 && !repair->moved ? m.text.data : repair->proposal;
}

static void about_records(struct advice_list *list, const struct audit_record *record)
{
	struct advice_draft draft;
	size_t count = 0;

	for (size_t i = 0; i < record->answer->count; i++)
		count += record_is_spf(record->answer->records[i].data);
	advice_begin(&draft, list, record->domain, RECORDS, span_of(""));
	if (count > 1)
		text_format(&draft.text,
			    "the domain has %zu SPF records, and one is allowed (RFC 7208 section "
			    "4.5). Leave one, with all terms that are needed.",
			    count);
	else
		text_format(&draft.text, "%s.", record->problem);
	advice_give(&draft, merge(record, list->arena));
}

void advice_on_text(struct advice_list *list, const struct audit_record *record)
{
	if (record->status == PARSED_PERMERROR && record->text.length == 0)
		about_records(list, record);
	about_mistakes(list, record);
}
