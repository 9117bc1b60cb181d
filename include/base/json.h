/* SPDX-License-Identifier: MIT */
/*
 * JSON (RFC 8259) as it is written, piece by piece, indented. Whatever it is given, ASCII comes
 * out: once the JSON is decoded, each byte outside printable ASCII, and each backslash among raw
 * bytes, reads \xNN as in the log. The caller keeps the order: a key inside an object, NULL inside
 * an array.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdio.h>

#include "base/span.h"

struct json {
	FILE *out;
	unsigned depth;
	bool more; /* a comma is due before the next value */
};

void json_init(struct json *json, FILE *out);
void json_object(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_array(struct json *json, const char *key);
void json_array_end(struct json *json);
void json_bytes(struct json *json, const char *key, struct span bytes); /* raw */
void json_string(struct json *json, const char *key, const char *text); /* printable; NULL: null */
void json_number(struct json *json, const char *key, unsigned long long number);
void json_count(struct json *json, const char *key, unsigned count); /* 0: null */
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif
