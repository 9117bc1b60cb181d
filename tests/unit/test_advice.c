/* SPDX-License-Identifier: MIT */
/* Advice: each weakness of a record is named, once, under its owner's name; a sound record gets
 * none. */
#include "zone_resolver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "check/advice.h"
#include "check/audit.h"
#include "base/text.h"

struct advised {
	struct resolver resolver;
	struct arena *arena;
	struct advice_list list;
};

static void advise(struct advised *a, const char *zone, const struct advice_view *view)
{
	struct audit_subject subject = { .domain = span_of("x.example"),
					 .with_mail = view->owner_only };
	const struct audit *audit;

	zone_resolver_open(&a->resolver, zone);
	a->arena = arena_create();
	a->list = (struct advice_list){ .arena = a->arena };
	audit = audit_build(&a->resolver, 2, &subject, a->arena);
	advice_collect(&a->list, audit, view);
	advice_collect(&a->list, audit, view);
}

static void release(struct advised *a)
{
	arena_destroy(a->arena);
	zone_resolver_close(&a->resolver);
}

/* "code@domain" of each advice, joined by blanks. */
static void assert_advice_for(const struct advice_view *view, const char *zone, const char *want)
{
	static struct advised a;
	char storage[4096];
	struct text text;

	advise(&a, zone, view);
	text_init(&text, storage, sizeof(storage));
	for (size_t i = 0; i < a.list.count; i++)
		text_format(&text, "%s%s@%s", i ? " " : "", a.list.items[i].code,
			    a.list.items[i].domain);
	assert_string_equal(text.data, want);
	release(&a);
}

static void assert_advice(const char *zone, const char *want)
{
	assert_advice_for(&(struct advice_view){ .family = AF_UNSPEC }, zone, want);
}

/* That there is an advice with this code, in whose words each of the others stands. */
static void assert_words_for(const struct advice_view *view, const char *zone, const char *code,
			     const char *const *words)
{
	static struct advised a;
	size_t i = 0;

	advise(&a, zone, view);
	while (i < a.list.count && strcmp(a.list.items[i].code, code) != 0)
		i++;
	if (i == a.list.count)
		fail_msg("no %s for %s", code, zone);
	for (; *words; words++)
		if (!strstr(a.list.items[i].text, *words))
			fail_msg("no \"%s\" in: %s", *words, a.list.items[i].text);
	release(&a);
}

#define assert_words(zone, code, ...)                                              \
	assert_words_for(&(struct advice_view){ .family = AF_UNSPEC }, zone, code, \
			 (const char *const[]){ __VA_ARGS__, NULL })

static bool is_advised(const struct advice_view *view, const char *zone, const char *code)
{
	static struct advised a;
	bool found = false;

	advise(&a, zone, view);
	for (size_t i = 0; i < a.list.count; i++)
		found = found || strcmp(a.list.items[i].code, code) == 0;
	release(&a);
	return found;
}

#define GOOD_HOSTS                                                                         \
	"x.example. MX 1 m.example\nm.example. A 192.0.2.7\nm.example. AAAA 2001:db8::7\n" \
	"x.example. A 192.0.2.8\nx.example. AAAA 2001:db8::8\n"
#define RECORD(text) "x.example. TXT \"v=spf1 " text "\"\n" GOOD_HOSTS

static void advice_sound_record_gets_none(void **state)
{
	(void)state;
	assert_advice(
		RECORD("mx ip4:192.0.2.0/24 include:i.example -all") "i.example. TXT \"v=spf1 -all\"\n",
		"");
	assert_advice("x.example. TXT \"v=spf1 redirect=r.example\"\n"
		      "r.example. TXT \"v=spf1 exists:%{i}.e.example ~all ra=postmaster\"\n",
		      "");
	assert_advice("x.example. TXT \"v=spf1 -all\"\n", "");
}

static void advice_names_what_lets_everybody_pass(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 +all\"\n", "plus-all@x.example");
	assert_advice("x.example. TXT \"v=spf1 all\"\n", "plus-all@x.example");
	assert_advice("x.example. TXT \"v=spf1 ip4:0.0.0.0/0 -all\"\n", "wide-network@x.example");
	assert_advice("x.example. TXT \"v=spf1 -ip4:0.0.0.0/0 -all\"\n", "");
	assert_advice("x.example. TXT \"v=spf1 ip4:192.0.0.0/9 -all\"\n", "");
	assert_advice(RECORD("a/0 -all"), "wide-network@x.example");
	assert_advice("x.example. TXT \"v=spf1 include:i.example -all\"\ni.example. TXT \"v=spf1 "
		      "+all\"\n",
		      "plus-all@i.example");
	assert_advice_for(&(struct advice_view){ .owner_only = true },
			  "x.example. TXT \"v=spf1 include:i.example -all\"\n"
			  "i.example. TXT \"v=spf1 include:j.example ~all\"\n"
			  "j.example. TXT \"v=spf1 +all\"\n",
			  "included-weakness@x.example");
	assert_advice(RECORD("exists:m.example -all"), "exists-always@x.example");
}

