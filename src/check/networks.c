/* SPDX-License-Identifier: MIT */
#include "networks.h"

#include "address_space.h"
#include "ranges.h"

/* Who lets a range pass; what ranges belong to. */
struct grant {
	const struct audit_record *record;
	const struct audit_term *term, *via;
	size_t place; /* of `via`; its own ip4 and ip6 have that of the first of them */
};

struct collecting {
	struct arena *arena;
	struct ranges found; /* owner: struct grant */
	size_t places;
	bool others;
};

/* ---- the addresses of a term ---- */

static void add_hosts(struct ranges *ranges, const struct audit_term *t, const struct grant *grant)
{
	for (size_t i = 0; i < t->host_count; i++)
		for (enum audit_family f = 0; f < AUDIT_FAMILIES; f++) {
			const struct answer *answer = t->hosts[i].addresses[f];
			struct network network = {
				.address.family = f == AUDIT_IPV4 ? AF_INET : AF_INET6,
				.prefix = f == AUDIT_IPV4 ? t->term.prefix4 : t->term.prefix6,
			};

			for (size_t n = 0; answer && n < answer->count; n++) {
				memcpy(network.address.bytes, answer->records[n].data.data,
				       answer->records[n].data.length);
				ranges_add_network(ranges, &network, grant);
			}
		}
}

static void collect_record(struct collecting *c, const struct audit_record *record,
			   const struct grant *via, struct ranges *passed, bool *everybody);

/* What the term matches. */
static void collect_term(struct collecting *c, const struct audit_term *t,
			 const struct grant *grant, struct ranges *matched, bool *everybody)
{
	switch (t->term.mechanism) {
	case RECORD_ALL: *everybody = true; break;
	case RECORD_IP4:
	case RECORD_IP6: ranges_add_network(matched, &t->term.network, grant); break;
	case RECORD_A:
	case RECORD_MX: add_hosts(matched, t, grant); break;
	case RECORD_INCLUDE:
		if (t->record)
			collect_record(c, t->record, grant, matched, everybody);
		break;
	case RECORD_EXISTS:
		/* Without macros it holds for everybody alike. */
		*everybody = *everybody || (t->answer && t->answer->status == ANSWER_OK);
		break;
	case RECORD_PTR: break;
	case RECORD_REDIRECT:
	case RECORD_EXP:
	case RECORD_UNKNOWN_MODIFIER: return;
	}
	c->others = c->others || t->target == AUDIT_MACROS;
}

static bool is_network(const struct audit_term *t)
{
	return t->term.mechanism == RECORD_IP4 || t->term.mechanism == RECORD_IP6;
}

static size_t find_place(struct collecting *c, const struct audit_term *t)
{
	enum { OF_NETWORKS };

	if (c->places == OF_NETWORKS)
		c->places++;
	return is_network(t) ? OF_NETWORKS : c->places++;
}

static const struct grant *grant_of(struct collecting *c, const struct audit_record *record,
				    const struct audit_term *t, const struct grant *via)
{
	struct grant *grant = arena_take(c->arena, sizeof(*grant));

	grant->record = record;
	grant->term = t;
	grant->via = via ? via->via : t;
	grant->place = via ? via->place : find_place(c, t);
	return grant;
}

static void take_term(struct collecting *c, const struct audit_record *record,
		      const struct audit_term *t, const struct grant *via, struct ranges *decided,
		      struct ranges *passed, bool *everybody)
{
	struct ranges matched;
	bool all = false;

	ranges_init(&matched, NETWORKS_RANGES_MAX);
	collect_term(c, t, grant_of(c, record, t, via), &matched, &all);
	for (size_t i = 0; i < matched.count; i++) {
		if (t->term.qualifier == '+')
			ranges_add_without(passed, &matched.items[i], decided);
		else
			ranges_add(decided, &matched.items[i]);
	}
	if (t->term.qualifier != '+')
		ranges_join(decided);
	*everybody = *everybody || (all && t->term.qualifier == '+');
	passed->overflow = passed->overflow || matched.overflow;
	ranges_free(&matched);
}

