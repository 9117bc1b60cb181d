/* SPDX-License-Identifier: MIT */
#include "option.h"

#include "config/config.h"
#include "config/reason_message.h"
#include "nearest.h"

#define OPTION(name, type, field, preset, low, high, scope, help)                           \
	{ #name,	  OPTION_##type, offsetof(struct config, field), preset, low, high, \
	  OPTION_##scope, help },
#define IGNORED(name, why) { #name, OPTION_IGNORED, 0, "", 0, 0, OPTION_USER, why },
#define ALIAS(name, option) { #name, OPTION_ALIAS, 0, #option, 0, 0, OPTION_USER, "older name" },

const struct option option_table[] = {
#include "options.def"
};

const size_t option_count = sizeof(option_table) / sizeof(option_table[0]);

static char folded(char c)
{
	return c == '-' ? '_' : span_lower(c);
}

static bool same_name(struct span given, const char *name)
{
	size_t i;

	if (!given.length || folded(given.data[0]) != folded(name[0]))
		return false;
	for (i = 1; i < given.length; i++)
		if (!name[i] || folded(given.data[i]) != folded(name[i]))
			return false;
	return name[i] == '\0';
}

const struct option *option_find(struct span name)
{
	for (size_t i = 0; i < option_count; i++)
		if (same_name(name, option_table[i].name))
			return &option_table[i];
	return NULL;
}

const char *option_nearest(struct span name)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; i < option_count; i++)
		nearest_consider(&nearest, option_table[i].name);
	return nearest.word;
}
