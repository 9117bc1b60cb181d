/* SPDX-License-Identifier: MIT */
#include "zone_data.h"

#include <stdlib.h>

#include "rdata.h"
#include "base/address.h"
#include "dns/name.h"
#include "base/xalloc.h"

enum {
	STRING_MAX = 255,
	DATA_MAX = 65535,
};

struct reader {
	struct zone_tokens *t;
	const struct zone_owner *owner;
};

static void add(const struct reader *r, uint16_t type, const struct answer_record *record)
{
	zone_add(r->owner->zone, zone_name_span(r->owner->name), type, r->owner->ttl, record);
}

bool zone_data_number(struct span word, uint32_t max, uint32_t *value)
{
	return word.length <= 10 && span_number(word, value) && *value <= max;
}

/* ---- in the form of its type ---- */

static bool read_address(const struct reader *r, uint16_t type)
{
	const char *problem = type == DNS_A ? "expected an IPv4 address" :
					      "expected an IPv6 address";
	sa_family_t family = type == DNS_A ? AF_INET : AF_INET6;
	struct answer_record record = { .preference = 0 };
	struct address address;

	if (r->t->token != ZONE_TOKEN_WORD || !address_parse_as(family, r->t->word, &address))
		return zone_token_unexpected(r->t, problem);
	record.data = (struct span){ (const char *)address.bytes, address_size(family) };
	add(r, type, &record);
	zone_token_next(r->t);
	return true;
}

/* The name that a CNAME, MX or PTR leads to. */
static bool read_target(const struct reader *r, uint16_t type, uint16_t preference)
{
	struct answer_record record = { .preference = preference };
	struct zone_name name;

	if (!zone_name_read(r->t, r->owner->origin, &name))
		return false;
	record.data = zone_name_span(&name);
	if (type != DNS_CNAME && !name_is_host(record.data))
		record.data.length = 0;
	add(r, type, &record);
	zone_token_next(r->t);
	return true;
}

static bool read_mx(const struct reader *r)
{
	uint32_t preference;

	if (r->t->token != ZONE_TOKEN_WORD ||
	    !zone_data_number(r->t->word, UINT16_MAX, &preference))
		return zone_token_unexpected(r->t, "expected the preference, a number up to 65535");
	zone_token_next(r->t);
	return read_target(r, DNS_MX, (uint16_t)preference);
}

/* Appends one string to `data`; *wire counts what the record takes on the wire. */
static bool read_string(struct zone_tokens *t, char *data, size_t *length, size_t *wire)
{
	size_t start = *length;

	for (size_t at = 0; at < t->word.length;) {
		int c = zone_token_byte(t->word, &at);

		if (c < 0)
			return zone_token_fail(t, "a backslash takes one character or three "
						  "digits up to 255");
		if (*length - start == STRING_MAX)
			return zone_token_fail(t, "a string takes at most 255 bytes: write "
						  "several, each in quotes");
		if (++*wire >= DATA_MAX)
			return zone_token_fail(t, "the record is longer than a DNS record can be");
		data[(*length)++] = (char)c;
	}
	++*wire;
	return true;
}

static bool read_text(const struct reader *r, uint16_t type)
{
	struct answer_record record = { .strings = 0 };
	size_t length = 0, wire = 0;
	bool ok = true;
	char *data;

	if (!zone_token_is_text(r->t))
		return zone_token_unexpected(r->t, "expected text in quotes");
	data = xmalloc(DATA_MAX);
	while (ok && zone_token_is_text(r->t)) {
		ok = read_string(r->t, data, &length, &wire);
		zone_token_next(r->t);
		record.strings++;
	}
	record.data = (struct span){ data, length };
	if (ok)
		add(r, type, &record);
	free(data);
	return ok;
}

/* Data of a type that nobody asks for. */
static bool read_over(const struct reader *r, uint16_t type)
{
	while (zone_token_is_text(r->t))
		zone_token_next(r->t);
	add(r, type, &(struct answer_record){ 0 });
	return true;
}

/* ---- in the form of RFC 3597 section 5 ---- */

static int digit(char c)
{
	const char *at = memchr("0123456789abcdef", ascii_lower(c), 16);

	return at ? (int)(at - "0123456789abcdef") : -1;
}

/* Hexadecimal digits in any number of words. Returns how many bytes these were, -1 when that is not it. */
static long read_bytes(struct zone_tokens *t, uint8_t *bytes, size_t size)
{
	size_t digits = 0;

	for (; t->token == ZONE_TOKEN_WORD; zone_token_next(t))
		for (size_t i = 0; i < t->word.length; i++, digits++) {
			int value = digit(t->word.data[i]);

			if (value < 0 || digits / 2 == size)
				return -1;
			bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | value);
		}
	return digits % 2 ? -1 : (long)(digits / 2);
}

