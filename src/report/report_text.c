/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "base/text.h"

enum {
	COUNT_COLUMNS = 8,
	RESULT_COLUMNS = 10,
};

const struct report_list report_lists[SUMS_LISTS] = {
	[SUMS_NOT_JUDGED] = { .json = "not_judged", .title = "Not checked", .key = "why" },
	[SUMS_REFUSED_DOMAINS] = { .json = "refused_by_domain",
				   .title = "Refused, by domain",
				   .key = "domain",
				   .others = "clients",
				   .preposition = "from",
				   .other = "client" },
	[SUMS_REFUSED_CLIENTS] = { .json = "refused_by_client",
				   .title = "Refused, by client",
				   .key = "client",
				   .note = "helo",
				   .others = "domains",
				   .preposition = "for",
				   .other = "domain" },
	[SUMS_FORWARDERS] = { .json = "forwarders",
			      .title =
				      "Fail for unrelated domains and pass for none: forwarders, or spammers",
			      .key = "client",
			      .note = "helo",
			      .others = "domains",
			      .preposition = "for",
			      .other = "domain",
			      .when = "If it forwards for your users",
			      .setting = "Whitelist" },
	[SUMS_PRIVATE] = { .json = "private_clients",
			   .title =
				   "Private addresses, which no public record can name: is Postfix behind a NAT?",
			   .key = "client",
			   .note = "helo",
			   .when = "If it is a relay of yours",
			   .setting = "skip_addresses" },
	[SUMS_BROKEN] = { .json = "broken_records",
			  .title = "Broken records",
			  .key = "domain",
			  .note = "problem" },
	[SUMS_FAULTS] = { .json = "dns_faults",
			  .title = "DNS failures",
			  .key = "fault",
			  .others = "domains",
			  .preposition = "for",
			  .other = "domain" },
	[SUMS_SLOW] = { .json = "slow_domains", .title = "Took a second or more", .key = "domain" },
	[SUMS_BANNED_HELO] = { .json = "fail2ban_helo",
			       .title = "Refusals that fail2ban would have spared, mode = helo",
			       .key = "client",
			       .note = "helo" },
	[SUMS_BANNED_FAIL] = { .json = "fail2ban_fail",
			       .title = "Refusals that fail2ban would have spared, mode = fail",
			       .key = "client",
			       .note = "helo" },
	[SUMS_WARNINGS] = { .json = "warnings",
			    .title = "Warnings of the service",
			    .key = "message" },
};

/* ---- the head ---- */

static void print_times(const struct sums *sums, struct page *page)
{
	char first[32], last[32];
	struct tm tm;

	strftime(first, sizeof(first), "%Y-%m-%d %H:%M", localtime_r(&sums->first, &tm));
	strftime(last, sizeof(last), "%Y-%m-%d %H:%M", localtime_r(&sums->last, &tm));
	page_format(page, PAGE_STRONG, "%lu %s, %s to %s", sums->decisions,
		    sums->decisions == 1 ? "decision" : "decisions", first, last);
	page_newline(page);
}

static void print_results(const struct sums *sums, struct page *page)
{
	static const enum spf_result order[] = { SPF_PASS, SPF_FAIL,	  SPF_SOFTFAIL, SPF_NEUTRAL,
						 SPF_NONE, SPF_PERMERROR, SPF_TEMPERROR };
	static const char *const names[] = { [SPF_HELO] = "HELO", [SPF_MAILFROM] = "MAIL FROM" };

	page_newline(page);
	page_tab(page, RESULT_COLUMNS);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		page_format(page, PAGE_STRONG, "%*s", RESULT_COLUMNS, spf_result_name(order[i]));
	page_newline(page);
	for (unsigned identity = SPF_IDENTITY_COUNT; identity-- > 0;) {
		page_string(page, PAGE_STRONG, names[identity]);
		page_tab(page, RESULT_COLUMNS);
		for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
			page_format(page, PAGE_PLAIN, "%*lu", RESULT_COLUMNS,
				    sums->results[identity][order[i]]);
		page_newline(page);
	}
}

