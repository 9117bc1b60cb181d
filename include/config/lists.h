/* SPDX-License-Identifier: MIT */
/*
 * Lists of networks and of domains, and what they match. Items are separated by commas, spaces or tabs.
 */
#ifndef CONFIG_LISTS_H
#define CONFIG_LISTS_H

#include "base/address.h"
#include "base/span.h"

struct network_list {
	struct network *items; /* host bits zero */
	size_t count;
};

/*
 * Domains, lower case, A-labels, no trailing dot; or whole addresses "user@domain". An entry
 * matches its domain and everything below it, by whole labels; an address matches itself and, as Postfix's tables
 * do, "user+extension@domain".
 */
struct domain_list {
	char **items;
	size_t count;
};

/* A client that may send for a domain and what is below it. */
struct client_pair {
	char *domain; /* as in a domain list; NULL = any */
	struct network network;
	char *why; /* names the entry: "SPF skipped by Whitelist_For corp.example:203.0.113.0/24" */
};

struct client_pair_list {
	struct client_pair *items;
	size_t count;
};

enum { PAIR_WHY_MAX = 190 }; /* characters, printable ASCII without ";", "@" and quotes */

/*
 * Does an entry match this domain, or (entries with "@") this whole address? The domain of an
 * address is what follows its last "@". Case is ignored, as is one trailing dot; U-labels are
 * A-labels.
 */
bool domain_list_match(const struct domain_list *list, struct span address_or_domain);

/* The first pair for this client and domain (or address); NULL when there is none. */
const struct client_pair *client_pair_find(const struct client_pair_list *list,
					   const struct address *client,
					   struct span address_or_domain);

bool network_list_match(const struct network_list *list, const struct address *address);

enum { LISTS_ITEM_MAX = 576 }; /* storage of one domain list item: a local part, "@", a domain */

/* Takes the next item off `rest`; false when there is none. */
bool lists_next(struct span *rest, struct span *item);

/* How many items there are at most. */
size_t lists_count(struct span text);

/* What the items of a domain list may be. */
enum lists_kind {
	LISTS_DOMAINS,	 /* domains */
	LISTS_MAILBOXES, /* domains and addresses */
	LISTS_HOSTS,	 /* names, each for itself and not for what is below */
};

/*
 * One item of a domain list in the form of struct domain_list: "example.com", ".example.com",
 * "@example.com", and for LISTS_MAILBOXES "user@example.com". `out` holds LISTS_ITEM_MAX bytes. Returns NULL, or
 * what is wrong with it (static): no item that can never match is taken.
 */
const char *lists_domain(struct span item, enum lists_kind kind, char *out);

/*
 * One item of a network list: "address", "address/prefix", "address/netmask", and "[address]" and
 * "[address]/prefix" as in Postfix's mynetworks. Host bits are cleared; *host_bits tells whether there were any.
 * Returns NULL, or what is wrong with it (static).
 */
const char *lists_network(struct span item, struct network *network, bool *host_bits);

#endif
