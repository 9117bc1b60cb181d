/* SPDX-License-Identifier: MIT */
/*
 * What is known while check_host() (RFC 7208 section 4) judges one identity, and the walks over it.
 *
 * One walk (spf/walk.h) has two sources of answers. The waiting one (here) gives each answer when it has
 * come, and only it counts: its walk is the verdict. The prefetching one (spf/prefetch.h) never waits;
 * it gives the answers that are here and starts queries that may come to be needed. So prefetch can
 * change speed and nothing else.
 */
#ifndef SPF_EVALUATION_H
#define SPF_EVALUATION_H

#include "base/address.h"
#include "dns/resolver.h"
#include "spf/parsed_record.h"
#include "spf/result.h"

enum {
	EVALUATION_TERMS_MAX = PARSED_TERMS_MAX, /* section 4.6.4: terms that need DNS */
	EVALUATION_NAMES_MAX = 10, /* section 4.6.4: MX hosts of one term; names of a PTR answer */
	EVALUATION_QUERIES_MAX = 111, /* one record, 10 terms of 1 + 10 queries: never more */
	/* The same for a check that used %{p}, whose 11 queries no term pays for; over it: permerror. */
	EVALUATION_QUERIES_P_MAX = 80,
	/* Distinct domains with a record in one check, prefetched ones included. */
	EVALUATION_RECORDS_MAX = 112,
	/* Answers of many addresses that are remembered. */
	EVALUATION_ADDRESSES_MAX = 128,
};

struct evaluation_settings {
	struct resolver *resolver;
	unsigned void_limit;   /* Void_Limit */
	unsigned prefetch_max; /* queries in flight; 0 = no prefetch */
	uint64_t deadline_ms;  /* of this identity, on the clock of resolver_now_ms() */
	const char *receiver;  /* %{r}; printable */
};

/* The arguments of check_host() and the HELO name. Spans are borrowed for the evaluation's life. */
struct evaluation_subject {
	enum spf_identity identity;
	struct address client;
	struct span local;	   /* sender's local part; "postmaster" when it has none */
	struct span sender_domain; /* as name_from_identity() made it */
	struct span helo;	   /* as said; may be empty */
};

/* ---- records ---- */

enum term_match {
	TERM_UNKNOWN, /* not reached, or an answer is not here yet */
	TERM_NO_MATCH,
	TERM_MATCH,
	TERM_TEMPERROR,
	TERM_PERMERROR,
};

enum term_target {
	TARGET_UNKNOWN, /* needs %{p}, for which the source has no answer */
	TARGET_READY,
	TARGET_INVALID,	 /* no valid query name: as if it did not exist, without a query */
	TARGET_NO_MATCH, /* needs a local part that is not ASCII (RFC 8616 section 4) */
};

/* Where the answer to a query is, or will be put: NULL there as long as it is not here. */
typedef const struct answer *const *answer_place;

/* A term that needs DNS, with what is known of it: set once, when the answers that it takes are here. */
struct known_term {
	const struct record_term *parsed;
	bool uses_names; /* %{p} is in the target: it needs the client's validated names */
	bool is_void;	 /* with `match`: it had a void lookup */
	enum term_target target;
	enum term_match match;	       /* of a, mx, ptr, exists */
	struct known_record *leads_to; /* of include, redirect; NULL when not here */
	answer_place places[1 + EVALUATION_NAMES_MAX]; /* its own, then of its MX hosts */
	char name[DNS_NAME_MAX];		       /* the target, expanded */
};

struct known_record {
	char domain[DNS_NAME_MAX];
	struct parsed_record parsed;
	struct known_term terms[PARSED_TERMS_MAX + 1], redirect, exp; /* of `parsed` */
};

/* ---- walks ---- */

struct walk;

struct walk_source {
	/* NULL: the query may not be sent, or `waits` and the limit on queries is reached. */
	answer_place (*ask)(struct walk *walk, struct span name, uint16_t type);
	bool waits; /* until there is an answer in that place */
};

