/* SPDX-License-Identifier: MIT */
/*
 * What the settings do, in words: for whoever reads nothing else. Found by asking decide() itself.
 */
#ifndef POLICY_OUTLOOK_H
#define POLICY_OUTLOOK_H

#include <stdio.h>

#include "config/config.h"

/* Prints lines that begin with "#": what happens to mail by result, what is not checked, and which settings have
 * no effect because of others. */
void outlook_print(const struct config *config, FILE *out);

#endif
