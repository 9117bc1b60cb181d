/* SPDX-License-Identifier: MIT */
/*
 * The policy of any domain, whatever its names say, is what RFC 9989 reads like: the same walk is made here once
 * more in the words of sections 4.10 to 4.10.2, over the same records. No name is asked that the walk does not
 * have, all that may be waited for was wanted before, and a record reads as it does with an unknown tag behind.
 *
 * The first line of an input is the domain, the others are what is found at the names of its walk in their order:
 * "!" a failure of DNS, else records between "|".
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "dmarc/dmarc.h"
#include "dmarc/dmarc_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_at(bool truth, int line)
{
	if (truth)
		return;
	fprintf(stderr, "fuzz_dmarc.c:%d\n", line);
	abort();
}
#define require(truth) require_at(truth, __LINE__)

/* ---- the names, by the steps of section 4.10 ---- */

enum { WALK_MAX = 8, RECORDS_MAX = 32 };

static struct span without_first_label(struct span domain)
{
	size_t dot = span_find(domain, '.');

	return dot < domain.length ? span_skip(domain, dot + 1) : span_of("");
}

static size_t labels_of(struct span domain)
{
	size_t labels = 0;

	for (; domain.length > 0; domain = without_first_label(domain))
		labels++;
	return labels;
}

/* ---- the world: what stands at each name ---- */

struct resolver {
	size_t count;
	struct {
		struct span domain;
		struct answer *answer;
		bool wanted;
	} names[WALK_MAX];
};

static struct answer *make_answer(struct span line)
{
	struct answer_record records[RECORDS_MAX];
	size_t count = 0;

	if (line.length > 0 && line.data[0] == '!')
		return answer_build(ANSWER_FAILURE, DNS_TXT, 0, NULL, 0);
	while (line.length > 0 && count < RECORDS_MAX) {
		size_t end = span_find(line, '|');

		records[count++] = (struct answer_record){ .data = span_take(line, end) };
		line = span_skip(line, end < line.length ? end + 1 : end);
	}
	return answer_build(count ? ANSWER_OK : ANSWER_NXDOMAIN, DNS_TXT, 0, records, count);
}

static void make_world(struct resolver *resolver, struct span domain, struct span lines)
{
	struct span line;

	resolver->count = 0;
	for (struct span name = domain; name.length > 0;) {
		require(resolver->count < WALK_MAX);
		if (!span_next_line(&lines, &line)) {
			line = lines;
			lines.length = 0;
		}
		resolver->names[resolver->count].domain = name;
		resolver->names[resolver->count].wanted = false;
		resolver->names[resolver->count++].answer = make_answer(line);
		do
			name = without_first_label(name);
		while (labels_of(name) >= WALK_MAX);
	}
}

/* ---- the resolver that the program is given ---- */

static size_t index_of(const struct resolver *resolver, struct span name)
{
	static const char prefix[] = "_dmarc.";
	size_t length = sizeof(prefix) - 1, i = 0;

	require(name.length > length && memcmp(name.data, prefix, length) == 0);
	name = span_skip(name, length);
	while (i < resolver->count && !span_equal(resolver->names[i].domain, name))
		i++;
	require(i < resolver->count);
	return i;
}

bool resolver_want(struct resolver *resolver, struct span name, uint16_t type)
{
	bool *wanted = &resolver->names[index_of(resolver, name)].wanted;
	bool sent = !*wanted;

	require(type == DNS_TXT);
	*wanted = true;
	return sent;
}

const struct answer *resolver_get(struct resolver *resolver, struct span name, uint16_t type)
{
	size_t i = index_of(resolver, name);

	require(type == DNS_TXT && resolver->names[i].wanted);
	return resolver->names[i].answer;
}

unsigned resolver_in_flight(const struct resolver *resolver)
{
	(void)resolver;
	return 0;
}

/* ---- the policy, by sections 4.10.1 and 4.10.2 ---- */

