/* SPDX-License-Identifier: MIT */
#include "zone_name.h"

struct span zone_name_span(const struct zone_name *name)
{
	return (struct span){ name->text, name->length };
}

void zone_name_set(struct zone_name *name, struct span text)
{
	text = span_without_last(text, '.');
	if (text.length > ZONE_NAME_MAX)
		return;
	name->length = text.length;
	if (text.length > 0)
		memcpy(name->text, text.data, text.length);
}

static bool add_byte(struct zone_name *name, int c)
{
	if (name->length == ZONE_NAME_MAX)
		return false;
	name->text[name->length++] = (char)c;
	return true;
}

/* Returns false when the word is no name. *absolute: it ended in a dot. */
static bool decode(struct span word, struct zone_name *name, bool *absolute)
{
	name->length = 0;
	*absolute = false;
	for (size_t at = 0; at < word.length;) {
		bool separates = word.data[at] == '.';
		int c = zone_token_byte(word, &at);

		if (separates && at == word.length) {
			*absolute = true;
			return true;
		}
		/* In our text form a dot always separates and NUL never stands. */
		if (c <= 0 || (c == '.' && !separates) || !add_byte(name, c))
			return false;
	}
	return name->length > 0;
}

bool zone_name_read(struct zone_tokens *t, const struct zone_name *origin, struct zone_name *name)
{
	struct wire_name checked;
	bool absolute;

	if (zone_token_is(t, "@")) {
		*name = *origin;
		return true;
	}
	if (t->token != ZONE_TOKEN_WORD || !decode(t->word, name, &absolute))
		return zone_token_unexpected(t, "expected a domain name");
	if (!absolute && origin->length) {
		if (name->length + 1 + origin->length > ZONE_NAME_MAX)
			return zone_token_fail(t, "the name and its origin pass 253 bytes");
		name->text[name->length++] = '.';
		memcpy(name->text + name->length, origin->text, origin->length);
		name->length += origin->length;
	}
	if (!wire_name_from_text(&checked, zone_name_span(name)))
		return zone_token_unexpected(t, "expected labels of 1 to 63 bytes");
	return true;
}
