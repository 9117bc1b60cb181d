/* SPDX-License-Identifier: MIT */
/*
 * What check_host() (RFC 7208 section 4) knows while it judges one identity, and the meaning of one
 * record and one term under it.
 *
 * Two readers share these meanings. The check (spf/check.h) waits for each answer and lets libspf2
 * decide; the prefetch (spf/prefetch.h) glances at the answers that are here and starts the questions
 * that evaluation may come to need. Whoever waits consumes, and only consumption counts against the
 * limits of section 4.6.4, so that prefetch can change speed and nothing else.
 */
#ifndef SPF_EVALUATION_H
#define SPF_EVALUATION_H

#include "base/address.h"
#include "dns/resolver.h"
#include "spf/published.h"
#include "spf/result.h"

enum {
	EVALUATION_TERMS_MAX = PUBLISHED_TERMS_MAX, /* section 4.6.4: terms that need DNS */
	EVALUATION_NAMES_MAX = 10, /* section 4.6.4: MX hosts of one term; names of a PTR answer */
	EVALUATION_QUESTIONS_MAX = 111,	 /* one record, 10 terms of 1 + 10 questions: never more */
	EVALUATION_QUESTIONS_P_MAX = 80, /* the same for a check that used %{p}, whose 11 questions
					   no term pays for; over it: permerror */
	EVALUATION_RECORDS_MAX =
		112, /* distinct domains with a record in one check, prefetched ones
					   included */
};

struct evaluation_settings {
	struct resolver *resolver;
	unsigned void_limit;   /* Void_Limit */
	unsigned prefetch_max; /* questions in flight; 0 = no prefetch */
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

enum evaluation_patience {
	EVALUATION_GLANCE, /* never wait; unknown is an answer */
	EVALUATION_WAIT,   /* wait up to the deadline, and consume */
};

enum evaluation_match {
	EVALUATION_NO_MATCH,
	EVALUATION_MATCH,
	EVALUATION_UNKNOWN, /* an answer is not here yet (glancing only) */
	EVALUATION_TEMPERROR,
	EVALUATION_PERMERROR,
};

struct evaluation {
	const struct evaluation_settings *settings;
	struct evaluation_subject subject;
	struct published *published[EVALUATION_RECORDS_MAX];
	size_t published_count;

	bool names_known; /* validated names of the client (section 5.5) */
	bool names_void;
	bool used_names; /* for %{p} */
	size_t names_count;
	struct span names[EVALUATION_NAMES_MAX];

	unsigned lookups, voids; /* consumed */
	size_t consumed_count;
	uint64_t consumed[EVALUATION_QUESTIONS_MAX + 1];
	unsigned sent; /* questions really sent for this identity */
	bool (*may_ask)(
		void *arg); /* asked before a glance starts a question; NULL = it must not */
	void *may_ask_arg;

	char problem[SPF_PROBLEM_MAX]; /* of the first error met while waiting */
};

/* `subject` is copied, its spans are borrowed. */
void evaluation_init(struct evaluation *e, const struct evaluation_settings *settings,
		     const struct evaluation_subject *subject);
void evaluation_free(struct evaluation *e);

/* The record of a domain; NULL when glancing and not here yet, or past the ceiling on questions. */
struct published *evaluation_record(struct evaluation *e, struct span domain,
				    enum evaluation_patience patience);

/*
 * The target name of a term of this record: the expanded domain-spec, or the record's own domain.
 * PUBLISHED_NAME_UNSET when glancing and %{p} is not known yet.
 */
enum published_name evaluation_target(struct evaluation *e, const struct published *in,
				      struct published_term *term,
				      enum evaluation_patience patience);

/* The target took %{p}, and the client has no PTR: a void lookup of that term (section 4.6.4). Its name
 * has been made. */
bool evaluation_target_is_void(const struct evaluation *e, const struct published_term *term);

/*
 * Does this a, mx, ptr or exists match the client? *is_void: a question of the term had a void answer
 * (section 4.6.4: what is limited is the number of terms for which that happens).
 */
enum evaluation_match evaluation_match(struct evaluation *e, const struct published *in,
				       struct published_term *term,
				       enum evaluation_patience patience, bool *is_void);

/* Expands explain-strings; false when the text can not be used. Waits for %{p}. */
bool evaluation_explain(struct evaluation *e, const struct published *in, struct span text,
			struct text *out);

/* The answer to a question of this evaluation; NULL when glancing and not here yet. */
const struct answer *evaluation_ask(struct evaluation *e, struct span name, uint16_t type,
				    enum evaluation_patience patience);

/* Another question may be consumed without passing the ceiling. */
bool evaluation_has_room(const struct evaluation *e);

/* Keeps the first problem; later ones are consequences. */
void evaluation_set_problem(struct evaluation *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The RR type of addresses of the client's family. */
uint16_t evaluation_address_type(const struct evaluation *e);

/* The name under in-addr.arpa or ip6.arpa. `name` holds DNS_NAME_MAX bytes. */
void evaluation_reverse_name(const struct address *client, char *name);

#endif
