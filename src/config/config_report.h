/* SPDX-License-Identifier: MIT */
/*
 * Where the reader of the configuration is, and what it has to say about it.
 */
#ifndef CONFIG_CONFIG_REPORT_H
#define CONFIG_CONFIG_REPORT_H

#include "config/config.h"

enum { CONFIG_REPORT_MAX = 512 }; /* storage of one message; longer ones end in "..." */

struct config_report {
	const struct config_source *source;
	const char *origin; /* file name or "-o"; borrowed */
	unsigned line;	    /* 0 = none */
	unsigned mistakes;  /* reported so far */
};

void config_report_mistake(struct config_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void config_report_notice(struct config_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "Unknown option NAME", with the name that was probably meant. */
void config_report_unknown(struct config_report *report, struct span name);

/* What is wrong with the line that sets this name; "" when it has none. */
void config_report_line(struct config_report *report, struct span name, const char *problem);

/* Bytes from a file, made fit to be shown: printable ASCII, cut after about 60. Returns storage. */
enum { CONFIG_REPORT_SHOWN = 72 };
const char *config_report_shown(struct span bytes, char storage[CONFIG_REPORT_SHOWN]);

#endif
