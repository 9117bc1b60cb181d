/* SPDX-License-Identifier: MIT */
#include "exempt.h"

#include "base/log.h"
#include "config/lists.h"
#include "dns/addresses.h"
#include "spf/term.h"

static const struct exempt not_exempt = { NULL, DECISION_DUNNO };

static struct exempt noted(enum exempt_list list)
{
	return (struct exempt){ exempt_words(list), DECISION_PREPEND };
}

static struct exempt silent(enum exempt_list list)
{
	return (struct exempt){ exempt_words(list), DECISION_DUNNO };
}

struct exempt exempt_at_once(const struct config *config, const struct envelope *envelope)
{
	const struct client_pair *pair;

	/* Prospective is for them and nobody else. */
	if (config->skip_authenticated && envelope->login.length > 0 &&
	    config->prospective.family == AF_UNSPEC)
		return silent(EXEMPT_LOGIN);
	if (network_list_match(&config->skip_addresses, &envelope->client))
		return noted(EXEMPT_LOCAL);
	if (network_list_match(&config->whitelist, &envelope->client))
		return noted(EXEMPT_WHITELIST);
	/* A null sender has no domain but the HELO name's. */
	pair = client_pair_find(&config->whitelist_for, &envelope->client,
				envelope->sender.length > 0 ? envelope->sender :
							      span_of(envelope->domains[SPF_HELO]));
	if (pair)
		return (struct exempt){ pair->why, DECISION_PREPEND };
	if (envelope->sender.length > 0 &&
	    domain_list_match(&config->skip_senders, envelope->sender))
		return silent(EXEMPT_SENDER);
	if (envelope->recipient.length > 0 &&
	    domain_list_match(&config->skip_recipients, envelope->recipient))
		return silent(EXEMPT_RECIPIENT);
	return not_exempt;
}

static bool leads_to_client(struct resolver *resolver, struct span name,
			    const struct address *client)
{
	const struct answer *answer = resolver_get(resolver, name, addresses_type(client));

	return address_has_prefix(client, addresses_nearest(answer, client), 128);
}

static void tell(const struct exempt_search *search, enum exempt_list list, const char *entry,
		 const char *why)
{
	if (search->miss)
		search->miss(search->miss_arg, list, entry, why);
}

static bool by_helo(const struct exempt_search *search)
{
	const struct domain_list *list = &search->config->helo_whitelist;
	struct span helo = span_of(search->envelope->domains[SPF_HELO]);

	/* An exact name, as it was: subdomains of a host name mean nothing. */
	for (size_t i = 0; i < list->count; i++) {
		if (!span_equal_nocase(span_of(list->items[i]), helo))
			continue;
		if (leads_to_client(search->resolver, helo, &search->envelope->client))
			return true;
		tell(search, EXEMPT_HELO, list->items[i], "does not resolve to this client");
		return false;
	}
	if (list->count > 0)
		tell(search, EXEMPT_HELO, NULL, "the HELO name is none of these");
	return false;
}

static bool by_ptr(const struct exempt_search *search)
{
	const struct domain_list *list = &search->config->domain_whitelist_ptr;
	const char *why = "the client's reverse name is none of these";
	char reverse[DNS_NAME_MAX];
	const struct answer *ptr;

	if (list->count == 0)
		return false;
	term_reverse_name(&search->envelope->client, reverse);
	ptr = resolver_get(search->resolver, span_of(reverse), DNS_PTR);
	if (ptr->count == 0)
		why = ptr->status == ANSWER_FAILURE ? "DNS failed for the client's reverse name" :
						      "the client has no reverse name";
	for (size_t i = 0; i < ptr->count && i < EVALUATION_NAMES_MAX; i++) {
		struct span name = ptr->records[i].data;

		if (name.length == 0 || !domain_list_match(list, name))
			continue;
		if (leads_to_client(search->resolver, name, &search->envelope->client))
			return true;
		why = "the client's reverse name does not resolve to the client";
	}
	tell(search, EXEMPT_PTR, NULL, why);
	return false;
}

/* The client passes SPF for the listed domain: it relays for it, whoever the sender is. */
static enum spf_result result_for(const struct exempt_search *search, const char *domain)
{
	struct evaluation_settings settings = {
		.resolver = search->resolver,
		.void_limit = (unsigned)search->config->void_limit,
		.receiver = "unknown",
		.deadline_ms = search->deadline_ms,
	};
	struct evaluation_subject subject = {
		.identity = SPF_HELO,
		.client = search->envelope->client,
		.local = span_of("postmaster"),
		.sender_domain = span_of(domain),
		.helo = span_of(domain),
	};
	struct evaluation evaluation;
	struct spf_report report;

	evaluation_init(&evaluation, &settings, &subject);
	check_run(search->library, &evaluation, &report);
	evaluation_free(&evaluation);
	return report.result;
}

static bool by_domain(const struct exempt_search *search)
{
	static const char *const reasons[SPF_RESULT_COUNT] = {
		[SPF_NONE] = "has no SPF record: this entry never matches",
		[SPF_NEUTRAL] = "its SPF record is neutral about this client",
		[SPF_FAIL] = "its SPF record does not let this client send (fail)",
		[SPF_SOFTFAIL] = "its SPF record does not let this client send (softfail)",
		[SPF_PERMERROR] = "its SPF record is broken: this entry never matches",
		[SPF_TEMPERROR] = "DNS failed for its SPF record",
	};
	const struct domain_list *list = &search->config->domain_whitelist;

	for (size_t i = 0; i < list->count; i++) {
		enum spf_result result = result_for(search, list->items[i]);

		if (result == SPF_PASS)
			return true;
		tell(search, EXEMPT_DOMAIN, list->items[i], reasons[result]);
	}
	return false;
}

bool exempt_needs_dns(const struct config *config)
{
	return config->domain_whitelist.count || config->helo_whitelist.count ||
	       config->domain_whitelist_ptr.count;
}

struct exempt exempt_by_dns(const struct exempt_search *search)
{
	const struct config *config = search->config;

	/* Their records are fetched side by side, whichever matches. */
	for (size_t i = 0; config->prefetch && i < config->domain_whitelist.count &&
			   resolver_in_flight(search->resolver) < (unsigned)config->prefetch_max;
	     i++)
		resolver_want(search->resolver, span_of(config->domain_whitelist.items[i]),
			      DNS_TXT);
	if (by_domain(search))
		return noted(EXEMPT_DOMAIN);
	if (by_helo(search))
		return noted(EXEMPT_HELO);
	if (by_ptr(search))
		return noted(EXEMPT_PTR);
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
	exempt = noted(EXEMPT_PRIVATE);
	if (config->private_clients == CONFIG_PRIVATE_DEFER)
		exempt.verb = DECISION_DEFER;
	return exempt;
}
