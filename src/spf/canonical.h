/* SPDX-License-Identifier: MIT */
/*
 * The canonical record that libspf2 is given in place of a published one: the same terms in the same order,
 * as far as they still matter for this client, in words that are all ours. Pure.
 */
#ifndef SPF_CANONICAL_H
#define SPF_CANONICAL_H

#include "spf/parsed_record.h"
#include "base/text.h"

enum { CANONICAL_MAX = 320 }; /* storage that always suffices */

/*
 * "v=spf1 include:T1 a:T2/24 -all": terms that need DNS are named by placeholders, from number `first` on
 * in the record's order; the redirect, if it still matters, takes the number after them. Prefix lengths
 * are those of the client's family, the terminal term is an `all` with its qualifier. The term at index
 * `broken`, if there is one, ended the check at a limit: it is an include, which can be a permerror.
 * There is never a macro, a modifier but redirect=, or a byte that was published.
 */
void canonical_write(struct text *out, const struct parsed_record *p, sa_family_t family,
		     unsigned first, size_t broken);

#endif
