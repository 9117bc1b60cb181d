/* SPDX-License-Identifier: MIT */
/*
 * One term of an SPF record, and what is wrong with one (RFC 7208 sections 4.6.1 and 12). Data only;
 * spf/record.h reads them.
 */
#ifndef SPF_RECORD_TERM_H
#define SPF_RECORD_TERM_H

#include "base/address.h"
#include "base/span.h"
#include "spf/result.h"

enum record_mechanism {
	RECORD_ALL,
	RECORD_INCLUDE,
	RECORD_A,
	RECORD_MX,
	RECORD_PTR,
	RECORD_IP4,
	RECORD_IP6,
	RECORD_EXISTS,
	RECORD_REDIRECT, /* modifiers, from here */
	RECORD_EXP,
	RECORD_UNKNOWN_MODIFIER,
};

struct record_term {
	enum record_mechanism mechanism;
	char qualifier;		/* '+', '-', '~', '?'; '+' for modifiers and when none is written */
	struct span text;	/* the whole term as published */
	struct span target;	/* domain-spec; empty when the term has none (a, mx, ptr) */
	struct network network; /* ip4, ip6 */
	unsigned prefix4;	/* a, mx: bits, 0..32, default 32 */
	unsigned prefix6;	/* a, mx: bits, 0..128, default 128 */
};

/* Where a record breaks the grammar. */
struct record_error {
	size_t offset;		       /* first offending byte in the record's text */
	size_t length;		       /* bytes to point at, >= 1 */
	char problem[SPF_PROBLEM_MAX]; /* "Invalid IP4 address: ip4:192.0.2.0/25-all" */
};

#endif
