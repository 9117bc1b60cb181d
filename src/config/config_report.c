/* SPDX-License-Identifier: MIT */
#include "config_report.h"

#include <stdarg.h>
#include <stdio.h>

#include "option.h"
#include "base/text.h"

static void say(const struct config_report *report, config_complain *to, const char *format,
		va_list args) __attribute__((format(printf, 3, 0)));

static void say(const struct config_report *report, config_complain *to, const char *format,
		va_list args)
{
	char message[CONFIG_REPORT_MAX];

	if (!to)
		return;
	if (vsnprintf(message, sizeof(message), format, args) >= (int)sizeof(message))
		memcpy(message + sizeof(message) - 4, "...", 4);
	to(report->source->arg, report->origin, report->line, message);
}

void config_report_mistake(struct config_report *report, const char *format, ...)
{
	va_list args;

	report->mistakes++;
	va_start(args, format);
	say(report, report->source->complain, format, args);
	va_end(args);
}

void config_report_notice(struct config_report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(report, report->source->notice, format, args);
	va_end(args);
}

void config_report_unknown(struct config_report *report, struct span name)
{
	const char *nearest = option_nearest(name);
	char shown[CONFIG_REPORT_SHOWN];

	config_report_shown(name, shown);
	if (nearest)
		config_report_mistake(report, "Unknown option %s: did you mean %s?", shown,
				      nearest);
	else
		config_report_mistake(report, "Unknown option %s", shown);
}

void config_report_line(struct config_report *report, struct span name, const char *problem)
{
	char shown[CONFIG_REPORT_SHOWN];

	if (name.length)
		config_report_mistake(report, "%s: %s", config_report_shown(name, shown), problem);
	else
		config_report_mistake(report, "%s", problem);
}

const char *config_report_shown(struct span bytes, char storage[CONFIG_REPORT_SHOWN])
{
	struct text text;

	text_init(&text, storage, CONFIG_REPORT_SHOWN);
	text_printable(&text, bytes, CONFIG_REPORT_SHOWN - 8);
	return storage;
}
