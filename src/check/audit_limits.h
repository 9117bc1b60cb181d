/* SPDX-License-Identifier: MIT */
/*
 * The limits of RFC 7208 section 4.6.4 over a tree, in the order of evaluation, for a client that nothing
 * matches. Part of the audit. Pure.
 */
#ifndef CHECK_AUDIT_LIMITS_H
#define CHECK_AUDIT_LIMITS_H

#include "audit_tree.h"

/* Fills what is counted: of the audit, its records and terms. */
void audit_count(struct audit *audit);

#endif
