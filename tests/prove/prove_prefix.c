/* SPDX-License-Identifier: MIT */
/* Prefix lengths of a record's terms: any text of up to SIZE bytes. */
#include "prove.h"

#include "spf/record_arguments.c"

static char bytes[SIZE];

/* Of digits, as they are cut. */
void prove_prefix_parse(void)
{
	struct span text = { bytes, any_size(SIZE) };
	unsigned max = nondet_bool() ? 32 : 128, prefix;
	bool good = true;

	__CPROVER_havoc_object(bytes);
	for (size_t i = 0; i < text.length; i++)
		good = good && ascii_is_digit(bytes[i]);
	ASSUME(good && text.length > 0);
	if (!parse_prefix(text, max, &prefix))
		return;
	PROVE(prefix <= max && text.length <= 3);
	PROVE(text.length < 2 || bytes[0] != '0');
}

/* What is cut is the mark and all digits behind it, and what is left comes before. */
void prove_prefix_cut(void)
{
	struct span text = { bytes, any_size(SIZE) }, before = text, digits;
	const char *mark = nondet_bool() ? "/" : "//";
	size_t i = any_size(SIZE);

	__CPROVER_havoc_object(bytes);
	if (!cut_digits(&text, mark, &digits)) {
		PROVE(text.data == before.data && text.length == before.length);
		return;
	}
	PROVE(digits.length > 0 && digits.data + digits.length == bytes + before.length);
	PROVE(text.length + (mark[1] ? 2 : 1) + digits.length == before.length);
	PROVE(bytes[text.length] == '/');
	PROVE(i >= digits.length || ascii_is_digit(digits.data[i]));
}