static void print_actions(const struct sums *sums, struct page *page)
{
	char storage[512];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	for (unsigned verb = DECISION_DUNNO; verb <= DECISION_RESTRICTION; verb++)
		for (unsigned would = 0; would < 2; would++)
			if (sums->actions[verb][would] > 0)
				text_format(&text, "%s%s%s %lu", text.length > 0 ? ", " : "",
					    would ? "would-" : "",
					    decision_verb_name((enum decision_verb)verb),
					    sums->actions[verb][would]);
	page_string(page, PAGE_STRONG, "Actions");
	page_paragraph(page, PAGE_PLAIN, RESULT_COLUMNS + 2, text_span(&text));
}

/* ---- the lists ---- */

static void print_row(struct page *page, const struct report_list *list, const struct sums_row *row)
{
	page_format(page, PAGE_STRONG, "%*lu", COUNT_COLUMNS, row->row.count);
	page_string(page, PAGE_PLAIN, "  ");
	if (row->row.key.length > 0)
		page_bytes(page, PAGE_PLAIN, row->row.key);
	else
		page_string(page, PAGE_FAINT, "(not told)");
	if (row->note) {
		page_string(page, PAGE_FAINT, " (");
		page_bytes(page, PAGE_FAINT, span_of(row->note));
		page_string(page, PAGE_FAINT, ")");
	}
	if (list->others)
		page_format(page, PAGE_PLAIN, ", %s %lu %s%s", list->preposition, row->others,
			    list->other, row->others == 1 ? "" : "s");
	if (row->worst_ms > 0)
		page_format(page, PAGE_PLAIN, ", %u.%u s at worst", row->worst_ms / 1000,
			    row->worst_ms / 100 % 10);
	if (row->would > 0)
		page_string(page, PAGE_DOUBT,
			    row->would == row->row.count ? "; test mode: went on" :
							   "; partly test mode: went on");
	page_newline(page);
	if (!list->setting)
		return;
	page_tab(page, COUNT_COLUMNS + 4);
	page_format(page, PAGE_FAINT, "%s, add to %s: ", list->when, list->setting);
	page_bytes(page, PAGE_FAINT, row->row.key);
	page_newline(page);
}

static void print_list(const struct sums *sums, enum sums_list number, size_t top,
		       struct page *page)
{
	const struct report_list *list = &report_lists[number];
	size_t count;
	struct sums_row **rows = sums_rows(sums, number, &count);

	if (count == 0)
		return;
	page_newline(page);
	page_string(page, PAGE_STRONG, list->title);
	page_newline(page);
	for (size_t i = 0; i < count && i < top; i++)
		print_row(page, list, rows[i]);
	if (count > top) {
		page_format(page, PAGE_FAINT, "%*s  and %zu more", COUNT_COLUMNS, "", count - top);
		page_newline(page);
	}
	if (sums->lists[number]->not_entered > 0) {
		page_format(page, PAGE_DOUBT, "%*s  and %lu that found no room in memory",
			    COUNT_COLUMNS, "", sums->lists[number]->not_entered);
		page_newline(page);
	}
}

void report_page(const struct sums *sums, size_t top, struct page *page)
{
	if (sums->decisions == 0) {
		page_string(
			page, PAGE_DOUBT,
			"No decision of an SPF service was found: no line of policyd-spf, policy-spf, "
			"spfpolicyd or Log_Ident.");
		page_newline(page);
	} else {
		print_times(sums, page);
		print_results(sums, page);
		page_newline(page);
		print_actions(sums, page);
	}
	for (unsigned list = 0; list < SUMS_LISTS; list++)
		print_list(sums, (enum sums_list)list, top, page);
	if (sums->seen->not_entered > 0) {
		page_newline(page);
		page_string(
			page, PAGE_DOUBT,
			"There were too many clients and domains to remember: of each there may be more.");
		page_newline(page);
	}
}
