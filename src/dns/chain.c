/* SPDX-License-Identifier: MIT */
#include "chain.h"

void chain_init(struct chain *chain)
{
	chain->link_count = 0;
	chain->count = 0;
}

bool chain_add(struct chain *chain, const struct chain_link *link)
{
	if (chain->link_count == ANSWER_CHAIN_MAX)
		return false;
	chain->links[chain->link_count++] = *link;
	return true;
}

bool chain_has(const struct chain *chain, const struct wire_name *name)
{
	for (size_t i = 0; i < chain->count; i++)
		if (wire_name_equal(&chain->names[i], name))
			return true;
	return false;
}

static const struct chain_link *link_of(const struct chain *chain, const struct wire_name *owner)
{
	for (size_t i = 0; i < chain->link_count; i++)
		if (wire_name_equal(&chain->links[i].owner, owner))
			return &chain->links[i];
	return NULL;
}

bool chain_follow(struct chain *chain, uint32_t *ttl)
{
	const struct chain_link *link;

	while ((link = link_of(chain, &chain->names[chain->count - 1]))) {
		if (chain_has(chain, &link->target))
			return false;
		chain->names[chain->count++] = link->target;
		if (link->ttl < *ttl)
			*ttl = link->ttl;
	}
	return true;
}
