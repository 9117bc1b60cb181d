/* SPDX-License-Identifier: MIT */
#include "base/json.h"
#include "changes.h"

enum { FORMAT = 1 }; /* of the object; grows when a member changes its meaning */

static void write_outcome(struct json *json, const char *key, const struct outcome *outcome)
{
	static const char *const actions[] = {
		[OUTCOME_ACCEPTED] = "accepted",
		[OUTCOME_REJECTED] = "rejected",
		[OUTCOME_DEFERRED] = "deferred",
		[OUTCOME_RESTRICTED] = "restriction",
	};

	json_object(json, key);
	json_string(json, "identity",
		    outcome->judged ? spf_identity_name(outcome->identity) : NULL);
	json_string(json, "result", outcome->judged ? spf_result_name(outcome->result) : NULL);
	json_string(json, "action", actions[outcome->action]);
	json_object_end(json);
}

static void write_transitions(struct json *json, const struct changes *changes)
{
	size_t count;
	struct transition **rows = changes_transitions(changes, &count);

	json_array(json, "outcomes");
	for (size_t i = 0; i < count; i++) {
		json_object(json, NULL);
		json_number(json, "messages", rows[i]->row.count);
		write_outcome(json, "then", &rows[i]->then);
		write_outcome(json, "now", &rows[i]->now);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_changes(struct json *json, const struct changes *changes)
{
	size_t count;
	struct change **rows = changes_list(changes, &count);

	json_array(json, "changes");
	for (size_t i = 0; i < count; i++) {
		json_object(json, NULL);
		json_bytes(json, "domain", span_of(rows[i]->domain));
		json_number(json, "messages", rows[i]->row.count);
		json_number(json, "clients", rows[i]->clients);
		write_outcome(json, "then", &rows[i]->then);
		write_outcome(json, "now", &rows[i]->now);
		json_string(json, "reason", rows[i]->reason);
		json_string(json, "check", rows[i]->check);
		json_object_end(json);
	}
	json_array_end(json);
}

void changes_json(const struct changes *changes, FILE *out)
{
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_number(&json, "format", FORMAT);
	json_number(&json, "messages", changes->messages);
	json_number(&json, "different", changes->cases);
	json_number(&json, "not_judged", changes->not_judged);
	json_number(&json, "accepted_now_rejected", changes->losses);
	json_number(&json, "temperrors", changes->temperrors);
	write_transitions(&json, changes);
	write_changes(&json, changes);
	json_object_end(&json);
}
