/* SPDX-License-Identifier: MIT */
#include "dns/addresses.h"

uint16_t addresses_type(const struct address *client)
{
	return client->family == AF_INET6 ? DNS_AAAA : DNS_A;
}

const uint8_t *addresses_nearest(const struct answer *answer, const struct address *client)
{
	unsigned best = 0, all = 8 * (unsigned)address_size(client->family);
	const uint8_t *nearest = NULL;

	for (size_t i = 0; i < answer->count && best < all; i++) {
		const uint8_t *bytes = (const uint8_t *)answer->records[i].data.data;
		unsigned bits = address_common_bits(client, bytes);

		if (!nearest || bits > best) {
			nearest = bytes;
			best = bits;
		}
	}
	return nearest;
}
