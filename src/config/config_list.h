/* SPDX-License-Identifier: MIT */
/*
 * Values that are addresses, or lists of addresses or domains. Each invalid item is reported.
 */
#ifndef CONFIG_CONFIG_LIST_H
#define CONFIG_CONFIG_LIST_H

#include "config_value.h"

CONFIG_TYPE(ADDRESS, struct address);
CONFIG_TYPE(NETWORKS, struct network_list);
CONFIG_TYPE(DOMAINS, struct domain_list);
CONFIG_TYPE(MAILBOXES, struct domain_list);
CONFIG_TYPE(HOSTS, struct domain_list);
CONFIG_TYPE(PAIRS, struct client_pair_list);
CONFIG_TYPE(DOMAIN_POLICY, struct domain_policy_list);

#endif
