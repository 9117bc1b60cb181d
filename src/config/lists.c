/* SPDX-License-Identifier: MIT */
#include "config/lists.h"

#include "base/text.h"
#include "dns/name.h"

enum {
	LOCAL_PART_MAX = 256, /* RFC 5321 allows 64; some systems make longer ones */
	NETWORK_TEXT_MAX = 2 * ADDRESS_TEXT_MAX,
};

bool lists_next(struct span *rest, struct span *item)
{
	*item = span_next(rest, ", \t");
	return item->length > 0;
}

size_t lists_count(struct span text)
{
	struct span item;
	size_t count = 0;

	while (lists_next(&text, &item))
		count++;
	return count;
}

/* Without an "@" it is all domain. */
static bool split_address(struct span text, struct span *local, struct span *domain)
{
	*local = (struct span){ "", 0 };
	*domain = text;
	return span_split_last(text, '@', local, domain);
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = ascii_lower(*text);
}

/* A name of one label is none that SPF can check, but names can end in it. */
static bool single_label(struct span domain, char *out)
{
	if (!name_is_host(domain) || span_contains(domain, '.'))
		return false;
	memcpy(out, domain.data, domain.length);
	out[domain.length] = '\0';
	return true;
}

static bool canonical_domain(struct span domain, char *out)
{
	if (span_starts_with(domain, "."))
		domain = span_skip(domain, 1);
	return name_from_identity(domain, out) || single_label(domain, out);
}

/* What makes an item one that can never match, or NULL. */
static const char *misfit(struct span local, struct span domain, enum lists_kind kind)
{
	struct network network;

	if (span_contains(domain, '*'))
		return kind == LISTS_HOSTS ?
			       "is not one name: this list takes each HELO name in full" :
			       "a domain matches everything below it, write it without \"*\"";
	if (span_contains(local, '*'))
		return "a domain matches all its addresses, write it without \"*@\"";
	if (network_parse(domain, &network))
		return "is an address, not a domain";
	if (span_contains(domain, '/'))
		return "is a path or a URL, not a domain";
	if (local.length > 0 && kind != LISTS_MAILBOXES)
		return "is a mail address: this list takes domains";
	if (local.length > LOCAL_PART_MAX)
		return "has too long a local part";
	if (span_contains(local, ' ') || !span_all(local, ascii_is_printable))
		return "has a local part that is not printable ASCII";
	return NULL;
}

const char *lists_domain(struct span item, enum lists_kind kind, char *out)
{
	struct span local, domain;
	const char *problem;
	size_t used = 0;

	split_address(item, &local, &domain);
	problem = misfit(local, domain, kind);
	if (problem)
		return problem;
	if (local.length) {
		memcpy(out, local.data, local.length);
		out[local.length] = '@';
		used = local.length + 1;
	}
	if (!canonical_domain(domain, out + used))
		return "is not a domain";
	lower(out);
	return NULL;
}

/* "user" or "user+extension" is that user. */
static bool matches_local(struct span local, struct span user)
{
	return span_equal_nocase(local, user) ||
	       span_equal_nocase(span_take(local, span_find(local, '+')), user);
}

static bool matches_item(struct span item, bool has_local, struct span local, struct span domain)
{
	struct span item_local, item_domain;

	if (!split_address(item, &item_local, &item_domain))
		return name_is_within(domain, item_domain);
	return has_local && matches_local(local, item_local) &&
	       span_equal_nocase(domain, item_domain);
}

bool domain_list_match(const struct domain_list *list, struct span address_or_domain)
{
	struct span local, domain;
	char name[DNS_NAME_MAX];
	bool has_local;

	if (!list->count || !address_or_domain.length)
		return false;
	has_local = split_address(address_or_domain, &local, &domain);
	if (domain.length && domain.data[domain.length - 1] == '.')
		domain.length--;
	if (!span_all(domain, ascii_is_ascii) && name_from_identity(domain, name))
		domain = span_of(name);
	for (size_t i = 0; i < list->count; i++)
		if (matches_item(span_of(list->items[i]), has_local, local, domain))
			return true;
	return false;
}

