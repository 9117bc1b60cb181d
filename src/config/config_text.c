/* SPDX-License-Identifier: MIT */
#include "config_text.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/access_action.h"
#include "config/lists.h"
#include "config/reason_message.h"
#include "dns/servers.h"

enum {
	IDENT_MAX = 32, /* bytes; RFC 3164 section 4.1.3 */
	AUTHSERV_ID_MAX = 253,
	PATH_BYTES_MAX = 1024,
	SERVER_TEXT_MAX = 128,
};

static void set(const struct config_value *value, const char *text)
{
	*(const char **)value->field = text;
}

/* Sets a copy, or reports the problem if there is one. */
static void set_unless(const char *problem, const struct config_value *value)
{
	if (problem)
		config_value_error(value, "%s", problem);
	else
		set(value, arena_string(value->memory, value->text));
}

static void read_action(const struct config_value *value)
{
	if (config_value_is_none(value->text))
		set(value, NULL);
	else
		set_unless(access_action_check(value->text), value);
}

static void read_template(const struct config_value *value)
{
	set_unless(reason_message_check(value->text), value);
}

static bool has_any(struct span text, const char *bytes)
{
	return span_find_any(text, bytes) < text.length;
}

/* RFC 8601 section 2.2: a token of RFC 2045 needs no quotes, and no host name needs more. */
static void read_authserv_id(const struct config_value *value)
{
	if (config_value_is_none(value->text) || span_is_nocase(value->text, "HOSTNAME"))
		set(value, NULL);
	else if (has_any(value->text, " ()<>@,;:\\\"/[]?="))
		set_unless("use a name like mx.example.com, or HOSTNAME", value);
	else
		set_unless(value->text.length > AUTHSERV_ID_MAX ? "is longer than 253 bytes" : NULL,
			   value);
}

/* The bytes at which a syslog tag ends would cut the name short: "[", ":" and space. */
static const char *ident_problem(struct span text)
{
	if (!text.length)
		return "is empty";
	if (text.length > IDENT_MAX)
		return "is longer than 32 bytes";
	return has_any(text, " :[]") ? "must not hold spaces, colons or brackets" : NULL;
}

static void read_ident(const struct config_value *value)
{
	set_unless(ident_problem(value->text), value);
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

/* Stored as text, separated by commas, which the resolver reads again. */
static void read_dns_servers(const struct config_value *value)
{
	struct span rest = value->text, item;
	unsigned errors = value->report->errors;
	size_t count = 0;
	struct text list;

	if (config_value_is_none(rest))
		rest.length = 0;
	text_init(&list, arena_take(value->memory, rest.length + 1), rest.length + 1);
	while (lists_next(&rest, &item)) {
		if (!is_server(item))
			config_value_item_error(value, item,
						"is not address, address:port or [v6]:port");
		if (count++)
			text_char(&list, ',');
		text_add(&list, item);
	}
	if (count > SERVERS_MAX)
		config_report_error(value->report, "%s: more than %d servers", value->name,
				    SERVERS_MAX);
	if (value->report->errors == errors)
		set(value, list.data);
}

/* "text,/path". A service runs in Postfix's queue folder: a relative path would begin there. */
static const char *per_user_problem(struct span text)
{
	struct span type, path;

	if (!span_split(text, ',', &type, &path) || !span_is_nocase(type, "text"))
		return "use text,/path/to/file";
	path = span_trim(path, " ");
	if (!span_starts_with(path, "/"))
		return "the path must begin with \"/\"";
	return path.length > PATH_BYTES_MAX ? "the path is longer than 1024 bytes" : NULL;
}

static void read_per_user(const struct config_value *value)
{
	if (config_value_is_none(value->text))
		set(value, NULL);
	else
		set_unless(per_user_problem(value->text), value);
}

static void print_text(const void *field, FILE *out)
{
	const char *text = *(const char *const *)field;

	fputs(text ? text : "", out);
}

static void print_authserv_id(const void *field, FILE *out)
{
	const char *text = *(const char *const *)field;

	fputs(text ? text : "HOSTNAME", out);
}

const struct config_type config_type_ACTION = { read_action, print_text, CONFIG_PRINTABLE };
const struct config_type config_type_TEMPLATE = { read_template, print_text, CONFIG_PRINTABLE };
const struct config_type config_type_AUTHSERV_ID = { read_authserv_id, print_authserv_id,
						     CONFIG_PRINTABLE };
const struct config_type config_type_IDENT = { read_ident, print_text, CONFIG_PRINTABLE };
const struct config_type config_type_DNS_SERVERS = { read_dns_servers, print_text, CONFIG_TABS };
const struct config_type config_type_PER_USER = { read_per_user, print_text, CONFIG_PRINTABLE };
