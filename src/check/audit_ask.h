/* SPDX-License-Identifier: MIT */
/*
 * The queries of an audit, with their bounds. Part of the audit.
 */
#ifndef CHECK_AUDIT_ASK_H
#define CHECK_AUDIT_ASK_H

#include "audit_tree.h"

struct auditing {
	struct audit *audit;
	struct resolver *resolver;
	unsigned lane;
	struct arena *arena;
	const struct audit_subject *subject;
	uint64_t deadline_ms;
	size_t terms;
};

/* Sends the query without waiting, so that those of a record are under way together. */
void audit_start(struct auditing *a, struct span name, uint16_t type);
void audit_start_addresses(struct auditing *a, struct span name);

/* Waits for the answer; NULL: nothing is asked any more, and audit->ended says why. */
const struct answer *audit_ask(struct auditing *a, struct span name, uint16_t type);
void audit_ask_addresses(struct auditing *a, struct audit_host *host);

/* Sets the lane's time; false: nothing is asked any more. For those who ask the resolver themselves. */
bool audit_enter_lane(struct auditing *a);

/* A record of SPF among them; NULL allowed. */
bool audit_has_record(const struct answer *answer);

#endif
