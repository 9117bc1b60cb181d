/* SPDX-License-Identifier: MIT */
#include "advice_print.h"
#include "audit_text_parts.h"

/* ---- the sums ---- */

static void print_counts(struct page *page, const struct audit *audit)
{
	const unsigned *voids = audit->voids;
	bool many = audit->lookups > EVALUATION_TERMS_MAX;
	bool empty = voids[AUDIT_IPV4] > AUDIT_VOIDS_MAX || voids[AUDIT_IPV6] > AUDIT_VOIDS_MAX;
	char storage[160];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	text_format(&text, "%s%u of %d; void: %u of %d for IPv4 clients, %u for IPv6 clients",
		    audit->ended ? "at least " : "", audit->lookups, EVALUATION_TERMS_MAX,
		    voids[AUDIT_IPV4], AUDIT_VOIDS_MAX, voids[AUDIT_IPV6]);
	audit_text_field(page, "Lookups", many || empty ? PAGE_BAD : PAGE_PLAIN, text_span(&text));
}

/* The record as it stands; what one above the domain says for it. */
static void print_dmarc(struct page *page, const struct audit *audit)
{
	enum { SHOWN_MAX = 800 };
	const struct dmarc_report *report = &audit->dmarc.report;
	bool above = report->domain[0] &&
		     !span_is_nocase(span_of(audit->top->domain), report->domain);
	char storage[4 * SHOWN_MAX + DNS_NAME_MAX + 80];
	struct text text;

	if (report->policy == DMARC_TEMPERROR || audit->dmarc.text.length == 0) {
		bool failed = report->policy == DMARC_TEMPERROR;

		audit_text_field(page, "DMARC", failed ? PAGE_BAD : PAGE_FAINT,
				 span_of(failed		      ? "lookup failed" :
					 audit->dmarc.several ? "more than one record at _dmarc" :
								"no record at _dmarc"));
		return;
	}
	text_init(&text, storage, sizeof(storage));
	if (above)
		text_format(&text, "%s by the record of %s: ", dmarc_policy_name(report->policy),
			    report->domain);
	text_printable(&text, audit->dmarc.text, SHOWN_MAX);
	audit_text_field(page, "DMARC", PAGE_PLAIN, text_span(&text));
}

/* ---- who may send ---- */

/* "0.0012 %" of all IPv4 addresses, in ten thousandths of a percent. */
static void add_share(struct text *out, uint64_t addresses)
{
	unsigned long share = (unsigned long)((addresses * 1000000) >> 32);

	if (share == 0 && addresses > 0)
		text_string(out, "less than 0.0001 %");
	else
		text_format(out, "%lu.%04lu %%", share / 10000, share % 10000);
}

static void print_networks(struct page *page, const struct networks *networks)
{
	char storage[160];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	if (networks->everybody) {
		text_string(&text, "every host in the world");
	} else {
		text_format(&text, "%llu IPv4 address%s (", (unsigned long long)networks->addresses,
			    networks->addresses == 1 ? "" : "es");
		add_share(&text, networks->addresses);
		text_format(&text, "), %zu IPv6 network%s%s", networks->ipv6,
			    networks->ipv6 == 1 ? "" : "s",
			    networks->whole ? "" : "; not all were looked at");
	}
	audit_text_field(page, "Senders", networks->everybody ? PAGE_BAD : PAGE_PLAIN,
			 text_span(&text));
	audit_text_networks(page, networks);
}

static void print_not_listed(struct page *page, const struct audit *audit)
{
	char storage[80];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	audit_text_not_listed(&text, audit);
	audit_text_field(page, "Others", PAGE_PLAIN, text_span(&text));
}

/* ---- the whole ---- */

static void print_verdict(struct page *page, const struct advice_list *list)
{
	size_t counts[ADVICE_ERROR + 1] = { 0 };
	char storage[80];
	struct text text;

	for (size_t i = 0; i < list->count; i++)
		counts[list->items[i].severity]++;
	text_init(&text, storage, sizeof(storage));
	if (counts[ADVICE_ERROR] + counts[ADVICE_WARNING] == 0)
		text_string(&text, "nothing is wrong");
	else
		text_format(&text, "%zu %s, %zu %s", counts[ADVICE_ERROR],
			    counts[ADVICE_ERROR] == 1 ? "error" : "errors", counts[ADVICE_WARNING],
			    counts[ADVICE_WARNING] == 1 ? "warning" : "warnings");
	page_newline(page);
	audit_text_field(page, "Result",
			 counts[ADVICE_ERROR]	? PAGE_BAD :
			 counts[ADVICE_WARNING] ? PAGE_DOUBT :
						  PAGE_GOOD,
			 text_span(&text));
}

void audit_text_print(const struct audit_report *report, struct page *page)
{
	const struct audit *audit = report->audit;

	page_string(page, PAGE_STRONG, "Domain");
	page_tab(page, AUDIT_LABEL_COLUMNS);
	page_bytes(page, PAGE_PLAIN, span_of(audit->top->domain));
	page_newline(page);
	page_newline(page);
	audit_text_tree(page, audit->top);
	page_newline(page);
	if (audit->top->status == PARSED_USABLE) {
		print_counts(page, audit);
		print_networks(page, report->networks);
		print_not_listed(page, audit);
	}
	print_dmarc(page, audit);
	if (report->change)
		audit_text_change(page, report);
	print_verdict(page, &report->advice);
	advice_print(&report->advice, page);
}
