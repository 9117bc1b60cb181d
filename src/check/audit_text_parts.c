/* SPDX-License-Identifier: MIT */
#include "audit_text_parts.h"

void audit_text_field(struct page *page, const char *label, enum page_style style,
		      struct span value)
{
	page_string(page, PAGE_STRONG, label);
	page_paragraph(page, style, AUDIT_LABEL_COLUMNS, value);
}

static const char *result_words(enum spf_result result)
{
	return result == SPF_RESULT_COUNT ? "not known" : spf_result_name(result);
}

void audit_text_not_listed(struct text *out, const struct audit *audit)
{
	enum spf_result ipv4 = audit->not_listed[AUDIT_IPV4];
	enum spf_result ipv6 = audit->not_listed[AUDIT_IPV6];

	text_string(out, result_words(ipv4));
	if (ipv4 != ipv6)
		text_format(out, " for IPv4, %s for IPv6 clients", result_words(ipv6));
}
