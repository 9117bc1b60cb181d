/* SPDX-License-Identifier: MIT */
/*
 * The zone in place of DNS: what each form of a master file means, what is refused and where, and
 * the answers: aliases, wildcards, names that exist only for others below them, failing names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dns/zone.h"
#include "dns/zone_file.h"

static bool read_file(struct zone *zone, struct span text, const char *origin, char *error,
		      size_t size)
{
	struct zone_source source = { .label = "zone", .text = text, .origin = origin };

	return zone_file_read(zone, &source, error, size);
}

static struct zone *read_text(struct span text)
{
	char error[300] = "";
	struct zone *zone = zone_create();

	if (!read_file(zone, text, NULL, error, sizeof(error)))
		fail_msg("%s", error);
	return zone;
}

static struct zone *read_zone(const char *text)
{
	return read_text(span_of(text));
}

/* "status ttl: data data", bytes that do not print as \DDD; MX with their preference. */
static void show(const struct answer *answer, char *out, size_t size)
{
	size_t used = (size_t)snprintf(out, size, "%s %u:", answer_status_name(answer->status),
				       answer->ttl);

	for (size_t i = 0; i < answer->count; i++) {
		const struct answer_record *record = &answer->records[i];

		used += (size_t)snprintf(out + used, size - used,
					 answer->type == DNS_MX ? " %u/" : " ", record->preference);
		for (size_t at = 0; at < record->data.length; at++) {
			unsigned char c = (unsigned char)record->data.data[at];

			used += (size_t)snprintf(out + used, size - used,
						 c > ' ' && c <= '~' ? "%c" : "\\%03u", c);
			assert_true(used < size);
		}
	}
}

static void assert_answer(const struct zone *zone, const char *name, uint16_t type,
			  const char *expected)
{
	struct answer *answer = zone_answer(zone, span_of(name), type);
	char shown[2000];

	assert_int_equal(answer->type, type);
	show(answer, shown, sizeof(shown));
	if (strcmp(shown, expected) != 0)
		fail_msg("%s %s: want %s, got %s", name, dns_type_name(type), expected, shown);
	free(answer);
}

static void zone_reads_every_type(void **state)
{
	struct zone *zone = read_zone("a.example.     60 IN A     192.0.2.65\n"
				      "a.example.        IN AAAA  4142:4344::4142:4344\n"
				      "m.example.   IN 70 MX 20   b.example.\n"
				      "m.example.         MX 10   A.Example.\n"
				      "m.example.         MX 15   a@b.example.\n"
				      "n.example.         MX 0    .\n"
				      "65.2.0.192.in-addr.arpa. PTR a.example.\n"
				      "t.example.         TXT \"v=spf1 -all\"\n"
				      "f.example.         FAIL\n"
				      "c.example.      5  CNAME t.example.\n");

	(void)state;
	assert_answer(zone, "a.example", DNS_A, "ok 60: \\192\\000\\002A");
	assert_answer(zone, "A.EXAMPLE", DNS_A, "ok 60: \\192\\000\\002A");
	assert_answer(zone, "a.example", DNS_AAAA,
		      "ok 3600: ABCD\\000\\000\\000\\000\\000\\000\\000\\000ABCD");
	assert_answer(zone, "m.example", DNS_MX, "ok 70: 10/A.Example 15/ 20/b.example");
	assert_answer(zone, "n.example", DNS_MX, "ok 3600: 0/");
	assert_answer(zone, "65.2.0.192.in-addr.arpa", DNS_PTR, "ok 3600: a.example");
	assert_answer(zone, "t.example", DNS_TXT, "ok 3600: v=spf1\\032-all");
	assert_answer(zone, "f.example", DNS_TXT, "failure 0:");
	assert_answer(zone, "f.example", DNS_A, "failure 0:");
	assert_answer(zone, "c.example", DNS_TXT, "ok 5: v=spf1\\032-all");
	zone_destroy(zone);
}

