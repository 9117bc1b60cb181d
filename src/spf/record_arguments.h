/* SPDX-License-Identifier: MIT */
/*
 * What follows the name of a term in an SPF record (RFC 7208 sections 5 and 12): domains,
 * networks, prefix lengths, macros; and the report of what is wrong with it. For spf/record.h.
 */
#ifndef SPF_RECORD_ARGUMENTS_H
#define SPF_RECORD_ARGUMENTS_H

#include "spf/macro_syntax.h"
#include "spf/record_term.h"

/* One term on its way from text to struct record_term. */
struct record_parse {
	struct span record;	  /* the whole text, where errors are placed */
	struct record_term *term; /* text and mechanism are set */
	struct record_error *error;
};

/*
 * Fills *p->error: `where` is the part of the record to point at, and the term follows the problem
 * after a colon. Always returns false, for the caller to return.
 */
bool record_fail(struct record_parse *p, struct span where, const char *problem);

/*
 * Reads the arguments of a mechanism: nothing, or text that starts with ":" or "/". Returns false
 * with *p->error filled.
 */
bool record_parse_arguments(struct record_parse *p, struct span args);

/* The same for text of the term that has to be a domain-spec or macro-string. */
bool record_check_macros(struct record_parse *p, struct span text, enum macro_use use);

/* A dotted quad where something else belongs is an error with a text of its own. */
bool record_is_ip4_address(struct span text);

#endif