static void advice_names_ends_that_say_nothing(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 ip4:192.0.2.9\"\n", "no-all@x.example");
	assert_advice("x.example. TXT \"v=spf1 ?all\"\n", "neutral-all@x.example");
	assert_advice("x.example. TXT \"v=spf1 include:i.example -all\"\ni.example. TXT \"v=spf1 "
		      "?all\"\n",
		      "");
	assert_advice("x.example. TXT \"v=spf1 redirect=r.example -all\"\n", "after-all@x.example");
}

static void advice_names_what_costs(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 ptr -all\"\n", "ptr@x.example");
	assert_advice("x.example. TXT \"v=spf1 exists:%{p}.e.example -all\"\n",
		      "macro-p@x.example");
	assert_advice("x.example. TXT \"v=spf1 a:no.example -all\"\n", "void-lookup@x.example");
	assert_advice(RECORD("a a -all"), "repeated@x.example");
	assert_advice(RECORD("ip4:192.0.2.0/24 ip4:192.0.2.7 -all"), "repeated@x.example");
	assert_advice(RECORD("ip4:192.0.2.0/24 -ip4:192.0.2.7 -all"), "");
}

/* Addresses of one family are void lookups of the other, and right. */
static void advice_is_true_for_both_families(void **state)
{
	static const struct advice_view ipv4 = { .family = AF_INET }, ipv6 = { .family = AF_INET6 };
	static const char zone[] =
		"x.example. TXT \"v=spf1 a:h.example mx -all\"\nh.example. A 192.0.2.1\n"
		"x.example. MX 1 h.example\n";
	static const char host[] =
		"x.example. TXT \"v=spf1 mx -all\"\nx.example. MX 1 none.example\n";

	(void)state;
	assert_advice_for(&ipv4, zone, "");
	assert_advice(zone, "");
	assert_advice_for(&ipv6, zone, "one-family@x.example");
	assert_words_for(&ipv6, zone, "one-family",
			 (const char *const[]){ "\"a:h.example\", \"mx\" have IPv4 addresses only",
						"no error", NULL });
	/* An mx that is there, whose host has no address at all. */
	assert_words(host, "void-lookup", "\"none.example\"", "mail host without any address");
}

static void advice_counts_voids_of_each_family(void **state)
{
	static const char late[] =
		"x.example. TXT \"v=spf1 a:1.x.example a:2.x.example a:3.x.example "
		"ip6:2001:db8::/32 -all\"\n"
		"1.x.example. A 192.0.2.1\n2.x.example. A 192.0.2.2\n3.x.example. A "
		"192.0.2.3\n";
	static const char early[] =
		"x.example. TXT \"v=spf1 ip6:2001:db8::/32 a:1.x.example "
		"a:2.x.example a:3.x.example -all\"\n"
		"1.x.example. A 192.0.2.1\n2.x.example. A 192.0.2.2\n3.x.example. A "
		"192.0.2.3\n";
	static struct advised a;

	(void)state;
	assert_words(late, "voids", "For IPv6 clients 3 terms",
		     "\"a:1.x.example\", \"a:2.x.example\"");
	advise(&a, late, &(struct advice_view){ .family = AF_UNSPEC });
	assert_int_equal(advice_worst(&a.list), ADVICE_ERROR);
	release(&a);
	advise(&a, early, &(struct advice_view){ .family = AF_UNSPEC });
	assert_int_equal(advice_worst(&a.list), ADVICE_WARNING);
	release(&a);
}

#define SEVEN \
	"a:1.x.example a:2.x.example a:3.x.example a:4.x.example a:5.x.example a:6.x.example a:7.x.example "
#define HOSTS                                                                                 \
	"1.x.example. A 192.0.2.1\n1.x.example. AAAA 2001:db8::1\n2.x.example. CNAME "        \
	"1.x.example\n3.x.example. CNAME 1.x.example\n4.x.example. CNAME 1.x.example\n"       \
	"5.x.example. CNAME 1.x.example\n6.x.example. CNAME 1.x.example\n7.x.example. CNAME " \
	"1.x.example\n8.x.example. CNAME 1.x.example\n9.x.example. CNAME 1.x.example\n"