static void zone_reads_every_form(void **state)
{
	struct zone *zone = read_zone("; a comment\n"
				      "\n"
				      "$TTL 1h30m\n"
				      "$ORIGIN example.\r\n"
				      "@ TXT origin ; and a comment\n"
				      "  TXT \"same name\"\n"
				      "\tin 2w TXT ( \"three\" ; inside\n"
				      "      \" strings\"\n"
				      "      unquoted )\n"
				      "under 10s TXT \"a;b(c)\\\"d\\\\e\\000f\\255\\032\"\n"
				      "UNDER TXT \"\"\n"
				      "odd\\064\\$ TXT odd\n"
				      "$ORIGIN sub\n"
				      "x TXT relative\n"
				      "$ORIGIN .\n"
				      "x.test TXT absolute\n"
				      "@.test TXT literal\n"
				      "q.example. TXT a\"b\"c");

	(void)state;
	assert_answer(zone, "example", DNS_TXT,
		      "ok 5400: origin same\\032name three\\032stringsunquoted");
	assert_answer(zone, "under.example", DNS_TXT, "ok 10: a;b(c)\"d\\e\\000f\\255\\032 ");
	assert_answer(zone, "odd@$.example", DNS_TXT, "ok 5400: odd");
	assert_answer(zone, "x.sub.example", DNS_TXT, "ok 5400: relative");
	assert_answer(zone, "x.test", DNS_TXT, "ok 5400: absolute");
	assert_answer(zone, "@.test", DNS_TXT, "ok 5400: literal");
	assert_answer(zone, "q.example", DNS_TXT, "ok 5400: abc");
	zone_destroy(zone);
}

static void zone_reads_over_other_types(void **state)
{
	struct zone *zone = read_zone("$ORIGIN example.\n"
				      "@ SOA ns.example. hostmaster.example. (\n"
				      "   2024010101 ; serial\n"
				      "   7200 3600 1209600 300 )\n"
				      "  NS ns\n"
				      "_sip._tcp SRV 0 5 5060 sip\n"
				      "@ CAA 0 issue \"ca.example\"\n"
				      "@ SPF \"v=spf1 +all\"\n"
				      "@ TXT \"v=spf1 -all\"\n");

	(void)state;
	assert_answer(zone, "example", DNS_TXT, "ok 3600: v=spf1\\032-all");
	assert_answer(zone, "example", DNS_SPF, "ok 3600: v=spf1\\032+all");
	assert_answer(zone, "example", DNS_A, "nodata 0:");
	assert_answer(zone, "_sip._tcp.example", DNS_TXT, "nodata 0:");
	assert_answer(zone, "_tcp.example", DNS_TXT, "nodata 0:");
	assert_answer(zone, "ns.example", DNS_A, "nxdomain 0:");
	zone_destroy(zone);
}

#define NO_TYPE "expected a record type (A AAAA CNAME MX PTR TXT FAIL)"
#define NO_RANGE "expected a range of at most 65536 numbers, START-STOP or START-STOP/STEP"
#define NO_BASE "expected ${OFFSET,WIDTH,BASE} with a base of d, o, x, X, n or N"
#define NO_BYTES(n) "expected " #n " bytes in hexadecimal digits, in the form of the record's type"
#define NO_ESCAPE "a backslash takes one character or three digits up to 255"

