/* SPDX-License-Identifier: MIT */
#include "networks.h"

#include "address_space.h"
#include "ranges.h"

/* Who lets a range pass; what ranges belong to. */
struct grant {
	const struct audit_record *record;
	const struct audit_term *term, *via;
	size_t place; /* of `via`; its own ip4 and ip6 have that of the first of them */
	bool rest;    /* whoever is left: of a "+all" */
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

static void add_everybody(struct ranges *ranges, struct grant *grant)
{
	static const struct network all[] = { { { .family = AF_INET }, 0 },
					      { { .family = AF_INET6 }, 0 } };

	grant->rest = true;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		ranges_add_network(ranges, &all[i], grant);
}

static void collect_record(struct collecting *c, const struct audit_record *record,
			   const struct grant *via, struct ranges *passed);

/* What the term matches. */
static void collect_term(struct collecting *c, const struct audit_term *t, struct grant *grant,
			 struct ranges *matched)
{
	switch (t->term.mechanism) {
	case RECORD_ALL: add_everybody(matched, grant); break;
	case RECORD_IP4:
	case RECORD_IP6: ranges_add_network(matched, &t->term.network, grant); break;
	case RECORD_A:
	case RECORD_MX: add_hosts(matched, t, grant); break;
	case RECORD_INCLUDE:
		if (t->record)
			collect_record(c, t->record, grant, matched);
		break;
	case RECORD_EXISTS:
		/* Without macros it holds for everybody alike. */
		if (t->answer && t->answer->status == ANSWER_OK)
			add_everybody(matched, grant);
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

static struct grant *grant_of(struct collecting *c, const struct audit_record *record,
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
		      struct ranges *passed)
{
	struct ranges matched;

	ranges_init(&matched, NETWORKS_RANGES_MAX);
	collect_term(c, t, grant_of(c, record, t, via), &matched);
	for (size_t i = 0; i < matched.count; i++) {
		if (t->term.qualifier == '+')
			ranges_add_without(passed, &matched.items[i], decided);
		else
			ranges_add(decided, &matched.items[i]);
	}
	if (t->term.qualifier != '+')
		ranges_join(decided);
	passed->overflow = passed->overflow || matched.overflow;
	ranges_free(&matched);
}

/* `decided`: by terms that do not pass; what passes twice does no harm. */
static void collect_record(struct collecting *c, const struct audit_record *record,
			   const struct grant *via, struct ranges *passed)
{
	const struct audit_term *redirect = audit_find(record, RECORD_REDIRECT);
	struct ranges decided, redirected;

	ranges_init(&decided, NETWORKS_RANGES_MAX);
	ranges_init(&redirected, NETWORKS_RANGES_MAX);
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];

		if (!t->unused && t->term.mechanism < RECORD_REDIRECT)
			take_term(c, record, t, via, &decided, passed);
	}
	if (redirect && !redirect->unused && redirect->record)
		collect_record(c, redirect->record, via, &redirected);
	for (size_t i = 0; i < redirected.count; i++)
		ranges_add_without(passed, &redirected.items[i], &decided);
	passed->overflow = passed->overflow || redirected.overflow;
	ranges_free(&decided);
	ranges_free(&redirected);
}

/* ---- what is shown ---- */

static const struct grant *grant_behind(const struct range *range)
{
	return range->owner;
}

static bool is_late(const struct range *range)
{
	return grant_behind(range)
		->term->too_late[range->family == AF_INET ? AUDIT_IPV4 : AUDIT_IPV6];
}

static void add_item(struct networks *networks, const struct network *network,
		     const struct range *range)
{
	const struct grant *grant = range->owner;
	size_t at = networks->count++;

	if (!networks->items)
		return;
	networks->items[at] = (struct networks_item){
		.network = *network,
		.record = grant->record,
		.term = grant->term,
		.via = grant->via,
		.space = address_space_name(network),
		.too_late = is_late(range),
		.place = grant->place,
	};
}

static size_t count_places(const struct ranges *found)
{
	size_t places = 0;

	for (size_t i = 0; i < found->count; i++)
		if (grant_behind(&found->items[i])->place >= places)
			places = grant_behind(&found->items[i])->place + 1;
	return places;
}

static void add_joined(struct networks *networks, struct ranges *own)
{
	ranges_join(own);
	for (size_t i = 0; i < own->count; i++) {
		struct range left = own->items[i];
		struct network network;

		while (ranges_next_network(&left, &network))
			add_item(networks, &network, &own->items[i]);
	}
}

/* Each term of the first record by itself: joined, in order, as networks; then what comes too late. Without
   room for the items, only counts them. */
static void list_items(struct networks *networks, const struct ranges *found)
{
	for (size_t place = 0, places = count_places(found); place < places; place++) {
		struct ranges own, late;

		ranges_init(&own, NETWORKS_RANGES_MAX);
		ranges_init(&late, NETWORKS_RANGES_MAX);
		for (size_t i = 0; i < found->count; i++)
			if (grant_behind(&found->items[i])->place == place &&
			    !is_late(&found->items[i]))
				ranges_add(&own, &found->items[i]);
		add_joined(networks, &own);
		for (size_t i = 0; i < found->count; i++)
			if (grant_behind(&found->items[i])->place == place &&
			    is_late(&found->items[i]))
				ranges_add_without(&late, &found->items[i], &own);
		add_joined(networks, &late);
		ranges_free(&own);
		ranges_free(&late);
	}
}

static uint64_t number(const uint8_t *b)
{
	return (uint64_t)b[0] << 24 | (uint64_t)b[1] << 16 | (uint64_t)b[2] << 8 | b[3];
}

static void add_sums(struct networks *networks, const struct ranges *joined)
{
	for (size_t i = 0; i < joined->count; i++) {
		struct range left = joined->items[i];
		struct network network;

		if (left.family == AF_INET)
			networks->addresses += number(left.last) - number(left.first) + 1;
		else
			while (ranges_next_network(&left, &network))
				networks->ipv6++;
	}
}

static struct networks *show(const struct ranges *found, bool with_rest, struct arena *arena)
{
	struct networks *networks = arena_take(arena, sizeof(*networks));
	struct ranges shown, all;

