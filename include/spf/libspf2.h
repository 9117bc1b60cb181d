/* SPDX-License-Identifier: MIT */
/*
 * The seam to libspf2, which gives the verdict. src/spf/libspf2.c is the only file that knows it.
 *
 * libspf2 is handed no byte that somebody else wrote. Through its official hooks it asks for the record of
 * a domain and gets a canonical one that we wrote, in which every term that needs DNS names a placeholder:
 * "v=spf1 include:T1 a:T2/24 -all". So its record and macro compilers (CVE-2023-42118, CVE-2021-20314,
 * -33912, -33913) never see untrusted input, and a record of any length is under 200 bytes for it.
 * What a placeholder stands for is looked up in a walk that is over: the hooks do not wait and do not count.
 */
#ifndef SPF_LIBSPF2_H
#define SPF_LIBSPF2_H

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

/* What libspf2 says of a waiting walk that is over. */
enum spf_result check_library_judge(struct check_library *library, const struct walk *walk);

#endif
