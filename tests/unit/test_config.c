/* SPDX-License-Identifier: MIT */
/*
 * The configuration from file and arguments to struct config and back: every option, every kind of
 * mistake with its words, settings by recipient, and that what is printed reads back to the same.
 */
#include "config/config_load.h"
#include "config/config_print.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "config/config_users.h"
#include "config/config_word.h"
#include "config/option.h"

enum { ARGUMENTS_MAX = 16 };

static char folder[] = "/tmp/spfpolicyd-unit-XXXXXX";
static char file_path[64], users_path[64];
static char said[16384]; /* "E line: message" and "N line: message" lines */

static void remember(const char *kind, const char *origin, unsigned line, const char *message)
{
	size_t used = strlen(said);
	const char *slash = strrchr(origin, '/');

	snprintf(said + used, sizeof(said) - used, "%s %s:%u: %s\n", kind,
		 slash ? slash + 1 : origin, line, message);
}

static void error(void *arg, const char *origin, unsigned line, const char *message)
{
	assert_ptr_equal(arg, said);
	remember("E", origin, line, message);
}

static void notice(void *arg, const char *origin, unsigned line, const char *message)
{
	assert_ptr_equal(arg, said);
	remember("N", origin, line, message);
}

static void write_bytes(const char *path, const char *data, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void write_file(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

static struct config *load_path(const char *path, const char *const *settings)
{
	struct config_source source = {
		.file = path,
		.settings = settings,
		.error = error,
		.notice = notice,
		.arg = said,
	};

	while (settings && settings[source.settings_count])
		source.settings_count++;
	said[0] = '\0';
	return config_load(&source);
}

static struct config *load(const char *text)
{
	write_file(file_path, text);
	return load_path(file_path, NULL);
}

/* Loads what must be right, without so much as a notice. */
static struct config *load_right(const char *text)
{
	struct config *config = load(text);

	if (!config || said[0])
		fail_msg("%s", said);
	return config;
}

static struct config *load_argument(const char *setting)
{
	const char *const settings[] = { setting, NULL };

	write_file(file_path, "");
	return load_path(file_path, settings);
}

static char *printed(const struct config *config, bool all)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	config_print(config, all, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_prints(const struct config *config, const char *want)
{
	char *got = printed(config, false);

	assert_string_equal(got, want);
	free(got);
}

static void config_without_a_file_has_the_defaults(void **state)
{
	struct config *config = load_right("");
	struct address client;

	(void)state;
	assert_int_equal(config->debug_level, 1);
	assert_true(config->enforce);
	assert_int_equal(config->helo_reject, CONFIG_FAIL);
	assert_int_equal(config->mail_from_reject, CONFIG_FAIL);
	assert_false(config->permerror_reject);
	assert_false(config->temperror_defer);
	assert_false(config->no_mail);
	assert_int_equal(config->lookup_time_s, 20);
	assert_int_equal(config->whitelist_lookup_time_s, 10);
	assert_int_equal(config->void_limit, 2);
	assert_true(config->enhanced_status_codes);
	assert_int_equal(config->header_type, CONFIG_HEADER_SPF);
	assert_null(config->authserv_id);
	assert_false(config->hide_receiver);
	assert_non_null(config->reason_message);
	assert_int_equal(config->prospective.family, AF_UNSPEC);
	assert_null(config->per_user);
	assert_string_equal(config->dns_servers, "");
	assert_true(config->prefetch);
	assert_int_equal(config->prefetch_max, 32);
	assert_int_equal(config->log.destination, LOG_TO_AUTO);
	assert_string_equal(config->log_ident, "policyd-spf");
	assert_true(config->skip_authenticated);
	assert_true(config->sandbox);
	assert_null(config->users);
	for (int identity = 0; identity < SPF_IDENTITY_COUNT; identity++)
		for (int result = 0; result < SPF_RESULT_COUNT; result++)
			assert_null(config->restriction[identity][result]);
	assert_int_equal(config->skip_addresses.count, 2);
	assert_true(address_parse(span_of("::ffff:127.9.9.9"), &client));
	assert_true(network_list_match(&config->skip_addresses, &client));
	assert_int_equal(config->skip_senders.count + config->skip_recipients.count +
				 config->domain_policy.count + config->whitelist.count,
			 0);
	assert_prints(config, "");
	config_destroy(config);
	config_destroy(NULL);
}

/* A setting, and what is printed for it: the same option in its canonical form. */
static void config_takes_every_option(void **state)
{
	static const struct {
		const char *setting, *print;
	} rows[] = {
		{ "debuglevel = -1", "debugLevel = -1\n" },
		{ "TESTONLY=0", "TestOnly = 0\n" },
		{ "HELO_reject = spf_not_pass", "HELO_reject = SPF_Not_Pass\n" },
		{ "HELO_reject = SOFTFAIL", "HELO_reject = Softfail\n" },
		{ "HELO_reject = null", "HELO_reject = Null\n" },
		{ "HELO_reject = false", "HELO_reject = False\n" },
		{ "HELO_reject = No_Check", "HELO_reject = No_Check\n" },
		{ "Mail_From_reject = No_Check", "Mail_From_reject = No_Check\n" },
		{ "Mail-From-reject = Softfail", "Mail_From_reject = Softfail\n" },
		{ "PermError_reject = TRUE", "PermError_reject = Yes\n" },
		{ "TempError_Defer = on", "TempError_Defer = Yes\n" },
		{ "No_Mail = 1", "No_Mail = Yes\n" },
		{ "Hide_Receiver = yes", "Hide_Receiver = Yes\n" },
		{ "SPF_Enhanced_Status_Codes = no", "SPF_Enhanced_Status_Codes = No\n" },
		{ "Skip_Authenticated = off", "Skip_Authenticated = No\n" },
		{ "Prefetch = 0", "Prefetch = No\n" },
		{ "Sandbox = False", "Sandbox = No\n" },
		{ "Reject_Not_Pass_Domains = AOL.com, hotmail.com",
		  "Reject_Not_Pass_Domains = aol.com,hotmail.com\n" },
		{ "Domain_Policy = a.test:softfail b.a.test:FALSE,c.test:No_Check",
		  "Domain_Policy = b.a.test:False,a.test:Softfail,c.test:No_Check\n" },
		{ "skip_addresses =", "skip_addresses =\n" },
		{ "skip_addresses = None", "skip_addresses =\n" },
		{ "skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1", "" },
		{ "Whitelist = 192.168.0.0/31\t,192.168.1.12",
		  "Whitelist = 192.168.0.0/31,192.168.1.12\n" },
		{ "Whitelist = 2001:DB8:0::/32 10.0.0.0/255.0.0.0",
		  "Whitelist = 2001:db8::/32,10.0.0.0/8\n" },
		{ "Domain_Whitelist = pobox.com,trustedforwarder.org",
		  "Domain_Whitelist = pobox.com,trustedforwarder.org\n" },
		{ "HELO_Whitelist = Relay.Example.com", "HELO_Whitelist = relay.example.com\n" },
		{ "Domain_Whitelist_PTR = .yahoo.com", "Domain_Whitelist_PTR = yahoo.com\n" },
		{ "Skip_Senders = A@Example.com @b.test", "Skip_Senders = a@example.com,b.test\n" },
		{ "Skip_Recipients = postmaster@example.com",
		  "Skip_Recipients = postmaster@example.com\n" },
		{ "Lookup_Time = 90", "Lookup_Time = 90\n" },
		{ "Whitelist_Lookup_Time = +1", "Whitelist_Lookup_Time = 1\n" },
		{ "Void_Limit = 0", "Void_Limit = 0\n" },
		{ "Header_Type = ar", "Header_Type = AR\n" },
		{ "Header_Type = SPF, AR", "Header_Type = SPF,AR\n" },
		{ "Header_Type = AR SPF", "Header_Type = SPF,AR\n" },
		{ "Header_Type = spf,SPF", "" },
		{ "Header_Type = none", "Header_Type = None\n" },
		{ "Authserv_Id = mx.example.com", "Authserv_Id = mx.example.com\n" },
		{ "Authserv_Id = hostname", "" },
		{ "Authserv_Id =", "" },
		{ "Reason_Message = Message {rejectdefer} due to: {spf}. Please see {url}",
		  "Reason_Message = Message {rejectdefer} due to: {spf}. Please see {url}\n" },
		{ "Reason_Message = \"no # \\\"way\\\" \\\\o\"",
		  "Reason_Message = \"no # \\\"way\\\" \\\\o\"\n" },
		{ "Reason_Message = \" wide \"", "Reason_Message = \" wide \"\n" },
		{ "Reason_Message = \"\\\"quoted\\\"\"", "Reason_Message = \"\\\"quoted\\\"\"\n" },
		{ "Reason_Message = a = b", "Reason_Message = a = b\n" },
		{ "Prospective = 192.168.0.4", "Prospective = 192.168.0.4\n" },
		{ "Prospective = ::FFFF:192.0.2.1", "Prospective = 192.0.2.1\n" },
		{ "Prospective = none", "" },
		{ "HELO_pass_restriction = spf_fin, passed_spf",
		  "HELO_pass_restriction = spf_fin, passed_spf\n" },
		{ "HELO_fail_restriction = HOLD", "HELO_fail_restriction = HOLD\n" },
		{ "Mail_From_temperror_restriction = none", "" },
		{ "Mail_From_none_restriction = PREPEND X-Spf: \"none\"",
		  "Mail_From_none_restriction = PREPEND X-Spf: \"none\"\n" },
		{ "DNS_Servers = 127.0.0.1, 127.0.0.1:5353 [::1]:53,[::1] 2001:DB8::1",
		  "DNS_Servers = 127.0.0.1,127.0.0.1:5353,[::1]:53,[::1],2001:DB8::1\n" },
		{ "DNS_Servers = none", "" },
		{ "Prefetch_Max = 100", "Prefetch_Max = 100\n" },
		{ "Whitelist_For = Corp.example:203.0.113.0/24, *:198.51.100.7 .b.test:2001:DB8::/32",
		  "Whitelist_For = corp.example:203.0.113.0/24,*:198.51.100.7,b.test:2001:db8::/32\n" },
		{ "Whitelist_For = corp.example:::1", "Whitelist_For = corp.example:::1\n" },
		{ "Whitelist_For = none", "" },
		{ "Leave_To_DMARC = published", "Leave_To_DMARC = Published\n" },
		{ "Leave_To_DMARC = off", "" },
		{ "Private_Clients = defer", "Private_Clients = Defer\n" },
		{ "Private_Clients = MARK", "" },
		{ "Log = STDERR", "Log = stderr\n" },
		{ "Log = none", "Log = none\n" },
		{ "Log = Auto", "" },
		{ "Log = POSTLOG", "Log = postlog\n" },
		{ "Log = Postlog:/var/spool/postfix/public/postlog",
		  "Log = postlog:/var/spool/postfix/public/postlog\n" },
		{ "Log = /var/log/spf/spf.log", "Log = /var/log/spf/spf.log\n" },
		{ "Log_Ident = postfix/policyd-spf", "Log_Ident = postfix/policyd-spf\n" },
		{ "Per_User = none", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *config = load_right(rows[i].setting);

		assert_prints(config, rows[i].print);
		config_destroy(config);
		config = load_argument(rows[i].setting);
		assert_non_null(config);
		assert_prints(config, rows[i].print);
		config_destroy(config);
	}
}

static void config_restrictions_go_to_their_identity_and_result(void **state)
{
	static const char *const identities[] = {
		[SPF_HELO] = "HELO", [SPF_MAILFROM] = "Mail_From"
	};
	static const char *const results[SPF_RESULT_COUNT] = {
		[SPF_NONE] = "none",	       [SPF_NEUTRAL] = "neutral",
		[SPF_PASS] = "pass",	       [SPF_FAIL] = "fail",
		[SPF_SOFTFAIL] = "softfail",   [SPF_TEMPERROR] = "temperror",
		[SPF_PERMERROR] = "permerror",
	};

	(void)state;
	for (size_t identity = 0; identity < SPF_IDENTITY_COUNT; identity++) {
		for (size_t result = 0; result < SPF_RESULT_COUNT; result++) {
			char setting[80];
			struct config *config;

			snprintf(setting, sizeof(setting), "%s_%s_restriction = greylist",
				 identities[identity], results[result]);
			config = load_right(setting);
			for (size_t other = 0; other < SPF_RESULT_COUNT; other++) {
				assert_null(config->restriction[!identity][other]);
				if (other == result)
					assert_string_equal(config->restriction[identity][other],
							    "greylist");
				else
					assert_null(config->restriction[identity][other]);
			}
			config_destroy(config);
		}
	}
}

static void config_names_each_mistake(void **state)
{
	static const struct {
		const char *setting, *says;
	} rows[] = {
		{ "HELO_reject = fial", "HELO_reject = fial: did you mean Fail?" },
		{ "HELO_rejct = Fail", "Unknown option HELO_rejct: did you mean HELO_reject?" },
		{ "zzz = 1", "Unknown option zzz\n" },
		{ "HELO_reject", "HELO_reject: \"=\" is missing" },
		{ "= 1", "the name before \"=\" is missing" },
		{ "HELO_reject =",
		  "HELO_reject = : use False (check, reject nothing) or No_Check" },
		{ "HELO_reject = No",
		  "use False (check, reject nothing) or No_Check (do not check)" },
		{ "HELO_reject = Yes", "use Fail, Softfail or SPF_Not_Pass" },
		{ "HELO_reject = xyzzy",
		  "use SPF_Not_Pass, Softfail, Fail, Null, False or No_Check" },
		{ "Mail_From_reject = Null", "Null is for HELO_reject only" },
		{ "Mail_From_reject = xyzzy",
		  "use SPF_Not_Pass, Softfail, Fail, False or No_Check" },
		{ "TestOnly = Yes", "use 0 (test mode, nothing is rejected) or 1 (normal)" },
		{ "TestOnly = 2", "use 0" },
		{ "PermError_reject = maybe", "use Yes or No" },
		{ "No_Mail =", "use Yes or No" },
		{ "debugLevel = -2", "is out of range; use -1 to 5" },
		{ "debugLevel = high", "is not a number; use -1 to 5" },
		{ "debugLevel =", "is not a number" },
		{ "debugLevel = -", "is not a number" },
		{ "Lookup_Time = 0", "is out of range; use 1 to 90" },
		{ "Lookup_Time = 91", "is out of range; use 1 to 90" },
		{ "Lookup_Time = 4294967316", "is out of range; use 1 to 90" },
		{ "Lookup_Time = 20s", "is not a number; use 1 to 90" },
		{ "Void_Limit = 11", "is out of range; use 0 to 10" },
		{ "Prefetch_Max = 101", "is out of range; use 1 to 100" },
		{ "skip_addresses = 127.0.0.1,foo,::1",
		  "skip_addresses: \"foo\" is not an address or network" },
		{ "skip_addresses = $mynetworks",
		  "\"$mynetworks\" is a parameter of Postfix, write its value" },
		{ "Whitelist = ::1//128", "\"::1//128\" is not an address or network: write one" },
		{ "Whitelist = cidr:/etc/postfix/x", "is a file or a table" },
		{ "Whitelist = /etc/postfix/x", "is a file or a table" },
		{ "Whitelist = 192.168.1.", "write 192.0.2.0/24 for what begins with" },
		{ "Whitelist = !10.0.0.1", "no exceptions in lists" },
		{ "Whitelist = 10.0.0.1, \\", "a list stands on one line" },
		{ "Whitelist = 10.0.0.0/33",
		  "Whitelist: \"10.0.0.0/33\" is not an address or network" },
		{ "Domain_Whitelist = a.test,*.b.test",
		  "Domain_Whitelist: \"*.b.test\" a domain matches" },
		{ "HELO_Whitelist = 192.0.2.1", "\"192.0.2.1\" is an address, not a domain" },
		{ "Skip_Senders = a..b", "\"a..b\" is not a domain" },
		{ "Domain_Policy = a.test", "\"a.test\" is not domain:Keyword" },
		{ "Domain_Policy = :Fail", "is not a domain" },
		{ "Domain_Policy = u@a.test:Fail", "\"u@a.test\" is a mail address" },
		{ "Domain_Policy = a.test:fial", "a.test:fial: did you mean Fail?" },
		{ "Domain_Policy = a.test:", "a.test:: use SPF_Not_Pass" },
		{ "Domain_Policy = a.test:Null",
		  "use SPF_Not_Pass, Softfail, Fail, False or No_Check" },
		{ "Header_Type = ARR", "did you mean AR?" },
		{ "Whitelist_For = corp.example", "\"corp.example\" is not domain:network" },
		{ "Whitelist_For = a@corp.example:192.0.2.1",
		  "\"a@corp.example\" is a mail address" },
		{ "Whitelist_For = *.corp.example:192.0.2.1", "write it without" },
		{ "Whitelist_For = corp.example:192.0.2.0/33",
		  "\"192.0.2.0/33\" is not an address or network" },
		{ "Leave_To_DMARC = Yes", "use No, Enforced or Published" },
		{ "Private_Clients = No", "use Mark, Judge or Defer" },
		{ "Header_Type = SPF,foo", "use SPF, AR, SPF,AR or None" },
		{ "Header_Type =", "use SPF, AR, SPF,AR or None" },
		{ "Authserv_Id = mx example", "use a name like mx.example.com" },
		{ "Authserv_Id = a;b", "use a name like mx.example.com" },
		{ "Reason_Message =", "is empty" },
		{ "Reason_Message = {nope}", "Reason_Message = {nope}: " },
		{ "Reason_Message = caf\xc3\xa9", "holds a byte that is not printable ASCII" },
		{ "Reason_Message = a\tb", "holds a byte that is not printable ASCII" },
		{ "Whitelist = 10.0.0.1\x01", "holds a byte that is not printable ASCII" },
		{ "Prospective = 192.0.2.1/32", "is not an IP address" },
		{ "HELO_pass_restriction = OK",
		  "HELO_pass_restriction = OK: would accept the mail" },
		{ "DNS_Servers = localhost",
		  "\"localhost\" is not address, address:port or [v6]:port" },
		{ "DNS_Servers = 127.0.0.1:0", "\"127.0.0.1:0\"" },
		{ "DNS_Servers = 127.0.0.1:65536", "\"127.0.0.1:65536\"" },
		{ "DNS_Servers = 127.0.0.1:", "\"127.0.0.1:\"" },
		{ "DNS_Servers = 127.0.0.1:5x", "\"127.0.0.1:5x\"" },
		{ "DNS_Servers = [::1", "\"[::1\"" },
		{ "DNS_Servers = [::1]53", "\"[::1]53\"" },
		{ "DNS_Servers = [127.0.0.1]:53", "\"[127.0.0.1]:53\"" },
		{ "DNS_Servers = "
		  "1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5,6.6.6.6,7.7.7.7,8.8.8.8,9.9.9.9",
		  "DNS_Servers: more than 8 servers" },
		{ "DNS_Servers = ::1:99999", "\"::1:99999\"" },
		{ "Log = sylog", "did you mean syslog?" },
		{ "Log = file", "use auto, syslog, postlog, postlog:/path, /path, stderr or none" },
		{ "Log = postlog:path", "did you mean postlog:/path?" },
		{ "Log_Ident =", "is empty" },
		{ "Log_Ident = a b", "must not hold spaces" },
		{ "Log_Ident = abcdefghijklmnopqrstuvwxyzabcdefg", "is longer than 32 bytes" },
		{ "Log_Ident = \"a", "the closing quote is missing" },
		{ "Log_Ident = \"a\" b", "there is text after the closing quote" },
		{ "Per_User = /etc/users", "use text,/path/to/file" },
		{ "Per_User = db,/etc/users", "use text,/path/to/file" },
		{ "Per_User = text,users", "the path must begin with \"/\"" },
		{ "Per_User = text,", "the path must begin with \"/\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), "# first line\n%s\n", rows[i].setting);
		assert_null(load(text));
		if (strncmp(said, "E conf:2: ", 10) != 0 || !strstr(said, rows[i].says))
			fail_msg("%s: want \"%s\", got \"%s\"", rows[i].setting, rows[i].says,
				 said);
		assert_null(load_argument(rows[i].setting));
		if (strncmp(said, "E -o:0: ", 8) != 0 || !strstr(said, rows[i].says))
			fail_msg("%s: want \"%s\", got \"%s\"", rows[i].setting, rows[i].says,
				 said);
	}
	assert_null(load_argument("  "));
	assert_non_null(strstr(said, "the setting is empty"));
}

/* Loads a setting that ends in so many times "a". */
static struct config *load_long(const char *setting, size_t count)
{
	char text[1200] = "";
	size_t used = strlen(setting);

	assert_true(used + count < sizeof(text));
	memcpy(text, setting, used);
	memset(text + used, 'a', count);
	return load_argument(text);
}

static void config_values_have_a_longest(void **state)
{
	struct config *config = load_long("Authserv_Id = ", 253);

	(void)state;
	assert_non_null(config);
	assert_int_equal(strlen(config->authserv_id), 253);
	config_destroy(config);
	assert_null(load_long("Authserv_Id = ", 254));
	assert_non_null(strstr(said, "is longer than 253 bytes"));
	/* Such a path is taken, and then there is no such file. */
	assert_null(load_long("Per_User = text,/", 1023));
	assert_non_null(strstr(said, "Per_User: File name too long"));
	assert_null(load_long("Per_User = text,/", 1024));
	assert_non_null(strstr(said, "the path is longer than 1024 bytes"));
	assert_null(load_long("DNS_Servers = 127.0.0.1,", 128));
	assert_non_null(strstr(said, "...\" is not address, address:port or [v6]:port"));
}

static void config_reports_all_mistakes_at_once(void **state)
{
	(void)state;
	assert_null(load("HELO_reject = x\n\nFoo = 1\r\nWhitelist = a,b\nLookup_Time=0"));
	assert_string_equal(said, "E conf:1: HELO_reject = x: use SPF_Not_Pass, Softfail, Fail, "
				  "Null, False or No_Check\n"
				  "E conf:3: Unknown option Foo\n"
				  "E conf:4: Whitelist: \"a\" is not an address or network\n"
				  "E conf:4: Whitelist: \"b\" is not an address or network\n"
				  "E conf:5: Lookup_Time = 0: is out of range; use 1 to 90\n");
}

static void config_shows_foreign_bytes_as_printable(void **state)
{
	char text[5000];

	(void)state;
	assert_null(load("HELO_reject = \x1b[31mfial\n"));
	assert_string_equal(said, "E conf:1: HELO_reject = \\x1b[31mfial: "
				  "holds a byte that is not printable ASCII\n");
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_null(load(text));
	assert_true(strlen(said) < 200);
	assert_non_null(strstr(said, "..."));
	memcpy(text, "Domain_Whitelist = ", 19);
	assert_null(load(text));
	assert_true(strlen(said) < 200);
}

static void config_notes_what_has_no_effect(void **state)
{
	static const struct {
		const char *text, *says, *print;
	} rows[] = {
		{ "Mock = True", "Mock has no effect: ", "" },
		{ "Mock =", "Mock has no effect: ", "" },
		{ "QueueID = False", "QueueID has no effect: ", "" },
		{ "Socket = local:/run/x", "Socket has no effect: an option of the milter", "" },
		{ "PidFile = /run/x", "PidFile has no effect: an option of the milter", "" },
		{ "UserID = nobody", "UserID has no effect: an option of the milter", "" },
		{ "UMask = 007", "UMask has no effect: an option of the milter", "" },
		{ "InternalHosts = 127.0.0.1", "here it is skip_addresses", "" },
		{ "IntHosts = 127.0.0.1", "here it is skip_addresses", "" },
		{ "MacroList = daemon_name|\xc3\xa9", "MacroList has no effect", "" },
		{ "defaultSeedOnly = 0", "defaultSeedOnly is the old name of TestOnly",
		  "TestOnly = 0\n" },
		{ "debugLevel = 9", "debugLevel = 9: the highest level is 5", "debugLevel = 5\n" },
		{ "Whitelist = 192.0.2.5/24",
		  "\"192.0.2.5/24\" has host bits set, it means 192.0.2.0/24",
		  "Whitelist = 192.0.2.0/24\n" },
		{ "No_Mail = Yes\n#\nNo_mail = No", "No_Mail is set again, line 1 has no effect",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *config = load(rows[i].text);

		if (!config || strncmp(said, "N conf:", 7) != 0 || !strstr(said, rows[i].says))
			fail_msg("%s: want \"%s\", got \"%s\"", rows[i].text, rows[i].says, said);
		assert_prints(config, rows[i].print);
		config_destroy(config);
	}
}

static void config_arguments_win_over_the_file(void **state)
{
	static const char *const settings[] = { "Log = none", "Lookup_Time=7", "Log_Ident = a#b",
						"log=stderr", NULL };
	struct config *config;

	(void)state;
	write_file(file_path, "Log = syslog\nLookup_Time = 5\nVoid_Limit = 3\n");
	config = load_path(file_path, settings);
	assert_string_equal(said, "");
	assert_int_equal(config->log.destination, LOG_TO_STDERR);
	assert_int_equal(config->lookup_time_s, 7);
	assert_int_equal(config->void_limit, 3);
	assert_string_equal(config->log_ident, "a#b");
	config_destroy(config);
}

static void config_can_be_loaded_without_listeners(void **state)
{
	struct config_source source = { .file = file_path };

	(void)state;
	write_file(file_path, "Mock = True\nHELO_reject = x\n");
	assert_null(config_load(&source));
}

static void config_without_a_default_file_is_the_defaults(void **state)
{
	struct config *config;

	(void)state;
	if (access(SYSCONFDIR "/spfpolicyd/spfpolicyd.conf", F_OK) == 0)
		skip();
	config = load_path(NULL, NULL);
	assert_string_equal(said, "");
	assert_prints(config, "");
	config_destroy(config);
}

static void config_file_that_is_none_is_an_error(void **state)
{
	static char big[(1 << 20) + 2];
	char path[96];

	(void)state;
	assert_null(load_path(folder, NULL));
	assert_non_null(strstr(said, "is not a regular file"));
	assert_null(load_path("/dev/null", NULL));
	assert_non_null(strstr(said, "is not a regular file"));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(load_path(path, NULL));
	assert_string_equal(said, "E fifo:0: is not a regular file\n");
	assert_int_equal(unlink(path), 0);
	assert_null(load_path(path, NULL));
	assert_string_equal(said, "E fifo:0: No such file or directory\n");
	/* A regular file, but nothing is mapped where it begins. */
	assert_null(load_path("/proc/self/mem", NULL));
	assert_string_equal(said, "E mem:0: Input/output error\n");

	write_bytes(file_path, "Log = none\nLog = no\0ne\n", 23);
	assert_null(load_path(file_path, NULL));
	assert_string_equal(said, "E conf:2: the line holds a NUL byte: this is not a text file\n");

	memset(big, '#', sizeof(big));
	write_bytes(file_path, big, 65536);
	config_destroy(load_path(file_path, NULL));
	assert_string_equal(said, "");
	write_bytes(file_path, big, 65537);
	assert_null(load_path(file_path, NULL));
	assert_string_equal(said, "E conf:1: the line is longer than 65536 bytes\n");

	memset(big, '\n', sizeof(big));
	write_bytes(file_path, big, 1 << 20);
	config_destroy(load_path(file_path, NULL));
	assert_string_equal(said, "");
	write_bytes(file_path, big, (1 << 20) + 1);
	assert_null(load_path(file_path, NULL));
	assert_string_equal(said, "E conf:0: is larger than 1 MiB\n");
}

static void config_file_from_elsewhere_is_read(void **state)
{
	struct config *config = load_right("\xef\xbb\xbf"
					   "Log = none\r\n\r\n  # \xff comment\r\nLookup_Time = 5");

	(void)state;
	assert_prints(config, "Lookup_Time = 5\nLog = none\n");
	config_destroy(config);
}

static void assert_round_trip(const struct config *config)
{
	char *all = printed(config, true), *again;
	struct config *copy = load_right(all);

	again = printed(copy, true);
	assert_string_equal(again, all);
	free(again);
	free(all);
	config_destroy(copy);
}

static void config_print_reads_back_to_the_same(void **state)
{
	struct config *config = load_right("");

	(void)state;
	assert_round_trip(config);
	config_destroy(config);
	write_file(users_path, "a@b.test,TestOnly=0\n");
	config = load_right(
		"debugLevel = 5\nTestOnly = 0\nHELO_reject = Null\nMail_From_reject = "
		"SPF_Not_Pass\n"
		"PermError_reject = True\nTempError_Defer = True\nNo_Mail = True\n"
		"Reject_Not_Pass_Domains = aol.com,b\xc3\xbc"
		"cher.example\nDomain_Policy = x.test:False\n"
		"skip_addresses = none\nWhitelist = 10.0.0.0/8,2001:db8::/32,192.0.2.1\n"
		"Domain_Whitelist = a.test\nHELO_Whitelist = h.a.test\nDomain_Whitelist_PTR = "
		"p.test\n"
		"Skip_Authenticated = No\nSkip_Senders = s@a.test\nSkip_Recipients = r.test\n"
		"Lookup_Time = 1\nWhitelist_Lookup_Time = 90\nVoid_Limit = 10\n"
		"SPF_Enhanced_Status_Codes = No\nHeader_Type = AR,SPF\nAuthserv_Id = mx.test\n"
		"Hide_Receiver = Yes\nReason_Message = \" # \\\" \\\\ {spf} {{x\"\nProspective = "
		"2001:db8::1\n"
		"HELO_pass_restriction = a, b\nMail_From_fail_restriction = \"550 5.7.1 no # "
		"way\"\n"
		"DNS_Servers = [::1]:5353\nPrefetch = No\nPrefetch_Max = 1\nLog = "
		"stderr\nLog_Ident = x\n"
		"Sandbox = No\n");
	assert_round_trip(config);
	config_destroy(config);
}

static const struct option *find_option(const char *name)
{
	char line[64], *cursor = line;
	struct config_report report = { .errors = 0 };
	struct span value;

	snprintf(line, sizeof(line), "%s=1", name);
	return option_next(CONFIG_LINE_FILE, &cursor, line + strlen(line), &value, &report);
}

static void option_table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i], *found = find_option(option->name);

		if (option->alias_of) {
			assert_string_equal(found->name, option->alias_of);
			continue;
		}
		assert_ptr_equal(found, option);
		assert_true(strlen(option->help) > 0);
		if (option->type == &config_type_INT)
			assert_true(option->low < option->high);
	}
	assert_null(find_option(""));
	assert_null(find_option("Log_"));
	assert_null(find_option("Lo"));
}

/* With a Per_User file of this text. */
static struct config *load_users(const char *text)
{
	const char *settings[2] = { NULL, NULL };
	char setting[96];

	write_file(users_path, text);
	write_file(file_path, "HELO_reject = Softfail\nVoid_Limit = 3\n");
	snprintf(setting, sizeof(setting), "Per_User = text,%s", users_path);
	settings[0] = setting;
	return load_path(file_path, settings);
}

static const struct config *settings_of(const struct config *config, const char *recipient)
{
	return config_for_recipient(config, span_of(recipient));
}

static void config_for_recipient_takes_the_first_line_that_matches(void **state)
{
	struct config *config = load_users("# comment\n\n"
					   "Boss@Example.com , Lookup_Time=1\n"
					   "*-list@example.com,Lookup_Time=2\n"
					   "a*c*e@x.test,Lookup_Time=3\n"
					   "example.com,Lookup_Time=4 # everybody else\n"
					   "boss@example.com,Lookup_Time=5\n"
					   "@sub.test,Lookup_Time=6\n"
					   "same@x.test,\n"
					   "*,Lookup_Time=7\n");
	static const struct {
		const char *recipient;
		int lookup_time_s;
	} rows[] = {
		{ "boss@example.com", 1 },     { "BOSS@EXAMPLE.COM", 1 },
		{ "boss@sub.example.com", 4 }, { "dev-list@example.com", 2 },
		{ "dev-LIST@Example.com", 2 }, { "dev-list@example.com.", 4 },
		{ "ace@x.test", 3 },	       { "abcde@x.test", 3 },
		{ "abde@x.test", 7 },	       { "abcdec@x.test", 7 },
		{ "x@example.com", 4 },	       { "x@notexample.com", 7 },
		{ "x@sub.test", 6 },	       { "x@a.sub.test", 6 },
		{ "same@x.test", 20 },	       { "", 7 },
	};

	(void)state;
	assert_string_equal(said, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int got = settings_of(config, rows[i].recipient)->lookup_time_s;

		if (got != rows[i].lookup_time_s)
			fail_msg("%s: want %d, got %d", rows[i].recipient, rows[i].lookup_time_s,
				 got);
	}
	config_destroy(config);
}

static void config_for_recipient_is_the_global_one_without_a_match(void **state)
{
	struct config *config = load_users("a@b.test,TestOnly=0\n");

	(void)state;
	assert_ptr_equal(settings_of(config, "x@b.test"), config);
	assert_ptr_equal(settings_of(config, ""), config);
	config_destroy(config);
	config = load_right("");
	assert_ptr_equal(settings_of(config, "a@b.test"), config);
	config_destroy(config);
}

static void config_for_recipient_has_the_global_settings_and_its_own(void **state)
{
	struct config *config = load_users(
		"a@b.test,HELO_reject=No_Check| TestOnly = 0 "
		"|Reason_Message=\"a|b#c\"|Whitelist=10.0.0.1,10.0.0.2\n"
		"c@b.test,HELO_reject=No_Check| TestOnly = 0 "
		"|Reason_Message=\"a|b#c\"|Whitelist=10.0.0.1,10.0.0.2\n"
		"d@b.test,defaultSeedOnly=0|Authserv-Id=mx.b.test|Mock=1\n");
	const struct config *a, *d;

	(void)state;
	assert_non_null(config);
	a = settings_of(config, "a@b.test");
	d = settings_of(config, "d@b.test");
	assert_ptr_equal(settings_of(config, "c@b.test"), a);
	assert_int_equal(a->helo_reject, CONFIG_NO_CHECK);
	assert_false(a->enforce);
	assert_string_equal(a->reason_message, "a|b#c");
	assert_int_equal(a->whitelist.count, 2);
	assert_int_equal(a->void_limit, 3);
	assert_int_equal(d->helo_reject, CONFIG_SOFTFAIL);
	assert_false(d->enforce);
	assert_string_equal(d->authserv_id, "mx.b.test");
	assert_true(config->enforce);
	assert_int_equal(config->whitelist.count, 0);
	config_destroy(config);
}

static void config_users_names_each_mistake(void **state)
{
	static const struct {
		const char *line, *says;
	} rows[] = {
		{ "a@b.test HELO_reject=Fail",
		  "the comma between recipient and settings is missing" },
		{ "a@b.test # x,y", "the comma between recipient and settings is missing" },
		{ ",HELO_reject=Fail", "\"\" is no recipient" },
		{ "a@b..test,HELO_reject=Fail", "\"a@b..test\" is not a domain" },
		{ "a@b.test,HELO_reject", "HELO_reject: \"=\" is missing" },
		{ "a@b.test,=Fail", "the name before \"=\" is missing" },
		{ "a@b.test,HELO_reject=fial|TestOnly=1",
		  "HELO_reject = fial: did you mean Fail?" },
		{ "a@b.test,TestOnly=1|HELO_rejct=Fail",
		  "Unknown option HELO_rejct: did you mean HELO_reject?" },
		{ "a@b.test,zzz=Fail", "Unknown option zzz\n" },
		{ "a@b.test,Log=none", "Log holds for all recipients: it cannot be set for some" },
		{ "a@b.test,DNS_Servers=127.0.0.1", "DNS_Servers holds for all recipients" },
		{ "a@b.test,Per_User=text,/x", "Per_User holds for all recipients" },
		{ "^a@b.test$,TestOnly=0", "is a regular expression" },
		{ ".*@b.test,TestOnly=0", "is a regular expression" },
		{ "/@b.test/,TestOnly=0", "is a regular expression" },
		{ "(a|b)@b.test,TestOnly=0", "is a regular expression" },
		{ "a@b.test,Sandbox=No", "Sandbox holds for all recipients" },
		{ "a@b.test,Skip_Recipients=x.test", "Skip_Recipients holds for all recipients" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), "# first line\n%s\nx@b.test,TestOnly=1\n",
			 rows[i].line);
		assert_null(load_users(text));
		if (strncmp(said, "E users:2: ", 11) != 0 || !strstr(said, rows[i].says))
			fail_msg("%s: want \"%s\", got \"%s\"", rows[i].line, rows[i].says, said);
	}
	assert_int_equal(unlink(users_path), 0);
	assert_null(load_argument("Per_User = text, /nonexistent/users"));
	assert_string_equal(said, "E users:0: Per_User: No such file or directory\n");
}

static void config_users_file_is_read_as_carefully(void **state)
{
	char setting[96];

	(void)state;
	snprintf(setting, sizeof(setting), "Per_User = text,%s", users_path);
	write_bytes(users_path, "a@b.test,TestOnly=\0001\n", 21);
	assert_null(load_argument(setting));
	assert_string_equal(said,
			    "E users:1: the line holds a NUL byte: this is not a text file\n");
	snprintf(setting, sizeof(setting), "Per_User = text,%s", folder);
	assert_null(load_argument(setting));
	assert_non_null(strstr(said, "is not a regular file"));
}

/* More different settings than are shared: each line still has its own. */
static void config_users_may_be_many(void **state)
{
	static char text[1 << 16];
	size_t used = 0;
	struct config *config;

	(void)state;
	for (unsigned i = 0; i < 500; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "u%u@b.test,Lookup_Time=%u|Log_Ident=x\n", i, i % 90 + 1);
	assert_null(load_users(text));
	for (char *p = text; (p = strstr(p, "|Log_Ident=x")) != NULL;)
		memset(p, ' ', 12);
	config = load_users(text);
	assert_non_null(config);
	for (unsigned i = 0; i < 500; i++) {
		char recipient[32];

		snprintf(recipient, sizeof(recipient), "u%u@b.test", i);
		assert_int_equal(settings_of(config, recipient)->lookup_time_s, i % 90 + 1);
	}
	config_destroy(config);
}

static void glob_needs_no_more_than_one_length_by_the_other(void **state)
{
	static char pattern[4096], text[65536];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(pattern); i++)
		pattern[i] = i % 2 ? 'a' : '*';
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 'b';
	pattern[sizeof(pattern) - 2] = 'c';
	assert_false(config_users_glob(span_of(pattern), (struct span){ text, sizeof(text) }));
	pattern[sizeof(pattern) - 2] = '*';
	assert_true(config_users_glob(span_of(pattern), (struct span){ text, sizeof(text) }));
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(file_path, sizeof(file_path), "%s/conf", folder);
	snprintf(users_path, sizeof(users_path), "%s/users", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(file_path);
	unlink(users_path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_without_a_file_has_the_defaults),
		cmocka_unit_test(config_takes_every_option),
		cmocka_unit_test(config_restrictions_go_to_their_identity_and_result),
		cmocka_unit_test(config_names_each_mistake),
		cmocka_unit_test(config_values_have_a_longest),
		cmocka_unit_test(config_reports_all_mistakes_at_once),
		cmocka_unit_test(config_shows_foreign_bytes_as_printable),
		cmocka_unit_test(config_notes_what_has_no_effect),
		cmocka_unit_test(config_arguments_win_over_the_file),
		cmocka_unit_test(config_can_be_loaded_without_listeners),
		cmocka_unit_test(config_without_a_default_file_is_the_defaults),
		cmocka_unit_test(config_file_that_is_none_is_an_error),
		cmocka_unit_test(config_file_from_elsewhere_is_read),
		cmocka_unit_test(config_print_reads_back_to_the_same),
		cmocka_unit_test(option_table_is_sound),
		cmocka_unit_test(config_for_recipient_takes_the_first_line_that_matches),
		cmocka_unit_test(config_for_recipient_is_the_global_one_without_a_match),
		cmocka_unit_test(config_for_recipient_has_the_global_settings_and_its_own),
		cmocka_unit_test(config_users_names_each_mistake),
		cmocka_unit_test(config_users_file_is_read_as_carefully),
		cmocka_unit_test(config_users_may_be_many),
		cmocka_unit_test(glob_needs_no_more_than_one_length_by_the_other),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