	ranges_init(&shown, NETWORKS_RANGES_MAX);
	ranges_init(&all, NETWORKS_RANGES_MAX);
	for (size_t i = 0; i < found->count; i++) {
		bool rest = grant_behind(&found->items[i])->rest;

		/* Whoever is left then is nobody. */
		if (rest && is_late(&found->items[i]))
			continue;
		networks->everybody = networks->everybody || rest;
		if (!is_late(&found->items[i]))
			ranges_add(&all, &found->items[i]);
		if (!rest || with_rest)
			ranges_add(&shown, &found->items[i]);
	}
	list_items(networks, &shown);
	networks->items = arena_take_array(arena, networks->count, sizeof(*networks->items));
	networks->count = 0;
	list_items(networks, &shown);
	networks->whole = !found->overflow;
	ranges_join(&all);
	add_sums(networks, &all);
	ranges_free(&shown);
	ranges_free(&all);
	return networks;
}

static bool collect(const struct audit *audit, struct arena *arena, struct ranges *found)
{
	struct collecting c = { .arena = arena };

	ranges_init(found, NETWORKS_RANGES_MAX);
	collect_record(&c, audit->top, NULL, found);
	return c.others;
}

const struct networks *networks_collect(const struct audit *audit, struct arena *arena)
{
	struct networks *networks;
	struct ranges found;
	bool others = collect(audit, arena, &found);

	networks = show(&found, false, arena);
	networks->others = others;
	ranges_free(&found);
	return networks;
}

/* ---- differences ---- */

static bool has_rest(const struct ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (grant_behind(&ranges->items[i])->rest)
			return true;
	return false;
}

static void keep_timely(struct ranges *ranges)
{
	size_t kept = 0;

	for (size_t i = 0; i < ranges->count; i++)
		if (!is_late(&ranges->items[i]))
			ranges->items[kept++] = ranges->items[i];
	ranges->count = kept;
}

const struct networks *networks_without(const struct audit *a, const struct audit *b,
					struct arena *arena)
{
	struct networks *networks;
	struct ranges these, those, left;
	bool both;

	collect(a, arena, &these);
	collect(b, arena, &those);
	keep_timely(&these);
	keep_timely(&those);
	both = has_rest(&these) && has_rest(&those);
	ranges_join(&those);
	ranges_init(&left, NETWORKS_RANGES_MAX);
	for (size_t i = 0; i < these.count; i++)
		ranges_add_without(&left, &these.items[i], &those);
	/* Of everybody, the rest of the world is no list. */
	networks = show(&left, both, arena);
	networks->everybody = networks->everybody && !both;
	ranges_free(&these);
	ranges_free(&those);
	ranges_free(&left);
	return networks;
}
