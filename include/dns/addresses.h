/* SPDX-License-Identifier: MIT */
/* Do these addresses lead to the client? For A and AAAA answers. */
#ifndef DNS_ADDRESSES_H
#define DNS_ADDRESSES_H

#include "base/address.h"
#include "dns/answer.h"

/* The RR type of addresses of the client's family. */
uint16_t addresses_type(const struct address *client);

/*
 * The bytes, which are the answer's, of the address that shares the most leading bits with the client: if
 * any is in a network around the client (address_has_prefix), this one is. NULL when there is no address.
 */
const uint8_t *addresses_nearest(const struct answer *answer, const struct address *client);

#endif
