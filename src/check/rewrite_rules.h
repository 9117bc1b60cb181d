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
	const char *why; /* what is wrong, for a person; "": the error says it */
};

enum { REWRITE_RULES = 31 };

extern const struct rewrite_rule rewrite_rules[REWRITE_RULES];

#endif
