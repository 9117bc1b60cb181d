/* SPDX-License-Identifier: MIT */
/*
 * IP addresses and networks. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is that IPv4 address
 * wherever it comes from, as RFC 7208 section 5 wants.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/span.h"

enum { ADDRESS_TEXT_MAX = 46 }; /* INET6_ADDRSTRLEN */

struct address {
	sa_family_t family; /* AF_INET or AF_INET6; AF_UNSPEC = no address */
	uint8_t bytes[16];  /* network order; 4 used for AF_INET, the rest zero */
};

struct network {
	struct address address;
	unsigned prefix; /* bits: 0..32 or 0..128 */
};

/* Strict text form (inet_pton's), no zone id, no brackets. Returns false on anything else. */
bool address_parse(struct span text, struct address *address);

/* The same for one family only, and a mapped address stays IPv6: the ip4 and ip6 terms of a record
 * match their own kind of client only (RFC 7208 section 5.6). */
bool address_parse_as(sa_family_t family, struct span text, struct address *address);

/* Shortest form, lower case; `storage` holds ADDRESS_TEXT_MAX bytes. Returns storage. */
const char *address_format(const struct address *address, char *storage);

/* Bytes of an address: 4 or 16. */
size_t address_size(sa_family_t family);

/* How many leading bits the address has in common with that of the same family in `bytes`. */
unsigned address_common_bits(const struct address *address, const uint8_t *bytes);

/* These are at least `prefix`; past the width: all. False for NULL and AF_UNSPEC. */
bool address_has_prefix(const struct address *address, const uint8_t *bytes, unsigned prefix);

bool address_equal(const struct address *a, const struct address *b);

/*
 * Not reachable over the Internet as a mail client's address: RFC 1918, RFC 6598 shared space,
 * link-local, unique local, loopback and unspecified. Judging such a client usually means that
 * Postfix sits behind a NAT or proxy that hides the real one.
 */
bool address_is_private(const struct address *address);

/*
 * "address" or "address/prefix"; host bits may be set and are ignored when matching. A network of
 * IPv4-mapped addresses is that IPv4 network.
 */
bool network_parse(struct span text, struct network *network);
bool network_contains(const struct network *network, const struct address *address);

#endif
