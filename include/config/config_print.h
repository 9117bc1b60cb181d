/* SPDX-License-Identifier: MIT */
/*
 * Writing the settings.
 */
#ifndef CONFIG_CONFIG_PRINT_H
#define CONFIG_CONFIG_PRINT_H

#include <stdio.h>

#include "config/config.h"

/* A comment line that names the file that was read, or says that there was none. */
void config_print_origin(const struct config *config, FILE *out);

/*
 * Prints "Name = value" lines that config_load() reads back to the same settings: those that differ from
 * the defaults, or all.
 */
void config_print(const struct config *config, bool all, FILE *out);

#endif
