/* SPDX-License-Identifier: MIT */
#include "config_report.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

static void format_and_send(const struct config_report *report, config_sink *sink,
			    const char *format, va_list args) __attribute__((format(printf, 3, 0)));

static void format_and_send(const struct config_report *report, config_sink *sink,
			    const char *format, va_list args)
{
	char message[CONFIG_REPORT_MAX];

	if (!sink)
		return;
	if (vsnprintf(message, sizeof(message), format, args) >= (int)sizeof(message))
		memcpy(message + sizeof(message) - 4, "...", 4);
	sink(report->arg, report->origin, report->line, message);
}

void config_report_error(struct config_report *report, const char *format, ...)
{
	va_list args;

	report->errors++;
	va_start(args, format);
	format_and_send(report, report->error, format, args);
	va_end(args);
}

void config_report_notice(struct config_report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	format_and_send(report, report->notice, format, args);
	va_end(args);
}

const char *config_report_shown(struct span bytes, char storage[CONFIG_REPORT_SHOWN])
{
	struct text text;

	text_init(&text, storage, CONFIG_REPORT_SHOWN);
	text_printable(&text, bytes, CONFIG_REPORT_SHOWN - 8);
	return storage;
}
