/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "base/json.h"

enum { FORMAT = 1 }; /* of the object; grows when a member changes its meaning */

static void write_time(struct json *json, const char *key, time_t time)
{
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&time, &tm));
	json_string(json, key, text);
}

static void write_results(struct json *json, const struct sums *sums)
{
	json_object(json, "results");
	for (unsigned identity = 0; identity < SPF_IDENTITY_COUNT; identity++) {
		json_object(json, spf_identity_name((enum spf_identity)identity));
		for (unsigned result = 0; result < SPF_RESULT_COUNT; result++)
			json_number(json, spf_result_name((enum spf_result)result),
				    sums->results[identity][result]);
		json_object_end(json);
	}
	json_object_end(json);
}

static void write_actions(struct json *json, const char *key, const struct sums *sums,
			  unsigned would)
{
	json_object(json, key);
	for (unsigned verb = DECISION_DUNNO; verb <= DECISION_RESTRICTION; verb++)
		json_number(json, decision_verb_name((enum decision_verb)verb),
			    sums->actions[verb][would]);
	json_object_end(json);
}

static void write_row(struct json *json, enum sums_list number, const struct sums_row *row)
{
	const struct report_list *list = &report_lists[number];

	json_object(json, NULL);
	json_bytes(json, list->key, row->row.key);
	json_number(json, "count", row->row.count);
	if (number == SUMS_REFUSED_DOMAINS || number == SUMS_REFUSED_CLIENTS)
		json_number(json, "in_test_mode", row->would);
	if (list->others)
		json_number(json, list->others, row->others);
	if (list->note) {
		if (row->note)
			json_bytes(json, list->note, span_of(row->note));
		else
			json_null(json, list->note);
	}
	if (number == SUMS_SLOW)
		json_number(json, "worst_ms", row->worst_ms);
	json_object_end(json);
}

void report_json(const struct sums *sums, FILE *out)
{
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_number(&json, "format", FORMAT);
	json_number(&json, "decisions", sums->decisions);
	if (sums->decisions > 0) {
		write_time(&json, "first", sums->first);
		write_time(&json, "last", sums->last);
	}
	write_results(&json, sums);
	write_actions(&json, "actions", sums, 0);
	write_actions(&json, "actions_in_test_mode", sums, 1);
	for (unsigned i = 0; i < SUMS_LISTS; i++) {
		size_t count;
		struct sums_row **rows = sums_rows(sums, (enum sums_list)i, &count);

		json_array(&json, report_lists[i].json);
		for (size_t row = 0; row < count; row++)
			write_row(&json, (enum sums_list)i, rows[row]);
		json_array_end(&json);
	}
	json_object_end(&json);
}