static void advice_counts_lookups(void **state)
{
	(void)state;
	assert_advice(RECORD(SEVEN "-all") HOSTS, "");
	/* Also behind what matches this client. */
	assert_words(RECORD("ip4:192.0.2.1 " SEVEN "a:8.x.example -all") HOSTS, "lookups",
		     "near the limit", "it takes: 8.");
	assert_words(RECORD(SEVEN "a:8.x.example a:9.x.example mx -all") HOSTS, "lookups",
		     "all of the 10", "one more include");
	assert_words(
		RECORD(SEVEN "include:i.example -all") HOSTS
		"i.example. TXT \"v=spf1 a:1.x.example a:2.x.example a:3.x.example a:4.x.example "
		"-all\"\n",
		"lookups", "takes 12 DNS lookups", "include:i.example 5");
	assert_false(is_advised(&(struct advice_view){ .family = AF_INET },
				RECORD("include:x.example -all"), "lookups"));
}

static void advice_names_loops(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 include:x.example -all\"\n", "loop@x.example");
	assert_advice("x.example. TXT \"v=spf1 include:i.example -all\"\n"
		      "i.example. TXT \"v=spf1 include:X.example -all\"\n",
		      "loop@i.example");
	assert_advice("x.example. TXT \"v=spf1 redirect=x.example\"\n", "loop@x.example");
	assert_advice_for(&(struct advice_view){ .owner_only = true },
			  "x.example. TXT \"v=spf1 include:i.example -all\"\n"
			  "i.example. TXT \"v=spf1 include:i.example -all\"\n",
			  "included-error@x.example");
}

static void advice_names_terms_behind_all(void **state)
{
	static struct advised a;

	(void)state;
	assert_words(RECORD("a mx -all ip4:192.0.2.77"), "after-all", "\"ip4:192.0.2.77\"",
		     "Move it before");
	advise(&a, RECORD("a mx -all ip4:192.0.2.77"), &(struct advice_view){ .family = AF_INET });
	assert_string_equal(a.list.items[0].proposal, "v=spf1 a mx ip4:192.0.2.77 -all");
	release(&a);
}

static void advice_names_address_space_of_nobody(void **state)
{
	static const char *const terms[] = { "ip4:10.0.0.0/8", "ip4:192.168.1.1",
					     "ip4:127.0.0.1",  "ip6:fd00::/8",
					     "ip6:fe80::1",    "ip4:100.64.3.0/24" };
	char zone[256];

	(void)state;
	for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++) {
		snprintf(zone, sizeof(zone), "x.example. TXT \"v=spf1 %s -all\"\n", terms[i]);
		assert_advice(zone, "private-network@x.example");
	}
}

static void advice_names_errors(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 ip4:1.2.3 -all\"\n", "syntax@x.example");
	assert_advice("x.example. TXT \"v=spf1 a -all\"\nx.example. TXT \"v=spf1 -all\"\n",
		      "records@x.example");
	assert_advice("x.example. TXT \"v=spf1 include:i.example -all\"\n",
		      "no-record-there@x.example");
	assert_advice("x.example. TXT \"v=spf1 zz=192.0.2.1 -all\"\n",
		      "unknown-modifier@x.example");
	assert_advice("x.example. TXT \"v=spf1 ip4=192.0.2.1 -all\"\n", "mistake@x.example");
	assert_advice("x.example. TXT \"v=spf1 -all exp=e.example\"\n", "explanation@x.example");
}

static void advice_names_errors_of_included_records_to_both(void **state)
{
	static const char zone[] = "x.example. TXT \"v=spf1 include:i.example -all\"\n"
				   "i.example. TXT \"v=spf1 ipv4:192.0.2.1 -all\"\n";

	(void)state;
	assert_advice(zone, "included-error@x.example syntax@i.example");
	assert_advice_for(&(struct advice_view){ .owner_only = true }, zone,
			  "included-error@x.example");
	assert_words(zone, "included-error", "\"include:i.example\"",
		     "i.example, which has an error", "Remove the term", "ipv4:192.0.2.1");
}

/* A name that has something else than what the term asks for. */
static void advice_names_the_mechanism_that_was_meant(void **state)
{
	(void)state;
	assert_words(RECORD("a:_spf.i.example -all") "_spf.i.example. TXT \"v=spf1 -all\"\n",
		     "mistake", "without addresses", "\"include:_spf.i.example\"");
	assert_words(RECORD("mx:h.example -all") "h.example. A 192.0.2.1\n", "mistake",
		     "\"a:h.example\"");
	assert_words(RECORD("include:h.example -all") "h.example. A 192.0.2.1\n", "no-record-there",
		     "permerror", "\"a:h.example\"");
	assert_advice(RECORD("include:h.example -all") "h.example. A 192.0.2.1\n",
		      "no-record-there@x.example");
	assert_words(RECORD("~include:i.example -all") "i.example. TXT \"v=spf1 -all\"\n",
		     "qualifier", "softfail");
	assert_words(RECORD("a -all mx ~all"), "after-all", "\"mx\" stands behind");
	assert_words(RECORD("a -all ~all"), "after-all", "second \"all\"");
}

