/* SPDX-License-Identifier: MIT */
#include "advice_kinds.h"

enum { SHOWN_MAX = 100 }; /* characters of a term */

static const struct {
	const char *code;
	enum advice_severity severity;
	const char *text;
	const char *plural; /* of several terms, which are then told of together; NULL */
} kinds[ADVICE_KINDS] = {
	[PLUS_ALL] = { "plus-all", ADVICE_WARNING,
		       "lets every host in the world send as this domain. End the record with \"~all\" "
		       "or \"-all\", once all that sends its mail is listed.",
		       NULL },
	[NEUTRAL_ALL] = { "neutral-all", ADVICE_WARNING,
			  "says nothing about the hosts that are not listed: receivers treat their mail "
			  "as if there were no record. End with \"~all\" or \"-all\", once all that sends "
			  "its mail is listed.",
			  NULL },
	[NO_ALL] = { "no-all", ADVICE_WARNING,
		     "The record has no \"all\" and no redirect at its end, so hosts that are not "
		     "listed are neutral. End it with \"~all\" or \"-all\", once all that sends its "
		     "mail is listed.",
		     NULL },
	[AFTER_ALL] = { "after-all", ADVICE_WARNING,
			"stands behind an \"all\", where nothing is looked at. Move it before the \"all\", "
			"or remove it.",
			"stand behind an \"all\", where nothing is looked at. Move them before the "
			"\"all\", or remove them." },
	[SECOND_ALL] = { "after-all", ADVICE_WARNING,
			 "is a second \"all\": only the first one counts. Remove it.", NULL },
	[REDIRECT_UNUSED] = { "after-all", ADVICE_WARNING,
			      "is never used, because the record has an \"all\": the hosts that it lists do "
			      "not pass. If they send, include that record before the \"all\".",
			      NULL },
	[WIDE_NETWORK] = { "wide-network", ADVICE_WARNING,
			   "lets a great part of the Internet pass. List the networks that really send.",
			   "let a great part of the Internet pass. List the networks that really send." },
	[PRIVATE_NETWORK] = { "private-network", ADVICE_WARNING,
			      "is address space from which no mail comes over the Internet. Remove it; list "
			      "the public address that the hosts there send from.",
			      "are address space from which no mail comes over the Internet. Remove them; "
			      "list the public addresses that the hosts there send from." },
	[PTR] = { "ptr", ADVICE_WARNING,
		  "is slow, unreliable and no longer to be published (RFC 7208 section 5.5). Use "
		  "ip4, ip6, a or mx.",
		  "are slow, unreliable and no longer to be published (RFC 7208 section 5.5). Use "
		  "ip4, ip6, a or mx." },
	[MACRO_P] = { "macro-p", ADVICE_WARNING,
		      "uses the macro p, which is slow, unreliable and not to be published (RFC 7208 "
		      "section 7.2).",
		      NULL },
	[SENDER_MACRO] = { "macros", ADVICE_NOTE,
			   "depends on the client or the sender: which hosts it lets pass cannot be listed.",
			   "depend on the client or the sender: which hosts they let pass cannot be "
			   "listed." },
	[EXISTS_ALWAYS] = { "exists-always", ADVICE_WARNING,
			    "has no macro, so that it holds for every client in the world alike.",
			    NULL },
	[STAR] = { "wildcard", ADVICE_WARNING,
		   "has a \"*\", which stands for nothing in a record: only a name of that very text is "
		   "asked for. List the names or the networks.",
		   NULL },
	[STAR_LEADS] = { "wildcard", ADVICE_ERROR,
			 "has a \"*\", which stands for nothing in a record: only a name of that very text is "
			 "asked for, and without a record there the check is a permerror. List the names.",
			 NULL },
	[VOID_LOOKUP] = { "void-lookup", ADVICE_WARNING,
			  "leads to a name without such records, and no more than two of these void "
			  "lookups are allowed in a check. Correct or remove it.",
			  "lead to names without such records, and no more than two of these void lookups "
			  "are allowed in a check. Correct or remove them." },
	[VOID_OWN] = { "void-lookup", ADVICE_WARNING, "", NULL },
	[NO_HOST] = { "void-lookup", ADVICE_WARNING,
		      "leads to no host name (an MX of \".\" says that a domain takes no mail). Remove it.",
		      NULL },
	[VOID_HOST] = { "void-lookup", ADVICE_WARNING, "names a mail host without any address, ",
			NULL },
	[ONE_FAMILY] = { "one-family", ADVICE_NOTE, "has ", "have " },
	[VOIDS] = { "voids", ADVICE_ERROR, "", NULL },
	[VOIDS_UNUSED] = { "voids", ADVICE_WARNING, "", NULL },
	[REPEATED] = { "repeated", ADVICE_WARNING,
		       "stands there twice and costs a lookup each time. Remove one of them.",
		       "stand there twice and cost a lookup each time. Remove one of each." },
	[REPEATED_AS] = { "repeated", ADVICE_WARNING, "costs a lookup and says the same as ",
			  NULL },
	[REPEATED_INSIDE] = { "repeated", ADVICE_WARNING,
			      "costs lookups and lets nobody pass who is not let pass by ", NULL },
	[REPEATED_ABROAD] = { "repeated", ADVICE_NOTE, "lets nobody pass who is not let pass by ",
			      NULL },
	[LISTED_TOO] = { "repeated", ADVICE_NOTE,
			 "takes a lookup, and all of its addresses are listed by ip4 and ip6 too.",
			 "take a lookup each, and all of their addresses are listed by ip4 and ip6 too." },
	[REPEATED_NETWORK] = { "repeated", ADVICE_NOTE, "stands there twice. Remove one of them.",
			       "stand there twice. Remove one of each." },
	[COVERED] = { "repeated", ADVICE_NOTE, "adds nothing to ", "add nothing to " },
	[UNKNOWN_MODIFIER] = { "unknown-modifier", ADVICE_WARNING,
			       "has no meaning and is ignored by everybody. If it is a typing error, correct "
			       "it: mechanisms take \":\" where modifiers take \"=\".",
			       "have no meaning and are ignored by everybody. If they are typing errors, "
			       "correct them: mechanisms take \":\" where modifiers take \"=\"." },
	[EXPLANATION] = { "explanation", ADVICE_WARNING,
			  "leads to no text that can be used: it must be one TXT record in ASCII.",
			  NULL },
	[NO_RECORD_THERE] = { "no-record-there", ADVICE_ERROR,
			      "leads to a domain without an SPF record, which makes the check a permerror. "
			      "Correct or remove it.",
			      "lead to domains without an SPF record, which makes the check a permerror. "
			      "Correct or remove them." },
	[NO_NAME_THERE] = { "no-record-there", ADVICE_ERROR,
			    "leads to a name that does not exist, which makes the check a permerror. "
			    "Correct or remove it: who registers a domain that is free can send as this "
			    "one.",
			    "lead to names that do not exist, which makes the check a permerror. Correct or "
			    "remove them: who registers a domain that is free can send as this one." },
	[INCLUDE_MEANT] = { "mistake", ADVICE_ERROR,
			    "leads to a name without addresses that has an SPF record, which only an "
			    "include takes. Write ",
			    NULL },
	[ADDRESS_MEANT] = { "mistake", ADVICE_ERROR,
			    "leads to a name that has addresses, but no MX record, and so lets nobody pass. "
			    "If that host is meant, write ",
			    NULL },
	[QUALIFIED_INCLUDE] = { "qualifier", ADVICE_WARNING,
				"does not let the hosts pass that it lists: ", NULL },
	[INCLUDED_ERROR] = { "included-error", ADVICE_ERROR, "", NULL },
	[INCLUDED_WEAKNESS] = { "included-weakness", ADVICE_WARNING, "", NULL },
	[INCLUDED_PTR] = { "included-weakness", ADVICE_NOTE, "", NULL },
	[BAD_NAME] = { "bad-name", ADVICE_WARNING,
		       "leads to no name that DNS can have (a label takes 1 to 63 bytes, a name 253), and "
		       "never matches. Correct or remove it.",
		       NULL },
	[BAD_TARGET] = { "bad-name", ADVICE_ERROR,
			 "leads to no name that DNS can have (a label takes 1 to 63 bytes, a name 253), "
			 "which makes the check a permerror. Correct or remove it.",
			 NULL },
	[LOOP] = { "loop", ADVICE_ERROR,
		   "leads back to a record that it is part of: a check that comes to it goes round until "
		   "the 10 DNS lookups are used up, and is a permerror. Remove it.",
		   NULL },
	[MANY_MX] = { "many-mx", ADVICE_ERROR,
		      "leads to more than 10 MX hosts, which makes the check a permerror (RFC 7208 section "
		      "4.6.4). List the networks of the hosts with ip4 and ip6 instead.",
		      NULL },
	[DNS_FAILURE] = { "dns-failure", ADVICE_ERROR,
			  "is a temperror now, and mail may be deferred, because this DNS lookup fails: ",
			  NULL },
	[NO_SERVER] = { "dns-failure", ADVICE_WARNING,
			"No DNS server answered here, so what has to be asked for was not looked at.",
			NULL },
	[LONG_RECORD] = { "long-record", ADVICE_NOTE,
			  "Past 450 bytes a record's answer may not fit into one UDP message (RFC 7208 "
			  "section 3.4). Move a part of it into an include or join networks. It has "
			  "bytes: ",
			  NULL },
	[MIDDLE_ANSWER] = { "large-answer", ADVICE_NOTE,
			    "The answer with all TXT records of the domain has ", NULL },
	[LARGE_ANSWER] = { "large-answer", ADVICE_WARNING,
			   "The answer with all TXT records of the domain does not fit into the 1232 bytes "
			   "that go through UDP everywhere; receivers that cannot ask over TCP see no "
			   "record. Remove TXT records that nobody needs, or move terms into an include. "
			   "It has bytes: ",
			   NULL },
	[SYNTAX] = { "syntax", ADVICE_ERROR,
		     "The record has an error, so every check of this domain is a permerror: ",
		     NULL },
	[SYNTAX_MORE] = { "syntax", ADVICE_ERROR, "Another error: ", NULL },
	[MISTAKE] = { "mistake", ADVICE_ERROR, "cannot be meant as it stands. ", NULL },
	[NOT_A_RECORD] = { "not-a-record", ADVICE_ERROR,
			   "is in DNS, but is no SPF record, because ", NULL },
	[BESIDE_RECORD] = { "not-a-record", ADVICE_WARNING,
			    "stands beside the record and is ignored, because ", NULL },
	[SENDER_ID] = { "not-a-record", ADVICE_WARNING,
			"is Sender ID, which nobody looks at any more, and no SPF record. Without one, "
			"anybody can send as this domain.",
			NULL },
	[SPF_TYPE_ONLY] = { "spf-type", ADVICE_ERROR,
			    "stands in DNS as a record of type SPF, for which nobody asks (RFC 7208 section "
			    "3.1). Publish it as TXT.",
			    NULL },
	[SPF_TYPE] = { "spf-type", ADVICE_NOTE,
		       "stands in DNS as a record of type SPF too, for which nobody asks (RFC 7208 section "
		       "3.1). Remove that one.",
		       NULL },
	[RECORDS] = { "records", ADVICE_ERROR,
		      "Every check of this domain is a permerror: ", NULL },
	[LOOKUPS_NEAR] = { "lookups", ADVICE_NOTE,
			   "The record comes near the limit of 10 DNS lookups (RFC 7208 section 4.6.4), to "
			   "which every include of somebody else may add. Lookups that it takes: ",
			   NULL },
	[LOOKUPS_ALL] = { "lookups", ADVICE_WARNING,
			  "The record takes all of the 10 DNS lookups that are allowed (RFC 7208 section "
			  "4.6.4): one more include, also by somebody else, and it is a permerror. Replace "
			  "what you can by ip4 and ip6.",
			  NULL },
	[LOOKUPS_OVER] = { "lookups", ADVICE_ERROR, "The record takes ", NULL },
	[NO_RECORD] = { "no-record", ADVICE_WARNING,
			"There is no SPF record, so anybody can send as this domain. List what sends "
			"its mail, as in \"v=spf1 mx ~all\"; if nothing does: \"v=spf1 -all\".",
			NULL },
	[NO_RECORD_HELO] = { "no-record", ADVICE_NOTE,
			     "A mail server's own name should have a record too, since bounces are judged by"
			     " it: \"v=spf1 a -all\".",
			     NULL },
	[NO_RECORD_ALIAS] = { "alias", ADVICE_WARNING,
			      "There is no SPF record, so anybody can send as this domain. The name is a CNAME, "
			      "beside which no record can stand (RFC 1034 section 3.6.2): have one published where "
			      "it leads to, or write the addresses instead of the CNAME, and a record beside them.",
			      NULL },
	[HOST_NO_RECORD] = { "host-no-record", ADVICE_NOTE,
			     "A mail server's own name should have a record too, since bounces are judged by"
			     " it: \"v=spf1 a -all\". These have none: ",
			     NULL },
	[NO_DOMAIN] = { "no-domain", ADVICE_ERROR, "There is no such name in DNS.", NULL },
	[DMARC_SEVERAL] = { "dmarc", ADVICE_WARNING,
			    "More than one DMARC record is as if there were none. Leave one at _dmarc.",
			    NULL },
	[DMARC_NEAR] = { "dmarc", ADVICE_WARNING,
			 "stands at _dmarc and is no DMARC record: one begins with \"v=DMARC1;\" and has no "
			 "tag twice.",
			 NULL },
	[DMARC_PLACE] = { "dmarc", ADVICE_WARNING,
			  "stands at the domain itself, where nobody looks for a DMARC record. Publish it at "
			  "_dmarc below the domain.",
			  NULL },
	[DMARC_FAULT] = { "dmarc", ADVICE_WARNING,
			  "is a DMARC record with a wrong policy: ", NULL },
	[ALIAS_BESIDE] = { "alias", ADVICE_WARNING,
			   "In the zone file the name has a CNAME beside other records, which DNS does not "
			   "allow (RFC 1034 section 3.6.2): servers refuse the zone, or answer with what the "
			   "alias leads to in place of this record. Write the addresses instead.",
			   NULL },
	[ENDED] = { "not-whole", ADVICE_WARNING, "Not all of the tree was looked at: it takes ",
		    NULL },
};

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
	draft->term_end = draft->text.length;
	text_string(&draft->text, kinds[kind].text);
	draft->words_end = draft->text.length;
}

