/* SPDX-License-Identifier: MIT */
#include "advice_kinds.h"

enum { SHOWN_MAX = 100 }; /* characters of a term */

static const struct {
	const char *code;
	enum advice_severity severity;
	const char *text;
} kinds[ADVICE_KINDS] = {
	[PLUS_ALL] = { "plus-all", ADVICE_WARNING,
		       "lets every host in the world send as this domain. End the record with \"-all\""
		       " or \"~all\"." },
	[NEUTRAL_ALL] = { "neutral-all", ADVICE_WARNING,
			  "says nothing about the hosts that are not listed: receivers treat their mail "
			  "as if there were no record. End with \"~all\" or \"-all\"." },
	[NO_ALL] = { "no-all", ADVICE_WARNING,
		     "The record has no \"all\" and no redirect at its end, so hosts that are not "
		     "listed are neutral. End it with \"~all\" or \"-all\"." },
	[AFTER_ALL] = { "after-all", ADVICE_WARNING,
			"stands behind an \"all\", where nothing is looked at. Move it before the \"all\", "
			"or remove it." },
	[SECOND_ALL] = { "after-all", ADVICE_WARNING,
			 "is a second \"all\": only the first one counts. Remove it." },
	[REDIRECT_UNUSED] = { "after-all", ADVICE_WARNING,
			      "is never used, because the record has an \"all\". Remove one of them." },
	[WIDE_NETWORK] = { "wide-network", ADVICE_WARNING,
			   "lets a great part of the Internet pass. List the networks that really send." },
	[PRIVATE_NETWORK] = { "private-network", ADVICE_WARNING,
			      "is address space from which no mail comes over the Internet. Remove it; list "
			      "the public address that the hosts there send from." },
	[PTR] = { "ptr", ADVICE_WARNING,
		  "is slow, unreliable and no longer to be published (RFC 7208 section 5.5). Use "
		  "ip4, ip6, a or mx." },
	[MACRO_P] = { "macro-p", ADVICE_WARNING,
		      "uses the macro p, which is slow, unreliable and not to be published (RFC 7208 "
		      "section 7.2)." },
	[SENDER_MACRO] = { "macros", ADVICE_NOTE,
			   "depends on the client or the sender: which hosts it lets pass cannot be listed." },
	[EXISTS_ALWAYS] = { "exists-always", ADVICE_WARNING,
			    "has no macro, so that it holds for every client in the world alike." },
	[STAR] = { "wildcard", ADVICE_WARNING,
		   "has a \"*\", which stands for nothing in a record: only a name of that very text is "
		   "asked for. List the names or the networks." },
	[VOID_LOOKUP] = { "void-lookup", ADVICE_WARNING,
			  "leads to a name without such records, and no more than two of these void "
			  "lookups are allowed in a check. Correct or remove it." },
	[VOID_HOST] = { "void-lookup", ADVICE_WARNING, "names a mail host without any address, " },
	[ONE_FAMILY] = { "one-family", ADVICE_NOTE, "has " },
	[VOIDS] = { "voids", ADVICE_ERROR, "" },
	[VOIDS_UNUSED] = { "voids", ADVICE_WARNING, "" },
	[REPEATED] = { "repeated", ADVICE_WARNING,
		       "stands there twice and costs a lookup each time. Remove one of them." },
	[COVERED] = { "repeated", ADVICE_NOTE, "adds nothing to " },
	[UNKNOWN_MODIFIER] = { "unknown-modifier", ADVICE_WARNING,
			       "has no meaning and is ignored by everybody. If it is a typing error, correct "
			       "it: mechanisms take \":\" where modifiers take \"=\"." },
	[EXPLANATION] = { "explanation", ADVICE_WARNING,
			  "leads to no text that can be used: it must be one TXT record in ASCII." },
	[NO_RECORD_THERE] = { "no-record-there", ADVICE_ERROR,
			      "leads to a domain without an SPF record, which makes the check a permerror. "
			      "Correct or remove it." },
	[INCLUDE_MEANT] = { "mistake", ADVICE_ERROR,
			    "leads to a name without addresses that has an SPF record, which only an "
			    "include takes. Write " },
	[ADDRESS_MEANT] = { "mistake", ADVICE_ERROR,
			    "leads to a name that has addresses, but nothing of what the term asks for. If "
			    "that host is meant, write " },
	[QUALIFIED_INCLUDE] = { "qualifier", ADVICE_WARNING,
				"does not let the hosts pass that it lists: " },
	[INCLUDED_ERROR] = { "included-error", ADVICE_ERROR, "" },
	[INCLUDED_WEAKNESS] = { "included-weakness", ADVICE_WARNING, "" },
	[BAD_NAME] = { "bad-name", ADVICE_WARNING,
		       "leads to no name that DNS can have (a label takes 1 to 63 bytes, a name 253), and "
		       "never matches. Correct or remove it." },
	[BAD_TARGET] = { "bad-name", ADVICE_ERROR,
			 "leads to no name that DNS can have (a label takes 1 to 63 bytes, a name 253), "
			 "which makes the check a permerror. Correct or remove it." },
	[LOOP] = { "loop", ADVICE_ERROR,
		   "leads back to a record that it is part of: a check that comes to it goes round until "
		   "the 10 DNS lookups are used up, and is a permerror. Remove it." },
	[MANY_MX] = { "many-mx", ADVICE_ERROR,
		      "leads to more than 10 MX hosts, which makes the check a permerror (RFC 7208 section "
		      "4.6.4). List the networks of the hosts with ip4 and ip6 instead." },
	[DNS_FAILURE] = { "dns-failure", ADVICE_ERROR,
			  "is a temperror now, and mail may be deferred, because this DNS lookup fails: " },
	[LONG_RECORD] = { "long-record", ADVICE_NOTE,
			  "Past 450 bytes a record's answer may not fit into one UDP message (RFC 7208 "
			  "section 3.4). Move a part of it into an include or join networks. It has "
			  "bytes: " },
	[LARGE_ANSWER] = { "large-answer", ADVICE_WARNING,
			   "The answer with all TXT records of the domain does not fit into the 1232 bytes "
			   "that go through UDP everywhere; receivers that cannot ask over TCP see no "
			   "record. Remove TXT records that nobody needs, or move terms into an include. "
			   "It has bytes: " },
	[SYNTAX] = { "syntax", ADVICE_ERROR,
		     "The record has an error, so every check of this domain is a permerror: " },
	[SYNTAX_MORE] = { "syntax", ADVICE_ERROR, "Another error: " },
	[MISTAKE] = { "mistake", ADVICE_ERROR, "cannot be meant as it stands. " },
	[NOT_A_RECORD] = { "not-a-record", ADVICE_ERROR,
			   "is in DNS, but is no SPF record, because " },
	[RECORDS] = { "records", ADVICE_ERROR,
		      "Every check of this domain is a permerror, until it publishes one record that "
		      "can be used, with all terms in it: " },
	[LOOKUPS_NEAR] = { "lookups", ADVICE_NOTE,
			   "The record comes near the limit of 10 DNS lookups (RFC 7208 section 4.6.4), to "
			   "which every include of somebody else may add. Lookups that it takes: " },
	[LOOKUPS_ALL] = { "lookups", ADVICE_WARNING,
			  "The record takes all of the 10 DNS lookups that are allowed (RFC 7208 section "
			  "4.6.4): one more include, also by somebody else, and it is a permerror. Replace "
			  "what you can by ip4 and ip6." },
	[LOOKUPS_OVER] = { "lookups", ADVICE_ERROR, "The record takes " },
	[NO_RECORD] = { "no-record", ADVICE_WARNING,
			"There is no SPF record, so anybody can send as this domain. If it sends no "
			"mail at all: \"v=spf1 -all\"." },
	[NO_RECORD_HELO] = { "no-record", ADVICE_NOTE,
			     "A mail server's own name should have a record too, since bounces are judged by"
			     " it: \"v=spf1 a -all\"." },
	[HOST_NO_RECORD] = { "host-no-record", ADVICE_NOTE,
			     "A mail server's own name should have a record too, since bounces are judged by"
			     " it: \"v=spf1 a -all\". These have none: " },
	[NO_DOMAIN] = { "no-domain", ADVICE_ERROR, "There is no such name in DNS." },
	[ENDED] = { "not-whole", ADVICE_WARNING, "Not all of the tree was looked at: it takes " },
};

