/* SPDX-License-Identifier: MIT */
/* Macros: any text of up to SIZE bytes. */
#include "prove.h"

#include "spf/macro_syntax.h"

static char bytes[SIZE];

static struct span any_text(void)
{
	__CPROVER_havoc_object(bytes);
	return (struct span){ bytes, any_size(SIZE) };
}

/* What was read is inside the text. */
void prove_macro_read(void)
{
	struct span text = any_text();
	struct macro m;

	ASSUME(text.length > 0 && text.data[0] == '%');
	if (!macro_read(text, &m))
		return;
	PROVE(m.length >= 2 && m.length <= text.length);
	PROVE(m.delimiters.length == 0 ||
	      (m.delimiters.data > text.data &&
	       m.delimiters.data + m.delimiters.length < text.data + text.length));
}

void prove_macro_check(void)
{
	struct span text = any_text();
	enum macro_use use = nondet_bool() ? MACRO_DOMAIN :
			     nondet_bool() ? MACRO_STRING :
					     MACRO_EXPLANATION;
	size_t where;

	if (!macro_check(text, use, &where))
		PROVE(where <= text.length);
	else
		for (size_t i = 0; i < text.length; i++)
			PROVE(text.data[i] >= 0x20 && text.data[i] <= 0x7e);
}
