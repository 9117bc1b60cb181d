/* SPDX-License-Identifier: MIT */
/*
 * What the decisions in a log add up to. Memory is bounded (tally.h), whatever the log holds.
 */
#ifndef REPORT_SUMS_H
#define REPORT_SUMS_H

#include <time.h>

#include "maillog/logged_decision.h"
#include "base/tally.h"

enum {
	SUMS_SLOW_MS = 1000, /* a decision that took as long is slow */
	SUMS_FORWARDER_DOMAINS =
		3, /* a client that fails for as many unrelated domains may be one */
	/* contrib/fail2ban's jail: maxretry, findtime, bantime. */
	SUMS_BAN_TRIES = 5,
	SUMS_BAN_WINDOW_S = 3600,
	SUMS_BAN_S = 86400,
};

/* The lists of a report. */
enum sums_list {
	SUMS_NOT_JUDGED,      /* by reason */
	SUMS_REFUSED_DOMAINS, /* by domain of the identity; others: clients */
	SUMS_REFUSED_CLIENTS, /* note: HELO name; others: domains */
	SUMS_FORWARDERS, /* clients that fail for unrelated domains and pass for none; note: HELO name */
	SUMS_PRIVATE, /* clients with private addresses that were judged; note: HELO name */
	SUMS_BROKEN,  /* domains with a permerror; note: the problem met first */
	SUMS_FAULTS,  /* what DNS servers did; others: domains */
	SUMS_SLOW,    /* domains; worst_ms */
	SUMS_BANNED_HELO, /* refusals that fail2ban's mode = helo would have spared, by client; note: HELO name */
	SUMS_BANNED_FAIL, /* the same for mode = fail */
	SUMS_WARNINGS,	  /* what the service complained about */
	SUMS_LISTS
};

struct sums_row {
	struct tally_row row;
	unsigned long would;  /* of the count, so many in test mode only */
	unsigned long others; /* different clients or domains */
	unsigned worst_ms;
	const char *note; /* NULL = none; raw bytes but for NUL */
};

struct sums {
	struct arena *arena;
	unsigned long decisions;
	time_t first, last; /* of the decisions */
	unsigned long results[SPF_IDENTITY_COUNT][SPF_RESULT_COUNT];
	unsigned long actions[DECISION_RESTRICTION + 1][2]; /* by verb; [1]: would have happened */
	struct tally *lists[SUMS_LISTS];
	struct tally *clients, *seen;
};

struct sums *sums_create(void);
void sums_destroy(struct sums *sums);

void sums_add(struct sums *sums, const struct logged_decision *decision, time_t time);

/* A "warning: ..." or worse of the service. */
void sums_add_warning(struct sums *sums, struct span message);

/* Fills the lists that only the whole log can tell: once, after the last line. */
void sums_finish(struct sums *sums);

/* A list's rows, the highest count first; *count is their number. */
struct sums_row **sums_rows(const struct sums *sums, enum sums_list list, size_t *count);

#endif
