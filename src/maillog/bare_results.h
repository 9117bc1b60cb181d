/* SPDX-License-Identifier: MIT */
/*
 * Results whose line does not tell what was decided: "Pass; identity=mailfrom; client-ip=..", HELO's before MAIL
 * FROM's. That is all that policyd-spf 1 logs of accepted mail; later versions add it at debugLevel 2, before the
 * line of the decision, which then counts. A refusal may be told by smtpd alone.
 */
#ifndef MAILLOG_BARE_RESULTS_H
#define MAILLOG_BARE_RESULTS_H

#include <time.h>

#include "maillog/logged_decision.h"

enum { BARE_RESULTS_MAX = 64 }; /* that wait for a decision */

struct bare_result {
	struct arena *arena; /* NULL = none */
	struct logged_decision decision;
	time_t time;
};

/* All zero at first. */
struct bare_results {
	struct bare_result ring[BARE_RESULTS_MAX];
	unsigned next;
	struct arena *settled; /* holds what the last decision was told */
};

typedef void (*bare_results_take)(void *arg, const struct logged_decision *decision, time_t time);

/* A result of logged_result_parse(). Hands on, as accepted, what has waited long enough. */
void bare_results_add(struct bare_results *bare, const struct logged_decision *result, time_t time,
		      bare_results_take take, void *arg);

/*
 * Drops the result that this decision is about, after it has told what the decision's line does not: the envelope,
 * where the text of a refusal is the administrator's own; where smtpd tells of it, whose result it was. Spans that
 * are added go when the next function is called.
 */
void bare_results_settle(struct bare_results *bare, struct logged_decision *decision);

/* Hands on the rest. */
void bare_results_end(struct bare_results *bare, bare_results_take take, void *arg);

#endif
