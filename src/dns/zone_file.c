/* SPDX-License-Identifier: MIT */
#include "dns/zone_file.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#include "dns/wire.h"
#include "spf/name.h"

enum {
	NAME_MAX_LENGTH = WIRE_NAME_MAX - 2,	/* as text, without the trailing dot */
	STRING_MAX = 255,
	DATA_MAX = 65535,
	TTL_DEFAULT = 3600,
	SHOWN_MAX = 60,		/* bytes of the file that a message repeats */
};

enum token {
	TOKEN_WORD,
	TOKEN_STRING,	/* in quotes */
	TOKEN_LINE_END,
	TOKEN_FILE_END,
	TOKEN_BAD,	/* said why */
};

struct name {
	size_t length;
	char text[NAME_MAX_LENGTH + 1];
};

struct reader {
	struct zone *zone;
	const char *label;
	char *error;
	size_t error_size;

	struct span text;
	size_t offset;
	unsigned line, depth;		/* of parentheses */
	enum token token;
	struct span word;		/* its bytes, escapes as written */

	struct name origin, owner;
	bool has_owner;
	uint32_t ttl, default_ttl;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct reader *r, const char *format, ...)
{
	va_list args;
	int used = snprintf(r->error, r->error_size, "%s:%u: ", r->label, r->line);

	if (used >= 0 && (size_t)used < r->error_size) {
		va_start(args, format);
		vsnprintf(r->error + used, r->error_size - (size_t)used, format, args);
		va_end(args);
	}
	r->token = TOKEN_BAD;
	return false;
}

static bool fail_word(struct reader *r, const char *problem)
{
	char shown[SHOWN_MAX + 1];
	size_t length = r->word.length < SHOWN_MAX ? r->word.length : SHOWN_MAX;

	if (r->token == TOKEN_BAD)
		return false;
	if (r->token == TOKEN_LINE_END || r->token == TOKEN_FILE_END)
		return fail(r, "%s, but the line ends here", problem);
	for (size_t i = 0; i < length; i++) {
		char c = r->word.data[i];

		shown[i] = c >= ' ' && c <= '~' ? c : '?';
	}
	shown[length] = '\0';
	return fail(r, "%s, not %s", problem, shown);
}

/* ---- tokens ---- */

static int peek(const struct reader *r)
{
	return r->offset < r->text.length ? (unsigned char)r->text.data[r->offset] : -1;
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_word(int c)
{
	return c < 0 || is_blank(c) || c == '\n' || c == ';' || c == '(' || c == ')' || c == '"';
}

/* Moves over one byte of a word or string, or two when it is an escape. */
static void pass(struct reader *r)
{
	if (peek(r) == '\\')
		r->offset++;
	if (peek(r) >= 0 && peek(r) != '\n')
		r->offset++;
}

static void skip_comment(struct reader *r)
{
	while (peek(r) >= 0 && peek(r) != '\n')
		r->offset++;
}

static void read_quoted(struct reader *r)
{
	size_t start = ++r->offset;

	while (peek(r) != '"') {
		if (peek(r) < 0 || peek(r) == '\n') {
			fail(r, "no closing quote");
			return;
		}
		pass(r);
	}
	r->word = (struct span){ r->text.data + start, r->offset - start };
	r->offset++;
	r->token = TOKEN_STRING;
}

static void read_word(struct reader *r)
{
	size_t start = r->offset;

	while (!ends_word(peek(r)))
		pass(r);
	r->word = (struct span){ r->text.data + start, r->offset - start };
	r->token = TOKEN_WORD;
}

/* What stands between tokens. Returns false when a token (or an error) was made of it. */
static bool skip_between(struct reader *r)
{
	int c = peek(r);

	if (c == ';') {
		skip_comment(r);
	} else if (c == '(' || c == ')') {
		if (c == ')' && r->depth == 0)
			return fail(r, "unexpected )");
		r->depth += c == '(' ? 1u : -1u;
		r->offset++;
	} else if (c == '\n') {
		if (r->depth == 0) {
			r->token = TOKEN_LINE_END;
			return false;
		}
		r->line++;
		r->offset++;
	} else {
		r->offset++;
	}
	return true;
}

/* The line number stays that of the entry's last token until the next entry is begun. */
static void next(struct reader *r)
{
	if (r->token == TOKEN_BAD)
		return;
	r->word = (struct span){ "", 0 };
	for (;;) {
		int c = peek(r);

		if (c < 0) {
			r->token = TOKEN_FILE_END;
			if (r->depth)
				fail(r, "no closing )");
			return;
		}
		if (c == '"') {
			read_quoted(r);
			return;
		}
		if (!ends_word(c)) {
			read_word(r);
			return;
		}
		if (!skip_between(r))
			return;
	}
}

static bool word_is(const struct reader *r, const char *text)
{
	return r->token == TOKEN_WORD && span_equal_nocase(r->word, span_of(text));
}

/* One byte of a word, its escape undone. Moves *at. Returns -1 for a malformed escape. */
static int unescape(struct span word, size_t *at)
{
	unsigned value = 0;

	if (word.data[*at] != '\\')
		return (unsigned char)word.data[(*at)++];
	if (++*at == word.length)
		return -1;
	if (word.data[*at] < '0' || word.data[*at] > '9')
		return (unsigned char)word.data[(*at)++];
	for (unsigned digits = 0; digits < 3; digits++, ++*at) {
		if (*at == word.length || word.data[*at] < '0' || word.data[*at] > '9')
			return -1;
		value = value * 10 + (unsigned)(word.data[*at] - '0');
	}
	return value <= 255 ? (int)value : -1;
}

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
		int c = unescape(word, &at);

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
	struct wire_name checked;
	bool absolute;

	if (word_is(r, "@")) {
		*name = r->origin;
		return true;
	}
	if (r->token != TOKEN_WORD || !decode_name(r->word, name, &absolute))
		return fail_word(r, "expected a domain name");
	if (!absolute && r->origin.length) {
		if (name->length + 1 + r->origin.length > NAME_MAX_LENGTH)
			return fail_word(r, "the name with its origin must not pass 253 bytes");
		name->text[name->length++] = '.';
		memcpy(name->text + name->length, r->origin.text, r->origin.length);
		name->length += r->origin.length;
	}
	if (!wire_name_from_text(&checked, (struct span){ name->text, name->length }))
		return fail_word(r, "expected a domain name with labels of 1 to 63 bytes");
	return true;
}

