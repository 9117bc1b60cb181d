/* SPDX-License-Identifier: MIT */
#include "advice_absence.h"

#include "repair_version.h"

/* The best that is known of a text that was to be a record. */
static const char *proposal_for(struct span record, struct arena *arena)
{
	const struct repair *repair = repair_record(record, arena);

	if (repair->proposal)
		return repair->proposal;
	return repair->errors > 0 || repair->open ? NULL : arena_string(arena, record);
}

/* A text that misses being a record by its first word. */
static bool about_near(struct advice_list *list, const struct audit_record *record,
		       struct span text)
{
	bool alone = record->status == PARSED_NONE;
	const char *why, *meant = repair_version(text, &why, list->arena);
	struct advice_draft draft;

	if (!meant && !(alone && repair_is_version(text, &why)))
		return false;
	advice_begin(&draft, list, record->domain, alone ? NOT_A_RECORD : BESIDE_RECORD, text);
	text_format(&draft.text, "%s. %s", why,
		    alone ? "Without a record, anybody can send as this domain." :
			    "Put its terms into the record, or remove it.");
	advice_give(&draft, meant && alone ? proposal_for(span_of(meant), list->arena) : NULL);
	return true;
}

/* "spf2.0/pra", "spf2.0/mfrom,pra" (RFC 4406): its terms are those of SPF. */
static bool about_sender_id(struct advice_list *list, const struct audit_record *record,
			    struct span text)
{
	struct advice_draft draft;
	struct span rest = text;
	struct text meant;

	if (!span_starts_with_nocase(text, "spf2.0/"))
		return false;
	span_next(&rest, " ");
	text_init(&meant, arena_take(list->arena, rest.length + 16), rest.length + 16);
	text_string(&meant, "v=spf1 ");
	text_add(&meant, span_trim(rest, " "));
	advice_begin(&draft, list, record->domain, SENDER_ID, text);
	advice_give(&draft, proposal_for(text_span(&meant), list->arena));
	return true;
}

static bool about_type(struct advice_list *list, const struct audit *audit)
{
	bool alone = audit->top->status == PARSED_NONE;
	struct advice_draft draft;

	if (audit->spf_type.length == 0)
		return false;
	advice_begin(&draft, list, audit->top->domain, alone ? SPF_TYPE_ONLY : SPF_TYPE,
		     audit->spf_type);
	advice_give(&draft, alone && record_is_spf(audit->spf_type) ?
				    proposal_for(audit->spf_type, list->arena) :
				    NULL);
	return true;
}

void advice_on_others(struct advice_list *list, const struct audit *audit, bool mail_server)
{
	const struct audit_record *top = audit->top;
	const struct answer *answer = top->answer;
	bool alone = top->status == PARSED_NONE, told = about_type(list, audit);

	for (size_t i = 0; answer && i < answer->count; i++) {
		struct span text = answer->records[i].data;

		if (record_is_spf(text))
			continue;
		told = about_near(list, top, text) || told;
		told = (alone && about_sender_id(list, top, text)) || told;
	}
	if (!alone || told || !answer)
		return;
	if (answer->status == ANSWER_NXDOMAIN)
		advice_say(list, top->domain, NO_DOMAIN, span_of(""), "");
	else
		advice_say(list, top->domain,
			   mail_server	? NO_RECORD_HELO :
			   audit->alias ? NO_RECORD_ALIAS :
					  NO_RECORD,
			   span_of(""), "");
}
