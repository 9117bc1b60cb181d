/* SPDX-License-Identifier: MIT */
/*
 * The records of an answer as they come, each once: equal ones mean nothing and count as one (RFC 2181
 * section 5). Names are compared without regard to ASCII case. The time for a record does not grow with
 * their number. Pure.
 */
#ifndef DNS_RECORD_SET_H
#define DNS_RECORD_SET_H

#include "dns/answer.h"

enum {
	RECORD_SET_MAX = ANSWER_ADDRESSES_MAX, /* records of the largest set */
	RECORD_SET_SLOTS = 2048,
	RECORD_SET_ADDRESSES = 32, /* behind so many, equal addresses are not looked for */
	/* Whoever makes the records can make them fall together: then equal ones among the later ones count twice. */
	RECORD_SET_TRIES = 16,
};

struct record_set {
	struct answer_record *records;
	size_t count, max;
	uint16_t slots[RECORD_SET_SLOTS]; /* by hash: which record, from 1; 0 = none */
};

/* `records`: room for `max` of them, at most RECORD_SET_MAX; borrowed. */
void record_set_init(struct record_set *set, struct answer_record *records, size_t max);

/*
 * Appends the record, whose bytes are borrowed. False when there is an equal one or no room. An MX or PTR
 * without a usable name equals no other.
 */
bool record_set_add(struct record_set *set, uint16_t type, const struct answer_record *record);

#endif