/* What a walk found at one term. */
struct walk_step {
	enum term_match match;
	unsigned lookup,
		void_lookup;	   /* which of the lookups, void lookups it is; over the limit: the
					   one too many; 0 = none */
	const struct visit *visit; /* of include, redirect: where it led; NULL */
};

/* One visit to a record. */
struct visit {
	struct known_record *record; /* NULL: no answer */
	enum spf_result result;
	struct walk_step
		steps[PARSED_TERMS_MAX + 2]; /* for each term of the record; then redirect */
};

struct walk_outcome {
	bool known; /* false: something that could change it is not here */
	enum spf_result result;
	struct known_record *in; /* that decided: the first record or one that it was redirected
					   to; NULL when there is none */
	const struct record_term *matched; /* the term of that record; NULL = none matched */
};

/* The client's validated names (section 5.5). */
struct validated_names {
	bool known, is_void;
	size_t count;
	struct span names[EVALUATION_NAMES_MAX];
	answer_place places[1 + EVALUATION_NAMES_MAX]; /* of PTR, then of their addresses */
};

struct walk {
	struct evaluation *e;
	const struct walk_source *source;
	struct validated_names names; /* stay from walk to walk */
	struct walk_outcome outcome;
	unsigned lookups, voids; /* counted, the one too many included */
	bool past_gap;		 /* a record on the way is not here: what comes is speculative */
	unsigned may_need;	 /* queries that are not sent and may be needed nonetheless */
	size_t count;
	struct visit visits[1 + EVALUATION_TERMS_MAX]; /* in their order; the first is the top */
};

/* What is known of an answer with addresses. */
struct known_addresses {
	const struct answer *answer;
	const uint8_t *nearest; /* to the client */
};

struct evaluation {
	const struct evaluation_settings *settings;
	struct evaluation_subject subject;
	size_t record_count;
	struct known_record *records[EVALUATION_RECORDS_MAX];
	struct walk waiting, ahead;
	bool prefetching;
	bool uses_names; /* %{p} was waited for */
	size_t counted_count;
	const struct answer *counted[EVALUATION_QUERIES_MAX];	    /* waited for */
	struct known_addresses addresses[EVALUATION_ADDRESSES_MAX]; /* hashed by answer */
	bool exhausted;		       /* it wanted more than the limit on queries allows */
	unsigned sent;		       /* queries really sent for this identity */
	char problem[SPF_PROBLEM_MAX]; /* of the first error met while waiting */
	char fault[SPF_FAULT_MAX];     /* as in struct spf_report */
	bool resolver_failed;
};

/* `subject` is copied, its spans are borrowed. */
void evaluation_init(struct evaluation *e, const struct evaluation_settings *settings,
		     const struct evaluation_subject *subject);
void evaluation_free(struct evaluation *e);

/* What follows of the resolver is for this identity: it has queries in flight and a deadline of its own. */
void evaluation_enter_lane(const struct evaluation *e);

/* The source that waits, up to the deadline, and the one that only looks at what is here. */
extern const struct walk_source evaluation_waiting, evaluation_peeking;

/*
 * The answer of the walk's source; NULL when it is not here yet, or when the source waits and the limit
 * on queries is reached. *place, unless NULL, saves later walks the way to it.
 */
const struct answer *evaluation_ask(struct walk *w, struct span name, uint16_t type,
				    answer_place *place);

/* The record of a domain; NULL when there is no answer. */
struct known_record *evaluation_record(struct walk *w, struct span domain, answer_place *place);

/* Another query may be waited for without passing the limit. */
bool evaluation_has_room(const struct evaluation *e);

/* Of a waiting walk. Keeps the first problem; later ones are consequences. */
void evaluation_set_problem(struct walk *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The problem that a query failed. */
void evaluation_set_failure(struct walk *w, struct span name, uint16_t type);

#endif
