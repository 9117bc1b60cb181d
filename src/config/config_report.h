/* SPDX-License-Identifier: MIT */
/*
 * Errors and notices about the settings, with the place where they are.
 */
#ifndef CONFIG_CONFIG_REPORT_H
#define CONFIG_CONFIG_REPORT_H

#include "config/config.h"

enum {
	CONFIG_REPORT_MAX = 512,  /* storage of one message; longer ones end in "..." */
	CONFIG_REPORT_SHOWN = 72, /* storage for config_report_shown() */
};

struct config_report {
	config_sink *error, *notice; /* NULL = none wanted */
	void *arg;
	const char *origin; /* file name or "-o"; borrowed */
	unsigned line;	    /* 0 = none */
	unsigned errors;    /* reported so far */
};

void config_report_error(struct config_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void config_report_notice(struct config_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Bytes from a file, made fit to be shown: printable ASCII, cut after about 60. Returns storage. */
const char *config_report_shown(struct span bytes, char storage[CONFIG_REPORT_SHOWN]);

#endif
