/* SPDX-License-Identifier: MIT */
#include "repair.h"

#include "rewrite_parts.h"
#include "spf/record.h"

enum {
	RECORD_MAX = 4096, /* bytes of a record that is repaired */
	VERSION_LENGTH = 6,
};

struct repairing {
	struct arena *arena;
	struct record_reader reader;
	struct repair *repair;
	struct text before, all, after; /* terms up to "all"; it; what stands behind it */
	bool sure;
};

/* ---- the record that comes of it ---- */

static void put(struct text *text, struct span term)
{
	if (term.length == 0)
		return;
	text_char(text, ' ');
	text_add(text, term);
}

static bool is_open(struct span term)
{
	return span_is_nocase(term, "all") || span_is_nocase(term, "+all");
}

static bool has_open(struct span terms)
{
	struct span term;

	while ((term = span_next(&terms, " ")).length > 0)
		if (is_open(term))
			return true;
	return false;
}

/* Terms behind "all" are never looked at: they go before it. */
static void place(struct repairing *r, struct span terms)
{
	struct span term;

	while ((term = span_next(&terms, " ")).length > 0) {
		struct rewrite_parts parts = rewrite_take_apart(term);
		bool is_all = span_is_nocase(parts.name, "all") && !parts.separator;
		bool mechanism = rewrite_is_mechanism(parts.name);

		r->repair->open = r->repair->open || is_open(term);

		if (is_all && r->all.length == 0) {
			put(&r->all, term);
		} else if (is_all) {
			r->repair->moved = true;
			r->sure = r->sure &&
				  span_equal_nocase(span_skip(text_span(&r->all), 1), term);
		} else {
			r->repair->moved |= mechanism && r->all.length > 0;
			put(mechanism ? &r->before : &r->after, term);
		}
	}
}

static const char *join_reasons(struct arena *arena, const struct rewrite *rewrite)
{
	char storage[512];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	for (size_t i = 0; i < rewrite->count; i++) {
		bool again = i > 0 && rewrite->why[i] == rewrite->why[i - 1];

		if (!again && rewrite->why[i][0])
			text_format(&text, "%s%s", text.length ? "; " : "", rewrite->why[i]);
	}
	return arena_string(arena, text_span(&text));
}

/* ---- mistakes ---- */

static struct span next_word(struct span record, size_t offset)
{
	struct span rest = span_skip(record, offset);

	return span_next(&rest, " ");
}

/* "ip4: 192.0.2.1", "ip4 192.0.2.1", "- all", "192.0.2.0 /24": a space too many. The words without it; false: it is not. */
static bool join_words(struct repairing *r, struct span term, struct rewrite *rewrite)
{
	struct span record = r->reader.text, rest, next, joined;
	struct rewrite_parts parts = rewrite_take_apart(term);
	bool bare = parts.rest.length == 0 && !parts.separator &&
		    (rewrite_is_mechanism(parts.name) || rewrite_is_modifier(parts.name));
	char storage[REWRITE_TERM_MAX];
	struct text text;

	rest = span_skip(record, (size_t)(term.data - record.data) + term.length);
	next = span_next(&rest, " ");
	if (next.length == 0 || !(bare || memchr(":=/+-~?", term.data[term.length - 1], 7) ||
				  memchr(":/", next.data[0], 2)))
		return false;
	text_init(&text, storage, sizeof(storage));
	text_add(&text, term);
	if (bare)
		text_char(&text, rewrite_is_modifier(parts.name) ? '=' : ':');
	text_add(&text, next);
	joined = text_span(&text);
	rewrite->count = 1;
	rewrite->why[0] = bare ? "no space comes after its name" :
				 "the space does not belong there";
	if (text.overflow || !rewrite_is_good(joined))
		return false;
	memcpy(rewrite->meant, text.data, text.length + 1);
	/* What was taken twice is passed over. */
	r->reader.offset = (size_t)(next.data - record.data) + next.length;
	return true;
}

static struct repair_mistake *add_mistake(struct repairing *r, struct span term,
					  const struct record_error *error)
{
	struct repair_mistake *m = &r->repair->mistakes[r->repair->count++];

	m->term = term;
	m->is_error = error != NULL;
	r->repair->errors += m->is_error;
	if (error)
		m->error = *error;
	else
		m->error = (struct record_error){
			.offset = (size_t)(term.data - r->reader.text.data), .length = term.length
		};
	return m;
}