/* ---- several terms ---- */

/* The terms in quotes, one behind the other; past some only their number. */
static void add_term(struct advice *advice, struct span term, struct arena *arena)
{
	enum { LISTED_MAX = 8, SIZE = 16 + LISTED_MAX * (SHOWN_MAX + 4) };
	struct text text;

	advice->terms++;
	if (advice->terms > LISTED_MAX)
		return;
	text_init(&text, arena_take(arena, SIZE), SIZE);
	text_format(&text, "%s, ", advice->listed);
	text_add(&text, term);
	advice->listed = text.data;
	advice->listed_terms = advice->terms;
}

static void write_several(struct advice *advice, struct arena *arena)
{
	struct advice_draft draft;

	text_init(&draft.text, draft.storage, sizeof(draft.storage));
	text_string(&draft.text, advice->listed);
	if (advice->terms > advice->listed_terms)
		text_format(&draft.text, " and %zu more", advice->terms - advice->listed_terms);
	text_format(&draft.text, " %s%s", kinds[advice->kind].plural, advice->more);
	advice->text = arena_string(arena, text_span(&draft.text));
}

static bool is_listed(const struct advice *advice, struct span term)
{
	struct span rest = span_of(advice->listed);

	for (; rest.length > term.length; rest = span_skip(rest, 1))
		if (span_equal(span_take(rest, term.length), term))
			return true;
	return span_equal(rest, term);
}

