/* SPDX-License-Identifier: MIT */
#include "config_list.h"

#include "base/arena.h"
#include "base/text.h"
#include "config_word.h"

static void host_bits_notice(const struct config_value *value, struct span item,
			     const struct network *network)
{
	char shown[CONFIG_REPORT_SHOWN], address[ADDRESS_TEXT_MAX];

	config_report_notice(value->report, "%s: \"%s\" has host bits set, it means %s/%u",
			     value->name, config_report_shown(item, shown),
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

static void read_networks(const struct config_value *value)
{
	struct network_list list = { .count = 0 };
	struct span rest = value->text, item;
	unsigned errors = value->report->errors;

	if (config_value_is_none(rest))
		rest.length = 0;
	list.items = arena_take_array(value->memory, lists_count(rest), sizeof(*list.items));
	while (lists_next(&rest, &item)) {
		struct network network;
		bool host_bits;
		const char *problem = lists_network(item, &network, &host_bits);

		if (problem) {
			config_value_item_error(value, item, problem);
			continue;
		}
		if (host_bits)
			host_bits_notice(value, item, &network);
		append_network(&list, &network);
	}
	if (value->report->errors == errors)
		*(struct network_list *)value->field = list;
}

/* Legal, and rarely what is meant. */
static void single_label_notice(const struct config_value *value, const char *name)
{
	if (!strpbrk(name, ".@"))
		config_report_notice(value->report,
				     "%s: \"%s\" means every domain that ends in .%s; an address "
				     "is %s@example.com",
				     value->name, name, name, name);
}

static void read_names(const struct config_value *value, enum lists_kind kind)
{
	struct domain_list list = { .count = 0 };
	struct span rest = value->text, item;
	unsigned errors = value->report->errors;

	if (config_value_is_none(rest))
		rest.length = 0;
	list.items = arena_take_array(value->memory, lists_count(rest), sizeof(*list.items));
	while (lists_next(&rest, &item)) {
		char name[LISTS_ITEM_MAX];
		const char *problem = lists_domain(item, kind, name);

		if (problem) {
			config_value_item_error(value, item, problem);
			continue;
		}
		if (kind == LISTS_MAILBOXES)
			single_label_notice(value, name);
		list.items[list.count++] = arena_string(value->memory, span_of(name));
	}
	if (value->report->errors == errors)
		*(struct domain_list *)value->field = list;
}

static void read_domains(const struct config_value *value)
{
	read_names(value, LISTS_DOMAINS);
}

static void read_mailboxes(const struct config_value *value)
{
	read_names(value, LISTS_MAILBOXES);
}

static void read_hosts(const struct config_value *value)
{
	read_names(value, LISTS_HOSTS);
}

/* "domain:Keyword" */
static bool read_policy(const struct config_value *value, struct span item,
			struct domain_policy *policy)
{
	struct config_value shown = *value;
	struct span domain, keyword;
	char name[LISTS_ITEM_MAX];
	const char *problem;

	if (!span_split(item, ':', &domain, &keyword)) {
		config_value_item_error(value, item, "is not domain:Keyword");
		return false;
	}
	problem = lists_domain(domain, LISTS_DOMAINS, name);
	if (problem) {
		config_value_item_error(value, domain, problem);
		return false;
	}
	shown.text = item;
	if (!config_word_reject(&shown, keyword, &policy->reject))
		return false;
	policy->domain = arena_string(value->memory, span_of(name));
	return true;
}

/* The longest first: an entry for a subdomain precedes its parent's. */
static void insert_policy(struct domain_policy_list *list, struct domain_policy policy)
{
	size_t place = list->count++;

	for (; place && strlen(list->items[place - 1].domain) < strlen(policy.domain); place--)
		list->items[place] = list->items[place - 1];
	list->items[place] = policy;
}

static void read_domain_policy(const struct config_value *value)
{
	struct domain_policy_list list = { .count = 0 };
	struct span rest = value->text, item;
	unsigned errors = value->report->errors;

	if (config_value_is_none(rest))
		rest.length = 0;
	list.items = arena_take_array(value->memory, lists_count(rest), sizeof(*list.items));
	while (lists_next(&rest, &item)) {
		struct domain_policy policy;

		if (read_policy(value, item, &policy))
			insert_policy(&list, policy);
	}
	if (value->report->errors == errors)
		*(struct domain_policy_list *)value->field = list;
}

/* "domain:network" in canonical form. */
static void format_pair(struct text *out, const struct client_pair *pair)
{
	unsigned width = pair->network.address.family == AF_INET ? 32 : 128;
	char text[ADDRESS_TEXT_MAX];

	text_format(out, "%s:%s", pair->domain ? pair->domain : "*",
		    address_format(&pair->network.address, text));
	if (pair->network.prefix < width)
		text_format(out, "/%u", pair->network.prefix);
}

/* What headers say of it, where no byte may be taken for their syntax. */
static char *why_of(const struct client_pair *pair, struct arena *memory)
{
	char entry[LISTS_ITEM_MAX], storage[PAIR_WHY_MAX + 1];
	struct text shown, why;

	text_init(&shown, entry, sizeof(entry));
	format_pair(&shown, pair);
	text_init(&why, storage, sizeof(storage));
	text_string(&why, "SPF skipped by Whitelist_For ");
	text_escape(&why, text_span(&shown), ";@()\"\\=", PAIR_WHY_MAX - why.length);
	return arena_string(memory, text_span(&why));
}

static bool read_pair(const struct config_value *value, struct span item, struct client_pair *pair)
{
	struct span domain, network;
	char name[LISTS_ITEM_MAX];
	const char *problem;
	bool host_bits;

	if (!span_split(item, ':', &domain, &network)) {
		config_value_item_error(value, item, "is not domain:network");
		return false;
	}
	pair->domain = NULL;
	if (!span_is(domain, "*")) {
		problem = lists_domain(domain, LISTS_DOMAINS, name);
		if (problem) {
			config_value_item_error(value, domain, problem);
			return false;
		}
		pair->domain = arena_string(value->memory, span_of(name));
	}
	problem = lists_network(network, &pair->network, &host_bits);
	if (problem) {
		config_value_item_error(value, network, problem);
		return false;
	}
	if (host_bits)
		host_bits_notice(value, network, &pair->network);
	pair->why = why_of(pair, value->memory);
	return true;
}

static void read_pairs(const struct config_value *value)
{
	struct client_pair_list list = { .count = 0 };
	struct span rest = value->text, item;
	unsigned errors = value->report->errors;

	if (config_value_is_none(rest))
		rest.length = 0;
	list.items = arena_take_array(value->memory, lists_count(rest), sizeof(*list.items));
	while (lists_next(&rest, &item))
		list.count += read_pair(value, item, &list.items[list.count]);
	if (value->report->errors == errors)
		*(struct client_pair_list *)value->field = list;
}

static void print_pairs(const void *field, FILE *out)
{
	const struct client_pair_list *list = field;
	char storage[LISTS_ITEM_MAX];
	struct text text;

	for (size_t i = 0; i < list->count; i++) {
		text_init(&text, storage, sizeof(storage));
		format_pair(&text, &list->items[i]);
		fprintf(out, "%s%s", i ? "," : "", text.data);
	}
}

static void read_address(const struct config_value *value)
{
	struct address address = { .family = AF_UNSPEC };

	if (!config_value_is_none(value->text) && !address_parse(value->text, &address))
		config_value_error(value, "is not an IP address");
	else
		*(struct address *)value->field = address;
}

static void print_networks(const void *field, FILE *out)
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

static void print_domains(const void *field, FILE *out)
{
	const struct domain_list *list = field;

	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "%s%s", i ? "," : "", list->items[i]);
}

static void print_domain_policy(const void *field, FILE *out)
{
	const struct domain_policy_list *list = field;

	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "%s%s:%s", i ? "," : "", list->items[i].domain,
			config_word_reject_name(list->items[i].reject));
}

static void print_address(const void *field, FILE *out)
{
	const struct address *address = field;
	char text[ADDRESS_TEXT_MAX];

	if (address->family != AF_UNSPEC)
		fputs(address_format(address, text), out);
}

const struct config_type config_type_ADDRESS = { read_address, print_address, CONFIG_PRINTABLE };
const struct config_type config_type_PAIRS = { read_pairs, print_pairs, CONFIG_TABS };
const struct config_type config_type_NETWORKS = { read_networks, print_networks, CONFIG_TABS };
const struct config_type config_type_DOMAINS = { read_domains, print_domains,
						 CONFIG_TABS_AND_U_LABELS };
const struct config_type config_type_MAILBOXES = { read_mailboxes, print_domains,
						   CONFIG_TABS_AND_U_LABELS };
const struct config_type config_type_HOSTS = { read_hosts, print_domains,
					       CONFIG_TABS_AND_U_LABELS };
const struct config_type config_type_DOMAIN_POLICY = { read_domain_policy, print_domain_policy,
						       CONFIG_TABS_AND_U_LABELS };
