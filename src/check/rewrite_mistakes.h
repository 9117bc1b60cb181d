/* SPDX-License-Identifier: MIT */
/*
 * One mistake each: they append the text without it, or return false when it is not there. For
 * rewrite_rules.c. Pure.
 */
#ifndef CHECK_REWRITE_MISTAKES_H
#define CHECK_REWRITE_MISTAKES_H

#include "rewrite_parts.h"

/* rewrite_characters.c */
bool rewrite_replace_dashes(struct span text, struct text *out);
bool rewrite_replace_signs(struct span text, struct text *out);
bool rewrite_drop_quotes(struct span text, struct text *out);
bool rewrite_replace_blanks(struct span text, struct text *out);
bool rewrite_drop_backslashes(struct span text, struct text *out);

/* rewrite_terms.c */
bool rewrite_drop_punctuation(struct span text, struct text *out);
bool rewrite_split_list(struct span text, struct text *out);
bool rewrite_insert_blank(struct span text, struct text *out);
bool rewrite_drop_version(struct span text, struct text *out);
bool rewrite_drop_other_text(struct span text, struct text *out);

/* rewrite_names.c */
bool rewrite_correct_name(struct span text, struct text *out);
bool rewrite_correct_separator(struct span text, struct text *out);
bool rewrite_drop_outer_name(struct span text, struct text *out);
bool rewrite_drop_qualifier(struct span text, struct text *out);
bool rewrite_drop_empty_argument(struct span text, struct text *out);
bool rewrite_drop_url(struct span text, struct text *out);
bool rewrite_drop_local_part(struct span text, struct text *out);
bool rewrite_insert_percent(struct span text, struct text *out);
bool rewrite_insert_braces(struct span text, struct text *out);
bool rewrite_drop_port(struct span text, struct text *out);

/* rewrite_networks.c */
bool rewrite_add_name(struct span text, struct text *out);
bool rewrite_correct_mechanism(struct span text, struct text *out);
bool rewrite_drop_brackets(struct span text, struct text *out);
bool rewrite_read_netmask(struct span text, struct text *out);
bool rewrite_drop_zeros(struct span text, struct text *out);
bool rewrite_complete_octets(struct span text, struct text *out);
bool rewrite_correct_dual(struct span text, struct text *out);
bool rewrite_read_range(struct span text, struct text *out);
bool rewrite_colon_is_slash(struct span text, struct text *out);
bool rewrite_drop_end(struct span text, struct text *out);
bool rewrite_backslash_is_slash(struct span text, struct text *out);

/* Which name a wrong one was meant to be; NULL. */
const char *rewrite_meant_name(const struct rewrite_parts *parts);

/* "v=spf1" or "spf1", which stand at the start of a record only. */
bool rewrite_is_version(struct span text);

/* Where a second term begins inside the text: a blank was lost there. text.length when none does. */
size_t rewrite_find_glued(struct span text);

/* Where a macro lacks its "%": "{i}". text.length when none does. */
size_t rewrite_find_brace(struct span text);

#endif
