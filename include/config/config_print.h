/* SPDX-License-Identifier: MIT */
/*
 * Writing the settings.
 */
#ifndef CONFIG_CONFIG_PRINT_H
#define CONFIG_CONFIG_PRINT_H

#include <stdio.h>

#include "config/config.h"

/*
 * Prints "Name = value" lines that config_load() reads back to the same settings: those that differ from
 * the defaults, or all.
 */
void config_print(const struct config *config, bool all, FILE *out);

#endif
