/* SPDX-License-Identifier: MIT */
#include "config_value.h"

#include <stdarg.h>

bool config_value_is_none(struct span text)
{
	return text.length == 0 || span_is_nocase(text, "none");
}

static void format_message(const struct config_value *value, const char *format, va_list args,
			   char *message, size_t size) __attribute__((format(printf, 2, 0)));

static void format_message(const struct config_value *value, const char *format, va_list args,
			   char *message, size_t size)
{
	char shown[CONFIG_REPORT_SHOWN];
	int used = snprintf(message, size, "%s = %s: ", value->name,
			    config_report_shown(value->text, shown));

	if (used > 0 && (size_t)used < size)
		vsnprintf(message + used, size - (size_t)used, format, args);
}

void config_value_error(const struct config_value *value, const char *format, ...)
{
	char message[CONFIG_REPORT_MAX];
	va_list args;

	va_start(args, format);
	format_message(value, format, args, message, sizeof(message));
	va_end(args);
	config_report_error(value->report, "%s", message);
}

void config_value_notice(const struct config_value *value, const char *format, ...)
{
	char message[CONFIG_REPORT_MAX];
	va_list args;

	va_start(args, format);
	format_message(value, format, args, message, sizeof(message));
	va_end(args);
	config_report_notice(value->report, "%s", message);
}

void config_value_item_error(const struct config_value *value, struct span item,
			     const char *problem)
{
	char shown[CONFIG_REPORT_SHOWN];

	config_report_error(value->report, "%s: \"%s\" %s", value->name,
			    config_report_shown(item, shown), problem);
}