static struct span span_of_name(const struct name *name)
{
	return (struct span){ name->text, name->length };
}

/* ---- numbers ---- */

static bool parse_number(struct span word, uint32_t max, uint32_t *value)
{
	uint64_t number = 0;

	if (word.length == 0 || word.length > 10)
		return false;
	for (size_t i = 0; i < word.length; i++) {
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
		number = number * 10 + (unsigned)(word.data[i] - '0');
	}
	*value = (uint32_t)number;
	return number <= max;
}

static uint32_t unit_seconds(char unit)
{
	switch (span_lower(unit)) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 604800;
	default:
		return 0;
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
		    !parse_number((struct span){ word.data, digits }, INT32_MAX, &number))
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
	char text[INET6_ADDRSTRLEN], bytes[16];
	struct answer_record record = { .data = { bytes, type == DNS_A ? 4 : 16 } };
	const char *problem = type == DNS_A ? "expected an IPv4 address" : "expected an IPv6 address";

	if (r->token != TOKEN_WORD || r->word.length >= sizeof(text))
		return fail_word(r, problem);
	memcpy(text, r->word.data, r->word.length);
	text[r->word.length] = '\0';
	if (strlen(text) != r->word.length ||
	    inet_pton(type == DNS_A ? AF_INET : AF_INET6, text, bytes) != 1)
		return fail_word(r, problem);
	add(r, type, &record);
	next(r);
	return true;
}

/* The name that a CNAME, MX or PTR leads to. */
static bool read_target(struct reader *r, uint16_t type, uint16_t preference)
{
	struct answer_record record = { .preference = preference };
	struct name name;

	if (!read_name(r, &name))
		return false;
	record.data = span_of_name(&name);
	if (type != DNS_CNAME && !name_is_host(record.data))
		record.data.length = 0;
	add(r, type, &record);
	next(r);
	return true;
}

static bool read_mx(struct reader *r)
{
	uint32_t preference;

	if (r->token != TOKEN_WORD || !parse_number(r->word, UINT16_MAX, &preference))
		return fail_word(r, "expected the preference, a number up to 65535");
	next(r);
	return read_target(r, DNS_MX, (uint16_t)preference);
}

/* Appends one string to `data`; *wire counts what the record takes on the wire. */
static bool read_string(struct reader *r, char *data, size_t *length, size_t *wire)
{
	size_t start = *length;

	for (size_t at = 0; at < r->word.length;) {
		int c = unescape(r->word, &at);

		if (c < 0)
			return fail(r, "a backslash takes one character or three digits up to 255");
		if (*length - start == STRING_MAX)
			return fail(r, "a string takes at most 255 bytes: write it as several, each in quotes");
		if (++*wire >= DATA_MAX)
			return fail(r, "the record is longer than a DNS record can be");
		data[(*length)++] = (char)c;
	}
	++*wire;
	return true;
}

static bool read_text(struct reader *r)
{
	char data[DATA_MAX];
	size_t length = 0, wire = 0;

	if (r->token != TOKEN_WORD && r->token != TOKEN_STRING)
		return fail_word(r, "expected text in quotes");
	while (r->token == TOKEN_WORD || r->token == TOKEN_STRING) {
		if (!read_string(r, data, &length, &wire))
			return false;
		next(r);
	}
	add(r, DNS_TXT, &(struct answer_record){ .data = { data, length } });
	return true;
}

