/* SPDX-License-Identifier: MIT */
#include "dns/zone_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire.h"
#include "zone_token.h"
#include "dns/name.h"
#include "base/file.h"
#include "base/xalloc.h"

enum {
	NAME_MAX_LENGTH = WIRE_NAME_MAX - 2, /* as text, without the trailing dot */
	STRING_MAX = 255,
	DATA_MAX = 65535,
	TTL_DEFAULT = 3600,
};

struct name {
	size_t length;
	char text[NAME_MAX_LENGTH + 1];
};

struct reader {
	struct zone *zone;
	struct zone_tokens tokens;
	struct name origin, owner;
	bool has_owner;
	uint32_t ttl, default_ttl;
};

/* ---- names ---- */

static bool add_byte(struct name *name, int c)
{
	if (name->length == NAME_MAX_LENGTH)
		return false;
	name->text[name->length++] = (char)c;
	return true;
}

/* Returns false when the word is no name. *absolute: it ended in a dot. */
static bool decode_name(struct span word, struct name *name, bool *absolute)
{
	name->length = 0;
	*absolute = false;
	for (size_t at = 0; at < word.length;) {
		bool separates = word.data[at] == '.';
		int c = zone_token_byte(word, &at);

		if (separates && at == word.length) {
			*absolute = true;
			return true;
		}
		/* In our text form a dot always separates and NUL never stands. */
		if (c <= 0 || (c == '.' && !separates) || !add_byte(name, c))
			return false;
	}
	return name->length > 0;
}

static bool read_name(struct reader *r, struct name *name)
{
	struct zone_tokens *t = &r->tokens;
	struct wire_name checked;
	bool absolute;

	if (zone_token_is(t, "@")) {
		*name = r->origin;
		return true;
	}
	if (t->token != ZONE_TOKEN_WORD || !decode_name(t->word, name, &absolute))
		return zone_token_unexpected(t, "expected a domain name");
	if (!absolute && r->origin.length) {
		if (name->length + 1 + r->origin.length > NAME_MAX_LENGTH)
			return zone_token_fail(t, "the name and its origin pass 253 bytes");
		name->text[name->length++] = '.';
		memcpy(name->text + name->length, r->origin.text, r->origin.length);
		name->length += r->origin.length;
	}
	if (!wire_name_from_text(&checked, (struct span){ name->text, name->length }))
		return zone_token_unexpected(t, "expected labels of 1 to 63 bytes");
	return true;
}

static struct span span_of_name(const struct name *name)
{
	return (struct span){ name->text, name->length };
}

/* ---- numbers ---- */

static bool parse_number(struct span word, uint32_t max, uint32_t *value)
{
	return word.length <= 10 && span_number(word, value) && *value <= max;
}

static uint32_t unit_seconds(char unit)
{
	switch (ascii_lower(unit)) {
	case 's': return 1;
	case 'm': return 60;
	case 'h': return 3600;
	case 'd': return 86400;
	case 'w': return 604800;
	default: return 0;
	}
}

/* "3600", "1h", "1h30m". */
static bool parse_time(struct span word, uint32_t *seconds)
{
	uint64_t total = 0;
	uint32_t number;

	if (parse_number(word, INT32_MAX, seconds))
		return true;
	while (word.length) {
		size_t digits = 0;

		while (digits < word.length && word.data[digits] >= '0' && word.data[digits] <= '9')
			digits++;
		if (digits == word.length || !unit_seconds(word.data[digits]) ||
		    !parse_number(span_take(word, digits), INT32_MAX, &number))
			return false;
		total += (uint64_t)number * unit_seconds(word.data[digits]);
		if (total > INT32_MAX)
			return false;
		word = (struct span){ word.data + digits + 1, word.length - digits - 1 };
	}
	*seconds = (uint32_t)total;
	return true;
}

/* ---- record data ---- */

static void add(struct reader *r, uint16_t type, const struct answer_record *record)
{
	zone_add(r->zone, span_of_name(&r->owner), type, r->ttl, record);
}