/* Two records are merged, with the softer end. */
static void advice_merges_records(void **state)
{
	static struct advised a;

	(void)state;
	advise(&a, RECORD("mx -all") "x.example. TXT \"v=spf1 a mx -all\"\n",
	       &(struct advice_view){ .family = AF_INET });
	assert_string_equal(a.list.items[0].proposal, "v=spf1 mx a -all");
	release(&a);
	advise(&a, RECORD("mx -all") "x.example. TXT \"v=spf1 a ~all\"\n",
	       &(struct advice_view){ .family = AF_INET });
	assert_string_equal(a.list.items[0].code, "records");
	assert_string_equal(a.list.items[0].proposal, "v=spf1 mx a ~all");
	release(&a);
}

static void advice_names_what_ends_a_check(void **state)
{
	char zone[2048] = "x.example. TXT \"v=spf1 mx -all\"\n";

	(void)state;
	for (int i = 0; i < 12; i++)
		snprintf(zone + strlen(zone), sizeof(zone) - strlen(zone),
			 "x.example. MX %d m%d.example\nm%d.example. A 192.0.2.1\n", i, i, i);
	assert_advice(zone, "many-mx@x.example");
	assert_advice("x.example. TXT \"v=spf1 include:f.example -all\"\nf.example. FAIL\n",
		      "dns-failure@x.example");
	assert_advice("f.example. FAIL\nx.example. FAIL\n", "dns-failure@x.example");
	snprintf(zone, sizeof(zone), "x.example. TXT \"v=spf1 include:%070d.example -all\"\n", 0);
	assert_words(zone, "bad-name", "permerror", "1 to 63 bytes");
	snprintf(zone, sizeof(zone), "x.example. TXT \"v=spf1 a:%070d.example -all\"\n", 0);
	assert_words(zone, "bad-name", "never matches");
}

static void advice_names_absence(void **state)
{
	(void)state;
	assert_advice("x.example. A 192.0.2.1\n", "no-record@x.example");
	assert_advice("y.example. A 192.0.2.1\n", "no-domain@x.example");
	assert_advice("x.example. TXT \"v=spf1include:y.example -all\"\n",
		      "not-a-record@x.example");
}

static void advice_names_long_records(void **state)
{
	char zone[3072] = "x.example. TXT \"v=spf1";

	(void)state;
	for (int i = 100; i < 128; i++)
		snprintf(zone + strlen(zone), sizeof(zone) - strlen(zone), "%s ip4:198.51.100.%d",
			 i % 12 == 0 ? "\" \"" : "", i);
	strcat(zone, " -all\"\n");
	assert_advice(zone, "long-record@x.example");
	for (int i = 0; i < 4; i++)
		snprintf(zone + strlen(zone), sizeof(zone) - strlen(zone),
			 "x.example. TXT \"verification=%0200d\"\n", i);
	assert_advice(zone, "large-answer@x.example");
}

/* No tree is too large: what there is is looked at up to a number of terms. */
static void advice_ends_with_a_word_of_it(void **state)
{
	static char zone[400000];
	size_t used = 0;

	(void)state;
	for (int i = 0; i < 40; i++) {
		used += (size_t)sprintf(zone + used, "%s%d.x.example. TXT",
					i ? "r" : "x.example. CNAME r0.x.example\nr", i);
		for (int j = 0; j < 9; j++)
			used += (size_t)sprintf(zone + used, " \"%sinclude:r%d.x.example \"",
						j ? "" : "v=spf1 ", i + 1);
		used += (size_t)sprintf(zone + used, " -all\n");
	}
	assert_true(is_advised(&(struct advice_view){ .family = AF_INET }, zone, "not-whole"));
	assert_true(is_advised(&(struct advice_view){ .family = AF_INET }, zone, "lookups"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advice_sound_record_gets_none),
		cmocka_unit_test(advice_names_what_lets_everybody_pass),
		cmocka_unit_test(advice_names_ends_that_say_nothing),
		cmocka_unit_test(advice_names_what_costs),
		cmocka_unit_test(advice_is_true_for_both_families),
		cmocka_unit_test(advice_counts_voids_of_each_family),
		cmocka_unit_test(advice_counts_lookups),
		cmocka_unit_test(advice_names_loops),
		cmocka_unit_test(advice_names_terms_behind_all),
		cmocka_unit_test(advice_names_address_space_of_nobody),
		cmocka_unit_test(advice_names_errors),
		cmocka_unit_test(advice_names_errors_of_included_records_to_both),
		cmocka_unit_test(advice_names_the_mechanism_that_was_meant),
		cmocka_unit_test(advice_merges_records),
		cmocka_unit_test(advice_names_what_ends_a_check),
		cmocka_unit_test(advice_names_absence),
		cmocka_unit_test(advice_names_long_records),
		cmocka_unit_test(advice_ends_with_a_word_of_it),
	};

	return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
