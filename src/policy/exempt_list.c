/* SPDX-License-Identifier: MIT */
#include "policy/exempt_list.h"

static const struct {
	const char *setting, *words;
} lists[EXEMPT_LISTS] = {
	[EXEMPT_LOGIN] = { "Skip_Authenticated", "SPF not checked for authenticated client" },
	[EXEMPT_LOCAL] = { "skip_addresses", "SPF check N/A for local connections" },
	[EXEMPT_WHITELIST] = { "Whitelist", "SPF skipped for whitelisted relay" },
	[EXEMPT_PAIR] = { "Whitelist_For", "SPF skipped by Whitelist_For" },
	[EXEMPT_SENDER] = { "Skip_Senders", "SPF not checked for this sender" },
	[EXEMPT_RECIPIENT] = { "Skip_Recipients", "SPF not checked for this recipient" },
	[EXEMPT_DOMAIN] = { "Domain_Whitelist", "SPF skipped for whitelisted relay domain" },
	[EXEMPT_HELO] = { "HELO_Whitelist", "SPF skipped for whitelisted HELO domain" },
	[EXEMPT_PTR] = { "Domain_Whitelist_PTR", "SPF skipped for PTR whitelisted relay domain" },
	[EXEMPT_PRIVATE] = { "Private_Clients", "SPF not applied to a private client address" },
};

const char *exempt_setting(enum exempt_list list)
{
	return lists[list].setting;
}

const char *exempt_words(enum exempt_list list)
{
	return lists[list].words;
}

const char *exempt_setting_of(struct span words)
{
	/* policyd-spf-perl's. */
	static const struct {
		const char *words;
		enum exempt_list list;
	} others[] = {
		{ "SPF not checked for localhost", EXEMPT_LOCAL },
		{ "SPF not checked for whitelisted relay", EXEMPT_WHITELIST },
		{ "SPF exempted by policy", EXEMPT_SENDER },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (span_is(words, others[i].words))
			return lists[others[i].list].setting;
	for (size_t i = 0; i < EXEMPT_LISTS; i++)
		if (span_is(words, lists[i].words) ||
		    (i == EXEMPT_PAIR && span_starts_with(words, lists[i].words)))
			return lists[i].setting;
	return NULL;
}
