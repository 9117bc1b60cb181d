/* SPDX-License-Identifier: MIT */
/* What is kept of a published record, and the canonical record that is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "spf/canonical.h"

struct reading {
	struct parsed_record parsed;
	struct answer *answer;
	char storage[CANONICAL_MAX];
};

/* Up to two texts, NULL = none. */
static void read_texts(struct reading *r, const char *client, const char *first, const char *second)
{
	struct answer_record records[2] = { { .data = span_of(first ? first : "") },
					    { .data = span_of(second ? second : "") } };
	struct address address;
	struct text out;

	assert_true(address_parse(span_of(client), &address));
	*r = (struct reading){ .answer = NULL };
	r->answer = answer_build(first ? ANSWER_OK : ANSWER_NODATA, DNS_TXT, 0, records,
				 (size_t)(!!first + !!second));
	parsed_record_read(&r->parsed, &address, r->answer);
	text_init(&out, r->storage, sizeof(r->storage));
	canonical_write(&out, &r->parsed, address.family, 3, SIZE_MAX);
	assert_false(out.overflow);
}

static void parsed_record_becomes_canonical(void **state)
{
	static const struct {
		const char *client, *record, *canonical;
	} rows[] = {
		{ "192.0.2.5", "v=spf1", "v=spf1" },
		{ "192.0.2.5", "V=SPF1 -ALL", "v=spf1 -all" },
		{ "192.0.2.5", "v=spf1 ip4:192.0.2.0/24 -all", "v=spf1 +all" },
		{ "192.0.2.5", "v=spf1 ip4:198.51.100.0/24 ~all", "v=spf1 ~all" },
		{ "2001:db8::5", "v=spf1 ip4:192.0.2.0/24 -ip6:2001:db8::/32 ?all", "v=spf1 -all" },
		{ "192.0.2.5", "v=spf1 a:%{d}.x.example/24//64 mx/16 -all",
		  "v=spf1 +a:T3/24 +mx:T4/16 -all" },
		{ "2001:db8::5", "v=spf1 a/24//64 ?mx//0 -all", "v=spf1 +a:T3//64 ?mx:T4 -all" },
		{ "192.0.2.5",
		  "v=spf1 a/0 ~ptr -exists:%{i}.x.example include:%{o} redirect=r.example",
		  "v=spf1 +a:T3 ~exists:T4 -exists:T5 +include:T6 redirect=T7" },
		{ "192.0.2.5", "v=spf1 redirect=r.example exp=e.example foo=%{d} a",
		  "v=spf1 +a:T3 redirect=T4" },
		{ "192.0.2.5", "v=spf1 redirect=r.example -all", "v=spf1 -all" },
		/* Nothing after the terminal term; the eleventh term meets the limit, the twelfth nobody. */
		{ "192.0.2.5", "v=spf1 ip4:192.0.2.5 a mx -all", "v=spf1 +all" },
		{ "192.0.2.5", "v=spf1 a a a a a a a a a a a a a -all",
		  "v=spf1 +a:T3 +a:T4 +a:T5 +a:T6 +a:T7 +a:T8 +a:T9 +a:T10 +a:T11 +a:T12 +a:T13 -all" },
	};
	struct reading r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		read_texts(&r, rows[i].client, rows[i].record, NULL);
		assert_int_equal(r.parsed.status, PARSED_USABLE);
		assert_string_equal(r.storage, rows[i].canonical);
		free(r.answer);
	}
}

static void parsed_record_says_where_a_limit_ended_the_check(void **state)
{
	struct reading r;
	struct text out;

	(void)state;
	read_texts(&r, "192.0.2.5", "v=spf1 a -mx:m.example ?ptr -all", NULL);
	text_init(&out, r.storage, sizeof(r.storage));
	canonical_write(&out, &r.parsed, AF_INET, 3, 1);
	assert_string_equal(r.storage, "v=spf1 +a:T3 -include:T4 ?exists:T5 -all");
	free(r.answer);
}

static void parsed_selects_one_record(void **state)
{
	static const struct {
		const char *first, *second;
		enum parsed_status status;
	} rows[] = {
		{ NULL, NULL, PARSED_NONE },
		{ "v=spf10 -all", "hello", PARSED_NONE },
		{ "v=spf1\t-all", NULL, PARSED_NONE },
		{ "other", "v=spf1 -all", PARSED_USABLE },
		{ "v=spf1 -all", "V=spf1 +all", PARSED_PERMERROR },
		{ "v=spf1 +all foo:bar", NULL, PARSED_PERMERROR },
		{ "v=spf1 a b", NULL, PARSED_PERMERROR },
	};
	struct reading r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		read_texts(&r, "192.0.2.5", rows[i].first, rows[i].second);
		assert_int_equal(r.parsed.status, rows[i].status);
		if (rows[i].status == PARSED_PERMERROR)
			assert_true(r.parsed.error.problem[0] != '\0');
		free(r.answer);
	}
}

static void parsed_knows_who_sends_no_mail(void **state)
{
	static const struct {
		const char *record;
		bool only;
	} rows[] = {
		{ "v=spf1 -all", true },
		{ "V=SPF1  -ALL ", true },
		{ "v=spf1 ~all", false },
		{ "v=spf1 a -all", false },
		{ "v=spf1 ip4:192.0.2.9 -all", false },
		{ "v=spf1", false },
	};
	struct reading r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		read_texts(&r, "192.0.2.5", rows[i].record, NULL);
		assert_int_equal(r.parsed.only_minus_all, rows[i].only);
		free(r.answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsed_record_becomes_canonical),
		cmocka_unit_test(parsed_record_says_where_a_limit_ended_the_check),
		cmocka_unit_test(parsed_selects_one_record),
		cmocka_unit_test(parsed_knows_who_sends_no_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
