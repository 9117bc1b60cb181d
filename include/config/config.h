/* SPDX-License-Identifier: MIT */
/*
 * The settings: what an operator may say, and what the program then knows.
 *
 * The format is that of policyd-spf.conf: `Name = value`, "#" comments, names and keywords
 * without regard to case, lists separated by commas or blanks, the last setting of a name wins.
 * src/config/options.def is the one table of options: name, type, field, default, range, help. Reading,
 * checking, printing, the manual's and the sample file's tests all work from it.
 *
 * Everything is checked when it is read: an unknown name, a bad value, a missing file that was
 * asked for by name are errors with origin and line and, where there is one, the nearest right
 * word. Nothing is half applied: a configuration with an error is not used.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdio.h>

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
	/*
	 * policyd-spf's own options, same names, same meaning (its manual's, where its code
	 * differs)
	 */
	int debug_level; /* -1..5 */
	bool enforce;	 /* TestOnly = 1 (default); 0 = test mode */
	enum config_reject helo_reject;
	enum config_reject mail_from_reject;
	bool permerror_reject;
	bool temperror_defer;
	bool no_mail;
	struct domain_list reject_not_pass_domains;
	struct network_list skip_addresses;
	struct network_list whitelist;
	struct domain_list domain_whitelist;
	struct domain_list helo_whitelist;
	struct domain_list domain_whitelist_ptr;
	int lookup_time_s;	     /* 1..90, whole request */
	int whitelist_lookup_time_s; /* 1..90 */
	int void_limit;		     /* 0..10, default 2 */
	bool enhanced_status_codes;
	enum config_header header_type;
	const char *authserv_id; /* NULL = the host's name */
	bool hide_receiver;
	const char *reason_message;				       /* template, checked */
	struct address prospective;				       /* AF_UNSPEC = off */
	const char *restriction[SPF_IDENTITY_COUNT][SPF_RESULT_COUNT]; /* access(5) action for that
						   result of that identity; NULL = none.
						   HELO_pass_restriction, Mail_From_pass_restriction
						   and our HELO_fail_restriction, ... */
	const char *per_user; /* "text,/path"; NULL = off */

	/* ours */
	const char *dns_servers; /* "" = resolv.conf */
	bool prefetch;
	int prefetch_max; /* 1..100, default 32 */
	enum log_destination log;
	const char *log_ident;
	bool skip_authenticated;
	struct domain_list skip_senders;	 /* Skip_Senders */
	struct domain_list skip_recipients;	 /* Skip_Recipients */
	struct domain_policy_list domain_policy; /* Domain_Policy = example.com:SPF_Not_Pass ... */
	bool sandbox;

	const struct user_settings *users; /* NULL = none */
	struct arena *memory;		   /* owns all that the members above point to */
};

/* Called once per mistake; `origin` is a file name or "-o"; `line` is 0 when there is none. */
typedef void config_complain(void *arg, const char *origin, unsigned line, const char *message);

struct config_source {
	const char *file;	     /* -c; NULL = the default file if it exists */
	const char *const *settings; /* -o "Name = value", in order */
	size_t settings_count;
	config_complain *complain; /* mistakes */
	config_complain
		*notice; /* accepted but without effect here (milter-only, deprecated names);
					   NULL = silent */
	void *arg;
};

/*
 * The settings from built-in defaults, then the file, then the -o settings. NULL when there was any
 * mistake (all of them have been reported). Release with config_destroy().
 */
struct config *config_load(const struct config_source *source);
void config_destroy(struct config *config); /* NULL allowed */

/*
 * The settings that hold for this recipient (Per_User): `config` itself when there are none.
 * Borrowed from config.
 */
const struct config *config_for_recipient(const struct config *config, struct span recipient);

/* Prints "Name = value" lines that config_load() reads back to the same settings. */
void config_print(const struct config *config, bool all, FILE *out);

#endif
