/* SPDX-License-Identifier: MIT */
/*
 * The meaning of one term of a record (RFC 7208 sections 5 and 7) under a walk: the name that it is
 * about, and whether it matches the client.
 */
#ifndef SPF_TERM_H
#define SPF_TERM_H

#include "spf/evaluation.h"
#include "base/text.h"

/* The target name: the expanded domain-spec, or the record's own domain. */
enum term_target term_find_target(struct walk *w, const struct known_record *in,
				  struct known_term *term);

/* The target took %{p}, and the client has no PTR: a void lookup of that term (section 4.6.4). */
bool term_target_is_void(const struct walk *w, const struct known_term *term);

/*
 * Does this a, mx, ptr or exists match the client? *is_void: a query of the term had a void answer
 * (section 4.6.4: what is limited is the number of terms for which that happens).
 */
enum term_match term_matches(struct walk *w, const struct known_record *in, struct known_term *term,
			     bool *is_void);

/* Expands explain-strings; false when the text cannot be used. */
bool term_explain(struct walk *w, const struct known_record *in, struct span text,
		  struct text *out);

/* addresses_nearest(), found once for an answer of many. */
const uint8_t *term_nearest(struct evaluation *e, const struct answer *answer);

/* One of the addresses is in the client's network of this many bits. */
bool term_has_client(struct evaluation *e, const struct answer *answer, unsigned prefix);

/* The prefix length that an a or mx has for the client's family. */
unsigned term_prefix(const struct evaluation *e, const struct record_term *term);

/* The name under in-addr.arpa or ip6.arpa. `name` holds DNS_NAME_MAX bytes. */
void term_reverse_name(const struct address *client, char *name);

#endif
