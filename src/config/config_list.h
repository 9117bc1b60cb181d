/* SPDX-License-Identifier: MIT */
/*
 * Values that are lists or addresses: readers and writers for struct network_list, struct
 * domain_list, struct domain_policy_list and struct address. Each bad item is reported.
 */
#ifndef CONFIG_CONFIG_LIST_H
#define CONFIG_CONFIG_LIST_H

#include "config_value.h"

void config_list_networks(const struct config_value *value);
void config_list_domains(const struct config_value *value);
void config_list_domain_policy(const struct config_value *value);
void config_list_address(const struct config_value *value);

void config_list_print_networks(const void *field, FILE *out);
void config_list_print_domains(const void *field, FILE *out);
void config_list_print_domain_policy(const void *field, FILE *out);
void config_list_print_address(const void *field, FILE *out);

#endif