static bool is_given(const struct advice_list *list, const char *domain, struct span text)
{
	for (size_t i = 0; i < list->count; i++)
		if (span_equal(span_of(list->items[i].text), text) &&
		    strcmp(list->items[i].domain, domain) == 0)
			return true;
	return false;
}

void advice_quote(struct advice_draft *draft, struct span bytes)
{
	text_char(&draft->text, '"');
	text_printable(&draft->text, bytes, SHOWN_MAX);
	text_char(&draft->text, '"');
}

void advice_begin(struct advice_draft *draft, struct advice_list *list, const char *domain,
		  enum advice_kind kind, struct span term)
{
	draft->list = list;
	draft->domain = domain;
	draft->kind = kind;
	text_init(&draft->text, draft->storage, sizeof(draft->storage));
	if (term.length > 0) {
		advice_quote(draft, term);
		text_char(&draft->text, ' ');
	}
	text_string(&draft->text, kinds[kind].text);
}

void advice_give(struct advice_draft *draft, const char *proposal)
{
	struct advice_list *list = draft->list;
	struct span text = text_span(&draft->text);

	if (list->count == ADVICE_MAX || is_given(list, draft->domain, text))
		return;
	list->items[list->count++] = (struct advice){
		.code = kinds[draft->kind].code,
		.severity = kinds[draft->kind].severity,
		.domain = draft->domain,
		.text = arena_string(list->arena, text),
		.proposal = proposal,
	};
}

void advice_say(struct advice_list *list, const char *domain, enum advice_kind kind,
		struct span term, const char *more)
{
	struct advice_draft draft;

	advice_begin(&draft, list, domain, kind, term);
	text_string(&draft.text, more);
	advice_give(&draft, NULL);
}

enum advice_severity advice_worst(const struct advice_list *list)
{
	enum advice_severity worst = ADVICE_NOTE;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].severity > worst)
			worst = list->items[i].severity;
	return worst;
}

const char *advice_severity_name(enum advice_severity severity)
{
	switch (severity) {
	case ADVICE_NOTE: return "note";
	case ADVICE_WARNING: return "warning";
	case ADVICE_ERROR: break;
	}
	return "error";
}
