/* SPDX-License-Identifier: MIT */
/*
 * Two lines that tell of one rejection: the service's, and smtpd's a moment later. policyd-spf's own line lacks
 * the HELO name, smtpd's has it; without the service's line (at a low debugLevel) smtpd's stands alone.
 */
#ifndef REPLAY_PENDING_H
#define REPLAY_PENDING_H

#include "maillog/logged_decision.h"

enum { PENDING_MAX = 64 }; /* rejections that wait for smtpd's line */

struct pending_rejection {
	struct arena *arena; /* NULL = none */
	struct logged_decision decision;
};

/* All zero at first. */
struct pending {
	struct pending_rejection rejections[PENDING_MAX]; /* a ring */
	unsigned next;
};

typedef void (*pending_take)(void *arg, const struct logged_decision *decision);

/* Hands on what is complete, each message once. The spans of a decision are gone when `take` returns. */
void pending_add(struct pending *pending, const struct logged_decision *decision, pending_take take,
		 void *arg);

/* Hands on the rest. */
void pending_end(struct pending *pending, pending_take take, void *arg);

#endif
