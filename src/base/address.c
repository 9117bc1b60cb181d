/* SPDX-License-Identifier: MIT */
#include "base/address.h"

#include <arpa/inet.h>

/* ::ffff:0:0/96 */
static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static bool is_mapped(const struct address *address)
{
	return address->family == AF_INET6 &&
	       memcmp(address->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

static void unmap(struct address *address)
{
	address->family = AF_INET;
	memmove(address->bytes, address->bytes + sizeof(mapped_prefix), 4);
	memset(address->bytes + 4, 0, sizeof(address->bytes) - 4);
}

size_t address_size(sa_family_t family)
{
	return family == AF_INET ? 4 : 16;
}

bool address_parse_as(sa_family_t family, struct span text, struct address *address)
{
	struct address parsed = { .family = family };
	char string[ADDRESS_TEXT_MAX];

	if (!span_string(text, string, sizeof(string)) ||
	    inet_pton(family, string, parsed.bytes) != 1)
		return false;
	*address = parsed;
	return true;
}

/* Either family, and a mapped address stays as it is written. */
static bool parse_raw(struct span text, struct address *address)
{
	return address_parse_as(AF_INET, text, address) ||
	       address_parse_as(AF_INET6, text, address);
}

bool address_parse(struct span text, struct address *address)
{
	if (!parse_raw(text, address))
		return false;
	if (is_mapped(address))
		unmap(address);
	return true;
}

const char *address_format(const struct address *address, char *storage)
{
	if (!inet_ntop(address->family, address->bytes, storage, ADDRESS_TEXT_MAX))
		storage[0] = '\0'; /* AF_UNSPEC */
	return storage;
}

unsigned address_common_bits(const struct address *address, const uint8_t *bytes)
{
	size_t i = 0, size = address_size(address->family);

	while (i < size && address->bytes[i] == bytes[i])
		i++;
	return 8 * (unsigned)i +
	       (i < size ? (unsigned)__builtin_clz((unsigned)(address->bytes[i] ^ bytes[i])) - 24 :
			   0);
}

bool address_has_prefix(const struct address *address, const uint8_t *bytes, unsigned prefix)
{
	unsigned width = 8 * (unsigned)address_size(address->family);

	return address->family != AF_UNSPEC && bytes &&
	       address_common_bits(address, bytes) >= (prefix < width ? prefix : width);
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool address_is_private(const struct address *address)
{
	static const struct network networks[] = {
		{ { AF_INET, { 0 } }, 32 },	      { { AF_INET, { 10 } }, 8 },
		{ { AF_INET, { 100, 64 } }, 10 },     { { AF_INET, { 127 } }, 8 },
		{ { AF_INET, { 169, 254 } }, 16 },    { { AF_INET, { 172, 16 } }, 12 },
		{ { AF_INET, { 192, 168 } }, 16 },    { { AF_INET6, { 0 } }, 128 },
		{ { AF_INET6, { [15] = 1 } }, 128 },  { { AF_INET6, { 0xfc } }, 7 },
		{ { AF_INET6, { 0xfe, 0x80 } }, 10 },
	};

	for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++)
		if (network_contains(&networks[i], address))
			return true;
	return false;
}

bool network_parse(struct span text, struct network *network)
{
	struct span host = text, digits;
	bool has_prefix = span_split(text, '/', &host, &digits);
	struct network parsed;
	unsigned width;

	if (!parse_raw(host, &parsed.address))
		return false;
	width = 8 * (unsigned)address_size(parsed.address.family);
	parsed.prefix = width;
	if (has_prefix &&
	    (digits.length > 3 || !span_number(digits, &parsed.prefix) || parsed.prefix > width))
		return false;
	/* A shorter prefix takes in more than the mapped addresses: that is an IPv6 network. */
	if (is_mapped(&parsed.address) && parsed.prefix >= 96) {
		unmap(&parsed.address);
		parsed.prefix -= 96;
	}
	*network = parsed;
	return true;
}

bool network_contains(const struct network *network, const struct address *address)
{
	return address->family == network->address.family &&
	       address_has_prefix(address, network->address.bytes, network->prefix);
}