static void zone_says_what_is_wrong_and_where(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "a. A 192.0.2\n", "zone:1: expected an IPv4 address, not 192.0.2" },
		{ "a. A 2001:db8::1\n", "zone:1: expected an IPv4 address, not 2001:db8::1" },
		{ "a. AAAA 192.0.2.1\n", "zone:1: expected an IPv6 address, not 192.0.2.1" },
		{ "a. A\n", "zone:1: expected an IPv4 address, but the line ends here" },
		{ "a. A 192.0.2.1 192.0.2.2\n",
		  "zone:1: expected the end of the line, not 192.0.2.2" },
		{ "\n; x\na. TXR \"x\"\n", "zone:3: " NO_TYPE ", not TXR" },
		{ "a. CH TXT x\n", "zone:1: " NO_TYPE ", not CH" },
		{ "a.\n", "zone:1: " NO_TYPE ", but the line ends here" },
		{ "a. 1 2 A 192.0.2.1\n", "zone:1: " NO_TYPE ", not 2" },
		{ "a. 1x A 192.0.2.1\n", "zone:1: " NO_TYPE ", not 1x" },
		{ "a. 12345678901 A 192.0.2.1\n", "zone:1: " NO_TYPE ", not 12345678901" },
		{ "a. 2147483648 A 192.0.2.1\n", "zone:1: " NO_TYPE ", not 2147483648" },
		{ " TXT x\n", "zone:1: expected a name at the start of the line, not TXT" },
		{ "a. TXT\n", "zone:1: expected text in quotes, but the line ends here" },
		{ "a. TXT \"x\n", "zone:1: no closing quote" },
		{ "a. TXT \"x\\\"\n", "zone:1: no closing quote" },
		{ "a. TXT \"\\256\"\n", "zone:1: " NO_ESCAPE },
		{ "a. TXT \"\\25\"\n", "zone:1: " NO_ESCAPE },
		{ "a. TXT x\\", "zone:1: " NO_ESCAPE },
		{ "a. TXT ( x\ny\n", "zone:3: no closing )" },
		{ "a. TXT x )\n", "zone:1: unexpected )" },
		{ "a. TXT ( x\ny ) )\n", "zone:2: unexpected )" },
		{ "a. MX b.\n", "zone:1: expected the preference, a number up to 65535, not b." },
		{ "a. MX 65536 b.\n",
		  "zone:1: expected the preference, a number up to 65535, not 65536" },
		{ "a. MX 10\n", "zone:1: expected a domain name, but the line ends here" },
		{ "a. FAIL x\n", "zone:1: expected the end of the line, not x" },
		{ "a..b. A 192.0.2.1\n", "zone:1: expected labels of 1 to 63 bytes, not a..b." },
		{ "a\\.b. A 192.0.2.1\n", "zone:1: expected a domain name, not a\\.b." },
		{ "a\\000b. A 192.0.2.1\n", "zone:1: expected a domain name, not a\\000b." },
		{ "\"a.\" A 192.0.2.1\n", "zone:1: expected a domain name, not a." },
		{ "$INCLUDE other\n", "zone:1: $INCLUDE stands in files only" },
		{ "$INCLUDE\n", "zone:1: expected the name of a file, but the line ends here" },
		{ "$DATE x\n", "zone:1: expected $ORIGIN, $TTL, $INCLUDE or $GENERATE, not $DATE" },
		{ "$GENERATE 2-1 a A 192.0.2.$\n", "zone:1: " NO_RANGE ", not 2-1" },
		{ "$GENERATE 1-65537 a A 192.0.2.$\n", "zone:1: " NO_RANGE ", not 1-65537" },
		{ "$GENERATE 1-2/0 a A 192.0.2.$\n", "zone:1: " NO_RANGE ", not 1-2/0" },
		{ "$GENERATE 1 a A 192.0.2.$\n", "zone:1: " NO_RANGE ", not 1" },
		{ "\n$GENERATE 254-256 a$ A 192.0.2.$\n",
		  "zone:2: expected an IPv4 address, not 192.0.2.256" },
		{ "$GENERATE 1-2 a${1 A 192.0.2.$\n", "zone:1: " NO_BASE },
		{ "$GENERATE 1-2 a${-2} A 192.0.2.$\n", "zone:1: " NO_BASE },
		{ "$GENERATE 1-2 a${0,64} A 192.0.2.$\n", "zone:1: " NO_BASE },
		{ "$GENERATE 1-2 a${0,1,b} A 192.0.2.$\n", "zone:1: " NO_BASE },
		{ "$GENERATE 1-2 a$ A 192.0.2.$ x\n",
		  "zone:1: expected the end of the line, not x" },
		{ "$GENERATE 1-2\n", "zone:1: expected a domain name, but the line ends here" },
		{ "a. A \\# 3 c00002\n", "zone:1: " NO_BYTES(3) },
		{ "a. A \\# 4 c000024\n", "zone:1: " NO_BYTES(4) },
		{ "a. A \\# 4 c00002411\n", "zone:1: " NO_BYTES(4) },
		{ "a. TXT \\# 3 03ff61\n", "zone:1: " NO_BYTES(3) },
		{ "a. TXT \\# 2 zz\n", "zone:1: " NO_BYTES(2) },
		{ "a. MX \\# 4 000a0161\n", "zone:1: " NO_BYTES(4) },
		{ "a. TXT \\# 65536 00\n", "zone:1: expected the length of the data, not 65536" },
		{ "$TTL x\n", "zone:1: expected a time, not x" },
		{ "$TTL 1h1\n", "zone:1: expected a time, not 1h1" },
		{ "$TTL 99999w\n", "zone:1: expected a time, not 99999w" },
		{ "$TTL\n", "zone:1: expected a time, but the line ends here" },
		{ "$ORIGIN\n", "zone:1: expected a domain name, but the line ends here" },
		{ "\x1b\n", "zone:1: " NO_TYPE ", but the line ends here" },
		{ "a. \x1b%n\n", "zone:1: " NO_TYPE ", not ?%n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zone *zone = zone_create();
		char error[300] = "";

		if (read_file(zone, span_of(rows[i].text), NULL, error, sizeof(error)))
			fail_msg("row %zu: not refused", i);
		assert_string_equal(error, rows[i].error);
		assert_false(read_file(zone, span_of(rows[i].text), NULL, error, 1));
		assert_string_equal(error, "");
		zone_destroy(zone);
	}
}

