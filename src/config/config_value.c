/* SPDX-License-Identifier: MIT */
#include "config_value.h"

#include <stdarg.h>

#include "config_list.h"
#include "config_text.h"
#include "config_word.h"

bool config_value_is_none(struct span text)
{
	return text.length == 0 || span_equal_nocase(text, span_of("none"));
}

static void value_message(const struct config_value *value, const char *format, va_list args,
			  char *message, size_t size) __attribute__((format(printf, 2, 0)));

static void value_message(const struct config_value *value, const char *format, va_list args,
			  char *message, size_t size)
{
	char shown[CONFIG_REPORT_SHOWN];
	int used = snprintf(message, size, "%s = %s: ", value->option->name,
			    config_report_shown(value->text, shown));

	if (used > 0 && (size_t)used < size)
		vsnprintf(message + used, size - (size_t)used, format, args);
}

void config_value_mistake(const struct config_value *value, const char *format, ...)
{
	char message[CONFIG_REPORT_MAX];
	va_list args;

	va_start(args, format);
	value_message(value, format, args, message, sizeof(message));
	va_end(args);
	config_report_mistake(value->report, "%s", message);
}

void config_value_notice(const struct config_value *value, const char *format, ...)
{
	char message[CONFIG_REPORT_MAX];
	va_list args;

	va_start(args, format);
	value_message(value, format, args, message, sizeof(message));
	va_end(args);
	config_report_notice(value->report, "%s", message);
}

/*
 * Decimal, with an optional sign; false for anything else. Large numbers end up out of any range.
 */
static bool parse_number(struct span text, int *number)
{
	bool negative = text.length && text.data[0] == '-';
	size_t i = negative || (text.length && text.data[0] == '+');

	if (i == text.length)
		return false;
	for (*number = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		if (*number < 1000000)
			*number = *number * 10 + (text.data[i] - '0');
	}
	if (negative)
		*number = -*number;
	return true;
}

static void set_int(const struct config_value *value)
{
	const struct option *option = value->option;
	int number;

	if (!parse_number(value->text, &number)) {
		config_value_mistake(value, "is not a number; use %d to %d", option->low,
				     option->high);
		return;
	}
	/* policyd-spf's manual: levels above 5 are no error and add nothing. */
	if (option->offset == offsetof(struct config, debug_level) && number > option->high) {
		config_value_notice(value, "the highest level is %d", option->high);
		number = option->high;
	}
	if (number < option->low || number > option->high)
		config_value_mistake(value, "is out of range; use %d to %d", option->low,
				     option->high);
	else
		*(int *)value->field = number;
}

static void set_ignored(const struct config_value *value)
{
	config_report_notice(value->report, "%s has no effect: %s", value->option->name,
			     value->option->help);
}

static void print_int(const void *field, FILE *out)
{
	fprintf(out, "%d", *(const int *)field);
}

static void print_bool(const void *field, FILE *out)
{
	fputs(*(const bool *)field ? "Yes" : "No", out);
}

static void print_test_only(const void *field, FILE *out)
{
	fputs(*(const bool *)field ? "1" : "0", out);
}

static void print_reject(const void *field, FILE *out)
{
	fputs(config_word_for(config_word_helo_reject, *(const int *)field), out);
}

static void print_header(const void *field, FILE *out)
{
	fputs(config_word_for(config_word_header, *(const int *)field), out);
}

static void print_log(const void *field, FILE *out)
{
	fputs(config_word_for(config_word_log, *(const int *)field), out);
}

static void print_text(const void *field, FILE *out)
{
	const char *text = *(const char *const *)field;

	if (text)
		fputs(text, out);
}

static void print_authserv_id(const void *field, FILE *out)
{
	const char *text = *(const char *const *)field;

	fputs(text ? text : "HOSTNAME", out);
}

static const struct {
	void (*set)(const struct config_value *value);
	void (*print)(const void *field, FILE *out);
} types[OPTION_TYPE_COUNT] = {
	[OPTION_INT] = { set_int, print_int },
	[OPTION_BOOL] = { config_word_set_bool, print_bool },
	[OPTION_TEST_ONLY] = { config_word_set_test_only, print_test_only },
	[OPTION_HELO_REJECT] = { config_word_set_helo_reject, print_reject },
	[OPTION_MAIL_FROM_REJECT] = { config_word_set_mail_from_reject, print_reject },
	[OPTION_HEADER_TYPE] = { config_word_set_header, print_header },
	[OPTION_LOG] = { config_word_set_log, print_log },
	[OPTION_NETWORKS] = { config_list_networks, config_list_print_networks },
	[OPTION_DOMAINS] = { config_list_domains, config_list_print_domains },
	[OPTION_DOMAIN_POLICY] = { config_list_domain_policy, config_list_print_domain_policy },
	[OPTION_ADDRESS] = { config_list_address, config_list_print_address },
	[OPTION_ACTION] = { config_text_action, print_text },
	[OPTION_TEMPLATE] = { config_text_template, print_text },
	[OPTION_AUTHSERV_ID] = { config_text_authserv_id, print_authserv_id },
	[OPTION_IDENT] = { config_text_ident, print_text },
	[OPTION_DNS_SERVERS] = { config_text_dns_servers, print_text },
	[OPTION_PER_USER] = { config_text_per_user, print_text },
	[OPTION_IGNORED] = { set_ignored, NULL },
	[OPTION_ALIAS] = { set_ignored, NULL },
};

/*
 * Lists may hold tabs, and domain names U-labels; nothing else is wider than printable ASCII.
 * What is ignored may be anything.
 */
static bool has_bad_byte(const struct option *option, struct span text)
{
	bool domains = option->type == OPTION_DOMAINS || option->type == OPTION_DOMAIN_POLICY;
	bool list = domains || option->type == OPTION_NETWORKS ||
		    option->type == OPTION_DNS_SERVERS;

	if (option->type == OPTION_IGNORED)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c < ' ' && !(list && c == '\t')) || c == 0x7f || (c > 0x7f && !domains))
			return true;
	}
	return false;
}

void config_value_set(const struct option *option, struct span text, struct config *config,
		      struct arena *memory, struct config_report *report)
{
	struct config_value value = { option, text, (char *)config + option->offset, memory,
				      report };

	if (has_bad_byte(option, text))
		config_value_mistake(&value, "holds a byte that is not printable ASCII");
	else
		types[option->type].set(&value);
}

void config_value_print(const struct option *option, const struct config *config, FILE *out)
{
	types[option->type].print((const char *)config + option->offset, out);
}
