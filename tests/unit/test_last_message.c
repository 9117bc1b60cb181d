/* SPDX-License-Identifier: MIT */
/* What is remembered of a message from one recipient to the next, and which header goes into it when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/last_message.h"

static struct config config;
static struct envelope envelope;
static struct last_message message;

static int setup(void **state)
{
	(void)state;
	config = (struct config){ .void_limit = 2, .lookup_time_s = 20 };
	envelope = (struct envelope){ .client_text = span_of("192.0.2.1"),
				      .helo = span_of("h.example"),
				      .sender = span_of("a@b.example"),
				      .instance = span_of("123.4") };
	last_message_init(&message);
	last_message_recall(&message, &config, &envelope);
	message.reports[SPF_HELO].checked = message.reports[SPF_MAILFROM].checked = true;
	message.exempt_for = &config;
	message.headers_given = 1;
	return address_parse(envelope.client_text, &envelope.client) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	last_message_free(&message);
	return 0;
}

static void recall(void)
{
	/* The reports are those of this client. */
	message.conditions.client = envelope.client;
	last_message_recall(&message, &config, &envelope);
}

static void assert_forgotten(void)
{
	assert_false(message.reports[SPF_HELO].checked || message.reports[SPF_MAILFROM].checked);
	assert_null(message.exempt_for);
	assert_int_equal(message.headers_given, 0);
}

static void same_message_is_remembered(void **state)
{
	(void)state;
	envelope.recipient = span_of("another@d.example");
	envelope.queue_id = span_of("8045F2AB23");
	recall();
	assert_true(message.reports[SPF_HELO].checked && message.reports[SPF_MAILFROM].checked);
	assert_ptr_equal(message.exempt_for, &config);
	assert_int_equal(message.headers_given, 1);
}

static void another_message_is_not(void **state)
{
	struct span *const parts[] = { &envelope.instance, &envelope.client_text, &envelope.helo,
				       &envelope.sender };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		static const char *const values[] = { "", "1", "192.0.2.1x", "h.exampl" };

		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			last_message_free(&message);
			setup(state);
			*parts[i] = span_of(values[j]);
			recall();
			assert_forgotten();
		}
	}
}

/* Where one value ends and the next begins is part of the key. */
static void values_do_not_run_into_each_other(void **state)
{
	(void)state;
	envelope.helo = span_of("h.examplea");
	envelope.sender = span_of("@b.example");
	recall();
	assert_forgotten();
}

static void no_instance_is_no_message(void **state)
{
	(void)state;
	envelope.instance = span_of("");
	recall();
	message.headers_given = 1;
	recall();
	assert_forgotten();
}

static void other_settings_get_other_reports(void **state)
{
	(void)state;
	config.void_limit = 3;
	recall();
	assert_false(message.reports[SPF_HELO].checked || message.reports[SPF_MAILFROM].checked);
	assert_int_equal(message.headers_given, 1);
	message.reports[SPF_HELO].checked = true;
	config.lookup_time_s = 5;
	recall();
	assert_false(message.reports[SPF_HELO].checked);
	message.reports[SPF_HELO].checked = true;
	envelope.client.bytes[0]++;
	last_message_recall(&message, &config, &envelope);
	assert_false(message.reports[SPF_HELO].checked);
}

static struct decision give(enum decision_verb verb, enum decision_reason reason, bool test_mode)
{
	struct decision decision = { .verb = verb, .reason = reason, .test_mode = test_mode };

	last_message_give_header(&message, &config, &decision);
	return decision;
}

static void each_header_is_given_once(void **state)
{
	static const struct {
		enum config_header type;
		enum decision_reason reason;
		enum decision_header headers[3];
	} rows[] = {
		{ CONFIG_HEADER_SPF, DECISION_CHECKED, { DECISION_RECEIVED_SPF } },
		{ CONFIG_HEADER_SPF, DECISION_EXEMPT, { DECISION_COMMENT } },
		{ CONFIG_HEADER_AR, DECISION_CHECKED, { DECISION_AUTHENTICATION_RESULTS } },
		{ CONFIG_HEADER_AR, DECISION_EXEMPT, { DECISION_AUTHENTICATION_RESULTS } },
		{ CONFIG_HEADER_BOTH,
		  DECISION_CHECKED,
		  { DECISION_RECEIVED_SPF, DECISION_AUTHENTICATION_RESULTS } },
		{ CONFIG_HEADER_BOTH,
		  DECISION_EXEMPT,
		  { DECISION_COMMENT, DECISION_AUTHENTICATION_RESULTS } },
		{ CONFIG_HEADER_NONE, DECISION_CHECKED, { DECISION_NO_HEADER } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		config.header_type = rows[i].type;
		message.headers_given = 0;
		for (size_t j = 0; j < 3; j++) {
			enum decision_header header = rows[i].headers[j];
			bool repeats = j > 0 && rows[i].headers[0] != DECISION_NO_HEADER;
			struct decision d = give(DECISION_PREPEND, rows[i].reason, false);

			assert_int_equal(d.header, header);
			assert_int_equal(d.verb, header ? DECISION_PREPEND : DECISION_DUNNO);
			assert_int_equal(d.reason, repeats ? DECISION_REPEATED : rows[i].reason);
		}
	}
}

static void what_is_kept_out_gets_a_header_in_test_mode_only(void **state)
{
	(void)state;
	config.header_type = CONFIG_HEADER_SPF;
	message.headers_given = 0;
	assert_int_equal(give(DECISION_REJECT, DECISION_CHECKED, false).header, DECISION_NO_HEADER);
	assert_int_equal(give(DECISION_DUNNO, DECISION_EXEMPT, true).header, DECISION_NO_HEADER);
	assert_int_equal(message.headers_given, 0);
	assert_int_equal(give(DECISION_REJECT, DECISION_CHECKED, true).header,
			 DECISION_RECEIVED_SPF);
	/* Again: nothing is left to give, and its line says that it would have been kept out. */
	assert_int_equal(give(DECISION_REJECT, DECISION_CHECKED, true).header, DECISION_NO_HEADER);
	assert_int_equal(give(DECISION_REJECT, DECISION_CHECKED, true).verb, DECISION_REJECT);
	assert_int_equal(give(DECISION_REJECT, DECISION_CHECKED, true).reason, DECISION_CHECKED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(same_message_is_remembered),
		TEST(another_message_is_not),
		TEST(values_do_not_run_into_each_other),
		TEST(no_instance_is_no_message),
		TEST(other_settings_get_other_reports),
		TEST(each_header_is_given_once),
		TEST(what_is_kept_out_gets_a_header_in_test_mode_only),
	};

	return cmocka_run_group_tests_name("last_message", tests, NULL, NULL);
}
