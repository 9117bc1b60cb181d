/* SPDX-License-Identifier: MIT */
#include "changes.h"

enum {
	COUNT_COLUMNS = 8,
	NOW_COLUMN = 40,
	TEXT_COLUMN = 10,
};

static void print_outcome(struct page *page, const struct outcome *outcome)
{
	char storage[64];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	outcome_describe(&text, outcome);
	page_string(page, outcome->action == OUTCOME_ACCEPTED ? PAGE_PLAIN : PAGE_BAD, text.data);
}

static void print_transitions(const struct changes *changes, struct page *page)
{
	size_t count;
	struct transition **rows = changes_transitions(changes, &count);

	page_newline(page);
	page_format(page, PAGE_STRONG, "%*s  then", COUNT_COLUMNS, "messages");
	page_tab(page, NOW_COLUMN);
	page_string(page, PAGE_STRONG, "now");
	page_newline(page);
	for (size_t i = 0; i < count; i++) {
		page_format(page, PAGE_PLAIN, "%*lu  ", COUNT_COLUMNS, rows[i]->row.count);
		print_outcome(page, &rows[i]->then);
		page_tab(page, NOW_COLUMN);
		if (outcome_differs(&rows[i]->then, &rows[i]->now))
			print_outcome(page, &rows[i]->now);
		else
			page_string(page, PAGE_FAINT, "the same");
		page_newline(page);
	}
}

/* ---- changes ---- */

static void print_change(struct page *page, const struct change *change)
{
	page_format(page, PAGE_STRONG, "%*lu  ", COUNT_COLUMNS, change->row.count);
	page_bytes(page, PAGE_STRONG, span_of(change->domain));
	page_format(page, PAGE_PLAIN, ", from %lu %s: ", change->clients,
		    change->clients == 1 ? "client" : "clients");
	print_outcome(page, &change->then);
	page_string(page, PAGE_PLAIN, " -> ");
	print_outcome(page, &change->now);
	page_newline(page);
	page_paragraph(page, PAGE_PLAIN, TEXT_COLUMN, span_of(change->reason));
	if (!change->check)
		return;
	page_tab(page, TEXT_COLUMN);
	page_string(page, PAGE_FAINT, change->check);
	page_newline(page);
}

/* Of those with or without another action. */
static void print_list(struct page *page, struct change **rows, size_t count, size_t top,
		       bool action, const char *title)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if ((rows[i]->then.action != rows[i]->now.action) != action)
			continue;
		if (found++ == 0) {
			page_newline(page);
			page_string(page, PAGE_STRONG, title);
			page_newline(page);
		}
		if (found <= top)
			print_change(page, rows[i]);
	}
	if (found > top) {
		page_format(page, PAGE_FAINT, "%*s  and %zu more: --top %zu shows all",
			    COUNT_COLUMNS, "", found - top, found);
		page_newline(page);
	}
}

/* Of no message that DNS tells nothing of can be said what would become of it. */
static void print_losses(const struct changes *changes, struct page *page)
{
	if (changes->losses > 0)
		page_format(page, PAGE_BAD, "%lu that %s accepted would be rejected.",
			    changes->losses, changes->losses == 1 ? "was" : "were");
	else if (changes->temperrors < changes->messages)
		page_string(page, PAGE_GOOD, "Nothing that was accepted would be rejected.");
	else
		page_string(page, PAGE_DOUBT, "Nothing could be judged.");
	page_newline(page);
	if (changes->temperrors > 0) {
		page_format(page, PAGE_DOUBT, "DNS failed for %lu: replay again later.",
			    changes->temperrors);
		page_newline(page);
	}
}

static void print_head(const struct changes *changes, struct page *page)
{
	page_format(page, PAGE_STRONG, "%lu %s", changes->messages,
		    changes->messages == 1 ? "message" : "messages");
	if (changes->cases < changes->messages)
		page_format(page, PAGE_STRONG, " (%lu without repeats)", changes->cases);
	page_newline(page);
	print_losses(changes, page);
	if (changes->not_judged > 0) {
		page_format(page, PAGE_DOUBT, "Not judged: %lu", changes->not_judged);
		page_newline(page);
	}
}

void changes_page(const struct changes *changes, size_t top, struct page *page)
{
	size_t count;
	struct change **rows = changes_list(changes, &count);

	if (changes->messages == 0) {
		page_string(
			page, PAGE_DOUBT,
			"No decision of an SPF service was found: no line of policyd-spf, policy-spf, "
			"spfpolicyd or Log_Ident.");
		page_newline(page);
		return;
	}
	print_head(changes, page);
	print_transitions(changes, page);
	print_list(page, rows, count, top, true, "Would be treated otherwise");
	print_list(page, rows, count, top, false, "Another result, and treated the same");
	if (changes->clients->not_entered > 0) {
		page_string(
			page, PAGE_DOUBT,
			"There were too many clients to remember: of each change there may be more.");
		page_newline(page);
	}
	if (changes->changed->not_entered > 0) {
		page_format(page, PAGE_DOUBT,
			    "and %lu messages whose domains found no room in memory",
			    changes->changed->not_entered);
		page_newline(page);
	}
}
