/* SPDX-License-Identifier: MIT */
/*
 * What a replay has found: how often each outcome became which, and the changed ones by domain.
 */
#ifndef REPLAY_CHANGES_H
#define REPLAY_CHANGES_H

#include "base/page.h"
#include "cases.h"

struct transition {
	struct tally_row row; /* count: messages */
	struct outcome then, now;
};

/* Messages of one domain whose outcome changed alike, for one reason. */
struct change {
	struct tally_row row; /* count: messages */
	struct outcome then, now;
	unsigned long clients;
	const char *domain, *reason,
		*check; /* `check`: a command that shows one of them, printable; NULL = none */
};

struct changes {
	struct arena *arena;
	unsigned long messages, cases, not_judged; /* of the cases */
	unsigned long losses;	  /* messages that were accepted and would be rejected */
	unsigned long temperrors; /* messages of which DNS now tells nothing */
	struct tally *transitions, *changed, *clients;
};

void changes_init(struct changes *changes);
void changes_release(struct changes *changes);

/* `now`: NULL when the case was not judged. */
void changes_add(struct changes *changes, const struct replay_case *one, const struct outcome *now);

struct transition **changes_transitions(const struct changes *changes, size_t *count);
struct change **changes_list(const struct changes *changes, size_t *count);

/* The two forms. At most `top` rows of a list are on the page; JSON has all. */
void changes_page(const struct changes *changes, size_t top, struct page *page);
void changes_json(const struct changes *changes, FILE *out);

#endif
