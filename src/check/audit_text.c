/* SPDX-License-Identifier: MIT */
#include "audit_report.h"

#include "advice_print.h"
#include "base/text.h"
#include "record_text.h"

enum {
	LABEL_COLUMNS = 10,
	MARGIN = 3,
	STEP = 2,
	NOTE_COLUMN = 45,
	NETWORKS_SHOWN = 40, /* of one term; --json has all */
};

/* ---- the tree ---- */

static void note(struct text *out, const char *words)
{
	text_string(out, out->length ? ", " : "");
	text_string(out, words);
}

/* What the DNS says of a term, in a few words. */
static void add_findings(struct text *out, const struct audit_term *t)
{
	if (t->unused)
		note(out, "never used");
	if (t->loop)
		note(out, "a loop");
	if (t->target == AUDIT_INVALID)
		note(out, "no domain name");
	if (t->target == AUDIT_MACROS && record_counts(t->term.mechanism))
		note(out, "depends on the client or sender");
	if (t->answer && t->answer->status == ANSWER_FAILURE)
		note(out, "lookup failed");
	for (enum audit_family f = 0; f < AUDIT_FAMILIES; f++)
		if (t->void_lookup[f])
			text_format(out, "%svoid %u for IPv%c", out->length ? ", " : "",
				    t->void_lookup[f], f == AUDIT_IPV4 ? '4' : '6');
}

static void print_term(struct page *page, size_t indent, const struct audit_term *t)
{
	char storage[256];
	struct text text;
	struct span line, rest = t->term.text;

	text_init(&text, storage, sizeof(storage));
	if (t->lookup)
		text_format(&text, "lookup %u", t->lookup);
	if (t->record && t->record->lookups > 0)
		text_format(&text, ", %u more inside", t->record->lookups);
	add_findings(&text, t);
	while (page_next_line(&rest, page->width - indent, true, &line)) {
		page_tab(page, indent);
		page_bytes(page, PAGE_PLAIN, line);
		if (rest.length > 0)
			page_newline(page);
	}
	if (page->column >= NOTE_COLUMN)
		page_newline(page);
	page_paragraph(page, t->lookup > EVALUATION_TERMS_MAX ? PAGE_BAD : PAGE_FAINT, NOTE_COLUMN,
		       text_span(&text));
}

static void print_answer(struct page *page, const struct audit_record *record)
{
	if (!record->answer)
		page_string(page, PAGE_BAD, "  not asked");
	else if (record->answer->status == ANSWER_FAILURE)
		page_string(page, PAGE_BAD, "  lookup failed");
	else if (record->answer->status == ANSWER_NXDOMAIN)
		page_string(page, PAGE_BAD, "  no such name");
	else if (record->status == PARSED_NONE)
		page_string(page, PAGE_BAD, "  no SPF record");
	else
		page_format(page, PAGE_FAINT, "  %zu bytes", audit_answer_bytes(record));
	page_newline(page);
}

static void print_text(struct page *page, size_t indent, const struct audit_record *record)
{
	const struct answer *answer = record->answer;

	if (record->text.length > 0) {
		record_text_print(page, indent, record->text, record->repair);
		record_text_print_errors(page, indent, record->repair);
		return;
	}
	if (record->status != PARSED_PERMERROR)
		return;
	for (size_t i = 0; answer && i < answer->count; i++)
		if (record_is_spf(answer->records[i].data))
			record_text_print(page, indent, answer->records[i].data, NULL);
	record_text_remark(page, indent, PAGE_BAD, record->problem);
}

/* Terms that take no lookup stand in the text. */
static void print_record(struct page *page, size_t indent, const struct audit_record *record)
{
	page_tab(page, indent);
	page_string(page, PAGE_FAINT, "TXT  ");
	page_bytes(page, PAGE_STRONG, span_of(record->domain));
	print_answer(page, record);
	print_text(page, indent, record);
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];

		if (!t->lookup && !t->unused)
			continue;
		print_term(page, indent, t);
		if (t->record)
			print_record(page, indent + STEP, t->record);
	}
}

/* ---- the sums ---- */

static void field(struct page *page, const char *label, enum page_style style, struct span value)
{
	page_string(page, PAGE_STRONG, label);
	page_paragraph(page, style, LABEL_COLUMNS, value);
}

static void print_counts(struct page *page, const struct audit *audit)
{
	const unsigned *voids = audit->voids;
	bool many = audit->lookups > EVALUATION_TERMS_MAX;
	bool empty = voids[AUDIT_IPV4] > AUDIT_VOIDS_MAX || voids[AUDIT_IPV6] > AUDIT_VOIDS_MAX;
	char storage[160];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	text_format(&text, "%s%u of %d", audit->ended ? "at least " : "", audit->lookups,
		    EVALUATION_TERMS_MAX);
	field(page, "Lookups", many ? PAGE_BAD : PAGE_PLAIN, text_span(&text));
	text_reset(&text);
	text_format(&text, "%u of %d for IPv4 clients, %u for IPv6 clients", voids[AUDIT_IPV4],
		    AUDIT_VOIDS_MAX, voids[AUDIT_IPV6]);
	field(page, "Void", empty ? PAGE_BAD : PAGE_PLAIN, text_span(&text));
}

