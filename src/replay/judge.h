/* SPDX-License-Identifier: MIT */
/*
 * Many messages judged at the same time, each by one of several processes with a resolver of its own.
 */
#ifndef REPLAY_JUDGE_H
#define REPLAY_JUDGE_H

#include <signal.h>
#include <stdbool.h>

#include "cases.h"
#include "replay/replay_policy.h"
#include "said.h"

enum { JUDGE_JOBS_MAX = 128 };

struct verdict {
	_Atomic bool done; /* false: not reached, or its process failed */
	struct outcome now;
};

struct judge {
	const struct config *config;
	replay_policy create;
	void *arg;
	unsigned jobs;			   /* 1 to JUDGE_JOBS_MAX */
	const volatile sig_atomic_t *stop; /* ends it early */
	bool progress;			   /* on stderr, a terminal */
	struct said *said;		   /* what the processes say */
};

/*
 * Judges `count` cases. Returns their verdicts, in the same order, to be given to judge_release(); NULL with errno
 * set: no memory or no process.
 */
struct verdict *judge_cases(const struct judge *judge, struct replay_case *const *cases,
			    size_t count);
void judge_release(struct verdict *verdicts, size_t count);

#endif
