/* SPDX-License-Identifier: MIT */
#include "option.h"

#include "config/reason_message.h"
#include "config_list.h"
#include "config_text.h"
#include "config_word.h"
#include "base/nearest.h"

/* clang-format off */

/* Where the field is; one of another type than the reader sets does not compile. */
#define OFFSET(type, field) \
	_Generic(&((struct config *)NULL)->field, config_field_##type *: offsetof(struct config, field))

#define OPTION(name, type, field, preset, low, high, scope, help) \
	{ #name, &config_type_##type, OFFSET(type, field), preset, low, high, OPTION_##scope, help, NULL },
#define IGNORED(name, why) { #name, NULL, 0, "", 0, 0, OPTION_USER, why, NULL },
#define ALIAS(name, option) { #name, NULL, 0, "", 0, 0, OPTION_USER, "", #option },
/* clang-format on */

const struct option option_table[] = {
#include "options.def"
};

const size_t option_count = sizeof(option_table) / sizeof(option_table[0]);

_Static_assert(sizeof(option_table) / sizeof(option_table[0]) <= OPTIONS_MAX, "OPTIONS_MAX");

static char folded(char c)
{
	return c == '-' ? '_' : ascii_lower(c);
}

static bool same_name(struct span given, const char *name)
{
	size_t i = 0;

	while (i < given.length && name[i] && folded(given.data[i]) == folded(name[i]))
		i++;
	return i == given.length && !name[i];
}

static const struct option *find(struct span name)
{
	for (size_t i = 0; i < option_count; i++)
		if (same_name(name, option_table[i].name))
			return &option_table[i];
	return NULL;
}

static void report_unknown(struct span name, struct config_report *report)
{
	char shown[CONFIG_REPORT_SHOWN];
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; i < option_count; i++)
		nearest_consider(&nearest, option_table[i].name);
	config_report_shown(name, shown);
	if (nearest.word)
		config_report_error(report, "Unknown option %s: did you mean %s?", shown,
				    nearest.word);
	else
		config_report_error(report, "Unknown option %s", shown);
}

const struct option *option_next(enum config_line_style style, char **cursor, char *end,
				 struct span *value, struct config_report *report)
{
	struct config_line line;
	const char *problem = config_line_read(style, cursor, end, &line);
	const struct option *option = line.name.length ? find(line.name) : NULL;
	char shown[CONFIG_REPORT_SHOWN];

	*value = line.value;
	if (problem)
		config_report_error(report, "%s%s%s", config_report_shown(line.name, shown),
				    line.name.length ? ": " : "", problem);
	else if (line.name.length && !option)
		report_unknown(line.name, report);
	if (problem || !option || !option->alias_of)
		return problem ? NULL : option;
	config_report_notice(report, "%s is the old name of %s", option->name, option->alias_of);
	return find(span_of(option->alias_of));
}

static bool is_plain_or_tab(char c)
{
	return ascii_is_printable(c) || c == '\t';
}

static bool is_plain_tab_or_8bit(char c)
{
	return is_plain_or_tab(c) || !ascii_is_ascii(c);
}

void option_read(const struct option *option, struct span text, struct config *config,
		 struct arena *memory, struct config_report *report)
{
	static bool (*const tests[])(char c) = {
		[CONFIG_PRINTABLE] = ascii_is_printable,
		[CONFIG_TABS] = is_plain_or_tab,
		[CONFIG_TABS_AND_U_LABELS] = is_plain_tab_or_8bit,
	};
	const struct config_value value = {
		.name = option->name,
		.low = option->low,
		.high = option->high,
		.text = text,
		.field = (char *)config + option->offset,
		.memory = memory,
		.report = report,
	};

	if (!option->type)
		config_report_notice(report, "%s has no effect: %s", option->name, option->help);
	else if (!span_all(text, tests[option->type->bytes]))
		config_value_error(&value, "holds a byte that is not printable ASCII");
	else
		option->type->read(&value);
}

void option_print(const struct option *option, const struct config *config, FILE *out)
{
	option->type->print((const char *)config + option->offset, out);
}
