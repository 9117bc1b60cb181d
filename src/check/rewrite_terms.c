/* SPDX-License-Identifier: MIT */
#include "rewrite_mistakes.h"

bool rewrite_drop_punctuation(struct span text, struct text *out)
{
	struct span kept = span_trim(text, ",;");

	if (kept.length == text.length)
		return false;
	text_add(out, kept);
	return true;
}

/* "mx:a.example,b.example": the pieces are terms, or take the name of the first one. */
bool rewrite_split_list(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct span head, rest = parts.rest, piece;
	bool several = false;

	if (!parts.separator || ascii_is_in(parts.separator, ",;"))
		rest = text;
	head = span_take(text, text.length - rest.length);
	while ((piece = span_next(&rest, ",;")).length > 0) {
		struct rewrite_parts own = rewrite_take_apart(piece);
		bool is_term = own.separator || own.qualifier.length > 0 ||
			       rewrite_is_mechanism(own.name);

		if (several)
			text_char(out, ' ');
		if (!is_term || !several)
			text_add(out, head);
		text_add(out, piece);
		several = true;
	}
	return several && !out->overflow && span_find_any(text, ",;") < text.length;
}

/* "+mx" of "a+mx+ip4:192.0.2.1": a sign that no name has, and a mechanism. */
static bool is_signed_term(struct span text)
{
	struct span term = span_skip(text, 1);

	if (text.length == 0 || !ascii_is_in(text.data[0], "+~?"))
		return false;
	term = span_take(term, span_find_any(term, "+~?"));
	return rewrite_is_mechanism(rewrite_take_apart(term).name);
}

size_t rewrite_find_glued(struct span text)
{
	static const char *const words[] = { "-all",	  "~all",    "?all", "+all", "include:",
					     "redirect=", "exists:", "ip4:", "ip6:", "v=spf1" };

	for (size_t i = 1; i < text.length; i++) {
		struct span here = span_skip(text, i);
		bool all = here.length == 4;

		if (text.data[i - 1] == ':' || ascii_is_in(text.data[i - 1], "+-~?"))
			continue;
		if (!span_contains(text, '%') && is_signed_term(here))
			return i;
		for (size_t w = 0; w < sizeof(words) / sizeof(*words); w++)
			if ((w >= 4 || all) && span_starts_with_nocase(here, words[w]))
				return i;
	}
	return text.length;
}

bool rewrite_insert_blank(struct span text, struct text *out)
{
	struct span rest = text;
	size_t at;

	while ((at = rewrite_find_glued(rest)) < rest.length) {
		rewrite_append(out, span_take(rest, at), " ", span_of(""));
		rest = span_skip(rest, at);
	}
	text_add(out, rest);
	return rest.length < text.length && !out->overflow;
}

/* "-allgoogle-site-verification=x": another text of the domain, in one record with this one. */
bool rewrite_drop_other_text(struct span text, struct text *out)
{
	struct span rest = span_skip(text, text.length > 4 ? 4 : 0);

	if (text.length < 5 || !ascii_is_in(text.data[0], "+-~?") ||
	    !span_starts_with_nocase(span_skip(text, 1), "all") ||
	    !(span_contains(rest, '=') || span_contains(rest, '_')) ||
	    rewrite_find_glued(rest) < rest.length)
		return false;
	text_add(out, span_take(text, 4));
	return true;
}

bool rewrite_is_version(struct span text)
{
	return span_is_nocase(text, "v=spf1") || span_is_nocase(text, "spf1");
}

bool rewrite_drop_version(struct span text, struct text *out)
{
	(void)out;
	return rewrite_is_version(text);
}
