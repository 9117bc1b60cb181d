/* SPDX-License-Identifier: MIT */
/*
 * The single mistakes that are known in a term. For check/rewrite.h.
 */
#ifndef CHECK_REWRITE_RULES_H
#define CHECK_REWRITE_RULES_H

#include "base/text.h"

struct rewrite_rule {
	/* Appends the text without the mistake; false when it is not there. */
	bool (*apply)(struct span text, struct text *out);
	const char *why; /* what is wrong, for a person */
};

enum { REWRITE_RULES = 25 };

extern const struct rewrite_rule rewrite_rules[REWRITE_RULES];

/* A term, taken apart as far as that goes: "+ip4:x" is "+", "ip4", ':', "x". */
struct rewrite_parts {
	struct span qualifier, name, rest;
	char separator; /* 0 = none */
};
struct rewrite_parts rewrite_take_apart(struct span text);

/* The name is that of a mechanism; of redirect or exp. */
bool rewrite_is_mechanism(struct span name);
bool rewrite_is_modifier(struct span name);

/* Which name a wrong one was meant to be; NULL. */
const char *rewrite_meant_name(const struct rewrite_parts *parts);

/* "v=spf1" or "spf1", which stand at the start of a record only. */
bool rewrite_is_version(struct span text);

/* Where a second term begins inside the text: a blank was lost there. text.length when none does. */
size_t rewrite_find_glued(struct span text);

/* Where a macro lacks its "%": "{i}". text.length when none does. */
size_t rewrite_find_brace(struct span text);

#endif