/* Data of a type that nobody asks for. */
static bool read_over(struct reader *r)
{
	while (r->token == TOKEN_WORD || r->token == TOKEN_STRING)
		next(r);
	add(r, ZONE_OTHER, &(struct answer_record){ 0 });
	return true;
}

static const struct {
	const char *name;
	uint16_t type;
} types[] = {
	{ "A", DNS_A }, { "AAAA", DNS_AAAA }, { "CNAME", DNS_CNAME }, { "MX", DNS_MX },
	{ "PTR", DNS_PTR }, { "TXT", DNS_TXT }, { "FAIL", ZONE_FAIL },
	{ "SOA", ZONE_OTHER }, { "NS", ZONE_OTHER }, { "SPF", ZONE_OTHER }, { "SRV", ZONE_OTHER },
	{ "CAA", ZONE_OTHER }, { "DS", ZONE_OTHER }, { "DNSKEY", ZONE_OTHER },
	{ "RRSIG", ZONE_OTHER }, { "NSEC", ZONE_OTHER }, { "NSEC3", ZONE_OTHER },
	{ "NSEC3PARAM", ZONE_OTHER }, { "CDS", ZONE_OTHER }, { "CDNSKEY", ZONE_OTHER },
	{ "TLSA", ZONE_OTHER }, { "SMIMEA", ZONE_OTHER }, { "OPENPGPKEY", ZONE_OTHER },
	{ "SSHFP", ZONE_OTHER }, { "NAPTR", ZONE_OTHER }, { "HINFO", ZONE_OTHER },
	{ "LOC", ZONE_OTHER }, { "RP", ZONE_OTHER }, { "SVCB", ZONE_OTHER }, { "HTTPS", ZONE_OTHER },
	{ "URI", ZONE_OTHER },
};

static bool find_type(const struct reader *r, uint16_t *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (word_is(r, types[i].name)) {
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
	case DNS_AAAA:
		return read_address(r, type);
	case DNS_CNAME:
	case DNS_PTR:
		return read_target(r, type, 0);
	case DNS_MX:
		return read_mx(r);
	case DNS_TXT:
		return read_text(r);
	case ZONE_FAIL:
		add(r, type, &(struct answer_record){ 0 });
		return true;
	default:
		return read_over(r);
	}
}

/* ---- entries ---- */

static bool read_directive(struct reader *r)
{
	bool is_origin = word_is(r, "$ORIGIN");

	if (!is_origin && !word_is(r, "$TTL"))
		return fail_word(r, "expected $ORIGIN or $TTL");
	next(r);
	if (is_origin) {
		struct name name = { 0 };

		if (!word_is(r, ".") && !read_name(r, &name))
			return false;
		r->origin = name;
	} else if (r->token != TOKEN_WORD || !parse_time(r->word, &r->default_ttl)) {
		return fail_word(r, "expected a time");
	}
	next(r);
	return true;
}

/* TTL and class in either order, then the type and its data. */
static bool read_record(struct reader *r)
{
	bool has_ttl = false, has_class = false;
	uint16_t type;

	r->ttl = r->default_ttl;
	while (!find_type(r, &type)) {
		if (!has_ttl && r->token == TOKEN_WORD && parse_time(r->word, &r->ttl))
			has_ttl = true;
		else if (!has_class && word_is(r, "IN"))
			has_class = true;
		else
			return fail_word(r, "expected a record type (A AAAA CNAME MX PTR TXT FAIL)");
		next(r);
	}
	next(r);
	return read_data(r, type);
}

static bool read_entry(struct reader *r)
{
	bool continues = is_blank(peek(r));

	next(r);
	if (r->token == TOKEN_LINE_END || r->token == TOKEN_FILE_END)
		return true;
	if (r->token == TOKEN_WORD && r->word.data[0] == '$')
		return read_directive(r);
	if (!continues) {
		if (!read_name(r, &r->owner))
			return false;
		r->has_owner = true;
		next(r);
	} else if (!r->has_owner) {
		return fail_word(r, "expected a name at the start of the line");
	}
	return read_record(r);
}

bool zone_file_read(struct zone *zone, const char *label, struct span text, char *error, size_t size)
{
	struct reader r = {
		.zone = zone, .label = label, .error = error, .error_size = size, .text = text,
		.line = 1, .token = TOKEN_LINE_END, .default_ttl = TTL_DEFAULT,
	};

	while (r.token != TOKEN_FILE_END) {
		if (!read_entry(&r))
			return false;
		if (r.token != TOKEN_LINE_END && r.token != TOKEN_FILE_END)
			return fail_word(&r, "expected the end of the line");
		if (r.token == TOKEN_LINE_END) {
			r.offset++;
			r.line++;
		}
	}
	zone_finish(zone);
	return true;
}
