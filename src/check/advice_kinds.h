/* SPDX-License-Identifier: MIT */
/*
 * A list of advice; its kinds with their words, and how a piece of it is put together. Pure.
 */
#ifndef CHECK_ADVICE_KINDS_H
#define CHECK_ADVICE_KINDS_H

#include <sys/socket.h>

#include "base/arena.h"
#include "base/text.h"

enum {
	ADVICE_MAX = 64,	  /* more than these are not given */
	ADVICE_LOOKUPS_NEAR = 8,  /* of 10 */
	ADVICE_RECORD_LONG = 450, /* bytes; RFC 7208 section 3.4 */
	ADVICE_NETWORK_WIDE4 = 8, /* a prefix this short lets a great part of the Internet pass */
	ADVICE_NETWORK_WIDE6 = 16,
	ADVICE_ANSWER_PLAIN = 512, /* bytes of a DNS answer over UDP without EDNS */
	ADVICE_ANSWER_MAX = 1232,  /* bytes of a DNS answer that goes through UDP everywhere */
};

enum advice_severity {
	ADVICE_NOTE,	/* good to know; nothing is wrong */
	ADVICE_WARNING, /* mail arrives, but the record does not do what it is for, or soon may not */
	ADVICE_ERROR,	/* makes mail fail, of some clients or all */
};

enum advice_kind {
	PLUS_ALL,
	NEUTRAL_ALL,
	NO_ALL,
	AFTER_ALL,
	SECOND_ALL,
	REDIRECT_UNUSED,
	WIDE_NETWORK,
	PRIVATE_NETWORK,
	PTR,
	MACRO_P,
	SENDER_MACRO,
	EXISTS_ALWAYS,
	STAR,
	STAR_LEADS, /* an include or redirect */
	VOID_LOOKUP,
	VOID_OWN, /* an a or mx without a domain, below the first record */
	NO_HOST,
	VOID_HOST,
	ONE_FAMILY,
	VOIDS,
	VOIDS_UNUSED, /* of a family of which no host is listed */
	REPEATED,
	REPEATED_AS,	 /* the same in other words */
	REPEATED_INSIDE, /* included by another include */
	REPEATED_ABROAD, /* by one of another owner */
	LISTED_TOO,
	REPEATED_NETWORK,
	COVERED,
	UNKNOWN_MODIFIER,
	EXPLANATION,
	NO_RECORD_THERE,
	NO_NAME_THERE,
	INCLUDE_MEANT,
	ADDRESS_MEANT,
	QUALIFIED_INCLUDE,
	INCLUDED_ERROR,
	INCLUDED_WEAKNESS,
	INCLUDED_PTR,
	BAD_NAME,
	BAD_TARGET,
	LOOP,
	MANY_MX,
	DNS_FAILURE,
	NO_SERVER,
	LONG_RECORD,
	MIDDLE_ANSWER,
	LARGE_ANSWER,
	SYNTAX,
	SYNTAX_MORE,
	MISTAKE,
	NOT_A_RECORD,
	BESIDE_RECORD,
	SENDER_ID,
	SPF_TYPE_ONLY,
	SPF_TYPE,
	RECORDS,
	LOOKUPS_NEAR,
	LOOKUPS_ALL,
	LOOKUPS_OVER,
	NO_RECORD,
	NO_RECORD_HELO,
	NO_RECORD_ALIAS,
	HOST_NO_RECORD,
	NO_DOMAIN,
	DMARC_SEVERAL,
	DMARC_NEAR,
	DMARC_PLACE,
	DMARC_FAULT,
	ALIAS_BESIDE,
	ENDED,
	ADVICE_KINDS,
};

struct advice {
	const char *code; /* stable: "lookups", "plus-all", ...; spfpolicyd(8) lists them */
	enum advice_severity severity;
	const char *domain;   /* whose record it is about */
	const char *text;     /* one or two sentences, printable ASCII */
	const char *proposal; /* the record as it should be, or NULL */

	/* What the list needs to tell of several terms at once. */
	enum advice_kind kind;
	size_t terms, listed_terms;
	const char *listed, *more; /* the terms in quotes; what follows the words of the kind */
};

struct advice_list {
	struct arena *arena; /* owns the texts */
	size_t count;
	struct advice items[ADVICE_MAX];
};

struct advice_view {
	bool mail_server;   /* the domain is a HELO name */
	sa_family_t family; /* of the client that is asked about; AF_UNSPEC = all */
	bool voids_told;    /* too many void lookups are told of as a whole */
	bool no_dns;	    /* names that are not in the zone file may exist in DNS */
	bool owner_only; /* nothing to the owners of included records, but what to do about them */
};

/* A sentence on its way into the list. */
struct advice_draft {
	struct advice_list *list;
	const char *domain;
	enum advice_kind kind;
	char storage[1400];
	struct text text;
	size_t term_end, words_end;
};

/* A term in quotes goes before the words of the kind; none when its length is 0. */
void advice_begin(struct advice_draft *draft, struct advice_list *list, const char *domain,
		  enum advice_kind kind, struct span term);

/* Foreign bytes, in quotes. */
void advice_quote(struct advice_draft *draft, struct span bytes);

/* Into the list, unless it is there. What is said of several terms of a record alike is one piece of advice. */
void advice_give(struct advice_draft *draft, const char *proposal);

/* Takes those of a kind off the list. Returns whether there was one. */
bool advice_drop(struct advice_list *list, enum advice_kind kind);

/* All three at once, with words after those of the kind. */
void advice_say(struct advice_list *list, const char *domain, enum advice_kind kind,
		struct span term, const char *more);

/* Those that make mail fail first; else as they came. */
void advice_sort(struct advice_list *list);

enum advice_severity advice_worst(const struct advice_list *list);
const char *advice_severity_name(enum advice_severity severity);

#endif
