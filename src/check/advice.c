/* SPDX-License-Identifier: MIT */
#include "advice.h"

#include <stdio.h>

#include "advice_absence.h"
#include "advice_beside.h"
#include "advice_record.h"
#include "advice_term.h"

/* ---- the limits ---- */

/* "include:a.example 4, mx 1": what the lookups are spent on. */
static void list_lookups(struct text *out, const struct audit_record *top)
{
	enum { LISTED_MAX = 12, SHOWN_MAX = 60 };
	size_t listed = 0;

	for (size_t i = 0; i < top->count; i++) {
		const struct audit_term *t = &top->terms[i];

		if (!t->lookup)
			continue;
		if (listed == LISTED_MAX) {
			text_string(out, ", ...");
			break;
		}
		text_string(out, listed++ ? ", " : "");
		text_printable(out, t->term.text, SHOWN_MAX);
		text_format(out, " %u", audit_lookups_of(t));
	}
}

static void about_lookups(struct advice_list *list, const struct audit *audit)
{
	const char *domain = audit->top->domain;
	struct advice_draft draft;
	char number[16];

	if (audit->lookups > EVALUATION_TERMS_MAX) {
		advice_begin(&draft, list, domain, LOOKUPS_OVER, span_of(""));
		text_format(&draft.text,
			    "%s%u DNS lookups, and 10 are allowed (RFC 7208 section 4.6.4): "
			    "hosts after the tenth, and all that are not listed, are a permerror. "
			    "Replace include, a and mx by ip4 and ip6 where the addresses are your "
			    "own. Taken by ",
			    audit->ended ? "at least " : "", audit->lookups);
		list_lookups(&draft.text, audit->top);
		text_char(&draft.text, '.');
		advice_give(&draft, NULL);
	} else if (audit->lookups == EVALUATION_TERMS_MAX) {
		advice_say(list, domain, LOOKUPS_ALL, span_of(""), "");
	} else if (audit->lookups >= ADVICE_LOOKUPS_NEAR) {
		snprintf(number, sizeof(number), "%u.", audit->lookups);
		advice_say(list, domain, LOOKUPS_NEAR, span_of(""), number);
	}
}

static const char *family_name(enum audit_family family)
{
	return family == AUDIT_IPV4 ? "IPv4" : "IPv6";
}

/* A host of that family is listed behind the point where the limit is passed. */
static bool loses_hosts(const struct audit_record *record, enum audit_family family)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];
		enum record_mechanism own = family == AUDIT_IPV4 ? RECORD_IP4 : RECORD_IP6;

		if (t->unused)
			continue;
		if (t->too_late[family] && t->term.mechanism == own)
			return true;
		for (size_t h = 0; t->too_late[family] && h < t->host_count; h++)
			if (t->hosts[h].addresses[family] &&
			    t->hosts[h].addresses[family]->status == ANSWER_OK)
				return true;
		if (t->record && loses_hosts(t->record, family))
			return true;
	}
	return false;
}

/* Hosts with addresses of the other family alone are there; what has none at all is not. */
static bool is_gone(const struct audit_term *t, enum audit_family family)
{
	enum audit_family other = family == AUDIT_IPV4 ? AUDIT_IPV6 : AUDIT_IPV4;

	for (size_t i = 0; i < t->host_count; i++)
		if (t->hosts[i].addresses[other] &&
		    t->hosts[i].addresses[other]->status == ANSWER_OK)
			return false;
	return true;
}

/* All void lookups, or those that lead to nothing at all. Returns how many there are. */
static size_t list_voids(struct text *out, const struct audit_record *record,
			 enum audit_family family, bool only_gone, size_t listed)
{
	enum { LISTED_MAX = 8, SHOWN_MAX = 60 };

	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];

		if (t->void_lookup[family] && (!only_gone || is_gone(t, family)) &&
		    listed++ < LISTED_MAX) {
			text_string(out, listed > 1 ? ", \"" : "\"");
			text_printable(out, t->term.text, SHOWN_MAX);
			text_char(out, '"');
		}
		if (t->record)
			listed = list_voids(out, t->record, family, only_gone, listed);
	}
	return listed;
}

/* What to do about them: names that are not there go, hosts of the other family are listed by address. */
static void add_cure(struct text *out, const struct audit *audit, enum audit_family family,
		     size_t voids, bool hurts)
{
	const char *other = family == AUDIT_IPV4 ? "ip6" : "ip4";
	char storage[1024];
	struct text gone;
	size_t count;

	text_init(&gone, storage, sizeof(storage));
	count = list_voids(&gone, audit->top, family, true, 0);
	if (count == voids)
		text_string(out, ". Correct or remove them.");
	else if (count > 0)
		text_format(out,
			    ". Correct or remove %s, which %s nothing; replace the others by %s.",
			    gone.data, count == 1 ? "leads to" : "lead to", other);
	else if (hurts && family == AUDIT_IPV6)
		text_format(out,
			    ". Put the terms for IPv6 hosts before them, or replace them by %s.",
			    other);
	else
		text_format(out, ". Replace them by %s.", other);
}

static void about_voids(struct advice_list *list, const struct audit *audit,
			enum audit_family family)
{
	bool hurts = family == AUDIT_IPV4 || loses_hosts(audit->top, family);
	struct advice_draft draft;
	size_t listed;

	if (audit->voids[family] <= AUDIT_VOIDS_MAX)
		return;
	advice_begin(&draft, list, audit->top->domain, hurts ? VOIDS : VOIDS_UNUSED, span_of(""));
	text_format(
		&draft.text,
		"For %s clients %u terms lead to names without such records, and more than 2 of "
		"these void lookups make the check a permerror (RFC 7208 section 4.6.4)%s: ",
		family_name(family), audit->voids[family],
		hurts ? "" : " also where a fail is meant");
	listed = list_voids(&draft.text, audit->top, family, false, 0);
	add_cure(&draft.text, audit, family, listed, hurts);
	advice_give(&draft, NULL);
}

/* ---- the whole ---- */

void advice_collect(struct advice_list *list, const struct audit *audit,
		    const struct advice_view *view)
{
	const struct audit_record *top = audit->top;
	struct advice_view own = *view;

	advice_on_others(list, audit, view->mail_server);
	if (top->status == PARSED_TEMPERROR && top->answer)
		advice_on_failure(list, top->domain, span_of(top->domain), top->domain, DNS_TXT);
	own.no_dns = audit->no_dns;
	own.voids_told = audit->voids[AUDIT_IPV4] > AUDIT_VOIDS_MAX;
	if (audit->voids[own.family == AF_INET ? AUDIT_IPV4 : AUDIT_IPV6] > AUDIT_VOIDS_MAX)
		own.family = AF_UNSPEC;
	advice_on_record(list, audit, &own);
	about_lookups(list, audit);
	about_voids(list, audit, AUDIT_IPV4);
	if (!own.voids_told)
		about_voids(list, audit, AUDIT_IPV6);
	advice_on_beside(list, audit);
	/* That is not the owner's to mend. */
	if (audit->unanswered && advice_drop(list, DNS_FAILURE) && view->owner_only)
		advice_say(list, top->domain, NO_SERVER, span_of(""), "");
	if (audit->ended)
		advice_say(list, top->domain, ENDED, span_of(""), audit->ended);
}
