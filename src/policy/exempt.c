/* SPDX-License-Identifier: MIT */
#include "exempt.h"

#include "base/log.h"
#include "config/lists.h"
#include "dns/addresses.h"
#include "spf/term.h"

static const struct exempt not_exempt = { NULL, DECISION_DUNNO };

static struct exempt noted(const char *why)
{
	return (struct exempt){ why, DECISION_PREPEND };
}

static struct exempt silent(const char *why)
{
	return (struct exempt){ why, DECISION_DUNNO };
}

struct exempt exempt_at_once(const struct config *config, const struct envelope *envelope)
{
	const struct client_pair *pair;

	/* Prospective is for them and nobody else. */
	if (config->skip_authenticated && envelope->login.length > 0 &&
	    config->prospective.family == AF_UNSPEC)
		return silent("SPF not checked for authenticated client");
	if (network_list_match(&config->skip_addresses, &envelope->client))
		return noted("SPF check N/A for local connections");
	if (network_list_match(&config->whitelist, &envelope->client))
		return noted("SPF skipped for whitelisted relay");
	/* A null sender has no domain but the HELO name's. */
	pair = client_pair_find(&config->whitelist_for, &envelope->client,
				envelope->sender.length > 0 ? envelope->sender :
							      span_of(envelope->domains[SPF_HELO]));
	if (pair)
		return noted(pair->why);
	if (envelope->sender.length > 0 &&
	    domain_list_match(&config->skip_senders, envelope->sender))
		return silent("SPF not checked for this sender");
	if (envelope->recipient.length > 0 &&
	    domain_list_match(&config->skip_recipients, envelope->recipient))
		return silent("SPF not checked for this recipient");
	return not_exempt;
}

static bool leads_to_client(struct resolver *resolver, struct span name,
			    const struct address *client)
{
	const struct answer *answer = resolver_get(resolver, name, addresses_type(client));

	return address_has_prefix(client, addresses_nearest(answer, client), 128);
}

static bool by_helo(const struct config *config, const struct envelope *envelope,
		    struct resolver *resolver)
{
	struct span helo = span_of(envelope->domains[SPF_HELO]);

	/* An exact name, as it was: subdomains of a host name mean nothing. */
	for (size_t i = 0; i < config->helo_whitelist.count; i++)
		if (span_equal_nocase(span_of(config->helo_whitelist.items[i]), helo))
			return leads_to_client(resolver, helo, &envelope->client);
	return false;
}

static bool by_ptr(const struct config *config, const struct envelope *envelope,
		   struct resolver *resolver)
{
	char reverse[DNS_NAME_MAX];
	const struct answer *ptr;

	if (config->domain_whitelist_ptr.count == 0)
		return false;
	term_reverse_name(&envelope->client, reverse);
	ptr = resolver_get(resolver, span_of(reverse), DNS_PTR);
	for (size_t i = 0; i < ptr->count && i < EVALUATION_NAMES_MAX; i++) {
		struct span name = ptr->records[i].data;

		if (name.length > 0 && domain_list_match(&config->domain_whitelist_ptr, name) &&
		    leads_to_client(resolver, name, &envelope->client))
			return true;
	}
	return false;
}

/* The client passes SPF for the listed domain: it relays for it, whoever the sender is. */
static bool by_domain(const struct config *config, const struct envelope *envelope,
		      struct resolver *resolver, struct check_library *library,
		      uint64_t deadline_ms, const char *domain)
{
	struct evaluation_settings settings = {
		.resolver = resolver,
		.void_limit = (unsigned)config->void_limit,
		.receiver = "unknown",
		.deadline_ms = deadline_ms,
	};
	struct evaluation_subject subject = {
		.identity = SPF_HELO,
		.client = envelope->client,
		.local = span_of("postmaster"),
		.sender_domain = span_of(domain),
		.helo = span_of(domain),
	};
	struct evaluation evaluation;
	struct spf_report report;

	evaluation_init(&evaluation, &settings, &subject);
	check_run(library, &evaluation, &report);
	evaluation_free(&evaluation);
	return report.result == SPF_PASS;
}

bool exempt_needs_dns(const struct config *config)
{
	return config->domain_whitelist.count || config->helo_whitelist.count ||
	       config->domain_whitelist_ptr.count;
}

struct exempt exempt_by_dns(const struct config *config, const struct envelope *envelope,
			    struct resolver *resolver, struct check_library *library,
			    uint64_t deadline_ms)
{
	/* Their records are fetched side by side, whichever matches. */
	for (size_t i = 0; config->prefetch && i < config->domain_whitelist.count &&
			   resolver_in_flight(resolver) < (unsigned)config->prefetch_max;
	     i++)
		resolver_want(resolver, span_of(config->domain_whitelist.items[i]), DNS_TXT);
	for (size_t i = 0; i < config->domain_whitelist.count; i++)
		if (by_domain(config, envelope, resolver, library, deadline_ms,
			      config->domain_whitelist.items[i]))
			return noted("SPF skipped for whitelisted relay domain");
	if (by_helo(config, envelope, resolver))
		return noted("SPF skipped for whitelisted HELO domain");
	if (by_ptr(config, envelope, resolver))
		return noted("SPF skipped for PTR whitelisted relay domain");
	return not_exempt;
}

static void warn_private(const struct address *client)
{
	char text[ADDRESS_TEXT_MAX];

	log_message(
		LOG_LEVEL_WARNING,
		"client %s: SPF says nothing about private addresses. If a NAT or proxy hides the "
		"real one, let Postfix see it (smtpd_upstream_proxy_protocol, "
		"postscreen_upstream_proxy_protocol, the host's network for a container); list "
		"networks of your own in skip_addresses. See Private_Clients",
		address_format(client, text));
}

struct exempt exempt_private(const struct config *config, const struct envelope *envelope,
			     bool *warned)
{
	struct exempt exempt;

	if (!address_is_private(&envelope->client))
		return not_exempt;
	if (!*warned)
		warn_private(&envelope->client);
	*warned = true;
	if (config->private_clients == CONFIG_PRIVATE_JUDGE)
		return not_exempt;
	exempt = noted("SPF not applied to a private client address");
	if (config->private_clients == CONFIG_PRIVATE_DEFER)
		exempt.verb = DECISION_DEFER;
	return exempt;
}
