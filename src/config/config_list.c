/* SPDX-License-Identifier: MIT */
#include "config_list.h"

#include "base/arena.h"
#include "config_word.h"
#include "dns/name.h"

static void item_mistake(const struct config_value *value, struct span item, const char *problem)
{
	char shown[CONFIG_REPORT_SHOWN];

	config_report_mistake(value->report, "%s: \"%s\" %s", value->option->name,
			      config_report_shown(item, shown), problem);
}

static void host_bits_notice(const struct config_value *value, struct span item,
			     const struct network *network)
{
	char shown[CONFIG_REPORT_SHOWN], address[ADDRESS_TEXT_MAX];

	config_report_notice(value->report, "%s: \"%s\" has host bits set, it means %s/%u",
			     value->option->name, config_report_shown(item, shown),
			     address_format(&network->address, address), network->prefix);
}

static bool same_network(const struct network *a, const struct network *b)
{
	return a->prefix == b->prefix && address_equal(&a->address, &b->address);
}

/*
 * An IPv4-mapped network is that IPv4 network, so the list of policyd-spf's own file names
 * 127.0.0.0/8 twice running: once is enough.
 */
static void append_network(struct network_list *list, const struct network *network)
{
	if (!list->count || !same_network(&list->items[list->count - 1], network))
		list->items[list->count++] = *network;
}

void config_list_networks(const struct config_value *value)
{
	struct network_list list = { .count = 0 };
	struct span rest = value->text, item;
	unsigned mistakes = value->report->mistakes;

	if (config_value_is_none(value->text)) {
		*(struct network_list *)value->field = list;
		return;
	}
	list.items = arena_take_array(value->memory, lists_count(rest), sizeof(*list.items));
	while (lists_next(&rest, &item)) {
		struct network network;
		bool host_bits;
		const char *problem = lists_network(item, &network, &host_bits);

		if (problem) {
			item_mistake(value, item, problem);
			continue;
		}
		if (host_bits)
			host_bits_notice(value, item, &network);
		append_network(&list, &network);
	}
	if (value->report->mistakes == mistakes)
		*(struct network_list *)value->field = list;
}

void config_list_domains(const struct config_value *value)
{
	struct domain_list list = { .count = 0 };
	struct span rest = value->text, item;
	unsigned mistakes = value->report->mistakes;

	if (config_value_is_none(value->text)) {
		*(struct domain_list *)value->field = list;
		return;
	}
	list.items = arena_take_array(value->memory, lists_count(rest), sizeof(*list.items));
	while (lists_next(&rest, &item)) {
		char name[LISTS_ITEM_MAX];
		const char *problem = lists_domain(item, name);

		if (problem)
			item_mistake(value, item, problem);
		else
			list.items[list.count++] = arena_string(value->memory, span_of(name));
	}
	if (value->report->mistakes == mistakes)
		*(struct domain_list *)value->field = list;
}

/* "domain:Keyword" */
static bool read_policy(const struct config_value *value, struct span item,
			struct domain_policy *policy)
{
	const char *colon = memchr(item.data, ':', item.length);
	struct span domain = { item.data, colon ? (size_t)(colon - item.data) : 0 };
	struct span keyword = { item.data + domain.length + 1, item.length - domain.length - 1 };
	char name[LISTS_ITEM_MAX];
	const struct config_word *word;
	const char *problem;

	if (!colon) {
		item_mistake(value, item, "is not domain:Keyword");
		return false;
	}
	problem = memchr(domain.data, '@', domain.length) ? "is not a domain" :
							    lists_domain(domain, name);
	if (problem) {
		item_mistake(value, domain, problem);
		return false;
	}
	word = config_word_find(config_word_mail_from_reject, keyword);
	if (!word) {
		struct config_value shown = *value;

		shown.text = item;
		config_word_mistake(&shown, config_word_mail_from_reject, keyword);
		return false;
	}
	policy->domain = arena_string(value->memory, span_of(name));
	policy->reject = (enum config_reject)word->value;
	return true;
}

/* Keeps the longest first, so that an entry for a subdomain is met before its parent's. */
static void insert_policy(struct domain_policy_list *list, struct domain_policy policy)
{
	size_t place = list->count++;

	for (; place && strlen(list->items[place - 1].domain) < strlen(policy.domain); place--)
		list->items[place] = list->items[place - 1];
	list->items[place] = policy;
}

void config_list_domain_policy(const struct config_value *value)
{
	struct domain_policy_list list = { .count = 0 };
	struct span rest = value->text, item;
	unsigned mistakes = value->report->mistakes;

	if (!config_value_is_none(value->text)) {
		list.items = arena_take_array(value->memory, lists_count(rest),
					      sizeof(*list.items));
		while (lists_next(&rest, &item)) {
			struct domain_policy policy;

			if (read_policy(value, item, &policy))
				insert_policy(&list, policy);
		}
	}
	if (value->report->mistakes == mistakes)
		*(struct domain_policy_list *)value->field = list;
}

void config_list_address(const struct config_value *value)
{
	struct address address = { .family = AF_UNSPEC };

	if (!config_value_is_none(value->text) && !address_parse(value->text, &address))
		config_value_mistake(value, "is not an IP address");
	else
		*(struct address *)value->field = address;
}

void config_list_print_networks(const void *field, FILE *out)
{
	const struct network_list *list = field;
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < list->count; i++) {
		const struct network *network = &list->items[i];
		unsigned width = network->address.family == AF_INET ? 32 : 128;

		fprintf(out, "%s%s", i ? "," : "", address_format(&network->address, text));
		if (network->prefix < width)
			fprintf(out, "/%u", network->prefix);
	}
}

void config_list_print_domains(const void *field, FILE *out)
{
	const struct domain_list *list = field;

	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "%s%s", i ? "," : "", list->items[i]);
}

void config_list_print_domain_policy(const void *field, FILE *out)
{
	const struct domain_policy_list *list = field;

	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "%s%s:%s", i ? "," : "", list->items[i].domain,
			config_word_for(config_word_mail_from_reject, (int)list->items[i].reject));
}

void config_list_print_address(const void *field, FILE *out)
{
	const struct address *address = field;
	char text[ADDRESS_TEXT_MAX];

	if (address->family != AF_UNSPEC)
		fputs(address_format(address, text), out);
}
