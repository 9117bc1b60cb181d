/* SPDX-License-Identifier: MIT */
#include "dns/zone_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "zone_data.h"
#include "zone_generate.h"
#include "base/file.h"
#include "base/xalloc.h"

enum {
	TTL_DEFAULT = 3600,
	FILES_MAX = 16,	  /* inside each other */
	PATH_SIZE = 4096, /* bytes of a name of a file */
	LINE_SIZE = 8192, /* bytes of a generated line */
};

struct reader {
	struct zone *zone;
	struct zone_tokens tokens;
	struct zone_name origin, owner;
	bool has_owner;
	uint32_t default_ttl;
	bool from_file; /* $INCLUDE is followed */
	unsigned files; /* that the present one is inside of */
	size_t left;	/* bytes that may still be included or generated */
};

/* ---- times ---- */

static uint32_t unit_seconds(char unit)
{
	switch (ascii_lower(unit)) {
	case 's': return 1;
	case 'm': return 60;
	case 'h': return 3600;
	case 'd': return 86400;
	case 'w': return 604800;
	default: return 0;
	}
}

/* "3600", "1h", "1h30m". */
static bool parse_time(struct span word, uint32_t *seconds)
{
	uint64_t total = 0;
	uint32_t number;

	if (zone_data_number(word, INT32_MAX, seconds))
		return true;
	while (word.length) {
		size_t digits = 0;

		while (digits < word.length && ascii_is_digit(word.data[digits]))
			digits++;
		if (digits == word.length || !unit_seconds(word.data[digits]) ||
		    !zone_data_number(span_take(word, digits), INT32_MAX, &number))
			return false;
		total += (uint64_t)number * unit_seconds(word.data[digits]);
		if (total > INT32_MAX)
			return false;
		word = span_skip(word, digits + 1);
	}
	*seconds = (uint32_t)total;
	return true;
}

/* ---- entries ---- */

static bool read_origin(struct reader *r)
{
	struct zone_name name = { 0 };

	if (!zone_token_is(&r->tokens, ".") && !zone_name_read(&r->tokens, &r->origin, &name))
		return false;
	r->origin = name;
	zone_token_next(&r->tokens);
	return true;
}

/* TTL and class in either order, then the type and its data. */
static bool read_record(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;
	bool has_ttl = false, has_class = false;
	struct zone_owner owner = { r->zone, &r->origin, &r->owner, r->default_ttl };
	uint16_t type;

	while (!zone_data_type(t, &type)) {
		if (!has_ttl && t->token == ZONE_TOKEN_WORD && parse_time(t->word, &owner.ttl))
			has_ttl = true;
		else if (!has_class && zone_token_is(t, "IN"))
			has_class = true;
		else
			return zone_token_unexpected(t, "expected a record type "
							"(A AAAA CNAME MX PTR TXT FAIL)");
		zone_token_next(t);
	}
	zone_token_next(t);
	return zone_data_read(t, &owner, type);
}

static bool read_named(struct reader *r)
{
	if (!zone_name_read(&r->tokens, &r->origin, &r->owner))
		return false;
	r->has_owner = true;
	zone_token_next(&r->tokens);
	return read_record(r);
}

static bool read_directive(struct reader *r);

static bool read_entry(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;
	bool continues = zone_token_at_blank(t);

	zone_token_next(t);
	if (t->token == ZONE_TOKEN_LINE_END || t->token == ZONE_TOKEN_FILE_END)
		return true;
	if (t->token == ZONE_TOKEN_WORD && t->word.data[0] == '$')
		return read_directive(r);
	if (!continues)
		return read_named(r);
	if (!r->has_owner)
		return zone_token_unexpected(t, "expected a name at the start of the line");
	return read_record(r);
}

static bool read_lines(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;

	while (t->token != ZONE_TOKEN_FILE_END) {
		if (!read_entry(r))
			return false;
		if (t->token == ZONE_TOKEN_LINE_END)
			zone_token_line(t);
		else if (t->token != ZONE_TOKEN_FILE_END)
			return zone_token_unexpected(t, "expected the end of the line");
	}
	return true;
}

/* ---- directives ---- */

/* Other text in place of the present one, which goes on behind it. `each` reads it. */
static bool read_instead(struct reader *r, const char *label, struct span text, unsigned line,
			 bool (*each)(struct reader *r))
{
	struct zone_tokens outer = r->tokens;

	if (text.length > r->left)
		return zone_token_fail(&r->tokens, "more than %d MiB in all", ZONE_FILE_MAX >> 20);
	r->left -= text.length;
	zone_token_init(&r->tokens, label, text, outer.error, outer.error_size);
	r->tokens.line = line;
	if (!each(r))
		return false;
	r->tokens = outer;
	return true;
}

static bool read_generated(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;

	zone_token_next(t);
	if (!read_named(r))
		return false;
	return t->token == ZONE_TOKEN_FILE_END ||
	       zone_token_unexpected(t, "expected the end of the line");
}

