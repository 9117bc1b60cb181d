/* SPDX-License-Identifier: MIT */
#include "repair_version.h"

#include "repair.h"
#include "rewrite_parts.h"
#include "spf/record.h"

enum { VERSION_LENGTH = 6 };

static bool is_good_record(struct span text)
{
	return record_is_spf(text) && text.length < REPAIR_RECORD_MAX;
}

/* Without what may stand around a record by mistake: blanks, quotes, backslashes, marks of files. */
static struct span clean(struct span text, struct arena *arena)
{
	struct text cleaned;
	char *storage = arena_take(arena, text.length + 1);

	text_init(&cleaned, storage, text.length + 1);
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '\t' || c == '\r' || c == '\n')
			text_char(&cleaned, ' ');
		else if ((c == '"' || c == '\'' || c == '\\' || c == '`' || c >= 0x80) &&
			 span_trim(text_span(&cleaned), " ").length == 0)
			continue;
		else
			text_char(&cleaned, text.data[i]);
	}
	return span_trim(text_span(&cleaned), " \"'`\\");
}

/* Without words before the version: "SPF: v=spf1 mx -all", "IN TXT \"v=spf1 ...". */
static struct span drop_label(struct span text)
{
	enum { LABEL_MAX = 24 };

	for (size_t i = 1; i < text.length && i <= LABEL_MAX && text.data[i - 1] != '='; i++)
		if (span_starts_with_nocase(span_skip(text, i), "v=spf1 ") &&
		    !ascii_is_letter(text.data[i - 1]))
			return span_skip(text, i);
	return text;
}

/* What stands for the version at the start of the text: its length, 0 when nothing does. */
static size_t find_version(struct span text)
{
	static const char *const versions[] = {
		"v=spf1. ", "v=spf-1", "spf=v1", "v=spf1",  "v = spf1", "v= spf1",
		"v =spf1",  "v=spf 1", "v:spf1", "v-spf1",  "v=sfp1",	"v=spfv1",
		"v=pf1",    "vspf1",   "v=sp1",	 "v==spf1", "=spf1",	"v=spf=1",
		"v=spf.1",  "v=spf2",  "spf1",	 "spf=1",   "v=spfl",	"v=spf",
	};

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		if (span_starts_with_nocase(text, versions[i]))
			return strlen(versions[i]);
	return 0;
}

/* Terms alone, of which one says that they are those of a record: "mx include:a.example ~all". */
static bool is_terms(struct span text)
{
	struct span rest = text, term;
	bool telling = false;

	while ((term = span_next(&rest, " ")).length > 0) {
		struct rewrite_parts parts = rewrite_take_apart(term);
		bool all = span_is_nocase(parts.name, "all") && parts.qualifier.length == 1;
		bool listed = span_is_nocase(parts.name, "include") ||
			      span_is_nocase(parts.name, "ip4") ||
			      span_is_nocase(parts.name, "ip6");

		if (!rewrite_is_mechanism(parts.name) && !rewrite_is_modifier(parts.name))
			return false;
		telling = telling || (parts.rest.length == 0 ? all && !parts.separator :
							       listed && parts.separator == ':');
	}
	return telling;
}

static const char *reason(struct span text, struct span cleaned, size_t version)
{
	if (version != VERSION_LENGTH || !span_starts_with_nocase(cleaned, "v=spf1"))
		return "it begins with something else than \"v=spf1\"";
	if (!span_starts_with_nocase(text, "v=spf1"))
		return "something stands before \"v=spf1\"";
	return "no space comes after \"v=spf1\"";
}

const char *repair_version(struct span text, const char **why, struct arena *arena)
{
	struct span cleaned = drop_label(clean(text, arena)), rest;
	size_t version = find_version(cleaned);
	struct text record;

	if ((version == 0 && !is_terms(cleaned)) || record_is_spf(text))
		return NULL;
	rest = span_skip(cleaned, version);
	/* "v=spf10" is another version, "spf1.example.com" a name. */
	if (rest.length > 0 && (ascii_is_digit(rest.data[0]) || rest.data[0] == '.' ||
				rest.data[0] == '_' || rest.data[0] == '='))
		return NULL;
	if (version > 0 && !span_starts_with_nocase(cleaned, "v") && rest.length > 0 &&
	    rest.data[0] != ' ')
		return NULL;
	*why = reason(text, cleaned, version);
	rest = span_trim(rest, " ,;:");
	text_init(&record, arena_take(arena, rest.length + 16), rest.length + 16);
	text_string(&record, rest.length > 0 ? "v=spf1 " : "v=spf1");
	text_add(&record, rest);
	return is_good_record(text_span(&record)) ? record.data : NULL;
}

bool repair_is_version(struct span text, const char **why)
{
	*why = "it begins with something else than \"v=spf1\"";
	return span_starts_with_nocase(span_trim(text, " \t\"'"), "v=spf") && !record_is_spf(text);
}