/* The same was said of this term, or of another one of the record. */
static struct advice *find_alike(const struct advice_draft *draft, struct span term,
				 const char *more)
{
	struct advice_list *list = draft->list;

	for (size_t i = 0; i < list->count; i++) {
		struct advice *advice = &list->items[i];

		if (advice->kind == draft->kind && strcmp(advice->domain, draft->domain) == 0 &&
		    strcmp(advice->more, more) == 0 &&
		    (kinds[draft->kind].plural || is_listed(advice, term)))
			return advice;
	}
	return NULL;
}

/* ---- the list ---- */

void advice_give(struct advice_draft *draft, const char *proposal)
{
	struct advice_list *list = draft->list;
	struct span text = text_span(&draft->text);
	struct span term = span_trim(span_take(text, draft->term_end), " ");
	const char *more = draft->text.data + draft->words_end;
	struct advice *alike = find_alike(draft, term, more);

	if (alike && is_listed(alike, term))
		return;
	if (alike) {
		add_term(alike, term, list->arena);
		write_several(alike, list->arena);
		alike->proposal = alike->proposal ? alike->proposal : proposal;
		return;
	}
	if (list->count == ADVICE_MAX)
		return;
	list->items[list->count++] = (struct advice){
		.code = kinds[draft->kind].code,
		.severity = kinds[draft->kind].severity,
		.domain = draft->domain,
		.text = arena_string(list->arena, text),
		.proposal = proposal,
		.kind = draft->kind,
		.listed = arena_string(list->arena, term),
		.more = arena_string(list->arena, span_of(more)),
		.terms = 1,
		.listed_terms = 1,
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

bool advice_drop(struct advice_list *list, enum advice_kind kind)
{
	size_t kept = 0, count = list->count;

	for (size_t i = 0; i < count; i++)
		if (list->items[i].kind != kind)
			list->items[kept++] = list->items[i];
	list->count = kept;
	return kept < count;
}

enum advice_severity advice_worst(const struct advice_list *list)
{
	enum advice_severity worst = ADVICE_NOTE;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].severity > worst)
			worst = list->items[i].severity;
	return worst;
}

void advice_sort(struct advice_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		struct advice item = list->items[i];
		size_t at = i;

		for (; at > 0 && list->items[at - 1].severity < item.severity; at--)
			list->items[at] = list->items[at - 1];
		list->items[at] = item;
	}
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