/* `count` times "x" between two texts. */
static struct span repeat(char *out, const char *before, const char *piece, size_t count,
			  const char *after)
{
	size_t length = strlen(piece), used = strlen(before);

	memcpy(out, before, used);
	for (; count > 0; count--, used += length)
		memcpy(out + used, piece, length);
	memcpy(out + used, after, strlen(after) + 1);
	return (struct span){ out, used + strlen(after) };
}

static void zone_bounds_strings_records_and_names(void **state)
{
	static char text[200000];
	static const struct {
		const char *before, *piece;
		size_t fits;
		const char *after;
	} rows[] = {
		{ "a. TXT \"", "x", 255, "\"\n" },
		{ "a. TXT ", " \"xyz\"", 65535 / 4, "\n" },
		{ "", "x", 63, ". A 192.0.2.1\n" },
		{ "x.", "y.", 126, " A 192.0.2.1\n" },
		{ "$ORIGIN x.", "y.", 125, "\nz A 192.0.2.1\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t more = 0; more <= 1; more++) {
			struct zone *zone = zone_create();
			char error[300] = "";
			bool ok = read_file(zone,
					    repeat(text, rows[i].before, rows[i].piece,
						   rows[i].fits + more, rows[i].after),
					    NULL, error, sizeof(error));

			if (ok != !more)
				fail_msg("row %zu, %zu more: %s", i, more, error);
			zone_destroy(zone);
		}
	}
}

static void zone_has_equal_records_once(void **state)
{
	struct zone *zone = read_zone("a. TXT \"v=spf1 -all\"\na. 60 TXT \"v=spf1 -all\"\n"
				      "b. TXT \"v=spf1 -all\"\nb. TXT \"v=spf1\" \" -all\"\n");

	(void)state;
	assert_answer(zone, "a", DNS_TXT, "ok 60: v=spf1\\032-all");
	assert_answer(zone, "b", DNS_TXT, "ok 3600: v=spf1\\032-all v=spf1\\032-all");
	zone_destroy(zone);
}

static void zone_has_no_name_that_is_too_long(void **state)
{
	struct answer_record record = { .data = span_of("x") };
	struct zone *zone = zone_create();
	char text[300];

	(void)state;
	assert_int_equal(repeat(text, "", "ab.", 85, "c").length, 256);
	zone_add(zone, span_of(text), DNS_TXT, 60, &record);
	zone_finish(zone);
	assert_answer(zone, text, DNS_TXT, "ok 60: x");
	repeat(text, "", "ab.", 85, "cd");
	zone_add(zone, span_of(text), DNS_TXT, 60, &record);
	zone_set_record(zone, text, span_of("v=spf1 -all"));
	zone_finish(zone);
	assert_answer(zone, text, DNS_TXT, "failure 0:");
	assert_answer(zone, "cd", DNS_TXT, "nxdomain 0:");
	zone_destroy(zone);
}

