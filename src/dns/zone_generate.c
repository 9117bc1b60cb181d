/* SPDX-License-Identifier: MIT */
#include "zone_generate.h"

enum { WIDTH_MAX = 63 };

/* ---- the directive ---- */

static bool parse_range(struct span word, struct zone_generate *g)
{
	struct span first, last = { "", 0 }, step = { "", 0 };

	g->step = 1;
	if (!span_split(word, '-', &first, &last))
		return false;
	if (span_split(last, '/', &last, &step) && !span_number(step, &g->step))
		return false;
	return span_number(first, &g->next) && span_number(last, &g->last) && g->last < INT32_MAX &&
	       g->step > 0 && g->step < INT32_MAX && g->next <= g->last &&
	       (g->last - g->next) / g->step < ZONE_GENERATE_MAX;
}

bool zone_generate_begin(struct zone_tokens *t, struct zone_generate *g)
{
	const char *start;

	if (t->token != ZONE_TOKEN_WORD || !parse_range(t->word, g))
		return zone_token_unexpected(t, "expected a range of at most 65536 numbers, "
						"START-STOP or START-STOP/STEP");
	zone_token_next(t);
	if (t->token != ZONE_TOKEN_WORD)
		return zone_token_unexpected(t, "expected a domain name");
	start = t->word.data;
	while (zone_token_is_text(t))
		zone_token_next(t);
	g->pattern = span_between(start, t->text.data + t->offset);
	return t->token != ZONE_TOKEN_BAD;
}

/* ---- its lines ---- */

/* Nibbles with dots between, the last one first: the names below ip6.arpa. */
static void add_nibbles(struct text *out, uint32_t value, int width, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	bool more;

	do {
		text_char(out, digits[value & 0xf]);
		value >>= 4;
		width--;
		more = value > 0 || width > 0;
		if (more)
			text_char(out, '.');
		width--;
	} while (more);
}

static void add_number(struct text *out, uint32_t value, int width, char base)
{
	switch (base) {
	case 'd': text_format(out, "%0*u", width, value); break;
	case 'o': text_format(out, "%0*o", width, value); break;
	case 'x': text_format(out, "%0*x", width, value); break;
	case 'X': text_format(out, "%0*X", width, value); break;
	default: add_nibbles(out, value, width, base == 'N'); break;
	}
}

/* What stands between the braces. */
static bool add_modified(struct text *out, struct span words, uint32_t value)
{
	struct span offset = span_next(&words, ","), width = span_next(&words, ",");
	struct span base = span_next(&words, ",");
	bool negative = offset.length > 0 && offset.data[0] == '-';
	unsigned number = 0, columns = 0;

	if (!span_number(span_skip(offset, negative), &number) || number > INT32_MAX ||
	    (negative && number > value) || (width.length > 0 && !span_number(width, &columns)) ||
	    columns > WIDTH_MAX || base.length > 1 || words.length > 0 ||
	    (base.length == 1 && !ascii_is_in(base.data[0], "doxXnN")))
		return false;
	add_number(out, negative ? value - number : value + number, (int)columns,
		   base.length ? base.data[0] : 'd');
	return true;
}

/* What a "$" at the start of `rest` stands for. Returns how many bytes that takes, 0 when it is malformed. */
static size_t add_value(struct text *out, struct span rest, uint32_t value)
{
	size_t end;

	if (rest.length > 1 && rest.data[1] == '$') {
		text_char(out, '$');
		return 2;
	}
	if (rest.length < 2 || rest.data[1] != '{') {
		text_format(out, "%u", value);
		return 1;
	}
	end = span_find(rest, '}');
	if (end == rest.length || !add_modified(out, span_skip(span_take(rest, end), 2), value))
		return 0;
	return end + 1;
}

bool zone_generate_next(struct zone_tokens *t, struct zone_generate *g, struct text *line)
{
	struct span rest = g->pattern;
	size_t length;

	if (g->next > g->last)
		return false;
	text_reset(line);
	for (; rest.length > 0; rest = span_skip(rest, length)) {
		length = 1;
		if (rest.data[0] == '\\' && rest.length > 1) {
			length = 2;
			text_add(line, rest.data[1] == '$' ? span_of("$") : span_take(rest, 2));
		} else if (rest.data[0] == '$') {
			length = add_value(line, rest, g->next);
			if (length == 0)
				return zone_token_fail(t, "expected ${OFFSET,WIDTH,BASE} with a "
							  "base of d, o, x, X, n or N");
		} else {
			text_char(line, rest.data[0]);
		}
	}
	g->next += g->step;
	return !line->overflow || zone_token_fail(t, "a generated line is too long");
}
