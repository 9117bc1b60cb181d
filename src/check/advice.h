/* SPDX-License-Identifier: MIT */
/*
 * What the owner of a checked domain should change: read off the trace of its evaluation. Pure.
 */
#ifndef CHECK_ADVICE_H
#define CHECK_ADVICE_H

#include "base/arena.h"
#include "trace.h"

enum {
	ADVICE_MAX = 64,	  /* more than these are not given */
	ADVICE_LOOKUPS_NEAR = 8,  /* of 10 */
	ADVICE_RECORD_LONG = 450, /* bytes; RFC 7208 section 3.4 */
	ADVICE_NETWORK_WIDE4 = 8, /* a prefix this short lets a great part of the Internet pass */
	ADVICE_NETWORK_WIDE6 = 16,
};

struct advice {
	const char *code;   /* stable: "lookups", "plus-all", ... */
	const char *domain; /* whose record it is about */
	const char *text;   /* one or two sentences, printable ASCII */
};

struct advice_list {
	struct arena *arena; /* owns the texts */
	size_t count;
	struct advice items[ADVICE_MAX];
};

/* Appends what there is to say about the records that this evaluation came by. Nothing twice. */
void advice_collect(struct advice_list *list, const struct trace *trace);

#endif