static void zone_reads_times_in_every_unit(void **state)
{
	static const struct {
		const char *time, *expected;
	} rows[] = {
		{ "7", "ok 7: x" },
		{ "7s", "ok 7: x" },
		{ "2M", "ok 120: x" },
		{ "3h", "ok 10800: x" },
		{ "2d", "ok 172800: x" },
		{ "1W", "ok 604800: x" },
		{ "1w2d3h4m5s", "ok 788645: x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];
		struct zone *zone;

		snprintf(text, sizeof(text), "$TTL %s\na. TXT x\nb. %s TXT x\n", rows[i].time,
			 rows[i].time);
		zone = read_zone(text);
		assert_answer(zone, "a", DNS_TXT, rows[i].expected);
		assert_answer(zone, "b", DNS_TXT, rows[i].expected);
		zone_destroy(zone);
	}
}

static void zone_bounds_a_chain_of_aliases(void **state)
{
	char text[4000] = "";
	struct zone *zone;

	(void)state;
	for (unsigned i = 0; i <= ANSWER_CHAIN_MAX; i++)
		sprintf(text + strlen(text), "c%u. CNAME c%u.\n", i, i + 1);
	sprintf(text + strlen(text), "c%u. TXT end\n", ANSWER_CHAIN_MAX + 1);
	zone = read_zone(text);
	assert_answer(zone, "c1", DNS_TXT, "ok 3600: end");
	assert_answer(zone, "c0", DNS_TXT, "failure 0:");
	assert_answer(zone, "c1", DNS_A, "nodata 0:");
	zone_destroy(zone);

	zone = read_zone("a. CNAME b.\nb. CNAME a.\nc. CNAME gone.\nd. CNAME bad.\nbad. FAIL\n");
	assert_answer(zone, "a", DNS_TXT, "failure 0:");
	assert_answer(zone, "c", DNS_TXT, "nxdomain 0:");
	assert_answer(zone, "d", DNS_TXT, "failure 0:");
	zone_destroy(zone);
}

static void assert_follows(const struct zone *zone, const char *name, uint16_t type,
			   const char *want)
{
	struct span end = zone_follow(zone, span_of(name), type);
	struct answer *answer = zone_answer(zone, span_of(name), type);

	assert_int_equal(end.length, strlen(want));
	assert_memory_equal(end.data, want, end.length);
	if (answer->status != ANSWER_FAILURE)
		assert_int_equal(answer->alias, strcmp(name, want) != 0);
	free(answer);
}

static void zone_says_where_aliases_lead(void **state)
{
	struct zone *zone = read_zone(
		"a. CNAME b.\nb. CNAME out.test.\nc. CNAME d.\nd. TXT x\n"
		"*.w. CNAME out.test.\nl. CNAME m.\nm. CNAME l.\nt. CNAME d.\nt. TXT y\n");

	(void)state;
	assert_follows(zone, "a", DNS_A, "out.test");
	assert_follows(zone, "c", DNS_TXT, "d");
	assert_follows(zone, "c", DNS_A, "d");
	assert_follows(zone, "d", DNS_TXT, "d");
	assert_follows(zone, "x.w", DNS_MX, "out.test");
	assert_follows(zone, "l", DNS_TXT, "l");
	assert_follows(zone, "t", DNS_TXT, "t");
	assert_follows(zone, "none", DNS_TXT, "none");
	zone_destroy(zone);
}

static void zone_knows_aliases_beside_records(void **state)
{
	struct zone *zone = read_zone("a. CNAME b.\na. TXT x\nc. CNAME b.\nc. RRSIG x\nd. TXT x\n"
				      "e. CNAME b.\ne. SOA x\n");

	(void)state;
	assert_true(zone_has_alias_beside(zone, span_of("A")));
	assert_true(zone_has_alias_beside(zone, span_of("e")));
	assert_false(zone_has_alias_beside(zone, span_of("c")));
	assert_false(zone_has_alias_beside(zone, span_of("d")));
	assert_false(zone_has_alias_beside(zone, span_of("b")));
	zone_destroy(zone);
}

static void zone_names_exist_as_rfc_4592_says(void **state)
{
	struct zone *zone = read_zone("*.example. TXT wild\n"
				      "sub.*.example. TXT below\n"
				      "host1.example. A 192.0.2.1\n"
				      "_ssh._tcp.host1.example. TXT deep\n"
				      "host-2.example. TXT dash\n"
				      "*.alias.test. CNAME host-2.example.\n"
				      "*.fail.test. FAIL\n");

	(void)state;
	/* RFC 4592 section 2.2.1, translated to TXT. */
	assert_answer(zone, "host3.example", DNS_TXT, "ok 3600: wild");
	assert_answer(zone, "host3.example", DNS_A, "nodata 0:");
	assert_answer(zone, "foo.bar.example", DNS_TXT, "ok 3600: wild");
	assert_answer(zone, "host1.example", DNS_TXT, "nodata 0:");
	assert_answer(zone, "sub.*.example", DNS_TXT, "ok 3600: below");
	assert_answer(zone, "_telnet._tcp.host1.example", DNS_TXT, "nxdomain 0:");
	assert_answer(zone, "_tcp.host1.example", DNS_TXT, "nodata 0:");
	assert_answer(zone, "ghost.*.example", DNS_TXT, "nxdomain 0:");
	assert_answer(zone, "*.example", DNS_TXT, "ok 3600: wild");
	assert_answer(zone, "example", DNS_TXT, "nodata 0:");

	assert_answer(zone, "x.alias.test", DNS_TXT, "ok 3600: dash");
	assert_answer(zone, "x.fail.test", DNS_TXT, "failure 0:");
	assert_answer(zone, "x.test", DNS_TXT, "nxdomain 0:");
	assert_answer(zone, "host-2", DNS_TXT, "nxdomain 0:");
	assert_answer(zone, "xexample", DNS_TXT, "nxdomain 0:");
	assert_answer(zone, "", DNS_TXT, "nodata 0:");
	zone_destroy(zone);

	zone = read_zone("* TXT \"at the root\"\n");
	assert_answer(zone, "any.name", DNS_TXT, "ok 3600: at\\032the\\032root");
	zone_destroy(zone);
	zone = zone_create();
	assert_answer(zone, "a.example", DNS_TXT, "nxdomain 0:");
	zone_destroy(zone);
}

static void zone_takes_a_record_to_try(void **state)
{
	struct zone *zone = read_zone("a.example. TXT \"v=spf1 -all\"\n"
				      "a.example. TXT \"V=SPF1\"\n"
				      "a.example. A 192.0.2.65\n"
				      "b.example. TXT \"v=spf1 -all\"\n");

	(void)state;
	zone_set_record(zone, "A.example.", span_of("v=spf1 +all"));
	assert_answer(zone, "a.example", DNS_TXT, "ok 0: v=spf1\\032+all");
	assert_answer(zone, "a.example", DNS_A, "ok 3600: \\192\\000\\002A");
	assert_answer(zone, "b.example", DNS_TXT, "ok 3600: v=spf1\\032-all");
	zone_set_record(zone, "new.example", span_of("v=spf1 ~all"));
	assert_answer(zone, "new.example", DNS_TXT, "ok 0: v=spf1\\032~all");
	zone_destroy(zone);
}

static void zone_loads_a_file(void **state)
{
	char path[] = "/tmp/test_zone.XXXXXX", error[300], expected[300];
	int fd = mkstemp(path);
	struct zone *zone;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a. TXT x\n", 9), 9);
	zone = zone_load(path, NULL, error, sizeof(error));
	assert_non_null(zone);
	assert_answer(zone, "a", DNS_TXT, "ok 3600: x");
	zone_destroy(zone);

	assert_int_equal(write(fd, "b. TXT\n", 7), 7);
	assert_null(zone_load(path, NULL, error, sizeof(error)));
	snprintf(expected, sizeof(expected),
		 "%s:2: expected text in quotes, but the line ends here", path);
	assert_string_equal(error, expected);

	assert_int_equal(ftruncate(fd, ZONE_FILE_MAX + 1), 0);
	assert_null(zone_load(path, NULL, error, sizeof(error)));
	snprintf(expected, sizeof(expected), "%s: larger than 16 MiB", path);
	assert_string_equal(error, expected);
	close(fd);
	unlink(path);

	assert_null(zone_load(path, NULL, error, sizeof(error)));
	snprintf(expected, sizeof(expected), "%s: No such file or directory", path);
	assert_string_equal(error, expected);
	assert_null(zone_load("/", NULL, error, sizeof(error)));
	assert_string_equal(error, "/: Is a directory");
}

static void zone_reads_data_of_unknown_types(void **state)
{
	struct zone *zone = read_zone(
		"a.example. A \\# 4 c0000241\n"
		"a.example. TYPE28 \\# 16 41424344 00000000 0000000041424344\n"
		"a.example. TYPE16 \\# 12 ( 0676\n 3d73706631 04202d616c )\n"
		"a.example. TYPE15 \\# 13 000a 016d 07 6578616d706c65 00\n"
		"a.example. TYPE99 \"v=spf1 mx\"\n"
		"c.example. CNAME \\# 11 016107 6578616d706c6500\n"
		"d.example. TYPE1 192.0.2.65\n"
		"e.example. TYPE65280 \\# 1 00\n"
		"e.example. SOA \\# 2 0102\n"
		"e.example. TXT \\# 0\n");

	(void)state;
	assert_answer(zone, "a.example", DNS_A, "ok 3600: \\192\\000\\002A");
	assert_answer(zone, "a.example", DNS_AAAA,
		      "ok 3600: ABCD\\000\\000\\000\\000\\000\\000\\000\\000ABCD");
	assert_answer(zone, "c.example", DNS_TXT, "ok 3600: v=spf1\\032-al");
	assert_answer(zone, "a.example", DNS_MX, "ok 3600: 10/m.example");
	assert_answer(zone, "a.example", DNS_SPF, "ok 3600: v=spf1\\032mx");
	assert_answer(zone, "d.example", DNS_A, "ok 3600: \\192\\000\\002A");
	assert_answer(zone, "e.example", DNS_TXT, "ok 3600: ");
	assert_true(zone_has_apex(zone));
	zone_destroy(zone);
}

static void zone_generates_records(void **state)
{
	struct zone *zone = read_zone(
		"$ORIGIN example.\n"
		"@ TXT x\n"
		"$GENERATE 1-5/2 mail$ 60 IN A 192.0.2.${64} ; 65, 67, 69\n"
		"   TXT \"still the name before\"\n"
		"$GENERATE 10-11 ${-9,3}.h TXT \"v=spf1 ip4:192.0.2.$ \\$ $$ -all\"\n"
		"$GENERATE 255-255 x${0,4,x} TXT ${0,0,X}/${0,0,o}/${0,0,d}/${1,5,n}\n"
		"$GENERATE 0-65535 n$ TXT x\n");

	(void)state;
	assert_answer(zone, "mail1.example", DNS_A, "ok 60: \\192\\000\\002A");
	assert_answer(zone, "mail2.example", DNS_A, "nxdomain 0:");
	assert_answer(zone, "mail5.example", DNS_A, "ok 60: \\192\\000\\002E");
	assert_answer(zone, "example", DNS_TXT, "ok 3600: x still\\032the\\032name\\032before");
	assert_answer(zone, "001.h.example", DNS_TXT,
		      "ok 3600: v=spf1\\032ip4:192.0.2.10\\032$\\032$\\032-all");
	assert_answer(zone, "x00ff.example", DNS_TXT, "ok 3600: FF/377/255/0.0.1");
	assert_answer(zone, "n65535.example", DNS_TXT, "ok 3600: x");
	zone_destroy(zone);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[400];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	stream = fopen(path, "w");
	assert_non_null(stream);
	assert_true(fputs(text, stream) >= 0);
	assert_int_equal(fclose(stream), 0);
}

static void zone_includes_files(void **state)
{
	static const char *const names[] = { "main", "sub", "deep", "loop", "gone", "bad" };
	char folder[] = "/tmp/test_zone.XXXXXX", path[400], error[900], expected[900];
	struct zone *zone;

	(void)state;
	assert_non_null(mkdtemp(folder));
	write_file(folder, "main",
		   "$ORIGIN example.\na TXT a\n$INCLUDE sub sub.example.\n TXT again\n"
		   "b TXT b\n$INCLUDE \"deep\"\nc TXT c");
	write_file(folder, "sub",
		   "a TXT in\n$INCLUDE deep deep\n TXT in2\n$ORIGIN other.\nx TXT x\n");
	write_file(folder, "deep", "$TTL 60\nd TXT d");
	write_file(folder, "loop", "$INCLUDE loop\n");
	write_file(folder, "gone", "\n$INCLUDE nowhere\n");
	write_file(folder, "bad", "$INCLUDE deep\n$INCLUDE deep . x\n");
	snprintf(path, sizeof(path), "%s/main", folder);
	zone = zone_load(path, NULL, error, sizeof(error));
	if (!zone)
		fail_msg("%s", error);
	assert_answer(zone, "a.example", DNS_TXT, "ok 60: a again");
	assert_answer(zone, "a.sub.example", DNS_TXT, "ok 60: in in2");
	assert_answer(zone, "d.deep.sub.example", DNS_TXT, "ok 60: d");
	assert_answer(zone, "d.example", DNS_TXT, "ok 60: d");
	assert_answer(zone, "x.other", DNS_TXT, "ok 60: x");
	assert_answer(zone, "c.example", DNS_TXT, "ok 60: c");
	zone_destroy(zone);

	snprintf(path, sizeof(path), "%s/loop", folder);
	assert_null(zone_load(path, NULL, error, sizeof(error)));
	snprintf(expected, sizeof(expected), "%s:1: files include each other", path);
	assert_string_equal(error, expected);
	snprintf(path, sizeof(path), "%s/gone", folder);
	assert_null(zone_load(path, NULL, error, sizeof(error)));
	snprintf(expected, sizeof(expected), "%s:2: nowhere: No such file or directory", path);
	assert_string_equal(error, expected);
	snprintf(path, sizeof(path), "%s/bad", folder);
	assert_null(zone_load(path, NULL, error, sizeof(error)));
	snprintf(expected, sizeof(expected), "%s:2: expected the end of the line, not x", path);
	assert_string_equal(error, expected);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(folder), 0);
}

