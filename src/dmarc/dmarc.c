/* SPDX-License-Identifier: MIT */
#include "dmarc/dmarc.h"

#include "dmarc_record.h"

enum { LABELS_KEPT = DMARC_NAMES_MAX - 1 }; /* of a longer domain, after its first name */

/* The domains whose records may count, the nearest first. They end alike, so each is a piece of the first. */
struct names {
	struct span items[DMARC_NAMES_MAX];
	size_t count;
};

/* What one name has said. */
enum finding { FOUND, NOT_FOUND, FAILED };

static size_t count_labels(struct span domain)
{
	size_t labels = domain.length > 0;

	for (size_t i = 0; i < domain.length; i++)
		labels += domain.data[i] == '.';
	return labels;
}

static struct names names_for(struct span domain)
{
	struct names names = { .count = 0 };
	struct span label, parent = domain;

	while (parent.length > 0) {
		if (names.count == 0 || count_labels(parent) <= LABELS_KEPT)
			names.items[names.count++] = parent;
		if (!span_split(parent, '.', &label, &parent))
			break;
	}
	return names;
}

/* "_dmarc.domain"; false when that is too long for a name. */
static bool record_name(struct span domain, char *storage, struct span *name)
{
	struct text text;

	text_init(&text, storage, DNS_NAME_MAX);
	text_string(&text, "_dmarc.");
	text_add(&text, domain);
	*name = text_span(&text);
	return !text.overflow && name_is_valid_query(*name);
}

bool dmarc_query_name(struct span domain, size_t index, char *storage, struct span *name)
{
	struct names names = names_for(domain);

	return index < names.count && record_name(names.items[index], storage, name);
}

void dmarc_want(struct resolver *resolver, struct span domain, unsigned max,
		struct dmarc_report *report)
{
	char storage[DNS_NAME_MAX];
	struct span name;

	for (size_t i = 0; i < DMARC_NAMES_MAX && resolver_in_flight(resolver) < max; i++)
		if (dmarc_query_name(domain, i, storage, &name))
			report->queries += resolver_want(resolver, name, DNS_TXT);
}

/* Other texts are nobody's; two records at a name are none. */
static enum finding look_up(struct resolver *resolver, struct span domain,
			    struct dmarc_record *record, struct dmarc_report *report)
{
	char storage[DNS_NAME_MAX];
	const struct answer *answer;
	struct dmarc_record read;
	struct span name;
	size_t found = 0;

	report->names++;
	if (!record_name(domain, storage, &name))
		return NOT_FOUND;
	report->queries += resolver_want(resolver, name, DNS_TXT);
	answer = resolver_get(resolver, name, DNS_TXT);
	if (answer->status == ANSWER_FAILURE)
		return FAILED;
	for (size_t i = 0; i < answer->count; i++) {
		if (!dmarc_record_read(answer->records[i].data, &read))
			continue;
		*record = read;
		report->faulty = read.faulty;
		found++;
	}
	return found == 1 ? FOUND : NOT_FOUND;
}

static void set(struct dmarc_report *report, enum dmarc_policy policy, struct span domain)
{
	struct text text;

	report->policy = policy;
	text_init(&text, report->domain, sizeof(report->domain));
	text_add(&text, domain);
}

/*
 * The record of the organizational domain, which is where psd=n stands, else one label below psd=y, else
 * the highest; without one there, that of the public suffix. Both speak of it by sp=.
 */
static void find_above(struct resolver *resolver, const struct names *names,
		       struct dmarc_report *report)
{
	size_t before = 0; /* the name that was found last; 0 = none */

	for (size_t i = 1; i < names->count; i++) {
		struct dmarc_record record;
		enum finding finding = look_up(resolver, names->items[i], &record, report);

		if (finding == FAILED) {
			set(report, DMARC_TEMPERROR, span_of(""));
			return;
		}
		if (finding == NOT_FOUND)
			continue;
		if (record.psd == DMARC_PSD_YES && before > 0 && before == i - 1)
			return;
		set(report, record.below, names->items[i]);
		before = i;
		if (record.psd != DMARC_PSD_UNSAID)
			return;
	}
}

void dmarc_find(struct resolver *resolver, struct span domain, struct dmarc_report *report)
{
	struct names names = names_for(domain);
	struct dmarc_record record;

	set(report, DMARC_ABSENT, span_of(""));
	report->names = 0;
	switch (look_up(resolver, domain, &record, report)) {
	case FOUND: set(report, record.policy, domain); break;
	case FAILED: set(report, DMARC_TEMPERROR, span_of("")); break;
	case NOT_FOUND: find_above(resolver, &names, report); break;
	}
}
