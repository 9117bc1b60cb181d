/* SPDX-License-Identifier: MIT */
/*
 * What owners mistype and what they meant by it; that a proposal has no mistake left; that nothing is
 * guessed where more than one thing may be meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/repair.h"
#include "check/repair_version.h"
#include "spf/record.h"

static struct arena *arena;

static void assert_proposal(const char *terms, const char *want)
{
	char record[1024];
	const struct repair *repair;

	snprintf(record, sizeof(record), "v=spf1 %s", terms);
	repair = repair_record(span_of(record), arena);
	if (!want && repair->proposal)
		fail_msg("%s: guessed %s", record, repair->proposal);
	if (!want)
		return;
	if (!repair->proposal)
		fail_msg("%s: no proposal", record);
	if (strcmp(repair->proposal + strlen("v=spf1 "), want) != 0)
		fail_msg("%s: want %s, got %s", record, want, repair->proposal + strlen("v=spf1 "));
	/* Following it repairs it. */
	repair = repair_record(span_of(repair->proposal), arena);
	assert_int_equal(repair->count, 0);
	assert_null(repair->proposal);
}

static void repair_knows_what_was_meant(void **state)
{
	static const struct {
		const char *terms, *want;
	} rows[] = {
		/* names */
		{ "ipv4:192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		{ "ipv6:2001:db8::1 -all", "ip6:2001:db8::1 -all" },
		{ "ip:192.0.2.1 ip:2001:db8::1 -all", "ip4:192.0.2.1 ip6:2001:db8::1 -all" },
		{ "IP4=192.0.2.1 -all", "IP4:192.0.2.1 -all" },
		{ "redirect:_spf.a.example", "redirect=_spf.a.example" },
		{ "include=a.example -all", "include:a.example -all" },
		{ "nclude:a.example ~all", "include:a.example ~all" },
		{ "inlcude:a.example ~all", "include:a.example ~all" },
		{ "includes:a.example ~all", "include:a.example ~all" },
		{ "redirct=a.example", "redirect=a.example" },
		{ "prt -all", "ptr -all" },
		{ "exist:%{i}.a.example -all", "exists:%{i}.a.example -all" },
		{ "-alll", "-all" },
		{ "include:include:a.example -all", "include:a.example -all" },
		{ "include:ip4:192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		/* the mechanism of an address */
		{ "192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		{ "2001:db8::1 -all", "ip6:2001:db8::1 -all" },
		{ "+192.0.2.0/24 -all", "+ip4:192.0.2.0/24 -all" },
		{ "a:192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		{ "a:192.0.2.0/24 -all", "ip4:192.0.2.0/24 -all" },
		{ "mx:192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		{ "include:192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		{ "ip4:2001:db8::1 -all", "ip6:2001:db8::1 -all" },
		{ "ip6:192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		{ "ip4:mail.a.example -all", "a:mail.a.example -all" },
		/* lost and stray spaces */
		{ "include:a.example-all", "include:a.example -all" },
		{ "include:a.example~all", "include:a.example ~all" },
		{ "ip4:192.0.2.1include:a.example -all", "ip4:192.0.2.1 include:a.example -all" },
		{ "include:a.exampleinclude:b.example -all",
		  "include:a.example include:b.example -all" },
		{ "ip4:192.0.2.1ip4:192.0.2.2 -all", "ip4:192.0.2.1 ip4:192.0.2.2 -all" },
		{ "a mx-all", "a mx -all" },
		{ "ip4: 192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		{ "include: a.example -all", "include:a.example -all" },
		{ "ip4:192.0.2.0 /24 -all", "ip4:192.0.2.0/24 -all" },
		{ "mx - all", "mx -all" },
		{ "redirect= a.example", "redirect=a.example" },
		{ "include a.example -all", "include:a.example -all" },
		{ "ip4 192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		{ "redirect a.example", "redirect=a.example" },
		{ "ip4 : 192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		{ "include : a.example -all", "include:a.example -all" },
		{ "mx : a.example -all", "mx:a.example -all" },
		{ "mx /24 -all", "mx/24 -all" },
		{ "include:a.exampleinclude:b.example~all",
		  "include:a.example include:b.example ~all" },
		{ "ip4:192.0.2.1ip4:192.0.2.2ip6:2001:db8::1-all",
		  "ip4:192.0.2.1 ip4:192.0.2.2 ip6:2001:db8::1 -all" },
		{ "+a+mx+ip4:192.0.2.1~all", "+a +mx +ip4:192.0.2.1 ~all" },
		/* separators */
		{ "mx, ip4:192.0.2.1, -all", "mx ip4:192.0.2.1 -all" },
		{ "mx; -all", "mx -all" },
		{ "mx:a.example,b.example -all", "mx:a.example mx:b.example -all" },
		{ "ip4:192.0.2.1,192.0.2.2,ip4:192.0.2.3 -all",
		  "ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 -all" },
		{ "mx;ip4:192.0.2.1;-all", "mx ip4:192.0.2.1 -all" },
		{ "ip4::192.0.2.1 -all", "ip4:192.0.2.1 -all" },
		{ "mx\t-all", "mx -all" },
		{ "mx\xc2\xa0-all", "mx -all" },
		{ "mx\r\n", "mx" },
		/* characters */
		{ "mx \xe2\x80\x93"
		  "all",
		  "mx -all" },
		{ "mx \xe2\x80\x94"
		  "all",
		  "mx -all" },
		{ "mx \x96"
		  "all",
		  "mx -all" },
		{ "mx \xcb\x9c"
		  "all",
		  "mx ~all" },
		{ "include\xef\xbc\x9a"
		  "a.example ~all",
		  "include:a.example ~all" },
		{ "mx&nbsp;-all", "mx -all" },
		{ "mx \\~all", "mx ~all" },
		{ "mx -all\"", "mx -all" },
		{ "mx -all\xe2\x80\x9d", "mx -all" },
		{ "\"mx\" -all", "mx -all" },
		{ "--all", "-all" },
		{ "mx -all.", "mx -all" },
		/* networks */
		{ "ip4:192.0.2.0/255.255.255.0 -all", "ip4:192.0.2.0/24 -all" },
		{ "ip4:192.0.2.0\\24 -all", "ip4:192.0.2.0/24 -all" },
		{ "a:24 -all", "a/24 -all" },
		{ "ip4:192.000.002.010 -all", "ip4:192.0.2.10 -all" },
		{ "ip4:192.0.2.0/08 -all", "ip4:192.0.2.0/8 -all" },
		{ "ip4:192.0.2.* -all", "ip4:192.0.2.0/24 -all" },
		{ "ip4:10.20/16 -all", "ip4:10.20.0.0/16 -all" },
		{ "ip4:192.0.2.1:25 -all", "ip4:192.0.2.1 -all" },
		{ "a:mail.a.example:25 -all", "a:mail.a.example -all" },
		{ "ip6:[2001:db8::1] -all", "ip6:2001:db8::1 -all" },
		{ "ip4:192.0.2.1-192.0.2.3 -all", "ip4:192.0.2.1 ip4:192.0.2.2/31 -all" },
		{ "-ip4:192.0.2.0-255 -all", "-ip4:192.0.2.0/24 -all" },
		{ "ip4:0.0.0.0-255.255.255.255 -all", "ip4:0.0.0.0/0 -all" },
		{ "ip4:192.0.2.1. -all", "ip4:192.0.2.1 -all" },
		{ "ip4:192.0.2.0./24 -all", "ip4:192.0.2.0/24 -all" },
		{ "a:a.example/ -all", "a:a.example -all" },
		{ "mx/24/ -all", "mx/24 -all" },
		{ "exists:%i.%D.a.example -all", "exists:%{i}.%{D}.a.example -all" },
		{ "mx -allMS=ms123", "mx -all" },
		{ "mx ~allgoogle-site-verification=x_y", "mx ~all" },
		{ "ip6:2001:db8::1//64 -all", "ip6:2001:db8::1/64 -all" },
		{ "mx:a.example/24/64 -all", "mx:a.example/24//64 -all" },
		/* domains */
		{ "include:http://a.example/ -all", "include:a.example -all" },
		{ "include:https://a.example -all", "include:a.example -all" },
		{ "include:alice@a.example -all", "include:a.example -all" },
		{ "include:\"a.example\" -all", "include:a.example -all" },
		{ "include:<a.example> -all", "include:a.example -all" },
		{ "exists:{i}._spf.{d} -all", "exists:%{i}._spf.%{d} -all" },
		{ "a: mx: -all", "a mx -all" },
		{ "-all: ", "-all" },
		/* what stands where it does nothing */
		{ "a -all ip4:192.0.2.1", "a ip4:192.0.2.1 -all" },
		{ "a -all mx -all", "a mx -all" },
		{ "a v=spf1 mx -all", "a mx -all" },
		{ "mx -all v=spf1 MX -all", "mx -all" },
		{ "mx redirect=a.example -all", "mx include:a.example -all" },
		{ "redirect:a.example ~all", "include:a.example ~all" },
		{ "-all exp=e.example redirect=a.example", "include:a.example -all exp=e.example" },
		{ "ipv4:192.0.2.1 -all include:a.example", "ip4:192.0.2.1 include:a.example -all" },
		/* several in one term */
		{ "+ipv4:192.0.2.0/255.255.255.0, -all", "+ip4:192.0.2.0/24 -all" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_proposal(rows[i].terms, rows[i].want);
}

static void repair_does_not_guess(void **state)
{
	static const char *const rows[] = {
		"foo -all",
		"ip4:192.0.2 -all",
		"ip4:192.0.2.256 -all",
		"ip4:192.0.2.0/33 -all",
		"include: -all",
		"ip4: -all",
		"include:localhost -all",
		"-~all",
		"a -all mx ~all",
		"ip4:192.0.2.0/255.0.255.0 -all",
		"ip4:1.2.3.4.5 -all",
		"ipv4:192.0.2.1 foo -all",
		"include:a.example/24 -all",
		"ip4:192.0.2.9-192.0.2.1 -all",
		"ip4:192.0.2.1-256 -all",
		"exists:%ix.a.example -all",
		/* Nobody is told to let everybody pass. */
		"mx al",
		"mx all.",
		"ipv4:192.0.2.1 all",
		"ipv4:192.0.2.1 +all",
		"all mx",
		"mx,all",
		"redirect=a.example all",
		"redirect=a.example redirect=b.example -all",
		"a:33 -all",
		"ip4:<your-ip> -all",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_proposal(rows[i], NULL);
}

static void repair_leaves_what_is_right(void **state)
{
	static const char *const rows[] = {
		"a mx ip4:192.0.2.1/24 ip6:2001:db8::/32 include:a.example exists:%{i}._spf.%{d} -all",
		"exists:%{l1r-}.%{d} ~all exp=e.%{d} ra=postmaster rp=10 op=x",
		"include:a-all.example redirect=%{d}._spf.example",
		"a:http.a.example include:httpd.example ?all",
		"exists:%{s}.spf.a.example -all default=deny",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char record[512];

		snprintf(record, sizeof(record), "v=spf1 %s", rows[i]);
		assert_int_equal(repair_record(span_of(record), arena)->count, 0);
		assert_proposal(rows[i], NULL);
	}
}

/* Each error has its place, in their order. */
static void repair_finds_every_error(void **state)
{
	static const char record[] = "v=spf1 foo ip4:192.0.2.1 ipv4:192.0.2.2 ip4:192.0.2.999 -all";
	const struct repair *r = repair_record(span_of(record), arena);

	(void)state;
	assert_int_equal(r->count, 3);
	assert_int_equal(r->errors, 3);
	assert_null(r->proposal);
	assert_ptr_equal(record + r->mistakes[0].error.offset, strstr(record, "foo"));
	assert_null(r->mistakes[0].meant);
	assert_string_equal(r->mistakes[1].meant, "ip4:192.0.2.2");
	assert_ptr_equal(record + r->mistakes[2].error.offset, strstr(record, "192.0.2.999"));
}

static void repair_finds_records_that_are_none(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "v=spf1include:a.example -all", "v=spf1 include:a.example -all" },
		{ "v=spf1; mx -all", "v=spf1 mx -all" },
		{ "\tv=spf1 mx -all", "v=spf1 mx -all" },
		{ " v=spf1 mx -all", "v=spf1 mx -all" },
		{ "\"v=spf1 mx -all\"", "v=spf1 mx -all" },
		{ "\xe2\x80\x9cv=spf1 mx -all", "v=spf1 mx -all" },
		{ "\xef\xbb\xbfv=spf1 mx", "v=spf1 mx" },
		{ "v=spf1\tmx -all", "v=spf1 mx -all" },
		{ "v=spf1mx-all", "v=spf1 mx-all" },
		{ "v=spf1-all", "v=spf1 -all" },
		{ "v = spf1 mx -all", "v=spf1 mx -all" },
		{ "V=SPF 1 mx -all", "v=spf1 mx -all" },
		{ "v:spf1 mx -all", "v=spf1 mx -all" },
		{ "v=sfp1 mx -all", "v=spf1 mx -all" },
		{ "spf1 mx -all", "v=spf1 mx -all" },
		{ "v=spf mx -all", "v=spf1 mx -all" },
		{ "SPF: v=spf1 mx -all", "v=spf1 mx -all" },
		{ "IN TXT \"v=spf1 mx -all\"", "v=spf1 mx -all" },
		{ "v=spf2 mx -all", "v=spf1 mx -all" },
		{ "v=spf1. mx -all", "v=spf1 mx -all" },
		{ "v=spf-1 mx -all", "v=spf1 mx -all" },
		{ "spf=v1 mx -all", "v=spf1 mx -all" },
		{ "v=spf1.example", NULL },
		{ "mx a include:a.example ~all", "v=spf1 mx a include:a.example ~all" },
		{ "include:a.example", "v=spf1 include:a.example" },
		{ "\"ip4:192.0.2.1 -all\"", "v=spf1 ip4:192.0.2.1 -all" },
		{ "mx all", NULL },
		{ "a", NULL },
		{ "include", NULL },
		{ "all mail from here", NULL },
		{ "include:a.example for mail", NULL },
		{ "v=spf10 mx -all", NULL },
		{ "v=spf1 mx -all", NULL },
		{ "spf1.example.com", NULL },
		{ "spf2.0/pra mx -all", NULL },
		{ "v=DMARC1; p=none", NULL },
		{ "v=DKIM1; k=rsa", NULL },
		{ "google-site-verification=v=spf1", NULL },
		{ "", NULL },
	};
	const char *why, *got;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		got = repair_version(span_of(rows[i].text), &why, arena);
		if (!got != !rows[i].want || (got && strcmp(got, rows[i].want) != 0))
			fail_msg("%s: want %s, got %s", rows[i].text,
				 rows[i].want ? rows[i].want : "nothing", got ? got : "nothing");
	}
}

/* Whatever bytes come, the work is bounded and no proposal has a mistake. */
static void repair_stands_any_bytes(void **state)
{
	static const char alphabet[] = "a4:=/%{}i.-~all ip4mx,;\\\"\xe2\x80\x93\x96 include:";
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		char record[160] = "v=spf1 ";
		size_t length = 7 + round % 120;
		const struct repair *r;

		for (size_t i = 7; i < length; i++) {
			seed = seed * 1664525U + 1013904223U;
			record[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		r = repair_record((struct span){ record, length }, arena);
		if (!r->proposal)
			continue;
		assert_true(record_is_spf(span_of(r->proposal)));
		assert_int_equal(repair_record(span_of(r->proposal), arena)->errors, 0);
	}
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_create();
	return 0;
}

static int take_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repair_knows_what_was_meant),
		cmocka_unit_test(repair_does_not_guess),
		cmocka_unit_test(repair_leaves_what_is_right),
		cmocka_unit_test(repair_finds_every_error),
		cmocka_unit_test(repair_finds_records_that_are_none),
		cmocka_unit_test(repair_stands_any_bytes),
	};

	return cmocka_run_group_tests_name("repair", tests, set_up, take_down);
}
