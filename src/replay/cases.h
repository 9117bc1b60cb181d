/* SPDX-License-Identifier: MIT */
/*
 * The messages of logs, equal ones once: what is to be judged again. In memory is only so much; who collects
 * judges and starts over when it is full.
 */
#ifndef REPLAY_CASES_H
#define REPLAY_CASES_H

#include "base/tally.h"
#include "outcome.h"

enum { CASES_MAX = 20000 };

struct replay_case {
	struct tally_row row;	  /* count: messages */
	struct envelope envelope; /* client_text, helo, sender, recipient, login */
	struct outcome then;
};

struct cases {
	struct arena *arena;
	struct tally *tally;
	unsigned long too_long; /* messages left out, as no mail has such names */
};

void cases_init(struct cases *cases);
void cases_release(struct cases *cases);

/* False: it is full, and the decision was not taken. */
bool cases_add(struct cases *cases, const struct logged_decision *decision);

/* All, those of one domain beside each other; *count is their number. */
struct replay_case **cases_list(const struct cases *cases, size_t *count);

#endif
