/* SPDX-License-Identifier: MIT */
#include "dmarc/dmarc_policy.h"

const char *dmarc_policy_name(enum dmarc_policy policy)
{
	static const char *const names[] = {
		[DMARC_UNKNOWN] = "",	   [DMARC_ABSENT] = "absent",
		[DMARC_NONE] = "none",	   [DMARC_QUARANTINE] = "quarantine",
		[DMARC_REJECT] = "reject", [DMARC_TEMPERROR] = "temperror",
	};

	return names[policy];
}
