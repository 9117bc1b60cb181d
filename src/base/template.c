/* SPDX-License-Identifier: MIT */
#include "base/template.h"

enum kind { KIND_END, KIND_LITERAL, KIND_FIELD, KIND_BROKEN };

struct token {
	enum kind kind;
	struct span text; /* the literal, or the field's name */
};

static struct token next_token(struct span *rest)
{
	struct span all = *rest;
	size_t n;

	if (all.length == 0)
		return (struct token){ KIND_END, all };
	if (span_starts_with(all, "{{") || span_starts_with(all, "}}")) {
		*rest = span_skip(all, 2);
		return (struct token){ KIND_LITERAL, span_take(all, 1) };
	}
	if (all.data[0] == '{') {
		n = span_find(all, '}');
		*rest = span_skip(all, n < all.length ? n + 1 : n);
		if (n == all.length)
			return (struct token){ KIND_BROKEN, all };
		return (struct token){ KIND_FIELD, span_skip(span_take(all, n), 1) };
	}
	/* A single closing brace is text. */
	n = 1 + span_find_any(span_skip(all, 1), "{}");
	*rest = span_skip(all, n);
	return (struct token){ KIND_LITERAL, span_take(all, n) };
}

/* The field's number, or that of the terminating NULL. */
static size_t field_number(struct span name, const char *const *names)
{
	size_t i = 0;

	while (names[i] && !span_is(name, names[i]))
		i++;
	return i;
}

const char *template_check(struct span source, const char *const *names)
{
	struct token token;

	if (!span_all(source, ascii_is_printable))
		return "holds a byte that is not printable ASCII";
	while ((token = next_token(&source)).kind != KIND_END) {
		if (token.kind == KIND_BROKEN)
			return "has a { without its }; write {{ for the character";
		if (token.kind == KIND_FIELD && !names[field_number(token.text, names)])
			return "has a {field} that does not exist; write {{ for the character";
	}
	return NULL;
}

static void add_percent_encoded(struct text *out, struct template_value value)
{
	size_t start = out->length;

	for (size_t i = 0; i < value.bytes.length && out->length - start + 3 <= value.max; i++) {
		char c = value.bytes.data[i];

		if (ascii_is_unreserved(c))
			text_char(out, c);
		else
			text_format(out, "%%%02X", (unsigned)(unsigned char)c);
	}
}

/* Does a word that ends here belong to a URL? `before`: it did where this text begins. */
static bool ends_in_url(bool before, struct span text)
{
	for (size_t i = text.length; i > 0; i--) {
		if (text.data[i - 1] == ' ')
			return false;
		if (i >= 3 && memcmp(text.data + i - 3, "://", 3) == 0)
			return true;
	}
	return before;
}

/* Takes back the words that lead to a value that does not exist, but not past `start`. */
static void take_back(struct text *out, size_t start)
{
	size_t end = out->length;

	while (end > start && out->data[end - 1] != '.')
		end--;
	/* Spaces are left only where the words began at the very start of the text. */
	out->length = end;
	out->data[end] = '\0';
}

static bool ends_with_stop(const struct text *out)
{
	return out->length > 0 && out->data[out->length - 1] == '.';
}

void template_expand(struct text *out, struct span source, const char *const *names,
		     template_lookup *lookup, const void *arg)
{
	bool in_url = false, taken_back = false;
	size_t literal_start = out->length;
	struct token token;

	while ((token = next_token(&source)).kind != KIND_END) {
		struct template_value value;

		if (token.kind != KIND_FIELD) {
			/* "See {url}." must not put its full stop after another one. */
			if (taken_back && token.text.data[0] == '.' && ends_with_stop(out))
				token.text = span_skip(token.text, 1);
			taken_back = false;
			text_add(out, token.text);
			in_url = ends_in_url(in_url, token.text);
			continue;
		}
		value = lookup(arg, field_number(token.text, names));
		taken_back = !value.bytes.data;
		if (taken_back)
			take_back(out, literal_start);
		else if (in_url)
			add_percent_encoded(out, value);
		else
			text_escape(out, value.bytes, "", value.max);
		literal_start = out->length;
	}
}
