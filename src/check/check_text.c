/* SPDX-License-Identifier: MIT */
#include "check_result.h"

#include "advice_print.h"
#include "base/text.h"
#include "trace_answer.h"
#include "trace_text.h"

enum {
	LABEL_COLUMNS = 10,
	SUMMARY_COLUMN = 3,
};

static void field(struct page *page, const char *label, enum page_style style, struct span value)
{
	page_string(page, PAGE_STRONG, label);
	page_paragraph(page, style, LABEL_COLUMNS, value);
}

/* What the client said: raw, in one piece, to be copied. */
static void fact(struct page *page, const char *label, struct span value, const char *otherwise)
{
	page_string(page, PAGE_STRONG, label);
	page_tab(page, LABEL_COLUMNS);
	if (value.length > 0)
		page_bytes(page, PAGE_PLAIN, value);
	else
		page_string(page, PAGE_PLAIN, otherwise);
	page_newline(page);
}

/* ---- what is judged ---- */

static void print_subject(const struct check_result *result, struct page *page)
{
	const struct envelope *envelope = &result->envelope;
	char client[ADDRESS_TEXT_MAX], storage[PAIR_WHY_MAX + 64];
	const char *setting;
	struct text text;

	field(page, "Client", PAGE_PLAIN, span_of(address_format(&envelope->client, client)));
	fact(page, "HELO", envelope->helo, "(not given)");
	fact(page, "From", envelope->sender, "<> (null sender)");
	if (envelope->recipient.length)
		fact(page, "To", envelope->recipient, "");
	if (result->config->prospective.family != AF_UNSPEC)
		field(page, "Note", PAGE_DOUBT,
		      span_of("Prospective is set: its address is judged."));
	exemptions_print_line(&result->exemptions, result->exempt != NULL, LABEL_COLUMNS, page);
	exemptions_print_misses(&result->exemptions, LABEL_COLUMNS, page);
	if (!result->exempt)
		return;
	page_newline(page);
	setting = exemptions_setting(result->exempt);
	text_init(&text, storage, sizeof(storage));
	text_format(&text, "%s (%s)", result->exempt, setting ? setting : "?");
	field(page, "Exempt", PAGE_DOUBT, text_span(&text));
	page_paragraph(page, PAGE_PLAIN, LABEL_COLUMNS,
		       span_of("In service nothing more is looked at. What SPF "
			       "says of it otherwise:"));
}

/* ---- one identity ---- */

static void add_reason(struct text *out, const struct check_identity *identity)
{
	const struct spf_report *report = identity->report;

	if (report->problem[0])
		text_format(out, "%s%s%s", report->problem, report->fault[0] ? ": " : "",
			    report->fault);
	else if (!report->domain[0])
		text_string(out, identity->name.length ?
					 "not a domain name that can have a record" :
					 "no name was given");
	else if (report->result == SPF_NONE)
		text_format(out, "%s has no SPF record", report->domain);
	else if (strcmp(report->mechanism, "default") == 0)
		text_string(out, "no term matched");
	else
		text_format(out, "%s matched", report->mechanism);
}

static void print_summary(struct page *page, const struct check_identity *identity)
{
	const struct spf_report *report = identity->report;
	char storage[1024];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	text_format(&text, "%s: ", spf_result_name(report->result));
	add_reason(&text, identity);
	page_paragraph(page, trace_result_style(report->result), SUMMARY_COLUMN, text_span(&text));
	if (report->explanation[0]) {
		text_reset(&text);
		text_format(&text, "Words of %s: %s", report->domain, report->explanation);
		page_paragraph(page, PAGE_PLAIN, SUMMARY_COLUMN, text_span(&text));
	}
	if (!identity->trace || !identity->trace->top)
		return;
	text_reset(&text);
	text_format(&text, "%u of %d lookups, %u of %u void lookups, %u %s sent", report->lookups,
		    EVALUATION_TERMS_MAX, report->voids, identity->trace->void_limit,
		    report->queries, report->queries == 1 ? "query" : "queries");
	if (!identity->trace->whole)
		text_string(&text, "; ended before its terms had decided");
	page_paragraph(page, PAGE_FAINT, SUMMARY_COLUMN, text_span(&text));
}

static void print_identity(struct page *page, const char *title,
			   const struct check_identity *identity)
{
	page_newline(page);
	page_string(page, PAGE_STRONG, title);
	page_string(page, PAGE_PLAIN, " ");
	if (identity->name.length > 0)
		page_bytes(page, PAGE_STRONG, identity->name);
	else
		page_string(page, PAGE_STRONG,
			    identity->report->identity == SPF_HELO ? "(not given)" : "<>");
	page_newline(page);
	if (identity->trace && identity->trace->top) {
		page_newline(page);
		trace_print(page, identity->trace);
		page_newline(page);
	}
	if (identity->why_not)
		page_paragraph(page, PAGE_DOUBT, SUMMARY_COLUMN, span_of(identity->why_not));
	else
		print_summary(page, identity);
}