static void print_mail(struct page *page, const struct audit *audit)
{
	page_string(page, PAGE_STRONG, "DMARC");
	page_tab(page, LABEL_COLUMNS);
	if (audit->dmarc.length > 0)
		page_bytes(page, PAGE_PLAIN, audit->dmarc);
	else
		page_string(page, PAGE_FAINT, "no record at _dmarc");
	page_newline(page);
}

/* ---- networks ---- */

/* "0.0012 %" of all IPv4 addresses, in ten thousandths of a percent. */
static void add_share(struct text *out, uint64_t addresses)
{
	unsigned long share = (unsigned long)((addresses * 1000000) >> 32);

	if (share == 0 && addresses > 0)
		text_string(out, "less than 0.0001 %");
	else
		text_format(out, "%lu.%04lu %%", share / 10000, share % 10000);
}

static void add_network(struct text *out, const struct networks_item *item)
{
	char storage[ADDRESS_TEXT_MAX];
	unsigned width = item->network.address.family == AF_INET ? 32 : 128;

	text_string(out, out->length ? " " : "");
	text_string(out, address_format(&item->network.address, storage));
	if (item->network.prefix < width)
		text_format(out, "/%u", item->network.prefix);
	if (item->space)
		text_format(out, " (%s)", item->space);
	if (item->too_late)
		text_string(out, " (too late)");
}

static bool is_network(const struct audit_term *t)
{
	return t->term.mechanism == RECORD_IP4 || t->term.mechanism == RECORD_IP6;
}

/* All networks of one term of the first record. Returns the index behind them. */
static size_t print_group(struct page *page, const struct networks *networks, size_t first)
{
	const struct networks_item *items = networks->items;
	char storage[NETWORKS_SHOWN * 80];
	struct text text;
	size_t i = first;

	text_init(&text, storage, sizeof(storage));
	for (; i < networks->count && items[i].place == items[first].place; i++)
		if (i - first < NETWORKS_SHOWN)
			add_network(&text, &items[i]);
	if (i - first > NETWORKS_SHOWN)
		text_format(&text, " and %zu more", i - first - NETWORKS_SHOWN);
	page_tab(page, MARGIN);
	page_bytes(page, PAGE_PLAIN,
		   is_network(items[first].via) ? span_of("ip4, ip6") :
						  items[first].via->term.text);
	page_newline(page);
	page_paragraph(page, PAGE_FAINT, MARGIN + STEP, text_span(&text));
	return i;
}

static void print_list(struct page *page, const struct networks *networks)
{
	for (size_t i = 0; i < networks->count;)
		i = print_group(page, networks, i);
}

static void print_networks(struct page *page, const struct networks *networks)
{
	char storage[160];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	if (networks->everybody) {
		text_string(&text, "every host in the world");
	} else {
		text_format(&text, "%llu IPv4 addresses (",
			    (unsigned long long)networks->addresses);
		add_share(&text, networks->addresses);
		text_format(&text, "), %zu IPv6 network%s%s", networks->ipv6,
			    networks->ipv6 == 1 ? "" : "s",
			    networks->whole ? "" : "; not all were looked at");
	}
	field(page, "Senders", networks->everybody ? PAGE_BAD : PAGE_PLAIN, text_span(&text));
	print_list(page, networks);
}

/* ---- differences ---- */

static void print_change(struct page *page, const struct audit_report *report)
{
	const struct audit_change *change = report->change;
	char storage[160];
	struct text text;

	page_newline(page);
	text_init(&text, storage, sizeof(storage));
	text_format(&text, "%u lookups before, %u after", change->published->lookups,
		    report->audit->lookups);
	field(page, "Change", PAGE_STRONG, text_span(&text));
	if (change->gained->everybody || change->lost->everybody)
		page_paragraph(page, PAGE_BAD, MARGIN,
			       span_of(change->gained->everybody ? "gained: everybody else" :
								   "lost: everybody else"));
	if (change->gained->count == 0 && change->lost->count == 0)
		page_paragraph(page, PAGE_PLAIN, MARGIN, span_of("the same networks may send"));
	if (change->gained->count > 0) {
		page_paragraph(page, PAGE_GOOD, MARGIN, span_of("gained:"));
		print_list(page, change->gained);
	}
	if (change->lost->count > 0) {
		page_paragraph(page, PAGE_BAD, MARGIN, span_of("lost:"));
		print_list(page, change->lost);
	}
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
	field(page, "Result",
	      counts[ADVICE_ERROR]   ? PAGE_BAD :
	      counts[ADVICE_WARNING] ? PAGE_DOUBT :
				       PAGE_GOOD,
	      text_span(&text));
}

void audit_text_print(const struct audit_report *report, struct page *page)
{
	const struct audit *audit = report->audit;

	page_string(page, PAGE_STRONG, "Domain");
	page_tab(page, LABEL_COLUMNS);
	page_bytes(page, PAGE_PLAIN, span_of(audit->top->domain));
	page_newline(page);
	page_newline(page);
	print_record(page, MARGIN, audit->top);
	page_newline(page);
	if (audit->top->status == PARSED_USABLE) {
		print_counts(page, audit);
		print_networks(page, report->networks);
	}
	print_mail(page, audit);
	if (report->change)
		print_change(page, report);
	print_verdict(page, &report->advice);
	advice_print(&report->advice, page);
}