/* `decided`: by terms that do not pass; what passes twice does no harm. */
static void collect_record(struct collecting *c, const struct audit_record *record,
			   const struct grant *via, struct ranges *passed, bool *everybody)
{
	const struct audit_term *redirect = audit_find(record, RECORD_REDIRECT);
	struct ranges decided, redirected;

	ranges_init(&decided, NETWORKS_RANGES_MAX);
	ranges_init(&redirected, NETWORKS_RANGES_MAX);
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];

		if (!t->unused && t->term.mechanism < RECORD_REDIRECT)
			take_term(c, record, t, via, &decided, passed, everybody);
	}
	if (redirect && !redirect->unused && redirect->record)
		collect_record(c, redirect->record, via, &redirected, everybody);
	for (size_t i = 0; i < redirected.count; i++)
		ranges_add_without(passed, &redirected.items[i], &decided);
	passed->overflow = passed->overflow || redirected.overflow;
	ranges_free(&decided);
	ranges_free(&redirected);
}

/* ---- what is shown ---- */

static void add_item(struct networks *networks, const struct network *network,
		     const struct grant *grant)
{
	enum audit_family family = network->address.family == AF_INET ? AUDIT_IPV4 : AUDIT_IPV6;

	networks->items[networks->count++] = (struct networks_item){
		.network = *network,
		.record = grant->record,
		.term = grant->term,
		.via = grant->via,
		.space = address_space_name(network),
		.too_late = grant->term->too_late[family],
		.place = grant->place,
	};
	networks->ipv6 += family == AUDIT_IPV6;
}

static size_t count_networks(const struct ranges *ranges)
{
	size_t count = 0;

	for (size_t i = 0; i < ranges->count; i++) {
		struct range left = ranges->items[i];
		struct network network;

		while (ranges_next_network(&left, &network))
			count++;
	}
	return count;
}

/* Each term of the first record by itself: joined, in order, as networks. */
static void list_items(struct networks *networks, const struct ranges *found, size_t places)
{
	for (size_t place = 0; place < places; place++) {
		struct ranges own;

		ranges_init(&own, NETWORKS_RANGES_MAX);
		for (size_t i = 0; i < found->count; i++)
			if (((const struct grant *)found->items[i].owner)->place == place)
				ranges_add(&own, &found->items[i]);
		ranges_join(&own);
		for (size_t i = 0; i < own.count; i++) {
			struct range left = own.items[i];
			struct network network;

			while (ranges_next_network(&left, &network))
				add_item(networks, &network, left.owner);
		}
		ranges_free(&own);
	}
}

static uint64_t number(const uint8_t *b)
{
	return (uint64_t)b[0] << 24 | (uint64_t)b[1] << 16 | (uint64_t)b[2] << 8 | b[3];
}

static uint64_t count_addresses(const struct ranges *joined)
{
	uint64_t count = 0;

	for (size_t i = 0; i < joined->count; i++)
		if (joined->items[i].family == AF_INET)
			count += number(joined->items[i].last) - number(joined->items[i].first) + 1;
	return count;
}

static void finish(struct networks *networks, struct ranges *found, size_t places,
		   struct arena *arena)
{
	networks->items = arena_take_array(arena, count_networks(found), sizeof(*networks->items));
	list_items(networks, found, places);
	networks->whole = !found->overflow;
	ranges_join(found);
	networks->addresses = count_addresses(found);
	ranges_free(found);
}

const struct networks *networks_collect(const struct audit *audit, struct arena *arena)
{
	struct networks *networks = arena_take(arena, sizeof(*networks));
	struct collecting c = { .arena = arena };

	ranges_init(&c.found, NETWORKS_RANGES_MAX);
	collect_record(&c, audit->top, NULL, &c.found, &networks->everybody);
	finish(networks, &c.found, c.places, arena);
	networks->others = c.others;
	return networks;
}

/* ---- differences ---- */

const struct networks *networks_without(const struct networks *a, const struct networks *b,
					struct arena *arena)
{
	struct networks *networks = arena_take(arena, sizeof(*networks));
	struct ranges all, whole, left;
	size_t places = 0; /* the last one has the most */

	ranges_init(&all, NETWORKS_RANGES_MAX);
	ranges_init(&left, NETWORKS_RANGES_MAX);
	for (size_t i = 0; i < b->count; i++)
		ranges_add_network(&all, &b->items[i].network, NULL);
	ranges_join(&all);
	for (size_t i = 0; i < a->count; i++) {
		const struct networks_item *item = &a->items[i];
		struct grant *grant = arena_take(arena, sizeof(*grant));

		*grant = (struct grant){ item->record, item->term, item->via, item->place };
		places = item->place + 1;
		ranges_init(&whole, 1);
		ranges_add_network(&whole, &item->network, grant);
		ranges_add_without(&left, &whole.items[0], &all);
		ranges_free(&whole);
	}
	ranges_free(&all);
	networks->everybody = a->everybody && !b->everybody;
	finish(networks, &left, places, arena);
	return networks;
}