static bool read_address(struct reader *r, uint16_t type)
{
	const char *problem = type == DNS_A ? "expected an IPv4 address" :
					      "expected an IPv6 address";
	struct zone_tokens *t = &r->tokens;
	char text[INET6_ADDRSTRLEN], bytes[16];
	struct answer_record record = { .data = { bytes, type == DNS_A ? 4 : 16 } };

	if (t->token != ZONE_TOKEN_WORD || t->word.length >= sizeof(text))
		return zone_token_unexpected(t, problem);
	memcpy(text, t->word.data, t->word.length);
	text[t->word.length] = '\0';
	if (strlen(text) != t->word.length ||
	    inet_pton(type == DNS_A ? AF_INET : AF_INET6, text, bytes) != 1)
		return zone_token_unexpected(t, problem);
	add(r, type, &record);
	zone_token_next(t);
	return true;
}

/* The name that a CNAME, MX or PTR leads to. */
static bool read_target(struct reader *r, uint16_t type, uint16_t preference)
{
	struct zone_tokens *t = &r->tokens;
	struct answer_record record = { .preference = preference };
	struct name name;

	if (!read_name(r, &name))
		return false;
	record.data = span_of_name(&name);
	if (type != DNS_CNAME && !name_is_host(record.data))
		record.data.length = 0;
	add(r, type, &record);
	zone_token_next(t);
	return true;
}

