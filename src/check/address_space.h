/* SPDX-License-Identifier: MIT */
/*
 * Address space that is not for hosts on the Internet (the IANA registries of special-purpose addresses,
 * RFC 6890). Pure.
 */
#ifndef CHECK_ADDRESS_SPACE_H
#define CHECK_ADDRESS_SPACE_H

#include "base/address.h"

/* "private", "loopback", ... when all of the network is such space; NULL. */
const char *address_space_name(const struct network *network);

/* That, and no documentation either, which examples are full of. */
bool address_space_is_useless(const struct network *network);

#endif
