/* SPDX-License-Identifier: MIT */
#include "dmarc_record.h"

enum tag {
	TAG_P,
	TAG_SP,
	TAG_NP,
	TAG_PSD,
	TAG_T,
	TAG_RUA,
	TAG_RUF,
	TAG_FO,
	TAG_ADKIM,
	TAG_ASPF,
	TAGS
};

static const char *const tag_names[TAGS] = { "p",   "sp",  "np", "psd",	  "t",
					     "rua", "ruf", "fo", "adkim", "aspf" };

static bool is_value_byte(char c)
{
	return ascii_is_printable(c) && c != ';';
}

/* Splits "name = value" (dmarc-tag). False when it is no tag. */
static bool read_tag(struct span item, struct span *name, struct span *value)
{
	if (!span_split(span_trim(item, " \t"), '=', name, value))
		return false;
	*name = span_trim(*name, " \t");
	*value = span_trim(*value, " \t");
	return name->length > 0 && span_all(*name, ascii_is_letter);
}

/* dmarc-version stands first and in this case. */
static bool is_version(struct span item)
{
	struct span name, value;

	return item.length > 0 && item.data[0] == 'v' && read_tag(item, &name, &value) &&
	       span_is(name, "v") && span_is(value, "DMARC1");
}

/* A value that the grammar does not allow counts as empty, which is valid for no tag. False when a tag
 * comes twice. */
static bool collect(struct span rest, struct span values[TAGS])
{
	struct span item, name, value;

	while (rest.length > 0) {
		if (!span_split(rest, ';', &item, &rest)) {
			item = rest;
			rest.length = 0;
		}
		if (!read_tag(item, &name, &value))
			continue;
		for (size_t i = 0; i < TAGS; i++) {
			if (!span_is(name, tag_names[i]))
				continue;
			if (values[i].data)
				return false;
			values[i] = span_all(value, is_value_byte) ? value : span_take(value, 0);
		}
	}
	return true;
}

/* dmarc-request; DMARC_ABSENT when it is none. */
static enum dmarc_policy request(struct span value)
{
	for (enum dmarc_policy policy = DMARC_NONE; policy <= DMARC_REJECT; policy++)
		if (span_is_nocase(value, dmarc_policy_name(policy)))
			return policy;
	return DMARC_ABSENT;
}

static bool is_uri_byte(char c)
{
	return ascii_is_printable(c) && !ascii_is_in(c, " \"<>\\^`{|}");
}

static bool is_scheme_byte(char c)
{
	return ascii_is_alphanumeric(c) || ascii_is_in(c, "+-.");
}

/* dmarc-urilist, as far as matters here: is one of them a URI ("scheme:rest", RFC 3986)? */
static bool has_uri(struct span list)
{
	struct span uri, scheme, rest;

	while ((uri = span_next(&list, ",")).length > 0) {
		uri = span_trim(uri, " \t");
		if (span_split(uri, ':', &scheme, &rest) && scheme.length > 0 &&
		    ascii_is_letter(scheme.data[0]) && span_all(scheme, is_scheme_byte) &&
		    span_all(rest, is_uri_byte))
			return true;
	}
	return false;
}

static enum dmarc_policy weaker(enum dmarc_policy policy)
{
	return policy > DMARC_NONE ? policy - 1 : policy;
}

bool dmarc_record_read(struct span text, struct dmarc_record *record)
{
	struct span values[TAGS] = { { NULL, 0 } };
	struct span version = text, rest = { NULL, 0 };
	enum dmarc_policy p, sp, np;
	bool faulty;

	span_split(text, ';', &version, &rest);
	if (!is_version(version) || !collect(rest, values))
		return false;
	p = request(values[TAG_P]);
	sp = values[TAG_SP].data ? request(values[TAG_SP]) : p;
	np = values[TAG_NP].data ? request(values[TAG_NP]) : p;
	faulty = p == DMARC_ABSENT || sp == DMARC_ABSENT || np == DMARC_ABSENT;
	if (faulty)
		p = sp = has_uri(values[TAG_RUA]) ? DMARC_NONE : DMARC_ABSENT;
	if (span_is_nocase(values[TAG_T], "y")) {
		p = weaker(p);
		sp = weaker(sp);
	}
	*record = (struct dmarc_record){ .policy = p, .below = sp, .psd = DMARC_PSD_UNSAID };
	record->faulty = faulty;
	if (span_is_nocase(values[TAG_PSD], "y"))
		record->psd = DMARC_PSD_YES;
	else if (span_is_nocase(values[TAG_PSD], "n"))
		record->psd = DMARC_PSD_NO;
	return true;
}
