/* SPDX-License-Identifier: MIT */
#include "base/json.h"

void json_init(struct json *json, FILE *out)
{
	*json = (struct json){ .out = out };
}

/* Keys are ours: no escapes are needed. */
static void begin_value(struct json *json, const char *key)
{
	if (json->more)
		putc(',', json->out);
	if (json->depth > 0)
		fprintf(json->out, "\n%*s", (int)(2 * json->depth), "");
	if (key)
		fprintf(json->out, "\"%s\": ", key);
	json->more = true;
}

static void open_value(struct json *json, const char *key, char bracket)
{
	begin_value(json, key);
	putc(bracket, json->out);
	json->depth++;
	json->more = false;
}

static void close_value(struct json *json, char bracket)
{
	json->depth--;
	if (json->more)
		fprintf(json->out, "\n%*s", (int)(2 * json->depth), "");
	putc(bracket, json->out);
	json->more = true;
	if (json->depth == 0)
		putc('\n', json->out);
}

void json_object(struct json *json, const char *key)
{
	open_value(json, key, '{');
}

void json_object_end(struct json *json)
{
	close_value(json, '}');
}

void json_array(struct json *json, const char *key)
{
	open_value(json, key, '[');
}

void json_array_end(struct json *json)
{
	close_value(json, ']');
}

static void write_string(struct json *json, const char *key, struct span bytes, bool raw)
{
	begin_value(json, key);
	putc('"', json->out);
	for (size_t i = 0; i < bytes.length; i++) {
		unsigned char c = (unsigned char)bytes.data[i];

		if (c < 0x20 || c > 0x7e || (raw && c == '\\'))
			fprintf(json->out, "\\\\x%02x", c);
		else if (c == '"' || c == '\\')
			fprintf(json->out, "\\%c", c);
		else
			putc(c, json->out);
	}
	putc('"', json->out);
}

void json_bytes(struct json *json, const char *key, struct span bytes)
{
	write_string(json, key, bytes, true);
}

void json_string(struct json *json, const char *key, const char *text)
{
	if (text)
		write_string(json, key, span_of(text), false);
	else
		json_null(json, key);
}

void json_number(struct json *json, const char *key, unsigned long long number)
{
	begin_value(json, key);
	fprintf(json->out, "%llu", number);
}

void json_count(struct json *json, const char *key, unsigned count)
{
	if (count)
		json_number(json, key, count);
	else
		json_null(json, key);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin_value(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
	begin_value(json, key);
	fputs("null", json->out);
}
