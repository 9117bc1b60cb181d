/* SPDX-License-Identifier: MIT */
/*
 * All that breaks the grammar of one record, and the record that was meant. Where one mistake cannot be
 * undone for sure there is no such record. Pure.
 */
#ifndef CHECK_REPAIR_H
#define CHECK_REPAIR_H

#include "base/arena.h"
#include "rewrite.h"

enum {
	REPAIR_MISTAKES_MAX = 32, /* shown of one record; what comes after it is not looked at */
	REPAIR_RECORD_MAX = 4096, /* bytes of a record that is repaired */
};

struct repair_mistake {
	bool is_error; /* breaks the grammar; false: means something else than it says */
	struct record_error error; /* where; problem is "" for one that is no error */
	struct span term;	   /* as published */
	const char *meant;	   /* what to write instead, "" = nothing; NULL: not known */
	const char *why;	   /* with `meant`: what is wrong with it, words of ours */
};

struct repair {
	size_t count, errors;
	struct repair_mistake *mistakes;
	bool moved; /* terms stood behind "all" */
	bool open;  /* it lets everybody pass: no proposal then */
	const char *
		proposal; /* the whole record without mistakes; NULL: there are none, or one cannot be
				 undone for sure */
};

/* `record` begins with the version: record_is_spf(). It is borrowed; what is made is the arena's. */
const struct repair *repair_record(struct span record, struct arena *arena);

#endif
