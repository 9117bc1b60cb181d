/* SPDX-License-Identifier: MIT */
/*
 * Asks for the tree of a domain.
 */
#ifndef CHECK_AUDIT_H
#define CHECK_AUDIT_H

#include "audit_tree.h"

/*
 * Asks for the tree of a valid domain in the resolver's present session, on this lane. Answers are the
 * session's; the rest is the arena's, which must not outlive it.
 */
struct audit *audit_build(struct resolver *resolver, unsigned lane,
			  const struct audit_subject *subject, struct arena *arena);

#endif