static void check_record(struct span text, const struct dmarc_record *record)
{
	char storage[2048];
	struct dmarc_record again;
	struct text copy;

	require(record->policy >= DMARC_ABSENT && record->policy <= DMARC_REJECT);
	require(record->below >= DMARC_ABSENT && record->below <= DMARC_REJECT);
	require((record->policy == DMARC_ABSENT) == (record->below == DMARC_ABSENT));
	text_init(&copy, storage, sizeof(storage));
	text_add(&copy, text);
	text_string(&copy, ";unknown=1");
	require(!copy.overflow && dmarc_record_read(text_span(&copy), &again));
	require(again.policy == record->policy && again.below == record->below &&
		again.psd == record->psd);
}

/* The record that stands at a name; none when there are several. */
static bool record_at(const struct resolver *resolver, size_t i, struct dmarc_record *record)
{
	const struct answer *answer = resolver->names[i].answer;
	size_t found = 0;

	for (size_t n = 0; n < answer->count; n++) {
		struct dmarc_record read;

		if (!dmarc_record_read(answer->records[n].data, &read))
			continue;
		check_record(answer->records[n].data, &read);
		*record = read;
		found++;
	}
	return found == 1;
}

static bool failed_at(const struct resolver *resolver, size_t i)
{
	return resolver->names[i].answer->status == ANSWER_FAILURE;
}

/* Whose record speaks for a domain that has none; `count` when nobody's, SIZE_MAX when DNS failed before. */
static size_t policy_record(const struct resolver *resolver)
{
	bool has[WALK_MAX] = { false };
	struct dmarc_record records[WALK_MAX];
	size_t last = resolver->count;

	for (size_t i = 1; i < resolver->count; i++) {
		if (failed_at(resolver, i))
			return SIZE_MAX;
		has[i] = record_at(resolver, i, &records[i]);
		if (!has[i])
			continue;
		last = i;
		if (records[i].psd != DMARC_PSD_UNSAID)
			break;
	}
	/* One label below a public suffix is the organizational domain, if it has a record. */
	if (last < resolver->count && records[last].psd == DMARC_PSD_YES && has[last - 1])
		last--;
	return last;
}

static void expect(const struct resolver *resolver, enum dmarc_policy *policy, struct span *domain)
{
	struct dmarc_record record;
	size_t from;

	*policy = DMARC_TEMPERROR;
	*domain = span_of("");
	if (failed_at(resolver, 0))
		return;
	if (record_at(resolver, 0, &record)) {
		*policy = record.policy;
		*domain = resolver->names[0].domain;
		return;
	}
	from = policy_record(resolver);
	if (from == SIZE_MAX)
		return;
	*policy = DMARC_ABSENT;
	if (from == resolver->count)
		return;
	require(record_at(resolver, from, &record));
	*policy = record.below;
	*domain = resolver->names[from].domain;
}

/* ---- */

static void check_domain(struct resolver *resolver, struct span domain)
{
	struct dmarc_report report = { .policy = DMARC_UNKNOWN };
	enum dmarc_policy policy;
	struct span by;

	dmarc_want(resolver, domain, UINT32_MAX, &report);
	require(report.queries == resolver->count);
	dmarc_find(resolver, domain, &report);
	expect(resolver, &policy, &by);
	require(report.policy == policy && span_equal(span_of(report.domain), by));
	require(*dmarc_policy_name(report.policy));
	require(report.names > 0 && report.names <= resolver->count &&
		report.queries == resolver->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct resolver resolver;
	struct span domain, lines = { (const char *)data, size };

	/* "_dmarc." before it must still be a name; that is for the tests of names. */
	if (!span_next_line(&lines, &domain) || domain.length > 240 ||
	    !name_is_valid_query(domain) || domain.data[domain.length - 1] == '.')
		return 0;
	make_world(&resolver, domain, lines);
	check_domain(&resolver, domain);
	for (size_t i = 0; i < resolver.count; i++)
		free(resolver.names[i].answer);
	return 0;
}