static bool keep_bytes(const struct reader *r, uint16_t type, const uint8_t *bytes, size_t length)
{
	struct wire_record place = { .type = type, .length = length };
	char *scratch = xmalloc(length + WIRE_NAME_MAX);
	struct rdata rdata = { bytes, type, scratch, 0 };
	struct answer_record record;
	struct wire_name name;
	bool ok;

	if (type == DNS_CNAME) {
		record = (struct answer_record){ .data = { scratch, 0 } };
		ok = rdata_name(bytes, &place, 0, &name);
		record.data.length = ok ? wire_name_text(&name, scratch) : 0;
	} else {
		ok = rdata_read(&rdata, &place, &record);
	}
	if (ok)
		add(r, type, &record);
	free(scratch);
	return ok;
}

static bool read_generic(const struct reader *r, uint16_t type)
{
	struct zone_tokens *t = r->t;
	uint32_t length;
	uint8_t *bytes;
	bool ok;

	zone_token_next(t);
	if (t->token != ZONE_TOKEN_WORD || !zone_data_number(t->word, DATA_MAX, &length))
		return zone_token_unexpected(t, "expected the length of the data");
	zone_token_next(t);
	bytes = xcalloc(length + 1, 1);
	ok = read_bytes(t, bytes, length) == (long)length;
	if (ok && type != ZONE_OTHER && type != DNS_SOA && type != ZONE_NS)
		ok = keep_bytes(r, type, bytes, length);
	else if (ok)
		add(r, type, &(struct answer_record){ 0 });
	free(bytes);
	return ok || zone_token_fail(t,
				     "expected %u bytes in hexadecimal digits, in the form of "
				     "the record's type",
				     length);
}

/* ---- types ---- */

static const struct {
	const char *name;
	uint16_t type;
} types[] = {
	{ "A", DNS_A },		  { "AAAA", DNS_AAAA },		{ "CNAME", DNS_CNAME },
	{ "MX", DNS_MX },	  { "PTR", DNS_PTR },		{ "TXT", DNS_TXT },
	{ "SPF", DNS_SPF },	  { "SOA", DNS_SOA },		{ "NS", ZONE_NS },
	{ "FAIL", ZONE_FAIL },	  { "SRV", ZONE_OTHER },	{ "CAA", ZONE_OTHER },
	{ "DS", ZONE_OTHER },	  { "DNSKEY", ZONE_OTHER },	{ "RRSIG", ZONE_OTHER },
	{ "NSEC", ZONE_OTHER },	  { "NSEC3", ZONE_OTHER },	{ "NSEC3PARAM", ZONE_OTHER },
	{ "CDS", ZONE_OTHER },	  { "CDNSKEY", ZONE_OTHER },	{ "TLSA", ZONE_OTHER },
	{ "SMIMEA", ZONE_OTHER }, { "OPENPGPKEY", ZONE_OTHER }, { "SSHFP", ZONE_OTHER },
	{ "NAPTR", ZONE_OTHER },  { "HINFO", ZONE_OTHER },	{ "LOC", ZONE_OTHER },
	{ "RP", ZONE_OTHER },	  { "SVCB", ZONE_OTHER },	{ "HTTPS", ZONE_OTHER },
	{ "URI", ZONE_OTHER },	  { "DNAME", ZONE_OTHER },	{ "CERT", ZONE_OTHER },
	{ "KEY", ZONE_OTHER },	  { "SIG", ZONE_OTHER },	{ "NXT", ZONE_OTHER },
	{ "AFSDB", ZONE_OTHER },  { "APL", ZONE_OTHER },	{ "DHCID", ZONE_OTHER },
	{ "DLV", ZONE_OTHER },	  { "CSYNC", ZONE_OTHER },	{ "EUI48", ZONE_OTHER },
	{ "EUI64", ZONE_OTHER },  { "HIP", ZONE_OTHER },	{ "IPSECKEY", ZONE_OTHER },
	{ "KX", ZONE_OTHER },	  { "ZONEMD", ZONE_OTHER },	{ "WKS", ZONE_OTHER },
	{ "X25", ZONE_OTHER },	  { "NSAP", ZONE_OTHER },
};
enum { TYPES_KEPT = 9 }; /* the first of them, which have their number in DNS */

bool zone_data_type(const struct zone_tokens *t, uint16_t *type)
{
	unsigned number;

	if (t->token == ZONE_TOKEN_WORD && span_starts_with_nocase(t->word, "TYPE") &&
	    span_number(span_skip(t->word, 4), &number) && number <= UINT16_MAX) {
		*type = ZONE_OTHER;
		for (size_t i = 0; i < TYPES_KEPT; i++)
			if (types[i].type == number)
				*type = types[i].type;
		return true;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (zone_token_is(t, types[i].name)) {
			*type = types[i].type;
			return true;
		}
	}
	return false;
}

bool zone_data_read(struct zone_tokens *t, const struct zone_owner *owner, uint16_t type)
{
	struct reader r = { t, owner };

	if (zone_token_is(t, "\\#") && type != ZONE_FAIL)
		return read_generic(&r, type);
	switch (type) {
	case DNS_A:
	case DNS_AAAA: return read_address(&r, type);
	case DNS_CNAME:
	case DNS_PTR: return read_target(&r, type, 0);
	case DNS_MX: return read_mx(&r);
	case DNS_TXT:
	case DNS_SPF: return read_text(&r, type);
	case ZONE_FAIL: add(&r, type, &(struct answer_record){ 0 }); return true;
	default: return read_over(&r, type);
	}
}
