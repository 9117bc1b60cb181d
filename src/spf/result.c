/* SPDX-License-Identifier: MIT */
#include "spf/result.h"

static const char *const result_names[SPF_RESULT_COUNT][2] = {
	[SPF_NONE] = { "none", "None" },
	[SPF_NEUTRAL] = { "neutral", "Neutral" },
	[SPF_PASS] = { "pass", "Pass" },
	[SPF_FAIL] = { "fail", "Fail" },
	[SPF_SOFTFAIL] = { "softfail", "Softfail" },
	[SPF_TEMPERROR] = { "temperror", "Temperror" },
	[SPF_PERMERROR] = { "permerror", "Permerror" },
};

static const char *const identity_names[SPF_IDENTITY_COUNT] = {
	[SPF_HELO] = "helo",
	[SPF_MAILFROM] = "mailfrom",
};

const char *spf_result_name(enum spf_result result)
{
	return result_names[result][0];
}

const char *spf_result_title(enum spf_result result)
{
	return result_names[result][1];
}

const char *spf_identity_name(enum spf_identity identity)
{
	return identity_names[identity];
}

enum spf_result spf_result_qualified(char qualifier)
{
	switch (qualifier) {
	case '-': return SPF_FAIL;
	case '~': return SPF_SOFTFAIL;
	case '?': return SPF_NEUTRAL;
	default: return SPF_PASS;
	}
}