static void undo_mistake(struct repairing *r, struct repair_mistake *m,
			 const struct rewrite *rewrite)
{
	m->meant = arena_string(r->arena, span_of(rewrite->meant));
	m->why = join_reasons(r->arena, rewrite);
	place(r, span_of(m->meant));
}

static void take_mistake(struct repairing *r, struct span term, const struct record_error *error)
{
	struct repair_mistake *m = add_mistake(r, term, error);
	struct rewrite rewrite;

	/* "al" may be short of its sign: nobody is told to let everybody pass. */
	if ((join_words(r, term, &rewrite) || rewrite_find(term, &rewrite)) &&
	    !has_open(span_of(rewrite.meant)))
		undo_mistake(r, m, &rewrite);
	else
		r->sure = false;
}

/* A right term, but for a prefix length that stands behind a space. */
static bool take_split_term(struct repairing *r, struct span term)
{
	struct span next = next_word(r->reader.text, r->reader.offset);
	struct record_error error;
	struct record_term unused;
	struct rewrite rewrite;

	if (next.length == 0 || next.data[0] != '/' ||
	    record_next(&r->reader, &unused, &error) != RECORD_ERROR ||
	    !join_words(r, term, &rewrite))
		return false;
	undo_mistake(r, add_mistake(r, term, &error), &rewrite);
	return true;
}

static void read_terms(struct repairing *r)
{
	struct record_error error;
	struct record_term term;
	enum record_status status;

	while ((status = record_next(&r->reader, &term, &error)) != RECORD_END) {
		if (r->repair->count == REPAIR_MISTAKES_MAX) {
			r->sure = false;
			return;
		}
		if (status == RECORD_ERROR) {
			record_skip(&r->reader);
			take_mistake(r, term.text, &error);
		} else if (rewrite_is_slip(&term)) {
			take_mistake(r, term.text, NULL);
		} else if (!take_split_term(r, term.text)) {
			place(r, term.text);
		}
	}
}

const struct repair *repair_record(struct span record, struct arena *arena)
{
	struct repair *repair = arena_take(arena, sizeof(*repair));
	struct repairing r = { .arena = arena, .repair = repair, .sure = true };
	char storage[3][RECORD_MAX];
	struct text whole;

	repair->mistakes = arena_take_array(arena, REPAIR_MISTAKES_MAX, sizeof(*repair->mistakes));
	text_init(&r.before, storage[0], sizeof(storage[0]));
	text_init(&r.all, storage[1], sizeof(storage[1]));
	text_init(&r.after, storage[2], sizeof(storage[2]));
	record_begin(&r.reader, record);
	read_terms(&r);
	if (!r.sure || repair->open || (repair->count == 0 && !repair->moved))
		return repair;
	text_init(&whole, arena_take(arena, RECORD_MAX), RECORD_MAX);
	text_string(&whole, "v=spf1");
	text_add(&whole, text_span(&r.before));
	text_add(&whole, text_span(&r.all));
	text_add(&whole, text_span(&r.after));
	if (!whole.overflow && !r.before.overflow && !r.all.overflow && !r.after.overflow)
		repair->proposal = whole.data;
	return repair;
}

/* ---- the first word ---- */

static bool is_good_record(struct span text)
{
	return record_is_spf(text) && text.length < RECORD_MAX;
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
		"v=spf1",  "v = spf1", "v= spf1", "v =spf1", "v=spf 1", "v:spf1",  "v-spf1",
		"v=sfp1",  "v=spfv1",  "v=pf1",	  "vspf1",   "v=sp1",	"v==spf1", "=spf1",
		"v=spf=1", "v=spf.1",  "v=spf2",  "spf1",    "spf=1",	"v=spfl",  "v=spf",
	};

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		if (span_starts_with_nocase(text, versions[i]))
			return strlen(versions[i]);
	return 0;
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

	if (version == 0 || record_is_spf(text))
		return NULL;
	rest = span_skip(cleaned, version);
	/* "v=spf10" is another version, "spf1.example.com" a name. */
	if (rest.length > 0 && (ascii_is_digit(rest.data[0]) || rest.data[0] == '.' ||
				rest.data[0] == '_' || rest.data[0] == '='))
		return NULL;
	if (!span_starts_with_nocase(cleaned, "v") && rest.length > 0 && rest.data[0] != ' ')
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
