/* SPDX-License-Identifier: MIT */
#include "rewrite.h"

#include "rewrite_mistakes.h"
#include "rewrite_rules.h"
#include "spf/record.h"

/* ---- what is right ---- */

/* The modifiers of RFC 6652, and those that others have given a meaning. */
static bool is_known_modifier(struct span name)
{
	static const char *const known[] = {
		"ra", "rp", "rr", "default", "match_subdomains", "accredit", "report"
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (span_is_nocase(name, known[i]))
			return true;
	return false;
}

/* A modifier without a meaning is a slip when its name is that of another term, or nearly. */
static bool is_misspelt(struct span text)
{
	struct rewrite_parts parts = rewrite_take_apart(text);

	return !is_known_modifier(parts.name) &&
	       (rewrite_is_version(text) || rewrite_is_mechanism(parts.name) ||
		rewrite_meant_name(&parts));
}

static bool is_foreign(struct span target)
{
	return span_find_any(target, "@,;\"'\\") < target.length ||
	       span_starts_with_nocase(target, "http://") ||
	       span_starts_with_nocase(target, "https://");
}

bool rewrite_is_slip(const struct record_term *term)
{
	struct span target = term->target;

	switch (term->mechanism) {
	case RECORD_UNKNOWN_MODIFIER: return is_misspelt(term->text);
	case RECORD_INCLUDE:
	case RECORD_A:
	case RECORD_MX:
	case RECORD_PTR:
	case RECORD_EXISTS:
	case RECORD_REDIRECT:
	case RECORD_EXP: break;
	case RECORD_ALL:
	case RECORD_IP4:
	case RECORD_IP6: return false;
	}
	if (rewrite_find_glued(target) < target.length ||
	    rewrite_find_brace(target) < target.length)
		return true;
	if (rewrite_take_apart(target).separator == ':' &&
	    rewrite_is_mechanism(rewrite_take_apart(target).name))
		return true;
	/* A macro may stand among any of them: "%{l}@example.com" is nobody's slip. */
	return !span_contains(target, '%') && is_foreign(target);
}

bool rewrite_is_good(struct span terms)
{
	char storage[REWRITE_TERM_MAX + 8];
	struct record_reader reader;
	struct record_error error;
	struct record_term term;
	enum record_status status;
	struct text record;

	text_init(&record, storage, sizeof(storage));
	text_string(&record, "v=spf1 ");
	text_add(&record, terms);
	if (record.overflow)
		return false;
	record_begin(&reader, text_span(&record));
	while ((status = record_next(&reader, &term, &error)) == RECORD_TERM)
		if (rewrite_is_slip(&term))
			return false;
	return status == RECORD_END;
}

/* ---- the search ---- */

/* Each rule again on what the one before left, up to so many mistakes. */
static bool search(struct span text, size_t steps, struct rewrite *rewrite)
{
	char storage[REWRITE_TERM_MAX];
	struct text out;

	for (size_t i = 0; i < REWRITE_RULES; i++) {
		text_init(&out, storage, sizeof(storage));
		if (!rewrite_rules[i].apply(text, &out) || span_equal(text_span(&out), text))
			continue;
		rewrite->why[rewrite->count++] = rewrite_rules[i].why;
		if (steps == 1 && rewrite_is_good(text_span(&out))) {
			memcpy(rewrite->meant, storage, out.length + 1);
			return true;
		}
		if (steps > 1 && search(text_span(&out), steps - 1, rewrite))
			return true;
		rewrite->count--;
	}
	return false;
}

bool rewrite_find(struct span text, struct rewrite *rewrite)
{
	rewrite->count = 0;
	if (text.length >= REWRITE_TERM_MAX)
		return false;
	/* The fewest mistakes explain it best. */
	for (size_t steps = 1; steps <= REWRITE_STEPS_MAX; steps++)
		if (search(text, steps, rewrite))
			return true;
	return false;
}