bool network_list_match(const struct network_list *list, const struct address *address)
{
	for (size_t i = 0; i < list->count; i++)
		if (network_contains(&list->items[i], address))
			return true;
	return false;
}

const struct client_pair *client_pair_find(const struct client_pair_list *list,
					   const struct address *client,
					   struct span address_or_domain)
{
	for (size_t i = 0; i < list->count; i++) {
		struct client_pair *pair = &list->items[i];
		struct domain_list one = { &pair->domain, 1 };

		if (network_contains(&pair->network, client) &&
		    (!pair->domain || domain_list_match(&one, address_or_domain)))
			return pair;
	}
	return NULL;
}

/* 255.255.255.0 = 24; a mask with holes is rejected. */
static bool mask_bits(struct span text, unsigned *bits)
{
	struct address mask;
	uint32_t value = 0;

	if (!address_parse(text, &mask) || mask.family != AF_INET)
		return false;
	for (size_t i = 0; i < 4; i++)
		value = value << 8 | mask.bytes[i];
	for (*bits = 0; value & UINT32_C(0x80000000); value <<= 1)
		++*bits;
	return value == 0;
}

static bool parse_netmask(struct span item, struct network *network)
{
	struct span address, mask;

	return span_split(item, '/', &address, &mask) &&
	       address_parse(address, &network->address) && network->address.family == AF_INET &&
	       mask_bits(mask, &network->prefix);
}

static bool clear_host_bits(struct network *network)
{
	bool any = false;

	for (unsigned bit = network->prefix; bit < sizeof(network->address.bytes) * 8; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		any = any || (network->address.bytes[bit / 8] & mask);
		network->address.bytes[bit / 8] &= (uint8_t)~mask;
	}
	return any;
}

/* "[::1]/128", as mynetworks of Postfix has it, is "::1/128". `storage` holds NETWORK_TEXT_MAX bytes. */
static struct span without_brackets(struct span item, char *storage)
{
	size_t end = span_find(item, ']');
	struct text text;

	if (!span_starts_with(item, "[") || end == item.length)
		return item;
	text_init(&text, storage, NETWORK_TEXT_MAX);
	text_add(&text, span_skip(span_take(item, end), 1));
	text_add(&text, span_skip(item, end + 1));
	return text.overflow ? item : text_span(&text);
}

/* What people write who copy another list. */
static const char *not_a_network(struct span item)
{
	size_t slash = span_find(item, '/'), colon = span_find(item, ':');

	if (item.length > 0 && item.data[0] == '$')
		return "is a parameter of Postfix, write its value (postconf -xh mynetworks)";
	if (slash + 1 < item.length && item.data[slash + 1] == '/')
		return "is not an address or network: write one \"/\"";
	if (item.length > 0 &&
	    (item.data[0] == '/' || (colon + 1 < item.length && item.data[colon + 1] == '/')))
		return "is a file or a table: write the networks that are in it";
	if (item.length > 0 && item.data[item.length - 1] == '.')
		return "is not an address or network: write 192.0.2.0/24 for what begins with 192.0.2";
	if (span_is(item, "\\"))
		return "goes on in no second line: a list stands on one line";
	if (item.length > 0 && item.data[0] == '!')
		return "is not an address or network: there are no exceptions in lists";
	return "is not an address or network";
}

const char *lists_network(struct span item, struct network *network, bool *host_bits)
{
	char storage[NETWORK_TEXT_MAX];
	struct network parsed;

	item = without_brackets(item, storage);
	if (!network_parse(item, &parsed) && !parse_netmask(item, &parsed))
		return not_a_network(item);
	*host_bits = clear_host_bits(&parsed);
	*network = parsed;
	return NULL;
}
