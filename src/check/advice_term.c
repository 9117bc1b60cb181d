/* SPDX-License-Identifier: MIT */
#include "advice_term.h"

#include <stdio.h>

#include "address_space.h"
#include "spf/macro_syntax.h"

/* ---- networks ---- */

static bool is_wide(const struct record_term *term)
{
	switch (term->mechanism) {
	case RECORD_IP4: return term->network.prefix <= ADVICE_NETWORK_WIDE4;
	case RECORD_IP6: return term->network.prefix <= ADVICE_NETWORK_WIDE6;
	case RECORD_A:
	case RECORD_MX:
		return term->prefix4 <= ADVICE_NETWORK_WIDE4 ||
		       term->prefix6 <= ADVICE_NETWORK_WIDE6;
	case RECORD_ALL:
	case RECORD_INCLUDE:
	case RECORD_PTR:
	case RECORD_EXISTS:
	case RECORD_REDIRECT:
	case RECORD_EXP:
	case RECORD_UNKNOWN_MODIFIER: break;
	}
	return false;
}

static bool is_network(const struct record_term *term)
{
	return term->mechanism == RECORD_IP4 || term->mechanism == RECORD_IP6;
}

static void about_network(struct advice_list *list, const char *domain,
			  const struct record_term *term)
{
	if (term->qualifier != '+')
		return;
	if (is_network(term) && address_space_is_useless(&term->network))
		advice_say(list, domain, PRIVATE_NETWORK, term->text, "");
	else if (is_wide(term))
		advice_say(list, domain, WIDE_NETWORK, term->text, "");
}

/* ---- names ---- */

void advice_on_failure(struct advice_list *list, const char *domain, struct span term,
		       const char *name, uint16_t type)
{
	struct advice_draft draft;

	advice_begin(&draft, list, domain, DNS_FAILURE, term);
	text_format(&draft.text, "%s ", dns_type_name(type));
	text_printable(&draft.text, span_of(name), DNS_NAME_MAX);
	text_char(&draft.text, '.');
	advice_give(&draft, NULL);
}

static bool has(const struct audit_host *host, enum audit_family family)
{
	return host->addresses[family] && host->addresses[family]->status == ANSWER_OK;
}

static bool lacks(const struct audit_host *host, enum audit_family family)
{
	return audit_is_void(host->addresses[family]);
}

/* Of a host one failure is enough. */
static bool about_failed_host(struct advice_list *list, const char *domain,
			      const struct audit_term *t, const struct audit_host *host,
			      enum audit_family family, uint16_t type)
{
	const struct answer *answer = host->addresses[family];

	if (!answer || answer->status != ANSWER_FAILURE)
		return false;
	advice_on_failure(list, domain, t->term.text, host->name, type);
	return true;
}

static void about_failures(struct advice_list *list, const char *domain, const struct audit_term *t)
{
	if (t->answer && t->answer->status == ANSWER_FAILURE && t->term.mechanism != RECORD_EXP)
		advice_on_failure(list, domain, t->term.text, t->name, t->answer->type);
	if (t->record && t->record->answer && t->record->status == PARSED_TEMPERROR)
		advice_on_failure(list, domain, t->term.text, t->name, DNS_TXT);
	for (size_t i = 0; i < t->host_count; i++)
		if (!about_failed_host(list, domain, t, &t->hosts[i], AUDIT_IPV4, DNS_A))
			about_failed_host(list, domain, t, &t->hosts[i], AUDIT_IPV6, DNS_AAAA);
}

/* What is said of a name that is not there. */
static const char *absence_words(const struct advice_view *view)
{
	return view->no_dns ?
		       " (The zone file has no SOA record, so names that it does not have are not "
		       "asked for.)" :
		       "";
}

/* Of a record below the first one, "a" and "mx" are about its own name, not the name that includes it. */
static void about_nothing(struct advice_list *list, const struct audit_record *record,
			  const struct audit_term *t, const struct advice_view *view)
{
	size_t name = span_find(t->term.text, '/');
	struct advice_draft draft;
	const struct audit_record *top = record;

	if (!record->above || t->term.target.length > 0) {
		advice_say(list, record->domain, VOID_LOOKUP, t->term.text, absence_words(view));
		return;
	}
	while (top->above)
		top = top->above;
	advice_begin(&draft, list, record->domain, VOID_OWN, t->term.text);
	text_format(&draft.text,
		    "means the %s of %s here, which has none. For those of %s write \"",
		    t->term.mechanism == RECORD_A ? "addresses" : "mail hosts", record->domain,
		    top->domain);
	text_add(&draft.text, span_take(t->term.text, name));
	text_format(&draft.text, ":%s", top->domain);
	text_add(&draft.text, span_skip(t->term.text, name));
	text_string(&draft.text, "\".");
	advice_give(&draft, NULL);
}

