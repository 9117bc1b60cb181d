/* SPDX-License-Identifier: MIT */
#include "check_result.h"

#include "advice_print.h"
#include "base/json.h"
#include "trace_answer.h"

enum { FORMAT = 1 }; /* of the object; grows when a member changes its meaning */

/* ---- queries ---- */

static void write_data(struct json *json, uint16_t type, const struct answer_record *record)
{
	char storage[2 * DNS_NAME_MAX];
	struct text text;

	if (type == DNS_TXT) {
		json_bytes(json, NULL, record->data);
		return;
	}
	text_init(&text, storage, sizeof(storage));
	trace_answer_datum(&text, type, record);
	json_string(json, NULL, text.data);
}

static void write_query(struct json *json, const char *key, const struct trace_query *query)
{
	const struct answer *answer = query->answer;

	json_object(json, key);
	json_bytes(json, "name", span_of(query->name));
	json_string(json, "type", dns_type_name(query->type));
	json_string(json, "status", answer ? answer_status_name(answer->status) : "unanswered");
	json_number(json, "ms", query->elapsed_ms);
	json_bool(json, "cached", query->source == TRACE_CACHE);
	json_string(json, "source", trace_source_name(query->source));
	json_bool(json, "needed", query->needed);
	json_array(json, "answers");
	for (size_t i = 0; answer && i < answer->count; i++)
		write_data(json, query->type, &answer->records[i]);
	json_array_end(json);
	json_object_end(json);
}

/* trace_visit */
static void visit_query(void *arg, const struct trace_query *query)
{
	if (query->source != TRACE_ABOVE)
		write_query(arg, NULL, query);
}

/* ---- the tree ---- */

static void write_record(struct json *json, const char *key, const struct trace_record *record);

static void write_term(struct json *json, const struct trace_term *t)
{
	bool is_modifier = t->term.mechanism >= RECORD_REDIRECT;

	json_object(json, NULL);
	json_bytes(json, "text", t->term.text);
	json_string(json, "mechanism", record_mechanism_name(t->term.mechanism));
	json_bytes(json, "qualifier", (struct span){ &t->term.qualifier, !is_modifier });
	json_string(json, "verdict", trace_verdict_name(t->verdict));
	json_bool(json, "decides", t->decides);
	json_count(json, "lookup", t->lookup);
	json_count(json, "void_lookup", t->void_lookup);
	if (t->target)
		json_bytes(json, "target", span_of(t->target));
	else
		json_null(json, "target");
	json_string(json, "note", t->note);
	json_array(json, "questions");
	for (size_t i = 0; i < t->query_count; i++)
		write_query(json, NULL, &t->queries[i]);
	json_array_end(json);
	write_record(json, "record", t->record);
	json_object_end(json);
}

static void write_errors(struct json *json, const struct trace_record *record)
{
	if (record->status == PARSED_PERMERROR) {
		json_object(json, "error");
		json_number(json, "offset", record->error.offset);
		json_number(json, "length", record->error.length);
		json_string(json, "problem", record->error.problem);
		json_object_end(json);
	} else {
		json_null(json, "error");
	}
	advice_json_mistakes(json, "errors", record->repair);
}

static void write_record(struct json *json, const char *key, const struct trace_record *record)
{
	if (!record) {
		json_null(json, key);
		return;
	}
	json_object(json, key);
	json_bytes(json, "domain", span_of(record->domain));
	json_string(json, "status", parsed_status_name(record->status));
	json_bytes(json, "text", record->text);
	json_bool(json, "reached", record->reached);
	json_string(json, "result", record->reached ? spf_result_name(record->result) : NULL);
	write_errors(json, record);
	write_query(json, "question", &record->query);
	json_array(json, "terms");
	for (size_t i = 0; i < record->count; i++)
		write_term(json, &record->terms[i]);
	json_array_end(json);
	json_object_end(json);
}

/* ---- the whole ---- */

static void write_counts(struct json *json, const struct check_identity *identity)
{
	const struct spf_report *report = identity->report;

	json_object(json, "counts");
	json_number(json, "lookups", report->lookups);
	json_number(json, "lookups_max", EVALUATION_TERMS_MAX);
	json_number(json, "voids", report->voids);
	json_number(json, "voids_max", identity->trace->void_limit);
	json_number(json, "questions", report->queries);
	json_number(json, "lookups_known", identity->trace->cost);
	json_object_end(json);
}

