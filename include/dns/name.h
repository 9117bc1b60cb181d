/* SPDX-License-Identifier: MIT */
/*
 * Domain names as text: from what an SMTP client said to a name that DNS can be asked.
 * Uses libidn2 for U-labels (RFC 8616, RFC 5891); does no I/O.
 */
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include "base/span.h"

enum { DNS_NAME_MAX = 256 }; /* storage for a domain name in text form: 253 bytes and a NUL */

/*
 * The <domain> argument of check_host() from an identity's domain (RFC 7208 section 4.3): one
 * trailing dot is dropped, U-labels become A-labels, ASCII letters keep their case. `out` holds
 * DNS_NAME_MAX bytes. Returns false, out untouched, when the result of check_host() is "none"
 * without a query: address literals, fewer than two labels, empty or over-long labels, more than
 * 253 bytes, bytes that no host name or DNS name in mail can hold.
 */
bool name_from_identity(struct span domain, char *out);

/*
 * May this (macro-expanded) name be asked of DNS? 1..253 bytes without the optional trailing dot,
 * labels of 1..63 bytes. Any byte but NUL and dot may stand in a label.
 */
bool name_is_valid_query(struct span name);

/*
 * A host name as MX and PTR data must be for us to follow it: the bytes of an atom (RFC 5322 section
 * 3.2.3) and ":" in labels of 1..63 bytes, 253 bytes at most, no trailing dot. That is more than
 * hosts are called, but the RFC 7208 test suite has an MX of "foo:bar/baz.example.com". Anything else
 * (NUL, dot inside a label, space, quotes, backslash, 8-bit) is rejected so that no two programs read
 * it differently.
 */
bool name_is_host(struct span name);

/* `name` is `domain` or below it, by whole labels, without regard to ASCII case; one trailing dot
 * on either is ignored. */
bool name_is_within(struct span name, struct span domain);

/* Of libidn2, the one in use. */
const char *name_library_version(void);

#endif
