/* SPDX-License-Identifier: MIT */
#include "audit_report.h"

#include "advice_print.h"

enum { FORMAT = 1 }; /* of the object; grows when a member changes its meaning */

/* ---- the tree ---- */

static void write_addresses(struct json *json, const struct answer *answer, sa_family_t family)
{
	char storage[ADDRESS_TEXT_MAX];

	for (size_t i = 0; answer && i < answer->count; i++) {
		struct address address = { .family = family };

		memcpy(address.bytes, answer->records[i].data.data, answer->records[i].data.length);
		json_string(json, NULL, address_format(&address, storage));
	}
}

static void write_hosts(struct json *json, const struct audit_term *t)
{
	json_array(json, "hosts");
	for (size_t i = 0; i < t->host_count; i++) {
		json_object(json, NULL);
		json_bytes(json, "name", span_of(t->hosts[i].name));
		json_array(json, "addresses");
		write_addresses(json, t->hosts[i].addresses[AUDIT_IPV4], AF_INET);
		write_addresses(json, t->hosts[i].addresses[AUDIT_IPV6], AF_INET6);
		json_array_end(json);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_record(struct json *json, const char *key, const struct audit_record *record);

static void write_term(struct json *json, const struct audit_term *t)
{
	bool is_modifier = t->term.mechanism >= RECORD_REDIRECT;

	json_object(json, NULL);
	json_bytes(json, "text", t->term.text);
	json_string(json, "mechanism", record_mechanism_name(t->term.mechanism));
	json_bytes(json, "qualifier", (struct span){ &t->term.qualifier, !is_modifier });
	json_bool(json, "used", !t->unused);
	json_bool(json, "loop", t->loop);
	json_bool(json, "macros", t->target == AUDIT_MACROS);
	json_count(json, "lookup", t->lookup);
	json_count(json, "void_ipv4", t->void_lookup[AUDIT_IPV4]);
	json_count(json, "void_ipv6", t->void_lookup[AUDIT_IPV6]);
	write_hosts(json, t);
	write_record(json, "record", t->record);
	json_object_end(json);
}

static void write_record(struct json *json, const char *key, const struct audit_record *record)
{
	if (!record) {
		json_null(json, key);
		return;
	}
	json_object(json, key);
	json_bytes(json, "domain", span_of(record->domain));
	json_string(json, "status", parsed_status_name(record->status));
	json_bytes(json, "text", record->text);
	json_number(json, "bytes", audit_answer_bytes(record));
	json_number(json, "lookups", record->lookups);
	advice_json_mistakes(json, "errors", record->repair);
	json_array(json, "terms");
	for (size_t i = 0; i < record->count; i++)
		write_term(json, &record->terms[i]);
	json_array_end(json);
	json_object_end(json);
}

/* ---- networks ---- */

static void write_networks(struct json *json, const char *key, const struct networks *networks)
{
	char storage[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX + 8];

	json_array(json, key);
	for (size_t i = 0; i < networks->count; i++) {
		const struct networks_item *item = &networks->items[i];

		snprintf(text, sizeof(text), "%s/%u",
			 address_format(&item->network.address, storage), item->network.prefix);
		json_object(json, NULL);
		json_string(json, "network", text);
		json_bytes(json, "domain", span_of(item->record->domain));
		json_bytes(json, "term", item->term->term.text);
		json_bytes(json, "via", item->via->term.text);
		json_string(json, "space", item->space);
		json_bool(json, "too_late", item->too_late);
		json_object_end(json);
	}
	json_array_end(json);
}

/* ---- the whole ---- */

static const char *status_word(const struct advice_list *list)
{
	switch (advice_worst(list)) {
	case ADVICE_ERROR: return "errors";
	case ADVICE_WARNING: return "warnings";
	case ADVICE_NOTE: break;
	}
	return "ok";
}

static void write_counts(struct json *json, const struct audit *audit)
{
	json_object(json, "counts");
	json_number(json, "lookups", audit->lookups);
	json_number(json, "lookups_max", EVALUATION_TERMS_MAX);
	json_number(json, "voids_ipv4", audit->voids[AUDIT_IPV4]);
	json_number(json, "voids_ipv6", audit->voids[AUDIT_IPV6]);
	json_number(json, "voids_max", AUDIT_VOIDS_MAX);
	json_number(json, "queries", audit->queries);
	json_object_end(json);
}

static void write_not_listed(struct json *json, const char *key, enum spf_result result)
{
	json_string(json, key, result == SPF_RESULT_COUNT ? NULL : spf_result_name(result));
}

static void write_lookups(struct json *json, const char *key, const struct audit_record *record,
			  const struct audit_record *other)
{
	json_array(json, key);
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];

		if (!t->lookup || audit_has_lookup(other, t))
			continue;
		json_object(json, NULL);
		json_bytes(json, "term", t->term.text);
		json_number(json, "lookups", audit_lookups_of(t));
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_dmarc(struct json *json, const struct audit_dmarc *dmarc)
{
	if (dmarc->text.length > 0)
		json_bytes(json, "dmarc", dmarc->text);
	else
		json_null(json, "dmarc");
	json_string(json, "dmarc_domain", dmarc->report.domain[0] ? dmarc->report.domain : NULL);
	json_string(json, "dmarc_policy", dmarc_policy_name(dmarc->report.policy));
}

static void write_change(struct json *json, const struct audit_change *change,
			 const struct audit *audit)
{
	if (!change) {
		json_null(json, "change");
		return;
	}
	json_object(json, "change");
	json_string(json, "status_before", parsed_status_name(change->published->top->status));
	json_number(json, "lookups_before", change->published->lookups);
	write_lookups(json, "lookups_gained", audit->top, change->published->top);
	write_lookups(json, "lookups_lost", change->published->top, audit->top);
	write_not_listed(json, "not_listed_ipv4_before", change->published->not_listed[AUDIT_IPV4]);
	write_not_listed(json, "not_listed_ipv6_before", change->published->not_listed[AUDIT_IPV6]);
	json_bool(json, "gains_everybody", change->gained->everybody);
	json_bool(json, "loses_everybody", change->lost->everybody);
	write_networks(json, "gained", change->gained);
	write_networks(json, "lost", change->lost);
	json_object_end(json);
}

void audit_json_print(const struct audit_report *report, FILE *out)
{
	const struct audit *audit = report->audit;
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_number(&json, "format", FORMAT);
	json_bytes(&json, "domain", span_of(audit->top->domain));
	json_string(&json, "status", status_word(&report->advice));
	json_bool(&json, "complete", !audit->ended && report->networks->whole);
	write_counts(&json, audit);
	json_bool(&json, "everybody", report->networks->everybody);
	write_not_listed(&json, "not_listed_ipv4", audit->not_listed[AUDIT_IPV4]);
	write_not_listed(&json, "not_listed_ipv6", audit->not_listed[AUDIT_IPV6]);
	json_bool(&json, "others", report->networks->others);
	json_number(&json, "ipv4_addresses", report->networks->addresses);
	write_networks(&json, "networks", report->networks);
	write_dmarc(&json, &audit->dmarc);
	write_change(&json, report->change, audit);
	write_record(&json, "record", audit->top);
	advice_json(&json, &report->advice);
	json_object_end(&json);
}
