/* SPDX-License-Identifier: MIT */
/* DMARC records by their grammar: what counts, what is left out, and what is no record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dmarc/dmarc_record.h"

static const struct {
	const char *text;
	enum dmarc_policy policy, below;
	enum dmarc_psd psd;
} records[] = {
	{ "v=DMARC1; p=reject", DMARC_REJECT, DMARC_REJECT, DMARC_PSD_UNSAID },
	{ "v=DMARC1;p=QUARANTINE;", DMARC_QUARANTINE, DMARC_QUARANTINE, DMARC_PSD_UNSAID },
	{ "v = DMARC1 ; p\t=\tnone ; ", DMARC_NONE, DMARC_NONE, DMARC_PSD_UNSAID },
	{ "v=DMARC1; sp=none; p=reject; psd=n", DMARC_REJECT, DMARC_NONE, DMARC_PSD_NO },
	{ "v=DMARC1; p=none; sp=reject; psd=Y", DMARC_NONE, DMARC_REJECT, DMARC_PSD_YES },
	{ "v=DMARC1; p=none; psd=u", DMARC_NONE, DMARC_NONE, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=none; psd=x", DMARC_NONE, DMARC_NONE, DMARC_PSD_UNSAID },
	/* np= is for domains that do not exist, and those have no SPF record. */
	{ "v=DMARC1; p=none; np=reject", DMARC_NONE, DMARC_NONE, DMARC_PSD_UNSAID },
	/* t=y: one weaker. */
	{ "v=DMARC1; p=reject; sp=none; t=y", DMARC_QUARANTINE, DMARC_NONE, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=quarantine; t=y", DMARC_NONE, DMARC_NONE, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=reject; t=n", DMARC_REJECT, DMARC_REJECT, DMARC_PSD_UNSAID },
	/* Unknown and broken tags are as if they were not there. */
	{ "v=DMARC1; x=1; x=2; p=reject; pct=0; ri=; =; ;;", DMARC_REJECT, DMARC_REJECT,
	  DMARC_PSD_UNSAID },
	{ "v=DMARC1; p1=none; p=reject", DMARC_REJECT, DMARC_REJECT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; P=none; p=reject; s\xc3\xa4=x; ruf=\x01", DMARC_REJECT, DMARC_REJECT,
	  DMARC_PSD_UNSAID },
	/* No valid p=, or an invalid sp= or np=: p=none with an address for reports, else nothing. */
	{ "v=DMARC1", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; rua=mailto:a@b.example", DMARC_NONE, DMARC_NONE, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=rejct; rua=mailto:a@b.example", DMARC_NONE, DMARC_NONE, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=rejct; rua=a@b.example", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=reject; sp=all", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=reject; np=absent; rua=1:, https://a", DMARC_NONE, DMARC_NONE,
	  DMARC_PSD_UNSAID },
	/* An sp= or np= without a valid value is there, and is not valid. */
	{ "v=DMARC1; p=reject; sp=", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=reject; np=; rua=mailto:", DMARC_NONE, DMARC_NONE, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=reject; sp=rej\xc3ject; rua=a+b.c-d:x!10m", DMARC_NONE, DMARC_NONE,
	  DMARC_PSD_UNSAID },
	/* What is no URI. */
	{ "v=DMARC1; rua=<mailto:a@b.example>", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; rua=mailto:a b@c.example", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; rua=mail to:a@b.example", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; rua=:a@b.example , ,", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; rua=mailto:\xc3\xa4@b.example", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; rua=x , mailto:a@b.example", DMARC_NONE, DMARC_NONE, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=reject; np=temperror", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; p=reject x", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_UNSAID },
	{ "v=DMARC1; psd=y; p=x", DMARC_ABSENT, DMARC_ABSENT, DMARC_PSD_YES },
};

static void dmarc_record_is_read_by_its_grammar(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
		struct dmarc_record record;

		if (!dmarc_record_read(span_of(records[i].text), &record) ||
		    record.policy != records[i].policy || record.below != records[i].below ||
		    record.psd != records[i].psd)
			fail_msg("%s: %d %d %d", records[i].text, record.policy, record.below,
				 record.psd);
	}
}

static void dmarc_record_is_none(void **state)
{
	static const char *const none[] = {
		"",
		"v=spf1 -all",
		"v=dmarc1; p=reject",
		"V=DMARC1; p=reject",
		" v=DMARC1; p=reject",
		"v=DMARC1 p=reject",
		"v=DMARC10; p=reject",
		"v=DMARC; p=reject",
		"v=DMARC1\x01; p=reject",
		"p=reject; v=DMARC1",
		"vv=DMARC1; p=reject",
		"v==DMARC1; p=reject",
		/* A tag list with a name twice is none at all (RFC 6376 section 3.2). */
		"v=DMARC1; p=reject; p=none",
		"v=DMARC1; p=reject; rua=mailto:a@b.example; rua=mailto:c@b.example",
		"v=DMARC1; p=reject; np=; np=none",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		struct dmarc_record record;

		if (dmarc_record_read(span_of(none[i]), &record))
			fail_msg("taken for a record: %s", none[i]);
	}
}

static void dmarc_record_nul_ends_nothing(void **state)
{
	struct dmarc_record record;

	(void)state;
	assert_true(
		dmarc_record_read((struct span){ "v=DMARC1; p=none\0; sp=reject", 28 }, &record));
	assert_int_equal(record.policy, DMARC_ABSENT);
	assert_false(dmarc_record_read((struct span){ "v=DMARC1\0; p=none", 17 }, &record));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dmarc_record_is_read_by_its_grammar),
		cmocka_unit_test(dmarc_record_is_none),
		cmocka_unit_test(dmarc_record_nul_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
