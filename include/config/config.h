/* SPDX-License-Identifier: MIT */
/*
 * The settings, as all that act on them see them. src/config/options.def is the one table of options: it
 * names the field of each.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/address.h"
#include "base/log.h"
#include "config/lists.h"
#include "base/span.h"
#include "spf/result.h"

/* HELO_reject, Mail_From_reject and the right side of Domain_Policy. */
enum config_reject {
	CONFIG_SPF_NOT_PASS, /* reject fail, softfail, neutral */
	CONFIG_SOFTFAIL,     /* reject fail, softfail */
	CONFIG_FAIL,	     /* reject fail */
	CONFIG_NULL,	     /* HELO_reject only: as Fail for a null sender, else never */
	CONFIG_FALSE,	     /* never reject or defer, header only */
	CONFIG_NO_CHECK,     /* no lookup */
};

/* Header_Type */
enum config_header {
	CONFIG_HEADER_SPF,
	CONFIG_HEADER_AR,
	CONFIG_HEADER_BOTH, /* "SPF,AR": the second goes out with the message's next request */
	CONFIG_HEADER_NONE,
};

/* Private_Clients */
enum config_private {
	CONFIG_PRIVATE_MARK,  /* not judged: the header says so */
	CONFIG_PRIVATE_JUDGE, /* like any other client */
	CONFIG_PRIVATE_DEFER, /* not judged, and deferred */
};

/* Leave_To_DMARC: whose fails become headers. */
enum config_leave {
	CONFIG_LEAVE_NO,	/* nobody's */
	CONFIG_LEAVE_ENFORCED,	/* of domains whose policy is quarantine or reject */
	CONFIG_LEAVE_PUBLISHED, /* of all that have a policy */
};

struct domain_policy {
	char *domain;
	enum config_reject reject;
};

/* The longest domains first: the first that matches is the nearest. */
struct domain_policy_list {
	struct domain_policy *items;
	size_t count;
};

struct arena;
struct user_settings; /* the Per_User file, read and checked at start */

struct config {
	/* The options of policyd-spf: its manual's meaning, where its code differs. */
	int debug_level; /* -1..5 */
	bool enforce;	 /* TestOnly = 1 (default); 0 = test mode */
	enum config_reject helo_reject;
	enum config_reject mail_from_reject;
	bool permerror_reject;
	bool temperror_defer;
	bool no_mail;
	enum config_leave leave_to_dmarc;
	struct domain_list reject_not_pass_domains;
	struct network_list skip_addresses;
	struct network_list whitelist;
	struct domain_list domain_whitelist;
	struct domain_list helo_whitelist;
	struct domain_list domain_whitelist_ptr;
	int lookup_time_s;	     /* 1..90, whole request */
	int whitelist_lookup_time_s; /* 1..90 */
	int void_limit;		     /* 0..10 */
	bool enhanced_status_codes;
	enum config_header header_type;
	const char *authserv_id; /* NULL = host_name */
	bool hide_receiver;
	const char *reason_message; /* valid (reason_message.h) */
	struct address prospective; /* AF_UNSPEC = off */
	/* The access(5) action for a result of an identity, NULL = none: HELO_pass_restriction,
	 * Mail_From_pass_restriction, and ours for the other results. */
	const char *restriction[SPF_IDENTITY_COUNT][SPF_RESULT_COUNT];
	const char *per_user; /* "text,/path"; NULL = off */

	/* Our own. */
	const char *dns_servers; /* "" = resolv.conf */
	bool prefetch;
	int prefetch_max; /* 1..100 */
	struct log_target log;
	const char *log_ident;
	struct client_pair_list whitelist_for;
	enum config_private private_clients;
	bool skip_authenticated;
	struct domain_list skip_senders;
	struct domain_list skip_recipients;
	struct domain_policy_list domain_policy;
	bool sandbox;

	const struct user_settings *users; /* NULL = none */
	const char *host_name; /* of this machine, not a setting; "unknown" if it has none
					      (RFC 7208 section 7.3) */
	const char *file;      /* the settings that were read; NULL = there was no file */
	struct arena *memory;  /* owns all that the members above point to */
};

/*
 * Takes one error or notice about the settings. `origin` is a file name or "-o"; `line` is 0 when there
 * is none.
 */
typedef void config_sink(void *arg, const char *origin, unsigned line, const char *message);

#endif