static void about_host(struct advice_list *list, const struct audit_record *record,
		       const struct audit_term *t, const struct audit_host *host,
		       const struct advice_view *view)
{
	struct advice_draft draft;

	if (!lacks(host, AUDIT_IPV4) || !lacks(host, AUDIT_IPV6))
		return;
	if (t->term.mechanism == RECORD_A) {
		about_nothing(list, record, t, view);
		return;
	}
	advice_begin(&draft, list, record->domain, VOID_HOST, t->term.text);
	advice_quote(&draft, span_of(host->name));
	text_string(&draft.text,
		    ". No more than two such void lookups are allowed in a check, and mail "
		    "to that host fails: correct the MX record, or give the host an address.");
	advice_give(&draft, NULL);
}

/* Addresses of one family alone: right for its clients, void for those of the other. */
static void about_one_family(struct advice_list *list, const char *domain,
			     const struct audit_term *t, enum audit_family missing)
{
	enum audit_family other = missing == AUDIT_IPV4 ? AUDIT_IPV6 : AUDIT_IPV4;
	bool found = false;
	char words[160];

	if (!t->void_lookup[missing])
		return;
	for (size_t i = 0; i < t->host_count; i++)
		found = found || (has(&t->hosts[i], other) && lacks(&t->hosts[i], missing));
	if (!found)
		return;
	snprintf(words, sizeof(words),
		 "IPv%c addresses only%s, which counts as a void lookup for IPv%c clients; two are "
		 "allowed. That is no error.",
		 other == AUDIT_IPV4 ? '4' : '6', t->host_count > 1 ? " at some of its hosts" : "",
		 missing == AUDIT_IPV4 ? '4' : '6');
	advice_say(list, domain, ONE_FAMILY, t->term.text, words);
}

/* The mechanism that was meant, if what the name has is known. False: it is not. */
static bool about_meant(struct advice_list *list, const char *domain, const struct audit_term *t)
{
	struct advice_draft draft;
	char storage[DNS_NAME_MAX + 16];
	struct text meant;

	/* What an include or redirect leads to is told of with that. */
	if (t->record || (!t->has_record && !t->has_address))
		return false;
	text_init(&meant, storage, sizeof(storage));
	text_string(&meant, t->has_record ? "include:" : "a:");
	text_add(&meant, t->term.target);
	advice_begin(&draft, list, domain, t->has_record ? INCLUDE_MEANT : ADDRESS_MEANT,
		     t->term.text);
	advice_quote(&draft, text_span(&meant));
	text_char(&draft.text, '.');
	advice_give(&draft, NULL);
	return true;
}

static void about_mx(struct advice_list *list, const char *domain, const struct audit_term *t)
{
	if (!t->answer || t->answer->status != ANSWER_OK)
		return;
	if (t->answer->count > EVALUATION_NAMES_MAX)
		advice_say(list, domain, MANY_MX, t->term.text, "");
	else if (t->host_count == 0)
		advice_say(list, domain, NO_HOST, t->term.text, "");
}

static void about_addresses(struct advice_list *list, const struct audit_record *record,
			    const struct audit_term *t, const struct advice_view *view)
{
	bool nothing = audit_is_void(t->answer) && t->term.mechanism != RECORD_EXP;
	const char *domain = record->domain;

	/* What "*" leads to is told of with it. */
	if (about_meant(list, domain, t) || span_starts_with(t->term.target, "*."))
		return;
	if (nothing && !view->voids_told)
		about_nothing(list, record, t, view);
	for (size_t i = 0; i < t->host_count && !view->voids_told; i++)
		about_host(list, record, t, &t->hosts[i], view);
	if (view->family == AF_INET6)
		about_one_family(list, domain, t, AUDIT_IPV6);
	if (view->family == AF_INET)
		about_one_family(list, domain, t, AUDIT_IPV4);
	if (t->term.mechanism == RECORD_MX)
		about_mx(list, domain, t);
	if (t->term.mechanism == RECORD_EXISTS && t->target == AUDIT_NAME && t->answer &&
	    t->answer->status == ANSWER_OK)
		advice_say(list, domain, EXISTS_ALWAYS, t->term.text, "");
}

