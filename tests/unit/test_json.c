/* SPDX-License-Identifier: MIT */
/* JSON: structure, commas, and strings of any bytes. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static char *written(void (*write)(struct json *json))
{
	char *data = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&data, &size);
	struct json json;

	assert_non_null(out);
	json_init(&json, out);
	write(&json);
	fclose(out);
	return data;
}

static void write_structure(struct json *json)
{
	json_object(json, NULL);
	json_number(json, "n", 42);
	json_array(json, "a");
	json_bool(json, NULL, true);
	json_bool(json, NULL, false);
	json_object(json, NULL);
	json_object_end(json);
	json_array_end(json);
	json_array(json, "e");
	json_array_end(json);
	json_null(json, "z");
	json_string(json, "s", NULL);
	json_object_end(json);
}

static void json_structure_has_its_commas(void **state)
{
	char *text = written(write_structure);

	(void)state;
	assert_string_equal(text,
			    "{\n  \"n\": 42,\n  \"a\": [\n    true,\n    false,\n    {}\n  ],\n"
			    "  \"e\": [],\n  \"z\": null,\n  \"s\": null\n}\n");
	free(text);
}

static void write_strings(struct json *json)
{
	json_array(json, NULL);
	json_bytes(json, NULL, (struct span){ "a\"\\\0\n\x7f\xff/", 8 });
	json_string(json, NULL, "a\"\\x41\n");
	json_bytes(json, NULL, (struct span){ NULL, 0 });
	json_array_end(json);
}

static void json_strings_hold_any_bytes(void **state)
{
	char *text = written(write_strings);

	(void)state;
	assert_string_equal(text, "[\n  \"a\\\"\\\\x5c\\\\x00\\\\x0a\\\\x7f\\\\xff/\",\n"
				  "  \"a\\\"\\\\x41\\\\x0a\",\n  \"\"\n]\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_structure_has_its_commas),
		cmocka_unit_test(json_strings_hold_any_bytes),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
