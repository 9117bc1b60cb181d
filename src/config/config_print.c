/* SPDX-License-Identifier: MIT */
#include "config/config_print.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "config/config_load.h"
#include "config_line.h"
#include "option.h"

enum { FILE_SHOWN_MAX = 512 };

/* Of any length; to be released with free(). */
static char *value_of(const struct option *option, const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		xalloc_failed();
	option_print(option, config, out);
	if (fclose(out) != 0)
		xalloc_failed();
	return text;
}

static bool needs_quotes(const char *text)
{
	return strchr(text, '#') || text[0] == '"' ||
	       config_line_trim(span_of(text)).length != strlen(text);
}

static void print_setting(const char *name, const char *text, FILE *out)
{
	fprintf(out, "%s =", name);
	if (*text)
		fputc(' ', out);
	if (!needs_quotes(text)) {
		fprintf(out, "%s\n", text);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputs("\"\n", out);
}

void config_print_origin(const struct config *config, FILE *out)
{
	char storage[FILE_SHOWN_MAX + 1];
	struct text file;

	if (!config->file) {
		fputs("# No settings file: the defaults\n", out);
		return;
	}
	text_init(&file, storage, sizeof(storage));
	text_printable(&file, span_of(config->file), FILE_SHOWN_MAX);
	/* Never folded: a path is there to be copied. */
	fprintf(out, "# The defaults, and %s\n", file.data);
}

void config_print(const struct config *config, bool all, FILE *out)
{
	struct config *defaults = config_defaults();

	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		char *value, *preset;

		if (!option->type)
			continue;
		value = value_of(option, config);
		preset = value_of(option, defaults);
		if (all || strcmp(value, preset) != 0)
			print_setting(option->name, value, out);
		free(value);
		free(preset);
	}
	config_destroy(defaults);
}
