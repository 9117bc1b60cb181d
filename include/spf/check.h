/* SPDX-License-Identifier: MIT */
/*
 * check_host() (RFC 7208 section 4) for one identity, judged twice: by our walk, which collects every
 * answer under the limits, and by libspf2, over the same answers. libspf2's result is the verdict. Where
 * the two differ there is a bug in one of them, and the verdict is temperror.
 */
#ifndef SPF_CHECK_H
#define SPF_CHECK_H

#include "spf/evaluation.h"
#include "spf/libspf2.h"

/*
 * Waits for the verdict on an evaluation that was prepared by evaluation_init() and fills the report.
 * A subject without a domain is "none" without a query (section 4.3).
 */
void check_run(struct check_library *library, struct evaluation *e, struct spf_report *report);

#endif