static bool read_mx(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;
	uint32_t preference;

	if (t->token != ZONE_TOKEN_WORD || !parse_number(t->word, UINT16_MAX, &preference))
		return zone_token_unexpected(t, "expected the preference, a number up to 65535");
	zone_token_next(t);
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

static bool read_text(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;
	size_t length = 0, wire = 0;
	uint16_t strings = 0;
	bool ok = true;
	char *data;

	if (!zone_token_is_text(t))
		return zone_token_unexpected(t, "expected text in quotes");
	data = xmalloc(DATA_MAX);
	while (ok && zone_token_is_text(t)) {
		ok = read_string(t, data, &length, &wire);
		zone_token_next(t);
		strings++;
	}
	if (ok)
		add(r, DNS_TXT,
		    &(struct answer_record){ .strings = strings, .data = { data, length } });
	free(data);
	return ok;
}

/* Data of a type that nobody asks for. */
static bool read_over(struct reader *r, uint16_t type)
{
	struct zone_tokens *t = &r->tokens;

	while (zone_token_is_text(t))
		zone_token_next(t);
	add(r, type, &(struct answer_record){ 0 });
	return true;
}

static const struct {
	const char *name;
	uint16_t type;
} types[] = {
	{ "A", DNS_A },		  { "AAAA", DNS_AAAA },		{ "CNAME", DNS_CNAME },
	{ "MX", DNS_MX },	  { "PTR", DNS_PTR },		{ "TXT", DNS_TXT },
	{ "FAIL", ZONE_FAIL },	  { "SOA", DNS_SOA },		{ "NS", ZONE_NS },
	{ "SPF", ZONE_OTHER },	  { "SRV", ZONE_OTHER },	{ "CAA", ZONE_OTHER },
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

static bool find_type(const struct reader *r, uint16_t *type)
{
	const struct zone_tokens *t = &r->tokens;
	unsigned number;

	/* RFC 3597 section 5. */
	if (t->token == ZONE_TOKEN_WORD && span_starts_with_nocase(t->word, "TYPE") &&
	    span_number(span_skip(t->word, 4), &number) && number <= UINT16_MAX) {
		*type = ZONE_OTHER;
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

static bool read_data(struct reader *r, uint16_t type)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA: return read_address(r, type);
	case DNS_CNAME:
	case DNS_PTR: return read_target(r, type, 0);
	case DNS_MX: return read_mx(r);
	case DNS_TXT: return read_text(r);
	case ZONE_FAIL: add(r, type, &(struct answer_record){ 0 }); return true;
	default: return read_over(r, type);
	}
}

/* ---- entries ---- */

static bool read_directive(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;
	bool is_origin = zone_token_is(t, "$ORIGIN");

	if (!is_origin && !zone_token_is(t, "$TTL"))
		return zone_token_unexpected(t, "expected $ORIGIN or $TTL");
	zone_token_next(t);
	if (is_origin) {
		struct name name = { 0 };

		if (!zone_token_is(t, ".") && !read_name(r, &name))
			return false;
		r->origin = name;
	} else if (t->token != ZONE_TOKEN_WORD || !parse_time(t->word, &r->default_ttl)) {
		return zone_token_unexpected(t, "expected a time");
	}
	zone_token_next(t);
	return true;
}

/* TTL and class in either order, then the type and its data. */
static bool read_record(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;
	bool has_ttl = false, has_class = false;
	uint16_t type;

	r->ttl = r->default_ttl;
	while (!find_type(r, &type)) {
		if (!has_ttl && t->token == ZONE_TOKEN_WORD && parse_time(t->word, &r->ttl))
			has_ttl = true;
		else if (!has_class && zone_token_is(t, "IN"))
			has_class = true;
		else
			return zone_token_unexpected(t, "expected a record type "
							"(A AAAA CNAME MX PTR TXT FAIL)");
		zone_token_next(t);
	}
	zone_token_next(t);
	return read_data(r, type);
}

static bool read_entry(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;
	bool continues = zone_token_at_blank(t);

	zone_token_next(t);
	if (t->token == ZONE_TOKEN_LINE_END || t->token == ZONE_TOKEN_FILE_END)
		return true;
	if (t->token == ZONE_TOKEN_WORD && t->word.data[0] == '$')
		return read_directive(r);
	if (!continues) {
		if (!read_name(r, &r->owner))
			return false;
		r->has_owner = true;
		zone_token_next(t);
	} else if (!r->has_owner) {
		return zone_token_unexpected(t, "expected a name at the start of the line");
	}
	return read_record(r);
}

/* What relative names are below until $ORIGIN says otherwise. */
static void set_origin(struct reader *r, const char *origin)
{
	struct span name = span_of(origin ? origin : "");

	if (name.length > 0 && name.data[name.length - 1] == '.')
		name.length--;
	if (name.length > NAME_MAX_LENGTH)
		return;
	r->origin.length = name.length;
	if (name.length > 0)
		memcpy(r->origin.text, name.data, name.length);
}

bool zone_file_read(struct zone *zone, const struct zone_source *source, char *error, size_t size)
{
	struct reader r = { .zone = zone, .default_ttl = TTL_DEFAULT };
	struct zone_tokens *t = &r.tokens;
	struct span text = source->text;

	/* The mark that editors put at the start of a file in UTF-8. */
	if (span_starts_with(text, "\xef\xbb\xbf"))
		text = span_skip(text, 3);
	set_origin(&r, source->origin);
	zone_token_init(t, source->label, text, error, size);
	while (t->token != ZONE_TOKEN_FILE_END) {
		if (!read_entry(&r))
			return false;
		if (t->token == ZONE_TOKEN_LINE_END)
			zone_token_line(t);
		else if (t->token != ZONE_TOKEN_FILE_END)
			return zone_token_unexpected(t, "expected the end of the line");
	}
	zone_finish(zone);
	return true;
}

/* ---- loading ---- */

struct zone *zone_load(const char *path, const char *origin, char *error, size_t size)
{
	struct zone_source source = { .label = path, .origin = origin };
	struct file file;
	int problem = file_read(path, FILE_ANY, ZONE_FILE_MAX, &file);
	struct zone *zone = NULL;

	if (problem == EFBIG) {
		snprintf(error, size, "%s: larger than %d MiB", path, ZONE_FILE_MAX >> 20);
	} else if (problem) {
		snprintf(error, size, "%s: %s", path, strerror(problem));
	} else {
		zone = zone_create();
		source.text = (struct span){ file.data, file.length };
		if (!zone_file_read(zone, &source, error, size)) {
			zone_destroy(zone);
			zone = NULL;
		}
	}
	file_release(&file);
	return zone;
}
