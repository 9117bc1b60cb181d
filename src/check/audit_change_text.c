/* SPDX-License-Identifier: MIT */
#include "audit_text_parts.h"

static void print_lookups(struct page *page, const char *label, const struct audit_record *record,
			  const struct audit_record *other)
{
	enum { SHOWN_MAX = 60 };
	char storage[1024];
	struct text text;
	size_t listed = 0;

	text_init(&text, storage, sizeof(storage));
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];

		if (!t->lookup || audit_has_lookup(other, t))
			continue;
		text_string(&text, listed++ ? ", " : label);
		text_printable(&text, t->term.text, SHOWN_MAX);
		text_format(&text, " %u", audit_lookups_of(t));
	}
	if (listed > 0)
		page_paragraph(page, PAGE_PLAIN, AUDIT_MARGIN, text_span(&text));
}

static bool is_same_result(const struct audit *a, const struct audit *b)
{
	return a->not_listed[AUDIT_IPV4] == b->not_listed[AUDIT_IPV4] &&
	       a->not_listed[AUDIT_IPV6] == b->not_listed[AUDIT_IPV6];
}

static void print_results(struct page *page, const struct audit *before, const struct audit *after)
{
	char storage[160];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	text_string(&text, "others: ");
	audit_text_not_listed(&text, before);
	text_string(&text, " before, ");
	audit_text_not_listed(&text, after);
	text_string(&text, " after");
	page_paragraph(page, PAGE_DOUBT, AUDIT_MARGIN, text_span(&text));
}

static void print_moved(struct page *page, enum page_style style, const char *label,
			const struct networks *networks)
{
	char storage[64];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	text_format(&text, "%s:%s", label, networks->everybody ? " everybody else" : "");
	if (networks->count > 0 || networks->everybody)
		page_paragraph(page, style, AUDIT_MARGIN, text_span(&text));
	audit_text_networks(page, networks);
}

/* What is compared with, where it is no record that works. */
static void print_published(struct page *page, const struct audit_record *record)
{
	char storage[SPF_PROBLEM_MAX + 80];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	if (record->status == PARSED_TEMPERROR)
		text_string(&text, "not known: the lookup of the published record failed");
	else if (record->status == PARSED_NONE)
		text_string(&text, "no record is published");
	else
		text_format(&text, "the published record has an error: %s", record->problem);
	page_paragraph(page, PAGE_PLAIN, AUDIT_LABEL_COLUMNS, text_span(&text));
}

void audit_text_change(struct page *page, const struct audit_report *report)
{
	const struct audit_change *change = report->change;
	const struct audit *before = change->published, *after = report->audit;
	char storage[160];
	struct text text;

	page_newline(page);
	if (before->top->status != PARSED_USABLE) {
		page_string(page, PAGE_STRONG, "Change");
		print_published(page, before->top);
	}
	if (before->top->status == PARSED_TEMPERROR)
		return;
	text_init(&text, storage, sizeof(storage));
	text_format(&text, "%u lookup%s before, %u after", before->lookups,
		    before->lookups == 1 ? "" : "s", after->lookups);
	audit_text_field(page, before->top->status == PARSED_USABLE ? "Change" : "", PAGE_STRONG,
			 text_span(&text));
	print_lookups(page, "lookups gone: ", before->top, after->top);
	print_lookups(page, "lookups new: ", after->top, before->top);
	if (!is_same_result(before, after))
		print_results(page, before, after);
	if (change->gained->count + change->lost->count == 0 && !change->gained->everybody &&
	    !change->lost->everybody)
		page_paragraph(page, PAGE_PLAIN, AUDIT_MARGIN,
			       span_of("the same networks may send"));
	print_moved(page, PAGE_GOOD, "gained", change->gained);
	print_moved(page, PAGE_BAD, "lost", change->lost);
}
