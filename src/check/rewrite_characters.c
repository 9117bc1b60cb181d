/* SPDX-License-Identifier: MIT */
#include "rewrite_mistakes.h"

/* A character of UTF-8, or a byte of a code page of Windows, and what stands for it. */
struct replacement {
	const char *bytes, *ascii;
};

static const struct replacement dashes[] = {
	{ "\xe2\x80\x90", "-" }, { "\xe2\x80\x91", "-" }, { "\xe2\x80\x92", "-" },
	{ "\xe2\x80\x93", "-" }, { "\xe2\x80\x94", "-" }, { "\xe2\x80\x95", "-" },
	{ "\xe2\x88\x92", "-" }, { "\xef\xbc\x8d", "-" }, { "\x96", "-" },
	{ "\x97", "-" },	 { NULL, NULL },
};

/* A small or wide tilde, and what keyboards of East Asia write. */
static const struct replacement signs[] = {
	{ "\xcb\x9c", "~" },	 { "\xe2\x88\xbc", "~" }, { "\xe3\x80\x9c", "~" },
	{ "\xef\xbd\x9e", "~" }, { "\x98", "~" },	  { "\xef\xbc\x9a", ":" },
	{ "\xef\xbc\x9d", "=" }, { "\xef\xbc\x8f", "/" }, { "\xef\xbc\x8e", "." },
	{ "\xe3\x80\x82", "." }, { "\xef\xbc\x8c", "," }, { "\xef\xbc\x8b", "+" },
	{ NULL, NULL },
};

static const struct replacement quotes[] = {
	{ "\xe2\x80\x98", "" },
	{ "\xe2\x80\x99", "" },
	{ "\xe2\x80\x9c", "" },
	{ "\xe2\x80\x9d", "" },
	{ "\xe2\x80\x9e", "" },
	{ "\x91", "" },
	{ "\x92", "" },
	{ "\x93", "" },
	{ "\x94", "" },
	{ "&quot;", "" },
	{ "\"", "" },
	{ "<", "" },
	{ ">", "" },
	{ "'", "" },
	{ "`", "" },
	{ NULL, NULL },
};

static const struct replacement blanks[] = {
	{ "\t", " " },		 { "\r", " " },		 { "\n", " " },
	{ "\v", " " },		 { "\xc2\xa0", " " },	 { "\xe3\x80\x80", " " },
	{ "\xe2\x80\xaf", " " }, { "\xe2\x80\x8b", "" }, { "\xe2\x80\x8c", "" },
	{ "\xe2\x80\x8d", "" },	 { "\xef\xbb\xbf", "" }, { "\xc2\xad", "" },
	{ "\xa0", " " },	 { "&nbsp;", " " },	 { NULL, NULL },
};

static const struct replacement backslashes[] = { { "\\", "" }, { NULL, NULL } };

static bool is_high(struct span text, size_t i)
{
	return i < text.length && (text.data[i] & 0x80) != 0;
}

/* A byte of a code page stands among ASCII, not inside a character of UTF-8. */
static const struct replacement *find_replacement(const struct replacement *set, struct span text,
						  size_t i)
{
	for (; set->bytes; set++) {
		size_t length = strlen(set->bytes);
		bool alone = length > 1 || !is_high(text, i) ||
			     !(is_high(text, i + 1) || (i > 0 && is_high(text, i - 1)));

		if (alone && span_starts_with(span_skip(text, i), set->bytes))
			return set;
	}
	return NULL;
}

static bool replace(const struct replacement *set, struct span text, struct text *out)
{
	bool found = false;

	for (size_t i = 0; i < text.length;) {
		const struct replacement *r = find_replacement(set, text, i);

		if (r) {
			text_string(out, r->ascii);
			i += strlen(r->bytes);
			found = true;
		} else {
			text_char(out, text.data[i++]);
		}
	}
	return found && !out->overflow;
}

bool rewrite_replace_dashes(struct span text, struct text *out)
{
	return replace(dashes, text, out);
}

bool rewrite_replace_signs(struct span text, struct text *out)
{
	return replace(signs, text, out);
}

bool rewrite_drop_quotes(struct span text, struct text *out)
{
	return replace(quotes, text, out);
}

bool rewrite_replace_blanks(struct span text, struct text *out)
{
	return replace(blanks, text, out);
}

bool rewrite_drop_backslashes(struct span text, struct text *out)
{
	return replace(backslashes, text, out);
}
