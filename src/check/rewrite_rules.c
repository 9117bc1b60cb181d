/* SPDX-License-Identifier: MIT */
#include "rewrite_rules.h"

#include "rewrite_mistakes.h"

const struct rewrite_rule rewrite_rules[REWRITE_RULES] = {
	{ rewrite_replace_dashes, "the dash is not the ASCII character \"-\"" },
	{ rewrite_replace_signs, "a sign in it is not the ASCII character" },
	{ rewrite_replace_blanks, "only the ASCII space separates terms" },
	{ rewrite_backslash_is_slash, "a slash comes before a prefix length" },
	{ rewrite_colon_is_slash, "a slash comes before a prefix length" },
	{ rewrite_drop_backslashes, "the backslash does not belong there" },
	{ rewrite_drop_quotes, "quotes and brackets do not belong into a record" },
	{ rewrite_drop_punctuation, "terms are separated by spaces alone" },
	{ rewrite_split_list, "spaces separate terms, and each has one name or network" },
	{ rewrite_insert_blank, "a space is missing between two terms" },
	{ rewrite_drop_version, "\"v=spf1\" stands at the start only" },
	{ rewrite_drop_other_text, "what stands behind it belongs into a TXT record of its own" },
	{ rewrite_correct_separator, "mechanisms take \":\", modifiers \"=\"" },
	{ rewrite_correct_name, "" },
	{ rewrite_add_name, "a network needs its mechanism" },
	{ rewrite_drop_outer_name, "a term has one mechanism only" },
	{ rewrite_correct_mechanism, "networks go with ip4 and ip6, host names with a" },
	{ rewrite_drop_qualifier, "one qualifier is enough" },
	{ rewrite_drop_empty_argument, "nothing follows it" },
	{ rewrite_drop_url, "a domain is wanted, not an address on the Web" },
	{ rewrite_drop_local_part, "a domain is wanted, not a mail address" },
	{ rewrite_insert_percent, "a macro begins with \"%{\"" },
	{ rewrite_insert_braces, "a macro has braces" },
	{ rewrite_drop_port, "there are no ports in a record" },
	{ rewrite_drop_brackets, "an address stands without brackets" },
	{ rewrite_read_netmask, "a prefix length is wanted, not a netmask" },
	{ rewrite_read_range, "a range of addresses is written as networks" },
	{ rewrite_drop_end, "the dot or slash at its end is one too many" },
	{ rewrite_drop_zeros, "numbers have no leading zeros" },
	{ rewrite_complete_octets, "a network has four numbers and a prefix length" },
	{ rewrite_correct_dual,
	  "the prefix length for IPv6 comes after \"//\", and only with a and mx" },
};