static bool read_generate(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;
	struct zone_name owner = r->owner;
	bool has_owner = r->has_owner, ok = true;
	struct zone_generate generate;
	char storage[LINE_SIZE];
	struct text line;

	if (!zone_generate_begin(t, &generate))
		return false;
	text_init(&line, storage, sizeof(storage));
	while (ok && zone_generate_next(t, &generate, &line))
		ok = read_instead(r, t->label, text_span(&line), t->line, read_generated);
	r->owner = owner;
	r->has_owner = has_owner;
	return ok && t->token != ZONE_TOKEN_BAD;
}

/* A relative path is one from the folder of the file that names it or, as for BIND, from the present one. */
static int read_included(const char *label, struct span name, char *path, struct file *file)
{
	struct span here = span_of(label);
	size_t slash = span_find_last(here, '/');
	struct text text;
	int problem;

	text_init(&text, path, PATH_SIZE);
	if (slash < here.length && name.data[0] != '/')
		text_add(&text, span_take(here, slash + 1));
	text_add(&text, name);
	if (text.overflow || span_contains(name, '\0'))
		return ENAMETOOLONG;
	problem = file_read(path, FILE_REGULAR, ZONE_FILE_MAX, file);
	if (problem != ENOENT)
		return problem;
	text_reset(&text);
	text_add(&text, name);
	return file_read(path, FILE_REGULAR, ZONE_FILE_MAX, file);
}

static bool read_include(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;
	struct zone_name origin = r->origin, owner = r->owner;
	struct span name = t->word;
	char path[PATH_SIZE];
	struct file file;
	bool ok = false;
	int problem;

	if (!zone_token_is_text(t) || name.length == 0)
		return zone_token_unexpected(t, "expected the name of a file");
	if (!r->from_file || r->files == FILES_MAX)
		return zone_token_fail(t, r->from_file ? "files include each other" :
							 "$INCLUDE stands in files only");
	zone_token_next(t);
	if (zone_token_is_text(t) && !read_origin(r))
		return false;
	problem = read_included(t->label, name, path, &file);
	if (problem) {
		zone_token_fail(t, "%s: %s", path, file_error(problem));
	} else {
		r->files++;
		ok = read_instead(r, path, (struct span){ file.data, file.length }, 1, read_lines);
		r->files--;
	}
	file_release(&file);
	/* RFC 1035 section 5.1. */
	r->origin = origin;
	r->owner = owner;
	return ok;
}

static bool read_directive(struct reader *r)
{
	struct zone_tokens *t = &r->tokens;
	bool is_origin = zone_token_is(t, "$ORIGIN"), is_time = zone_token_is(t, "$TTL");
	bool is_include = zone_token_is(t, "$INCLUDE");

	if (!is_origin && !is_time && !is_include && !zone_token_is(t, "$GENERATE"))
		return zone_token_unexpected(t, "expected $ORIGIN, $TTL, $INCLUDE or $GENERATE");
	zone_token_next(t);
	if (is_origin)
		return read_origin(r);
	if (is_include)
		return read_include(r);
	if (!is_time)
		return read_generate(r);
	if (t->token != ZONE_TOKEN_WORD || !parse_time(t->word, &r->default_ttl))
		return zone_token_unexpected(t, "expected a time");
	zone_token_next(t);
	return true;
}

/* ---- the whole ---- */

static bool read_source(struct zone *zone, const struct zone_source *source, bool from_file,
			char *error, size_t size)
{
	struct reader r = {
		.zone = zone,
		.default_ttl = TTL_DEFAULT,
		.from_file = from_file,
		.left = ZONE_FILE_MAX,
	};
	struct span text = source->text;

	/* The mark that editors put at the start of a file in UTF-8. */
	if (span_starts_with(text, "\xef\xbb\xbf"))
		text = span_skip(text, 3);
	zone_name_set(&r.origin, span_of(source->origin ? source->origin : ""));
	zone_token_init(&r.tokens, source->label, text, error, size);
	if (!read_lines(&r))
		return false;
	zone_finish(zone);
	return true;
}

bool zone_file_read(struct zone *zone, const struct zone_source *source, char *error, size_t size)
{
	return read_source(zone, source, false, error, size);
}

struct zone *zone_load(const char *path, const char *origin, char *error, size_t size)
{
	struct zone_source source = { .label = path, .origin = origin };
	struct file file;
	int problem = file_read(path, FILE_ANY, ZONE_FILE_MAX, &file);
	struct zone *zone = NULL;

	if (problem == EFBIG) {
		snprintf(error, size, "%s: larger than %d MiB", path, ZONE_FILE_MAX >> 20);
	} else if (problem) {
		snprintf(error, size, "%s: %s", path, strerror(problem));
	} else {
		zone = zone_create();
		source.text = (struct span){ file.data, file.length };
		if (!read_source(zone, &source, true, error, size)) {
			zone_destroy(zone);
			zone = NULL;
		}
	}
	file_release(&file);
	return zone;
}
