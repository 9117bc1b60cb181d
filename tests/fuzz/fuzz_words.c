/* SPDX-License-Identifier: MIT */
/*
 * Headers and the log line made of any bytes. What comes out must be one bounded line of printable
 * ASCII, its grammar must read back what went in, and no careless reader may see another identity or
 * key. The first byte of an input chooses what is made.
 */
#include "postfix/header.h"
#include "postfix/decision_log.h"

/*
 * What is tested are the writers. New ways through the checks are not worth an input, and watching the
 * checks takes half the time.
 */
#pragma clang attribute push(__attribute__((no_sanitize("coverage", "address", "undefined"))), \
			     apply_to = function)

#include "../unit/read_header.h"
#include "words_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All but the "@" at this place, which stays. */
static bool survives(const char *read, struct span given, size_t at)
{
	for (size_t i = 0; i < given.length; i++) {
		char c = given.data[i];
		bool odd = c < 0x20 || c > 0x7e || c == ';' || (c == '@' && i != at);

		if (read[i] != (odd ? '?' : c))
			return false;
	}
	return read[given.length] == '\0';
}

/* A value is there whole or not at all. */
static void require_value(const struct read_header *header, const char *key, struct span given)
{
	const char *value = read_value(header, key);

	require(!value || survives(value, given, given.length));
}

/* No domain was judged: there is one only when it is plain. */
static void require_sender(const struct read_header *header, struct span given)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	const char *value = read_value(header, "envelope-from");
	const char *at = value ? strchr(value, '@') : NULL;

	require(!value || survives(value, given, span_find_last(given, '@')) ||
		survives(value, given, given.length));
	require(!at || (at[1] && strspn(at + 1, plain) == strlen(at + 1)));
}

static void require_known_keys(const struct read_header *header)
{
	static const char *const keys[] = { "identity", "client-ip", "helo",   "envelope-from",
					    "receiver", "mechanism", "problem" };
	size_t next = 0;

	/* In their order, each at most once. */
	for (size_t i = 0; i < header->count; i++) {
		while (next < 7 && strcmp(header->pairs[i].key.data, keys[next]) != 0)
			next++;
		require(next++ < 7);
	}
}

static void check_received_spf(struct text *out, const struct config *config,
			       const struct envelope *envelope, const struct decision *decision)
{
	const struct spf_report *report = &decision->reports[decision->identity];
	const char *identity = spf_identity_name(report->identity);
	static struct read_header read;
	static struct read_text last;
	char problem_storage[DECISION_PROBLEM_MAX];
	struct text problem;

	header_format(out, DECISION_RECEIVED_SPF, config, envelope, decision);
	require_line(out, HEADER_LINE_MAX);
	require(read_grammar(out->data, &read));
	require_known_keys(&read);
	require(strcmp(read.result.data, spf_result_name(report->result)) == 0);
	require(strcmp(read.comment.data, identity) == 0);
	require(strcmp(read_value(&read, "identity"), identity) == 0);
	require_value(&read, "helo", envelope->helo);
	require_sender(&read, envelope->sender.length ? envelope->sender : span_of("<>"));
	require_value(&read, "receiver", header_receiver(config, envelope));
	require_value(&read, "mechanism", span_of(report->mechanism));
	text_init(&problem, problem_storage, sizeof(problem_storage));
	decision_problem(&problem, report);
	require_value(&read, "problem", text_span(&problem));
	read_by_regex(out->data, &read);
	require_known_keys(&read);
	require(strcmp(read_value(&read, "identity"), identity) == 0);
	read_last_identity(out->data, &last);
	require(strcmp(last.data, identity) == 0);
	read_like_opendmarc(out->data, &read);
	require_known_keys(&read);
	require(strcmp(read_value(&read, "identity"), identity) == 0);
}

/* Between comments only: "; spf=RESULT smtp.NAME=DOMAIN" or "; none" after the id. */
static void check_results(struct text *out, const struct config *config,
			  const struct envelope *envelope, const struct decision *decision)
{
	static char bare[HEADER_MAX];
	size_t length = 0, results = 0;
	int depth = 0;

	header_format(out, DECISION_AUTHENTICATION_RESULTS, config, envelope, decision);
	require_line(out, HEADER_LINE_MAX);
	for (const char *p = out->data; *p; p++) {
		if (*p == '\\' && depth > 0)
			require(*++p != '\0');
		else if (*p == '(')
			depth++;
		else if (*p == ')')
			depth--;
		else if (depth == 0)
			bare[length++] = *p;
		require(depth == 0 || depth == 1);
	}
	bare[length] = '\0';
	require(depth == 0);
	for (const char *p = bare; (p = strchr(p, ';')) != NULL; p++) {
		require(strncmp(p, "; spf=", 6) == 0 || strncmp(p, "; none", 6) == 0);
		results++;
	}
	require(results >= 1 && results <= SPF_IDENTITY_COUNT);
}

static void check_log(struct text *out, const struct config *config,
		      const struct envelope *envelope, const struct decision *decision)
{
	static const char *const keys[] = { "client-ip", "helo",    "envelope-from",
					    "receiver",	 "action",  "restriction",
					    "mech",	 "problem", "lookups",
					    "voids",	 "ms",	    "qid" };
	size_t next = 0;

	decision_log_format(out, config, envelope, decision);
	require_line(out, LOG_LINE_MAX);
	for (const char *p = strstr(out->data, "client-ip="); p; p = strstr(p, "; ")) {
		size_t n;

		p += *p == ';' ? 2 : 0;
		n = strcspn(p, "=");
		while (next < 12 && (strlen(keys[next]) != n || strncmp(keys[next], p, n) != 0))
			next++;
		require(next++ < 12);
	}
	require(strstr(out->data, "; ms=") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char storage[REPLY_MAX], source[REPLY_TEXT_MAX + 1], restriction[REPLY_TEXT_MAX + 1];
	struct input input = { (const char *)data, size };
	struct envelope envelope;
	struct decision decision;
	struct config config;
	struct text out;
	unsigned what = take_byte(&input);

	take_envelope(&input, &envelope);
	take_decision(&input, &decision, restriction);
	take_config(&input, &config, source, restriction);
	text_init(&out, storage, sizeof(storage));
	switch (what % 4) {
	case 0: check_received_spf(&out, &config, &envelope, &decision); break;
	case 1: check_results(&out, &config, &envelope, &decision); break;
	case 2:
		decision.why = "SPF check N/A for local connections";
		header_format(&out, DECISION_COMMENT, &config, &envelope, &decision);
		require_line(&out, HEADER_LINE_MAX);
		break;
	default: check_log(&out, &config, &envelope, &decision);
	}
	return 0;
}

#pragma clang attribute pop
