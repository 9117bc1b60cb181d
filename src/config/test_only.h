/* SPDX-License-Identifier: MIT */
/* TestOnly is often set the wrong way round: 0 is test mode. A comment at the setting tells what was meant. */
#ifndef CONFIG_TEST_ONLY_H
#define CONFIG_TEST_ONLY_H

#include "config_report.h"

struct test_only {
	char comment
		[1024]; /* the lines of comments that stand above, and what stands behind the setting */
	size_t length;
};

/* Every line of a file in turn. A setting whose comment speaks of the other value is a notice. */
void test_only_line(struct test_only *seen, struct span line, struct config_report *report);

#endif
