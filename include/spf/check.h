/* SPDX-License-Identifier: MIT */
/*
 * check_host() (RFC 7208 section 4) for one identity, decided by libspf2. src/spf/check.c is the only
 * file that knows libspf2.
 *
 * libspf2 is handed no byte that somebody else wrote. Through its official hooks it asks us for the
 * record of a domain; we read the published record strictly (spf/record.h) and give it a canonical one
 * that we wrote, in which every term that needs DNS names a slot: "v=spf1 include:T1 a:T2/24 -all". So its
 * record and macro compilers (CVE-2023-42118, CVE-2021-20314, -33912, -33913) never see hostile text,
 * and a record of any length is under 200 bytes for it. When it then looks up T2, we know what is meant.
 */
#ifndef SPF_CHECK_H
#define SPF_CHECK_H

#include "spf/evaluation.h"

struct check_library;

/*
 * libspf2 with our hooks, one per process. All four of its message handlers are replaced: they write to
 * the standard descriptors, which are the policy socket. Its error handler ends the process silently.
 */
struct check_library *check_library_create(void);
void check_library_destroy(struct check_library *library); /* NULL allowed */

/* "1.2.10" */
const char *check_library_version(void);

/*
 * Waits for the verdict on an evaluation that was prepared by evaluation_init() and fills the report.
 * A subject without a domain is "none" without a question (section 4.3).
 */
void check_run(struct check_library *library, struct evaluation *e, struct spf_report *report);

/*
 * The explanation of a fail (section 6.2): the one TXT record at the exp= of the record that failed, if
 * it is ASCII and its macros are right, expanded, printable. Fills report->explanation or leaves it "".
 */
void explanation_fetch(struct evaluation *e, struct published *in, struct spf_report *report);

#endif
