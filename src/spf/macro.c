/* SPDX-License-Identifier: MIT */
#include "spf/macro.h"

#include <stdio.h>

enum {
	NAME_LENGTH_MAX = 253,
	/* Of a name that grows too long: what the cut by labels can keep, the dot before that, and the
	   trailing dot. */
	NAME_TAIL = NAME_LENGTH_MAX + 2,
};

static const char hex[] = "0123456789ABCDEF";

/* ---- output ---- */

struct expansion {
	enum macro_use use;
	const struct macro_values *values;
	struct text *out;
	size_t start; /* of the expansion in `out` */
	bool too_long;
};

/* Of a name only the end counts. Each call halves the text at least, which keeps it cheap. */
static bool make_room(struct expansion *x)
{
	struct text *out = x->out;
	size_t length = out->length - x->start;

	if (x->use != MACRO_DOMAIN || length < (size_t)2 * NAME_TAIL)
		return false;
	memmove(out->data + x->start, out->data + out->length - NAME_TAIL, NAME_TAIL);
	out->length = x->start + NAME_TAIL;
	return true;
}

static void put(struct expansion *x, char c)
{
	if (x->too_long || (x->out->length + 1 == x->out->size && !make_room(x))) {
		x->too_long = true;
		return;
	}
	x->out->data[x->out->length++] = c;
}

static void put_escaped(struct expansion *x, char c, bool escape)
{
	if (!escape || ascii_is_unreserved(c)) {
		put(x, c);
		return;
	}
	put(x, '%');
	put(x, hex[(unsigned char)c >> 4]);
	put(x, hex[(unsigned char)c & 15]);
}

/* ---- values ---- */

/* Section 7.3: every address family in the form that is looked up: nibbles for IPv6. */
static size_t format_dotted(const struct address *client, char *out, size_t size)
{
	const uint8_t *b = client->bytes;
	size_t length = 0;

	if (client->family != AF_INET6)
		return (size_t)snprintf(out, size, "%d.%d.%d.%d", b[0], b[1], b[2], b[3]);
	for (size_t i = 0; i < 16; i++) {
		out[length++] = hex[b[i] >> 4];
		out[length++] = '.';
		out[length++] = hex[b[i] & 15];
		out[length++] = '.';
	}
	return length - 1;
}

enum { SCRATCH_MAX = 64 }; /* 32 nibbles and a dot after each */

/* What a letter other than s stands for; `scratch` holds what is not text yet. */
static struct span letter_value(char letter, const struct macro_values *v, char *scratch)
{
	switch (letter) {
	case 'l': return v->local;
	case 'o': return v->sender_domain;
	case 'd': return v->domain;
	case 'p': return v->validated;
	case 'h': return v->helo;
	case 'r': return v->receiver;
	case 'v': return span_of(v->client.family == AF_INET6 ? "ip6" : "in-addr");
	case 'c': return span_of(address_format(&v->client, scratch));
	case 'i': return (struct span){ scratch, format_dotted(&v->client, scratch, SCRATCH_MAX) };
	default: snprintf(scratch, SCRATCH_MAX, "%lld", (long long)v->now); return span_of(scratch);
	}
}

/* The sender is in no single place: a value is up to three pieces. */
struct value {
	struct span pieces[3];
	size_t length;
	char scratch[SCRATCH_MAX];
};

static void get_value(char letter, const struct macro_values *v, struct value *value)
{
	memset(value->pieces, 0, sizeof(value->pieces));
	if (letter == 's') {
		value->pieces[0] = v->local;
		value->pieces[1] = span_of("@");
		value->pieces[2] = v->sender_domain;
	} else {
		value->pieces[0] = letter_value(letter, v, value->scratch);
	}
	value->length = value->pieces[0].length + value->pieces[1].length + value->pieces[2].length;
}

static char value_byte(const struct value *value, size_t i)
{
	const struct span *piece = value->pieces;

	while (i >= piece->length)
		i -= piece++->length;
	return piece->data[i];
}

/* ---- transformers ---- */

/* Without delimiters the dot is one; to split at dots and to join with dots changes nothing. */
static bool is_delimiter(const struct macro *m, char c)
{
	if (m->delimiters.length == 0)
		return c == '.';
	return memchr(m->delimiters.data, c, m->delimiters.length) != NULL;
}

/* So much of a value that nothing before it can be in the name: the rest need not be looked at. */
static bool is_enough(const struct expansion *x, size_t length)
{
	return x->use == MACRO_DOMAIN && length >= NAME_TAIL;
}

/* Bytes begin..end, each delimiter among them as a dot. */
static void put_parts(struct expansion *x, const struct macro *m, const struct value *value,
		      size_t begin, size_t end)
{
	if (is_enough(x, end - begin))
		begin = end - NAME_TAIL;
	for (size_t i = begin; i < end; i++) {
		char c = value_byte(value, i);

		put_escaped(x, is_delimiter(m, c) ? '.' : c, m->escape);
	}
}

