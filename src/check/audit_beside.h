/* SPDX-License-Identifier: MIT */
/*
 * What stands in DNS beside the record of the domain: DMARC, its mail hosts' own records, records of type SPF.
 * Part of the audit.
 */
#ifndef CHECK_AUDIT_BESIDE_H
#define CHECK_AUDIT_BESIDE_H

#include "audit_ask.h"

/* Fills what audit_tree.h has of it; after audit->top. */
void audit_beside(struct auditing *a);

#endif