/* ---- whose fail is left to DMARC ---- */

static void print_dmarc(const struct check_result *result, struct page *page)
{
	const struct check_dmarc *dmarc = &result->dmarc;
	const struct dmarc_report *report = dmarc->report;
	char storage[DNS_NAME_MAX + 128];
	struct text text;

	if (dmarc->count == 0)
		return;
	page_newline(page);
	page_string(page, PAGE_STRONG, "DMARC ");
	page_string(page, PAGE_STRONG, result->envelope.domains[SPF_MAILFROM]);
	page_newline(page);
	for (size_t i = 0; i < dmarc->count; i++)
		trace_answer_print(page, SUMMARY_COLUMN, &dmarc->queries[i], true);
	text_init(&text, storage, sizeof(storage));
	if (report->policy == DMARC_UNKNOWN)
		text_string(&text, "not needed: there is no fail to be left to it");
	else
		text_string(&text, dmarc_policy_name(report->policy));
	if (report->domain[0] != '\0')
		text_format(&text, ", by _dmarc.%s", report->domain);
	page_paragraph(page, PAGE_PLAIN, SUMMARY_COLUMN, text_span(&text));
	text_reset(&text);
	text_format(&text, "%u of %d queries sent, beside those of SPF", report->queries,
		    DMARC_NAMES_MAX);
	page_paragraph(page, PAGE_FAINT, SUMMARY_COLUMN, text_span(&text));
}

/* ---- what comes of it ---- */

static const char *consequence(enum decision_verb verb)
{
	switch (verb) {
	case DECISION_PREPEND: return "goes on, with a header";
	case DECISION_REJECT: return "rejected";
	case DECISION_DEFER: return "deferred";
	case DECISION_RESTRICTION: return "handed to the configured restriction";
	case DECISION_DUNNO: break;
	}
	return "goes on";
}

static enum page_style consequence_style(enum decision_verb verb)
{
	switch (verb) {
	case DECISION_REJECT: return PAGE_BAD;
	case DECISION_DEFER:
	case DECISION_RESTRICTION: return PAGE_DOUBT;
	case DECISION_DUNNO:
	case DECISION_PREPEND: break;
	}
	return PAGE_GOOD;
}

static const char *identity_title(enum spf_identity identity)
{
	return identity == SPF_HELO ? "HELO" : "MAIL FROM";
}

/* A reply that prepends is not shown twice: its header follows. */
static struct span short_reply(const struct check_result *result)
{
	static const char prepend[] = "action=prepend ";
	struct span reply = text_span(&result->reply);

	if (result->header_count > 0 && reply.length > sizeof(prepend) - 1 &&
	    memcmp(reply.data, prepend, sizeof(prepend) - 1) == 0)
		return span_of("action=prepend HEADER");
	return reply;
}

static void print_decision(const struct check_result *result, struct page *page)
{
	const struct decision *decision = &result->service;
	bool would = decision->test_mode && decision->verb != DECISION_DUNNO &&
		     decision->verb != DECISION_PREPEND;
	char storage[256];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	text_format(&text, "%s%s", would ? "test mode; would be " : "",
		    consequence(decision->verb));
	if (decision->reason == DECISION_CHECKED)
		text_format(&text, ": %s is %s", identity_title(decision->identity),
			    spf_result_name(decision->reports[decision->identity].result));
	else if (result->exempt)
		text_string(&text, decision->verb == DECISION_DEFER ? ": not checked" : ": exempt");
	else
		text_string(&text, ": nothing is checked under these settings");
	page_newline(page);
	field(page, "Mail", consequence_style(decision->verb), text_span(&text));
	field(page, "Reply", PAGE_PLAIN, short_reply(result));
	for (size_t i = 0; i < result->header_count; i++)
		field(page, i ? "" : "Header", PAGE_PLAIN, text_span(&result->headers[i]));
	field(page, "Log", PAGE_PLAIN, text_span(&result->log));
}

void check_text_print(const struct check_result *result, struct page *page)
{
	print_subject(result, page);
	for (enum spf_identity i = 0; i < SPF_IDENTITY_COUNT; i++)
		print_identity(page, identity_title(i), &result->identities[i]);
	print_dmarc(result, page);
	print_decision(result, page);
	advice_print(&result->advice, page);
}
