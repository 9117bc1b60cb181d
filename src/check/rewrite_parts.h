/* SPDX-License-Identifier: MIT */
/*
 * A term of a record, taken apart as far as that goes, right or wrong; and the names that there are. Part of
 * the rewriting. Pure.
 */
#ifndef CHECK_REWRITE_PARTS_H
#define CHECK_REWRITE_PARTS_H

#include "base/text.h"

/* "+ip4:x" is "+", "ip4", ':', "x". */
struct rewrite_parts {
	struct span qualifier, name, rest;
	char separator; /* 0 = none */
};
struct rewrite_parts rewrite_take_apart(struct span text);

/* The name is that of a mechanism; of redirect or exp. */
bool rewrite_is_mechanism(struct span name);
bool rewrite_is_modifier(struct span name);

/* Is the term, in any case of its letters, among these? */
bool rewrite_has_term(struct span terms, struct span term);

/* All of them, up to a NULL. */
extern const char *const rewrite_names[];

/* '4' for "192.0.2.0/24", '6' for "2001:db8::1"; 0 when it is neither. */
char rewrite_family_of(struct span text);

/* All three, one behind the other. False when they do not fit. */
bool rewrite_append(struct text *out, struct span a, const char *b, struct span c);

#endif