/* The right-hand parts in their order: looked for from the end. */
static void put_forward(struct expansion *x, const struct macro *m, const struct value *value)
{
	size_t begin = value->length;
	size_t parts = 0;

	for (; begin > 0 && !is_enough(x, value->length - begin); begin--)
		if (is_delimiter(m, value_byte(value, begin - 1)) && ++parts == m->keep)
			break;
	put_parts(x, m, value, begin, value->length);
}

/* The right-hand parts after reversal are the left-hand ones before. */
static void put_reversed(struct expansion *x, const struct macro *m, const struct value *value)
{
	size_t end = 0, begin;
	size_t parts = 0;

	for (; end < value->length; end++)
		if (is_delimiter(m, value_byte(value, end)) &&
		    (++parts == m->keep || is_enough(x, end)))
			break;
	for (;; end = begin - 1) {
		begin = end;
		while (begin > 0 && !is_delimiter(m, value_byte(value, begin - 1)))
			begin--;
		put_parts(x, m, value, begin, end);
		if (begin == 0)
			return;
		put(x, '.');
	}
}

static void put_macro(struct expansion *x, const struct macro *m)
{
	struct value value;

	switch (m->letter) {
	case '%': put(x, '%'); return;
	case '_': put(x, ' '); return;
	case '-': put_escaped(x, ' ', true); return;
	default: break;
	}
	get_value(m->letter, x->values, &value);
	if (m->reverse)
		put_reversed(x, m, &value);
	else
		put_forward(x, m, &value);
}

/* ---- expansion ---- */

/* What is left after as many labels from the left as make it fit are gone (section 7.3). */
static void cut_name(struct expansion *x)
{
	struct text *out = x->out;
	char *name = out->data + x->start;
	size_t length = out->length - x->start;
	size_t begin = 0;

	if (length > 0 && name[length - 1] == '.')
		length--;
	if (length > NAME_LENGTH_MAX) {
		begin = length - NAME_LENGTH_MAX;
		while (begin < length && name[begin - 1] != '.')
			begin++;
	}
	memmove(name, name + begin, length - begin);
	out->length = x->start + length - begin;
}

static bool has_sound_macros(struct span text)
{
	struct macro m;

	while ((text = span_skip(text, span_find(text, '%'))).length > 0) {
		if (!macro_read(text, &m))
			return false;
		text = span_skip(text, m.length);
	}
	return true;
}

/* Is what follows a run of '%' that ends before `end` part of a macro? The others of the run are "%%". */
static bool is_behind_percent(struct span text, size_t end)
{
	size_t begin = end;

	while (begin > 0 && text.data[begin - 1] == '%')
		begin--;
	return (end - begin) % 2 == 1;
}

/* Where the macro or plain character begins that ends before `end`, in a text of sound macros. */
static size_t element_begin(struct span text, size_t end)
{
	char last = text.data[end - 1];
	size_t brace = end - 1;

	if (last == '%' || ((last == '_' || last == '-') && is_behind_percent(text, end - 1)))
		return end - 2;
	if (last != '}')
		return end - 1;
	while (brace > 0 && !ascii_is_in(text.data[brace - 1], "{}%"))
		brace--;
	if (brace == 0 || text.data[brace - 1] != '{' || !is_behind_percent(text, brace - 1))
		return end - 1;
	return brace - 2;
}

/*
 * Where the end of a domain-spec begins that fills a name by itself. A record has room for ten thousand
 * macros, each of which may stand for two thousand bytes: those before are not worth expanding.
 */
static size_t find_tail(struct expansion *x, struct span text)
{
	size_t begin = text.length, length = 0;
	struct macro m;

	while (begin > 0 && length < NAME_TAIL) {
		size_t end = begin;

		begin = element_begin(text, end);
		if (text.data[begin] != '%') {
			length++;
			continue;
		}
		macro_read(span_skip(span_take(text, end), begin), &m);
		put_macro(x, &m);
		length += x->out->length - x->start;
		x->out->length = x->start;
	}
	return begin;
}

enum macro_status macro_expand(struct span text, enum macro_use use,
			       const struct macro_values *values, struct text *out)
{
	struct expansion x = { .use = use, .values = values, .out = out, .start = out->length };
	struct macro m;

	if (!span_all(values->local, ascii_is_ascii) &&
	    (macro_uses(text, 's') || macro_uses(text, 'l')))
		return MACRO_UNUSABLE;
	if (!has_sound_macros(text)) {
		out->data[out->length] = '\0';
		return MACRO_SYNTAX;
	}
	for (size_t i = use == MACRO_DOMAIN ? find_tail(&x, text) : 0;
	     i < text.length && !x.too_long;) {
		if (text.data[i] != '%') {
			put(&x, text.data[i++]);
			continue;
		}
		macro_read(span_skip(text, i), &m);
		put_macro(&x, &m);
		i += m.length;
	}
	if (x.too_long) {
		out->overflow = true;
		out->length = x.start;
	} else if (use == MACRO_DOMAIN) {
		cut_name(&x);
	}
	out->data[out->length] = '\0';
	return x.too_long ? MACRO_TOO_LONG : MACRO_OK;
}
