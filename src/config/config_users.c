/* SPDX-License-Identifier: MIT */
#include "config_users.h"

#include "base/arena.h"
#include "config/lists.h"
#include "option.h"

/* Lines with the same settings share them: many users, few differences. */
enum { SHARED_MAX = 64 };

struct user {
	bool pattern; /* has a "*" */
	char *who;    /* a pattern, or an item of a struct domain_list */
	const struct config *settings;
};

struct user_settings {
	struct user *users;
	size_t count;
};

struct shared {
	struct span text; /* the settings as written */
	const struct config *settings;
};

struct reader {
	const struct config *global;
	struct config_report *report;
	struct user_settings *result;
	struct shared shared[SHARED_MAX];
	size_t shared_count;
};

bool config_users_glob(struct span pattern, struct span text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;

	/*
	 * On a mismatch the latest "*" takes one byte more: at most the product of the lengths.
	 */
	while (t < text.length) {
		if (p < pattern.length && pattern.data[p] == '*') {
			star = p++;
			resume = t;
		} else if (p < pattern.length &&
			   ascii_lower(pattern.data[p]) == ascii_lower(text.data[t])) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++resume;
		} else {
			return false;
		}
	}
	while (p < pattern.length && pattern.data[p] == '*')
		p++;
	return p == pattern.length;
}

const struct config *config_users_find(const struct user_settings *users, struct span recipient)
{
	for (size_t i = 0; users && i < users->count; i++) {
		struct user *user = &users->users[i];
		struct domain_list one = { &user->who, 1 };

		if (user->pattern ? config_users_glob(span_of(user->who), recipient) :
				    domain_list_match(&one, recipient))
			return user->settings;
	}
	return NULL;
}

static const struct config *read_settings(struct reader *reader, char *start, char *end)
{
	struct arena *memory = reader->global->memory;
	struct config *settings = arena_take(memory, sizeof(*settings));

	*settings = *reader->global;
	settings->memory = NULL;
	while (start < end) {
		struct span value;
		const struct option *option = option_next(CONFIG_LINE_USER, &start, end, &value,
							  reader->report);

		if (option && option->scope == OPTION_USER)
			option_read(option, value, settings, memory, reader->report);
		else if (option)
			config_report_error(
				reader->report,
				"%s holds for all recipients: it cannot be set for some",
				option->name);
	}
	return settings;
}

static const struct config *share_settings(struct reader *reader, char *start, char *end)
{
	struct span text = span_between(start, end);
	const struct config *settings;

	for (size_t i = 0; i < reader->shared_count; i++)
		if (span_equal(reader->shared[i].text, text))
			return reader->shared[i].settings;
	/* A copy, because reading unquotes the line in place. */
	text.data = arena_string(reader->global->memory, text);
	settings = read_settings(reader, start, end);
	if (reader->shared_count < SHARED_MAX)
		reader->shared[reader->shared_count++] = (struct shared){ text, settings };
	return settings;
}

/* policyd-spf takes regular expressions here; as patterns with "*" they would never match. */
static bool is_expression(struct span who)
{
	char first = who.data[0], last = who.data[who.length - 1];

	for (size_t i = 0; i < who.length; i++)
		if (span_starts_with(span_skip(who, i), ".*") ||
		    span_starts_with(span_skip(who, i), ".+@") ||
		    (who.data[i] != '\0' && strchr("\\([", who.data[i])))
			return true;
	return first == '^' || first == '/' || last == '$' || last == '/';
}

static void read_who(struct reader *reader, struct span who, struct user *user)
{
	char name[LISTS_ITEM_MAX], shown[CONFIG_REPORT_SHOWN];
	const char *problem = NULL;

	user->pattern = span_contains(who, '*');
	if (!who.length)
		problem = "is no recipient";
	else if (is_expression(who))
		problem = "is a regular expression: here only \"*\" stands for any characters";
	else if (user->pattern)
		user->who = arena_string(reader->global->memory, who);
	else
		problem = lists_domain(who, LISTS_MAILBOXES, name);
	if (problem)
		config_report_error(reader->report, "\"%s\" %s", config_report_shown(who, shown),
				    problem);
	else if (!user->pattern)
		user->who = arena_string(reader->global->memory, span_of(name));
}

/* "who,Name=value|Name=value" */
static void read_line(struct reader *reader, char *start, char *end)
{
	struct span line = span_between(start, end);
	size_t comma = span_find(line, ','), comment = span_find(line, '#');
	struct span who = config_line_trim(span_take(line, comma < comment ? comma : comment));
	struct user *user = &reader->result->users[reader->result->count];

	if (comma < comment) {
		read_who(reader, who, user);
		user->settings = share_settings(reader, start + comma + 1, end);
		reader->result->count++;
	} else if (who.length) {
		config_report_error(reader->report,
				    "the comma between recipient and settings is missing: "
				    "user@example.com,Name=value|Name=value");
	}
}

static void read_file(struct reader *reader, struct config_file *file)
{
	char *start, *end;

	while (config_file_next(file, &start, &end, reader->report))
		read_line(reader, start, end);
}

static size_t count_lines(const struct config_file *file)
{
	size_t lines = 1;

	for (size_t i = 0; i < file->file.length; i++)
		lines += file->file.data[i] == '\n';
	return lines;
}

void config_users_read(struct config *config, struct config_file *file,
		       struct config_report *report)
{
	struct reader reader = { .global = config, .report = report };

	reader.result = arena_take(config->memory, sizeof(*reader.result));
	reader.result->users = arena_take_array(config->memory, count_lines(file),
						sizeof(struct user));
	read_file(&reader, file);
	config->users = reader.result;
}

void config_users_load(struct config *config, struct config_report *report)
{
	const char *path = strchr(config->per_user, '/');
	const char *problem;
	struct config_file file;

	report->origin = path;
	report->line = 0;
	if (config_file_read(path, &file, &problem)) {
		config_report_error(report, "Per_User: %s", problem);
		return;
	}
	config_users_read(config, &file, report);
	config_file_release(&file);
}
