/* SPDX-License-Identifier: MIT */
/*
 * The expansion of macros (RFC 7208 section 7). Pure: no I/O, no allocation.
 */
#ifndef SPF_MACRO_H
#define SPF_MACRO_H

#include <time.h>

#include "base/address.h"
#include "base/span.h"
#include "base/text.h"
#include "spf/macro_syntax.h"

/* What the letters stand for. Every span may be empty except where noted. */
struct macro_values {
	struct span local;	   /* %{l}: "postmaster" when the sender has no local part */
	struct span sender_domain; /* %{o}; %{s} = local "@" sender_domain */
	struct span domain;	   /* %{d}: the current <domain> */
	struct span helo;	   /* %{h}: as the client said it; "unknown" when it said none */
	struct span validated;	   /* %{p}: "unknown" when there is none (section 7.3) */
	struct span receiver;	   /* %{r}: "unknown" when not known */
	struct address client;	   /* %{i} %{v} %{c} */
	time_t now;		   /* %{t} */
};

enum macro_status {
	MACRO_OK,
	MACRO_SYNTAX,	/* macro_check() would have refused it */
	MACRO_UNUSABLE, /* %{s} or %{l} (any case) with a local part that is not ASCII: the term
				   must not match (RFC 8616 section 4) */
	MACRO_TOO_LONG, /* does not fit the builder (explanation only) */
};

/*
 * Appends the expansion to `out`. As MACRO_DOMAIN the result is what to ask DNS: one trailing dot
 * is dropped, and labels are removed from the left until it has at most 253 bytes (section 7.3);
 * it may still not be a valid query name. `out` must then have room for the whole expansion before that cut:
 * MACRO_EXPANSION_MAX bytes always suffice, longer ones are cut from the left while they grow.
 */
enum { MACRO_EXPANSION_MAX = 4096 };
enum macro_status macro_expand(struct span text, enum macro_use use,
			       const struct macro_values *values, struct text *out);

#endif