static void zone_of_many_names_is_quick_to_make(void **state)
{
	enum { NAMES = 100000 };
	char *text = malloc(NAMES * 40);
	struct zone *zone;
	size_t used = 0;

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < NAMES; i++)
		used += (size_t)sprintf(text + used, "n%u.example. TXT %u\n", i * 7919 % NAMES, i);
	zone = read_text((struct span){ text, used });
	free(text);
	assert_answer(zone, "n7919.example", DNS_TXT, "ok 3600: 1");
	assert_answer(zone, "n99999.example", DNS_TXT, "ok 3600: 82321");
	assert_answer(zone, "n100000.example", DNS_TXT, "nxdomain 0:");
	zone_destroy(zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zone_reads_every_type),
		cmocka_unit_test(zone_reads_every_form),
		cmocka_unit_test(zone_reads_over_other_types),
		cmocka_unit_test(zone_says_what_is_wrong_and_where),
		cmocka_unit_test(zone_bounds_strings_records_and_names),
		cmocka_unit_test(zone_has_equal_records_once),
		cmocka_unit_test(zone_has_no_name_that_is_too_long),
		cmocka_unit_test(zone_reads_times_in_every_unit),
		cmocka_unit_test(zone_bounds_a_chain_of_aliases),
		cmocka_unit_test(zone_says_where_aliases_lead),
		cmocka_unit_test(zone_knows_aliases_beside_records),
		cmocka_unit_test(zone_names_exist_as_rfc_4592_says),
		cmocka_unit_test(zone_takes_a_record_to_try),
		cmocka_unit_test(zone_loads_a_file),
		cmocka_unit_test(zone_reads_data_of_unknown_types),
		cmocka_unit_test(zone_generates_records),
		cmocka_unit_test(zone_includes_files),
		cmocka_unit_test(zone_of_many_names_is_quick_to_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
