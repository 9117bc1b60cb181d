/* SPDX-License-Identifier: MIT */
#include "audit_text_parts.h"

enum { NETWORKS_SHOWN = 40 }; /* of one term; --json has all */

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
	page_tab(page, AUDIT_MARGIN);
	page_bytes(page, PAGE_PLAIN,
		   is_network(items[first].via) ? span_of("ip4, ip6") :
						  items[first].via->term.text);
	page_newline(page);
	page_paragraph(page, PAGE_FAINT, AUDIT_MARGIN + AUDIT_STEP, text_span(&text));
	return i;
}

void audit_text_networks(struct page *page, const struct networks *networks)
{
	for (size_t i = 0; i < networks->count;)
		i = print_group(page, networks, i);
}
