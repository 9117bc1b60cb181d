/* SPDX-License-Identifier: MIT */
#include "address_space.h"

static const struct {
	struct network network;
	const char *name;
	bool documentation;
} spaces[] = {
	{ { { AF_INET, { 10 } }, 8 }, "private", false },
	{ { { AF_INET, { 172, 16 } }, 12 }, "private", false },
	{ { { AF_INET, { 192, 168 } }, 16 }, "private", false },
	{ { { AF_INET, { 100, 64 } }, 10 }, "shared", false },
	{ { { AF_INET, { 127 } }, 8 }, "loopback", false },
	{ { { AF_INET, { 169, 254 } }, 16 }, "link-local", false },
	{ { { AF_INET, { 0 } }, 8 }, "reserved", false },
	{ { { AF_INET, { 224 } }, 4 }, "multicast", false },
	{ { { AF_INET, { 240 } }, 4 }, "reserved", false },
	{ { { AF_INET, { 192, 0, 2 } }, 24 }, "documentation", true },
	{ { { AF_INET, { 198, 51, 100 } }, 24 }, "documentation", true },
	{ { { AF_INET, { 203, 0, 113 } }, 24 }, "documentation", true },
	{ { { AF_INET, { 198, 18 } }, 15 }, "benchmarking", false },
	{ { { AF_INET6, { 0xfc } }, 7 }, "private", false },
	{ { { AF_INET6, { 0xfe, 0x80 } }, 10 }, "link-local", false },
	{ { { AF_INET6, { 0xff } }, 8 }, "multicast", false },
	{ { { AF_INET6, { [15] = 1 } }, 128 }, "loopback", false },
	{ { { AF_INET6, { 0 } }, 96 }, "reserved", false },
	{ { { AF_INET6, { 0x20, 0x01, 0x0d, 0xb8 } }, 32 }, "documentation", true },
};

enum { SPACES = sizeof(spaces) / sizeof(*spaces) };

static size_t find(const struct network *network)
{
	size_t i = 0;

	while (i < SPACES && !(network->prefix >= spaces[i].network.prefix &&
			       network_contains(&spaces[i].network, &network->address)))
		i++;
	return i;
}

const char *address_space_name(const struct network *network)
{
	size_t i = find(network);

	return i < SPACES ? spaces[i].name : NULL;
}

bool address_space_is_useless(const struct network *network)
{
	size_t i = find(network);

	return i < SPACES && !spaces[i].documentation;
}