static void write_identity(struct json *json, const char *name,
			   const struct check_identity *identity)
{
	const struct spf_report *report = identity->report;

	json_object(json, NULL);
	json_string(json, "identity", name);
	json_bytes(json, "name", identity->name);
	json_bool(json, "checked", report->checked);
	json_string(json, "why_not", identity->why_not);
	json_string(json, "domain", report->domain);
	json_string(json, "result", report->checked ? spf_result_name(report->result) : NULL);
	json_string(json, "mechanism", report->mechanism);
	json_string(json, "problem", report->problem);
	json_string(json, "fault", report->fault);
	json_string(json, "explanation", report->explanation);
	if (identity->trace) {
		write_counts(json, identity);
		json_bool(json, "complete", identity->trace->whole);
	} else {
		json_null(json, "counts");
		json_bool(json, "complete", true);
	}
	json_array(json, "questions");
	if (identity->trace && identity->trace->top)
		trace_each_query(identity->trace->top, visit_query, json);
	json_array_end(json);
	write_record(json, "record", identity->trace ? identity->trace->top : NULL);
	json_object_end(json);
}

static void write_dmarc(struct json *json, const struct check_result *result)
{
	const struct check_dmarc *dmarc = &result->dmarc;
	const struct dmarc_report *report = dmarc->report;

	if (dmarc->count == 0) {
		json_null(json, "dmarc");
		return;
	}
	json_object(json, "dmarc");
	json_string(json, "domain", result->envelope.domains[SPF_MAILFROM]);
	json_string(json, "policy",
		    report->policy == DMARC_UNKNOWN ? NULL : dmarc_policy_name(report->policy));
	json_string(json, "record_domain", report->domain[0] ? report->domain : NULL);
	json_number(json, "queries", report->queries);
	json_number(json, "queries_max", DMARC_NAMES_MAX);
	json_array(json, "questions");
	for (size_t i = 0; i < dmarc->count; i++)
		write_query(json, NULL, &dmarc->queries[i]);
	json_array_end(json);
	json_object_end(json);
}

static void write_decision(struct json *json, const struct check_result *result)
{
	const struct decision *decision = &result->service;
	bool checked = decision->reason == DECISION_CHECKED;

	json_object(json, "decision");
	json_string(json, "action", decision_verb_name(decision->verb));
	json_string(json, "identity", checked ? spf_identity_name(decision->identity) : NULL);
	json_bool(json, "test_mode", decision->test_mode);
	json_string(json, "dmarc",
		    decision->dmarc.policy == DMARC_UNKNOWN ?
			    NULL :
			    dmarc_policy_name(decision->dmarc.policy));
	json_string(json, "reply", result->reply.data);
	json_array(json, "headers");
	for (size_t i = 0; i < result->header_count; i++)
		json_string(json, NULL, result->headers[i].data);
	json_array_end(json);
	json_string(json, "log", result->log.data);
	json_number(json, "ms", decision->elapsed_ms);
	json_object_end(json);
}

void check_json_print(const struct check_result *result, FILE *out)
{
	const struct envelope *envelope = &result->envelope;
	char client[ADDRESS_TEXT_MAX];
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_number(&json, "format", FORMAT);
	json_string(&json, "client", address_format(&envelope->client, client));
	json_bytes(&json, "helo", envelope->helo);
	json_bytes(&json, "sender", envelope->sender);
	json_bytes(&json, "recipient", envelope->recipient);
	json_string(&json, "exempt", result->exempt);
	json_string(&json, "exempt_by", result->exempt ? exemptions_setting(result->exempt) : NULL);
	exemptions_json(&result->exemptions, &json);
	write_decision(&json, result);
	json_array(&json, "identities");
	for (enum spf_identity i = 0; i < SPF_IDENTITY_COUNT; i++)
		write_identity(&json, spf_identity_name(i), &result->identities[i]);
	json_array_end(&json);
	write_dmarc(&json, result);
	advice_json(&json, &result->advice);
	json_object_end(&json);
}
