/* SPDX-License-Identifier: MIT */
#include "policy/envelope.h"

/* What follows the last "@"; without one it is all domain, as for the other verifiers. */
static struct span domain_of(struct span sender, struct span *local)
{
	const char *at = sender.length > 0 ? memrchr(sender.data, '@', sender.length) : NULL;
	size_t before = at ? (size_t)(at - sender.data) : 0;

	*local = before > 0 ? (struct span){ sender.data, before } : span_of("postmaster");
	return at ? (struct span){ at + 1, sender.length - before - 1 } : sender;
}

static void set_domain(struct envelope *envelope, enum spf_identity identity, struct span domain)
{
	if (!name_from_identity(domain, envelope->domains[identity]))
		envelope->domains[identity][0] = '\0';
}

void envelope_complete(struct envelope *envelope, const struct config *config)
{
	envelope->client = config->prospective;
	if (envelope->client.family == AF_UNSPEC)
		address_parse(envelope->client_text, &envelope->client);
	set_domain(envelope, SPF_HELO, envelope->helo);
	set_domain(envelope, SPF_MAILFROM, domain_of(envelope->sender, &envelope->local));
}

struct span envelope_client(const struct envelope *envelope, char *storage)
{
	if (envelope->client.family == AF_UNSPEC)
		return envelope->client_text;
	return span_of(address_format(&envelope->client, storage));
}

struct span envelope_sender(const struct envelope *envelope)
{
	return envelope->sender.length > 0 ? envelope->sender : span_of("<>");
}
