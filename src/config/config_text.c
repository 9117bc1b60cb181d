/* SPDX-License-Identifier: MIT */
#include "config_text.h"

#include "config/access_action.h"
#include "base/arena.h"
#include "dns/servers.h"
#include "config/lists.h"
#include "config/reason_message.h"
#include "base/text.h"

enum {
	IDENT_MAX = 32, /* bytes; RFC 3164 section 4.1.3 */
	AUTHSERV_ID_MAX = 253,
	PATH_BYTES_MAX = 1024,
	SERVER_TEXT_MAX = 128,
};

static void keep(const struct config_value *value, struct span text)
{
	*(const char **)value->field = arena_string(value->memory, text);
}

static void keep_nothing(const struct config_value *value)
{
	*(const char **)value->field = NULL;
}

void config_text_action(const struct config_value *value)
{
	const char *problem;

	if (config_value_is_none(value->text)) {
		keep_nothing(value);
		return;
	}
	problem = access_action_check(value->text);
	if (problem)
		config_value_mistake(value, "%s", problem);
	else
		keep(value, value->text);
}

void config_text_template(const struct config_value *value)
{
	const char *problem = reason_message_check(value->text);

	if (problem)
		config_value_mistake(value, "%s", problem);
	else
		keep(value, value->text);
}

static bool has_byte_of(struct span text, const char *bytes)
{
	for (size_t i = 0; i < text.length; i++)
		if (strchr(bytes, text.data[i]))
			return true;
	return false;
}

/* RFC 8601 section 2.2: a token of RFC 2045 needs no quotes, and no name of a host needs more. */
void config_text_authserv_id(const struct config_value *value)
{
	if (config_value_is_none(value->text) ||
	    span_equal_nocase(value->text, span_of("HOSTNAME")))
		keep_nothing(value);
	else if (has_byte_of(value->text, " ()<>@,;:\\\"/[]?="))
		config_value_mistake(value, "use a name like mx.example.com, or HOSTNAME");
	else if (value->text.length > AUTHSERV_ID_MAX)
		config_value_mistake(value, "is longer than 253 bytes");
	else
		keep(value, value->text);
}

/* What a syslog tag ends at would cut the name short: "[", ":" and blanks. */
void config_text_ident(const struct config_value *value)
{
	if (!value->text.length)
		config_value_mistake(value, "is empty");
	else if (value->text.length > IDENT_MAX)
		config_value_mistake(value, "is longer than 32 bytes");
	else if (has_byte_of(value->text, " :[]"))
		config_value_mistake(value, "must not hold blanks, colons or brackets");
	else
		keep(value, value->text);
}

static bool is_server(struct span item)
{
	char text[SERVER_TEXT_MAX], unused[SERVER_TEXT_MAX];
	struct servers servers;

	if (item.length >= sizeof(text))
		return false;
	memcpy(text, item.data, item.length);
	text[item.length] = '\0';
	return servers_parse(&servers, text, unused, sizeof(unused));
}

/* Kept as text, separated by commas: the resolver reads it again. */
void config_text_dns_servers(const struct config_value *value)
{
	struct span rest = value->text, item;
	unsigned mistakes = value->report->mistakes;
	size_t count = 0;
	struct text list;

	if (config_value_is_none(rest))
		rest.length = 0;
	text_init(&list, arena_take(value->memory, rest.length + 1), rest.length + 1);
	while (lists_next(&rest, &item)) {
		char shown[CONFIG_REPORT_SHOWN];

		if (!is_server(item))
			config_report_mistake(
				value->report,
				"%s: \"%s\" is not address, address:port or [v6]:port",
				value->option->name, config_report_shown(item, shown));
		if (count++)
			text_char(&list, ',');
		text_add(&list, item);
	}
	if (count > SERVERS_MAX)
		config_report_mistake(value->report, "%s: more than %d servers",
				      value->option->name, SERVERS_MAX);
	if (value->report->mistakes == mistakes)
		*(const char **)value->field = list.data;
}

static struct span cut(struct span text, size_t from, size_t to)
{
	return (struct span){ text.data + from, to - from };
}

/*
 * "text,/path". The working directory of a service is Postfix's queue: only absolute paths mean
 * one.
 */
void config_text_per_user(const struct config_value *value)
{
	const char *comma = value->text.length ? memchr(value->text.data, ',', value->text.length) :
						 NULL;
	size_t type = comma ? (size_t)(comma - value->text.data) : 0;
	struct span path;

	if (config_value_is_none(value->text)) {
		keep_nothing(value);
		return;
	}
	if (!comma || !span_equal_nocase(cut(value->text, 0, type), span_of("text"))) {
		config_value_mistake(value, "use text,/path/to/file");
		return;
	}
	path = cut(value->text, type + 1, value->text.length);
	while (path.length && path.data[0] == ' ')
		path = cut(path, 1, path.length);
	if (!path.length || path.data[0] != '/')
		config_value_mistake(value, "the path must begin with \"/\"");
	else if (path.length > PATH_BYTES_MAX)
		config_value_mistake(value, "the path is longer than 1024 bytes");
	else
		*(const char **)value->field = arena_string(value->memory, value->text);
}