static void about_no_record(struct advice_list *list, const char *domain,
			    const struct audit_term *t, const struct advice_view *view)
{
	bool gone = t->record->answer->status == ANSWER_NXDOMAIN;
	struct advice_draft draft;

	advice_begin(&draft, list, domain, gone ? NO_NAME_THERE : NO_RECORD_THERE, t->term.text);
	text_string(&draft.text, gone ? absence_words(view) : "");
	if (t->has_address) {
		text_string(&draft.text, " If the host of that name is meant, write \"a:");
		text_add(&draft.text, t->term.target);
		text_string(&draft.text, "\".");
	}
	advice_give(&draft, NULL);
}

static void about_target(struct advice_list *list, const char *domain, const struct audit_term *t,
			 const struct advice_view *view)
{
	enum record_mechanism mechanism = t->term.mechanism;
	bool leads = mechanism == RECORD_INCLUDE || mechanism == RECORD_REDIRECT;
	bool nothing = t->record && t->record->answer && t->record->status == PARSED_NONE;

	if (t->target == AUDIT_INVALID)
		advice_say(list, domain, leads ? BAD_TARGET : BAD_NAME, t->term.text, "");
	if (t->loop)
		advice_say(list, domain, LOOP, t->term.text, "");
	if (span_starts_with(t->term.target, "*."))
		advice_say(list, domain, nothing ? STAR_LEADS : STAR, t->term.text, "");
	else if (nothing)
		about_no_record(list, domain, t, view);
	if (macro_uses(t->term.target, 'p'))
		advice_say(list, domain, MACRO_P, t->term.text, "");
	else if (view->owner_only && t->target == AUDIT_MACROS && mechanism != RECORD_PTR &&
		 mechanism != RECORD_EXP)
		advice_say(list, domain, SENDER_MACRO, t->term.text, "");
}

/* ---- modifiers ---- */

/* The modifiers of RFC 6652, which say where to send reports. */
static bool is_for_reports(struct span text)
{
	return text.length > 3 && ascii_lower(text.data[0]) == 'r' && text.data[2] == '=' &&
	       strchr("apr", ascii_lower(text.data[1]));
}

static bool is_usable_text(const struct answer *answer)
{
	size_t where;

	return answer->status == ANSWER_OK && answer->count == 1 &&
	       span_all(answer->records[0].data, ascii_is_ascii) &&
	       macro_check(answer->records[0].data, MACRO_EXPLANATION, &where);
}

static void about_modifier(struct advice_list *list, const char *domain, const struct audit_term *t)
{
	if (t->term.mechanism == RECORD_UNKNOWN_MODIFIER && !is_for_reports(t->term.text))
		advice_say(list, domain, UNKNOWN_MODIFIER, t->term.text, "");
	if (t->term.mechanism == RECORD_EXP && t->answer && !is_usable_text(t->answer))
		advice_say(list, domain, EXPLANATION, t->term.text, "");
}

/* ---- a term ---- */

static const char *qualified_words(char qualifier)
{
	switch (qualifier) {
	case '-': return "they are a fail. Write it without \"-\", unless that is meant.";
	case '~': return "they are a softfail. Write it without \"~\", unless that is meant.";
	default: return "they are neutral. Write it without \"?\", unless that is meant.";
	}
}

void advice_on_term(struct advice_list *list, const struct audit_record *record,
		    const struct audit_term *t, const struct advice_view *view, bool top)
{
	const struct record_term *term = &t->term;
	const char *domain = record->domain;

	if (t->unused || rewrite_is_slip(term))
		return;
	if (term->mechanism == RECORD_ALL && term->qualifier == '+')
		advice_say(list, domain, PLUS_ALL, term->text, "");
	if (term->mechanism == RECORD_ALL && term->qualifier == '?' && top)
		advice_say(list, domain, NEUTRAL_ALL, term->text, "");
	if (term->mechanism == RECORD_PTR)
		advice_say(list, domain, PTR, term->text, "");
	about_modifier(list, domain, t);
	if (term->mechanism == RECORD_INCLUDE && term->qualifier != '+')
		advice_say(list, domain, QUALIFIED_INCLUDE, term->text,
			   qualified_words(term->qualifier));
	about_network(list, domain, term);
	about_target(list, domain, t, view);
	about_addresses(list, record, t, view);
	about_failures(list, domain, t);
}
