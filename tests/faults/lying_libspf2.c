/* SPDX-License-Identifier: MIT */
/*
 * Preloaded by test_agreement.py: libspf2 as it is, but for the result that it gives, which is LIE_RESULT,
 * a number of its SPF_result_t.
 */
#include <stdlib.h>

int SPF_response_result(void *response)
{
	const char *lie = getenv("LIE_RESULT");

	(void)response;
	return lie ? atoi(lie) : 0;
}
