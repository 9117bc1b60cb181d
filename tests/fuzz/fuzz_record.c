/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an SPF record and as an explanation: the reader stays inside the text, ends, gives the
 * same answer twice, and what it takes for a target expands to something that can be asked or is refused.
 * The first byte chooses the client, the second the sender.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "spf/macro.h"
#include "dns/name.h"
#include "spf/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_at(bool truth, int line)
{
	if (truth)
		return;
	fprintf(stderr, "fuzz_record.c:%d\n", line);
	abort();
}
#define require(truth) require_at(truth, __LINE__)

static struct macro_values choose_values(uint8_t client, uint8_t sender)
{
	static const char *const clients[] = { "192.0.2.5", "2001:db8::cb01", "::1" };
	static const char *const locals[] = { "strong-bad", "a.b.c.d",	"",
					      "%{d}\\ \"x", "\xc3\xa4", "." };
	struct macro_values values = {
		.sender_domain = span_of("email.example.com"),
		.domain = span_of("email.example.com"),
		.helo = span_of("mx.example.org"),
		.validated = span_of("mx.example.org"),
		.receiver = span_of("here.example"),
		.local = span_of(locals[sender % (sizeof(locals) / sizeof(*locals))]),
		.now = 1000000000,
	};

	address_parse(span_of(clients[client % 3]), &values.client);
	return values;
}

static void require_printable(const char *text)
{
	for (; *text; text++)
		require(*text >= 0x20 && *text <= 0x7e);
}

static void expand_target(struct span target, const struct macro_values *values)
{
	char storage[MACRO_EXPANSION_MAX];
	struct text out;
	size_t where;

	if (target.length == 0)
		return;
	require(macro_check(target, MACRO_DOMAIN, &where));
	text_init(&out, storage, sizeof(storage));
	if (macro_expand(target, MACRO_DOMAIN, values, &out) != MACRO_OK)
		return;
	require(out.length <= 253 && !out.overflow);
	name_is_valid_query(text_span(&out));
	name_is_within(text_span(&out), values->domain);
}

static void check_term(struct span record, const struct record_term *term,
		       const struct macro_values *values)
{
	require(term->text.length > 0);
	require(term->text.data >= record.data &&
		term->text.data + term->text.length <= record.data + record.length);
	require(term->prefix4 <= 32 && term->prefix6 <= 128);
	require(term->qualifier && strchr("+-~?", term->qualifier));
	if (term->mechanism == RECORD_IP4 || term->mechanism == RECORD_IP6)
		network_contains(&term->network, &values->client);
	else if (term->mechanism != RECORD_UNKNOWN_MODIFIER)
		expand_target(term->target, values);
}

static void read_record(struct span record, const struct macro_values *values)
{
	struct record_reader reader;
	struct record_term term;
	struct record_error error;
	enum record_status status;
	size_t terms = 0;

	if (!record_is_spf(record))
		return;
	record_begin(&reader, record);
	while ((status = record_next(&reader, &term, &error)) == RECORD_TERM) {
		require(++terms <= record.length);
		check_term(record, &term, values);
	}
	if (status == RECORD_ERROR) {
		require(error.offset <= record.length &&
			error.offset + error.length <= record.length + 1);
		require(error.problem[0] && strlen(error.problem) < SPF_PROBLEM_MAX);
		require_printable(error.problem);
	}
	/* What has ended stays ended. */
	require(record_next(&reader, &term, &error) == status);
}

static void explain(struct span text, const struct macro_values *values)
{
	char storage[4096];
	struct text out;
	size_t where = 0;

	if (!macro_check(text, MACRO_EXPLANATION, &where)) {
		require(where <= text.length);
		return;
	}
	text_init(&out, storage, sizeof(storage));
	macro_expand(text, MACRO_EXPLANATION, values, &out);
	require(out.length < sizeof(storage));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct macro_values values;
	struct span text;
	char name[DNS_NAME_MAX];

	if (size < 2)
		return 0;
	values = choose_values(data[0], data[1]);
	text = (struct span){ (const char *)data + 2, size - 2 };
	read_record(text, &values);
	if (data[0] & 0x80)
		explain(text, &values);
	if (data[0] & 0x40 && name_from_identity(text, name))
		require(strlen(name) <= 253 && name_is_valid_query(span_of(name)));
	return 0;
}
