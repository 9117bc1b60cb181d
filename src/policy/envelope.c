/* SPDX-License-Identifier: MIT */
#include "policy/envelope.h"

/* Without an "@" it is all domain (RFC 7208 section 4.3), as for the other verifiers. */
static struct span domain_of(struct span sender, struct span *local)
{
	struct span domain = sender;

	*local = (struct span){ NULL, 0 };
	span_split_last(sender, '@', local, &domain);
	if (local->length == 0)
		*local = span_of("postmaster");
	return domain;
}

static void set_domain(struct envelope *envelope, enum spf_identity identity, struct span domain)
{
	if (!name_from_identity(domain, envelope->domains[identity]))
		envelope->domains[identity][0] = '\0';
}

/* A link-local address may come with its zone (RFC 4007 section 11), which says nothing about the client. */
static void set_client(struct envelope *envelope)
{
	struct span address, zone;

	if (span_split(envelope->client_text, '%', &address, &zone) && zone.length > 0)
		address_parse_as(AF_INET6, address, &envelope->client);
	else
		address_parse(envelope->client_text, &envelope->client);
}

void envelope_complete(struct envelope *envelope, const struct config *config)
{
	envelope->client = config->prospective;
	if (envelope->client.family == AF_UNSPEC)
		set_client(envelope);
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
