/* SPDX-License-Identifier: MIT */
/*
 * The record of a domain for every client: the whole tree of records, every term with the answers that any
 * client's evaluation may come by, whether or not a term before it would match. No client, no verdict.
 *
 * The counts are those of a client that no term matches, which meets all limits of RFC 7208 section 4.6.4:
 * the worst one. A record that a record above it includes again is not entered a second time.
 */
#ifndef CHECK_AUDIT_TREE_H
#define CHECK_AUDIT_TREE_H

#include "base/arena.h"
#include "dmarc/dmarc.h"
#include "dns/zone.h"
#include "repair.h"
#include "spf/evaluation.h"

enum {
	AUDIT_QUERIES_MAX = 1000, /* sent for one audit */
	AUDIT_TERMS_MAX = 4000,	  /* of the whole tree */
	AUDIT_DEPTH_MAX = 24,	  /* records inside each other */
	AUDIT_TIME_MS = 60000,	  /* for one audit */
	AUDIT_WAIT_MS = 10000,	  /* for one answer */
	AUDIT_VOIDS_MAX = 2,	  /* section 4.6.4 */
};

/* What is asked about. */
struct audit_subject {
	struct span domain;
	const char *record; /* instead of what the domain publishes; NULL */
	bool with_mail;	    /* also the domain's DMARC record and its mail hosts' own records */
	const struct zone *zone; /* what the domain's file has, with_mail; NULL */
};

enum audit_target {
	AUDIT_NO_TARGET, /* ip4, ip6, all */
	AUDIT_NAME,
	AUDIT_MACROS,  /* depends on the client or the sender */
	AUDIT_INVALID, /* no name that can be asked */
};

/* Whether clients of that family go on after the term. */
enum audit_family { AUDIT_IPV4, AUDIT_IPV6, AUDIT_FAMILIES };

struct audit_host {
	const char *name;
	const struct answer *addresses[AUDIT_FAMILIES]; /* A, AAAA; NULL: not asked any more */
};

struct audit_term {
	struct record_term term;
	enum audit_target target;
	const char *name;	     /* AUDIT_NAME */
	const struct answer *answer; /* mx: MX; exists: A; exp: TXT; NULL */
	struct audit_host *hosts;    /* a: one; mx: those that it names */
	size_t host_count;
	struct audit_record *record; /* include, redirect: NULL when not entered */
	bool has_record;	     /* a, mx: nothing is there but an SPF record */
	bool has_address;	     /* mx, include: nothing is there but addresses */
	bool loop;		     /* the record is one that this term is inside of */
	bool unused;	 /* behind an "all", or a redirect beside one: nobody comes here */
	unsigned lookup; /* which of the lookups it is; 0 = none */
	unsigned void_lookup[AUDIT_FAMILIES]; /* which of the void lookups; 0 = none */
	bool too_late[AUDIT_FAMILIES]; /* a limit or an error has ended the check before it */
};

struct audit_record {
	const char *domain;
	const struct audit_record *above; /* NULL for the first */
	const struct answer *answer;	  /* TXT; NULL: not asked any more */
	enum parsed_status status;
	struct span text;	     /* "" when there is no single record */
	const char *problem;	     /* why PARSED_PERMERROR; "" */
	const struct repair *repair; /* of text; NULL */
	struct audit_term *terms;    /* of a record without errors */
	size_t count;
	unsigned lookups; /* of its terms and what is below them */
};

/* The domain's DMARC, which may be that of a domain above it. */
struct audit_dmarc {
	struct dmarc_report report;
	struct span text;      /* the record; "" */
	struct span near;      /* a text that was to be one; "" */
	const char *several;   /* a domain that has more than one; NULL */
	struct span misplaced; /* one that stands at the domain itself; "" */
};

/* An MX host whose own name has no SPF record. */
struct audit_mute_host {
	const char *name;
	bool own; /* the name is below the domain */
};

struct audit {
	struct audit_record *top;
	unsigned lookups;			    /* that the worst client takes */
	unsigned voids[AUDIT_FAMILIES];		    /* that it meets */
	enum spf_result not_listed[AUDIT_FAMILIES]; /* what it gets; SPF_RESULT_COUNT = not known */
	unsigned queries;			    /* sent */
	const char *ended;			    /* why the tree is not whole, static; NULL */
	/* Beside the record, where it was asked for: */
	struct audit_dmarc dmarc;
	struct audit_mute_host mute_hosts[EVALUATION_NAMES_MAX];
	size_t mute_host_count;
	struct span spf_type; /* the first record of type SPF; "" */
	bool alias_beside;    /* in the zone file: a CNAME beside the record */
	bool alias;	      /* the domain is a CNAME, and its records those of another name */
	bool unanswered;      /* no DNS server has answered anything */
	bool no_dns;	      /* the zone file stands for all of DNS */
};

/* Bytes of the answer with all TXT records of the record's domain. */
size_t audit_answer_bytes(const struct audit_record *record);

/* A query without records: what counts as void. */
bool audit_is_void(const struct answer *answer);

/* Lookups of a term and of what is below it. */
unsigned audit_lookups_of(const struct audit_term *t);

/* A term with the text of this one takes a lookup in the record. */
bool audit_has_lookup(const struct audit_record *record, const struct audit_term *t);

/* The first term of its kind; NULL. */
const struct audit_term *audit_find(const struct audit_record *record, enum record_mechanism which);

#endif
