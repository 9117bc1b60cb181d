/* SPDX-License-Identifier: MIT */
#include "repair.h"

#include "rewrite_parts.h"
#include "spf/record.h"

enum { RECORD_MAX = REPAIR_RECORD_MAX };

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

/* Twice the same is once enough. */
static void put_once(struct text *text, struct span term)
{
	if (!rewrite_has_term(text_span(text), term))
		put(text, term);
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
			put_once(mechanism ? &r->before : &r->after, term);
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

/*
 * "ip4: 192.0.2.1", "ip4 192.0.2.1", "ip4 : 192.0.2.1", "- all", "192.0.2.0 /24": a space too many. The words
 * without it; false: it is not.
 */
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
				  ascii_is_in(next.data[0], ":/")))
		return false;
	text_init(&text, storage, sizeof(storage));
	text_add(&text, term);
	if (bare && !ascii_is_in(next.data[0], ":=/"))
		text_char(&text, rewrite_is_modifier(parts.name) ? '=' : ':');
	text_add(&text, next);
	if (bare && next.length == 1) {
		next = span_next(&rest, " ");
		text_add(&text, next);
	}
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
	m->meant = arena_string(r->arena, span_trim(span_of(rewrite->meant), " "));
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

/* A right term, but for a domain or prefix length that stands behind a space. */
static bool take_split_term(struct repairing *r, struct span term)
{
	struct span next = next_word(r->reader.text, r->reader.offset);
	struct record_error error;
	struct record_term unused;
	struct rewrite rewrite;

	if (next.length == 0 || !memchr(":/", next.data[0], 2) ||
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

static bool take_redirect(struct span term, struct span *target)
{
	struct span name;

	return span_split(term, '=', &name, target) && span_is_nocase(name, "redirect");
}

/* Beside "all" a redirect is never used: an include lets the same hosts pass. */
static void use_include(struct repairing *r)
{
	char storage[RECORD_MAX];
	struct span rest, term, target;
	struct text after, meant;

	text_init(&after, storage, sizeof(storage));
	rest = text_span(&r->after);
	while ((term = span_next(&rest, " ")).length > 0) {
		if (take_redirect(term, &target)) {
			text_string(&r->before, " include:");
			text_add(&r->before, target);
			r->repair->moved = true;
		} else {
			put(&after, term);
		}
	}
	r->after.length = 0;
	text_add(&r->after, text_span(&after));
	for (size_t i = 0; i < r->repair->count; i++) {
		struct repair_mistake *m = &r->repair->mistakes[i];

		if (!m->meant || !take_redirect(span_of(m->meant), &target))
			continue;
		text_init(&meant, storage, sizeof(storage));
		text_string(&meant, "include:");
		text_add(&meant, target);
		m->meant = arena_string(r->arena, text_span(&meant));
		m->why = "with \"all\" at its end a record includes others";
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
	if (r.all.length > 0)
		use_include(&r);
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
