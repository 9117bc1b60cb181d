/* SPDX-License-Identifier: MIT */
#include "config_word.h"

#include <limits.h>

#include "base/arena.h"
#include "base/text.h"
#include "config/lists.h"
#include "base/nearest.h"

/* ---- numbers ---- */

static bool read_number(const struct config_value *value, int *number)
{
	struct span text = value->text;
	bool negative = span_starts_with(text, "-");
	unsigned magnitude;

	if (!span_number(span_skip(text, negative || span_starts_with(text, "+")), &magnitude)) {
		config_value_error(value, "is not a number; use %d to %d", value->low, value->high);
		return false;
	}
	*number = magnitude < INT_MAX ? (int)magnitude : INT_MAX;
	*number = negative ? -*number : *number;
	return true;
}

static void read_int(const struct config_value *value)
{
	int number;

	if (!read_number(value, &number))
		return;
	if (number < value->low || number > value->high)
		config_value_error(value, "is out of range; use %d to %d", value->low, value->high);
	else
		*(int *)value->field = number;
}

/* policyd-spf's manual: levels above 5 are no error and add nothing. */
static void read_level(const struct config_value *value)
{
	int number;

	if (read_number(value, &number) && number > value->high) {
		config_value_notice(value, "the highest level is %d", value->high);
		*(int *)value->field = value->high;
		return;
	}
	read_int(value);
}

static void print_int(const void *field, FILE *out)
{
	fprintf(out, "%d", *(const int *)field);
}

/* ---- keywords ---- */

/* Ends with a NULL. The first word of a value is the one that is printed. */
struct word {
	const char *text;
	int value;
};

static const struct word bool_words[] = {
	{ "Yes", true },  { "No", false }, { "True", true }, { "False", false }, { "on", true },
	{ "off", false }, { "1", true },   { "0", false },   { NULL, 0 },
};

static const struct word helo_reject_words[] = {
	{ "SPF_Not_Pass", CONFIG_SPF_NOT_PASS },
	{ "Softfail", CONFIG_SOFTFAIL },
	{ "Fail", CONFIG_FAIL },
	{ "Null", CONFIG_NULL },
	{ "False", CONFIG_FALSE },
	{ "No_Check", CONFIG_NO_CHECK },
	{ NULL, 0 },
};

static const struct word mail_from_reject_words[] = {
	{ "SPF_Not_Pass", CONFIG_SPF_NOT_PASS },
	{ "Softfail", CONFIG_SOFTFAIL },
	{ "Fail", CONFIG_FAIL },
	{ "False", CONFIG_FALSE },
	{ "No_Check", CONFIG_NO_CHECK },
	{ NULL, 0 },
};

static const struct word header_words[] = {
	{ "SPF", CONFIG_HEADER_SPF },
	{ "AR", CONFIG_HEADER_AR },
	{ "SPF,AR", CONFIG_HEADER_BOTH },
	{ "None", CONFIG_HEADER_NONE },
	{ NULL, 0 },
};

static const struct word leave_words[] = {
	{ "No", CONFIG_LEAVE_NO },
	{ "Enforced", CONFIG_LEAVE_ENFORCED },
	{ "Published", CONFIG_LEAVE_PUBLISHED },
	{ NULL, 0 },
};

static const struct word private_words[] = {
	{ "Mark", CONFIG_PRIVATE_MARK },
	{ "Judge", CONFIG_PRIVATE_JUDGE },
	{ "Defer", CONFIG_PRIVATE_DEFER },
	{ NULL, 0 },
};

static const struct word log_words[] = {
	{ "auto", LOG_TO_AUTO },     { "syslog", LOG_TO_SYSLOG }, { "postlog", LOG_TO_POSTLOG },
	{ "stderr", LOG_TO_STDERR }, { "none", LOG_TO_NONE },	  { NULL, 0 },
};

/* With what may follow a word, to suggest. */
static const struct word log_forms[] = {
	{ "auto", 0 },	{ "syslog", 0 }, { "postlog", 0 }, { "postlog:/path", 0 },
	{ "/path", 0 }, { "stderr", 0 }, { "none", 0 },	   { NULL, 0 },
};

static const struct word *find_word(const struct word *words, struct span text)
{
	while (words->text && !span_is_nocase(text, words->text))
		words++;
	return words->text ? words : NULL;
}

static const char *word_for(const struct word *words, int value)
{
	while (words->text && words->value != value)
		words++;
	return words->text ? words->text : "";
}

static void list_words(const struct word *words, char *storage, size_t size)
{
	struct text text;

	text_init(&text, storage, size);
	for (const struct word *word = words; word->text; word++) {
		if (word != words)
			text_string(&text, word[1].text ? ", " : " or ");
		text_string(&text, word->text);
	}
}

/* Reports that `text` is none of the words, with the nearest of them or all. */
static void unknown_word(const struct config_value *value, const struct word *words,
			 struct span text)
{
	struct nearest nearest;
	char all[128];

	nearest_init(&nearest, text);
	for (const struct word *word = words; word->text; word++)
		nearest_consider(&nearest, word->text);
	list_words(words, all, sizeof(all));
	if (nearest.word)
		config_value_error(value, "did you mean %s?", nearest.word);
	else
		config_value_error(value, "use %s", all);
}

/* ---- yes and no ---- */

static void read_bool(const struct config_value *value)
{
	const struct word *word = find_word(bool_words, value->text);

	if (word)
		*(bool *)value->field = word->value;
	else
		config_value_error(value, "use Yes or No");
}

static void print_bool(const void *field, FILE *out)
{
	fputs(*(const bool *)field ? "Yes" : "No", out);
}

/* An inverted name: "TestOnly = Yes" would mean the opposite of what it says, and is rejected. */
static void read_test_only(const struct config_value *value)
{
	if (span_is(value->text, "0") || span_is(value->text, "1"))
		*(bool *)value->field = value->text.data[0] == '1';
	else
		config_value_error(value, "use 0 (test mode, nothing is rejected) or 1 (normal)");
}

static void print_test_only(const void *field, FILE *out)
{
	fputs(*(const bool *)field ? "1" : "0", out);
}

/* ---- what is rejected ---- */

static void read_reject(const struct config_value *value, const struct word *words)
{
	const struct word *word = find_word(words, value->text);
	const struct word *boolean = find_word(bool_words, value->text);

	if (word)
		*(enum config_reject *)value->field = (enum config_reject)word->value;
	else if (config_value_is_none(value->text) || (boolean && !boolean->value))
		config_value_error(value,
				   "use False (check, reject nothing) or No_Check (do not check)");
	else if (boolean)
		config_value_error(value, "use Fail, Softfail or SPF_Not_Pass");
	else if (span_is_nocase(value->text, "Null"))
		config_value_error(value, "Null is for HELO_reject only");
	else
		unknown_word(value, words, value->text);
}

static void read_helo_reject(const struct config_value *value)
{
	read_reject(value, helo_reject_words);
}

static void read_mail_from_reject(const struct config_value *value)
{
	read_reject(value, mail_from_reject_words);
}

bool config_word_reject(const struct config_value *value, struct span keyword,
			enum config_reject *reject)
{
	const struct word *word = find_word(mail_from_reject_words, keyword);

	if (word)
		*reject = (enum config_reject)word->value;
	else
		unknown_word(value, mail_from_reject_words, keyword);
	return word != NULL;
}

const char *config_word_reject_name(enum config_reject reject)
{
	return word_for(helo_reject_words, (int)reject);
}

static void print_reject(const void *field, FILE *out)
{
	fputs(config_word_reject_name(*(const enum config_reject *)field), out);
}

/* ---- Header_Type ---- */

/* SPF and AR in any order, separated as in a list. */
static void read_header(const struct config_value *value)
{
	const struct word *word = find_word(header_words, value->text);
	enum config_header *field = value->field;
	struct span rest = value->text, item;
	bool spf = false, ar = false;

	if (word) {
		*field = (enum config_header)word->value;
		return;
	}
	while (lists_next(&rest, &item)) {
		if (span_is_nocase(item, "SPF")) {
			spf = true;
		} else if (span_is_nocase(item, "AR")) {
			ar = true;
		} else {
			unknown_word(value, header_words, item);
			return;
		}
	}
	if (spf || ar)
		*field = !ar ? CONFIG_HEADER_SPF : !spf ? CONFIG_HEADER_AR : CONFIG_HEADER_BOTH;
	else
		config_value_error(value, "use SPF, AR, SPF,AR or None");
}

static void print_header(const void *field, FILE *out)
{
	fputs(word_for(header_words, (int)*(const enum config_header *)field), out);
}

/* ---- Leave_To_DMARC ---- */

static void read_leave(const struct config_value *value)
{
	const struct word *word = find_word(leave_words, value->text);
	const struct word *boolean = find_word(bool_words, value->text);

	if (word)
		*(enum config_leave *)value->field = (enum config_leave)word->value;
	else if (boolean && !boolean->value)
		*(enum config_leave *)value->field = CONFIG_LEAVE_NO;
	else
		unknown_word(value, leave_words, value->text);
}

static void print_leave(const void *field, FILE *out)
{
	fputs(word_for(leave_words, (int)*(const enum config_leave *)field), out);
}

/* ---- Private_Clients ---- */

static void read_private(const struct config_value *value)
{
	const struct word *word = find_word(private_words, value->text);

	if (word)
		*(enum config_private *)value->field = (enum config_private)word->value;
	else
		unknown_word(value, private_words, value->text);
}

static void print_private(const void *field, FILE *out)
{
	fputs(word_for(private_words, (int)*(const enum config_private *)field), out);
}

/* ---- Log ---- */

/* The rest of the value behind `prefix` is an absolute path. */
static bool is_path(struct span text, const char *prefix, struct span *path)
{
	if (!span_starts_with_nocase(text, prefix))
		return false;
	*path = span_skip(text, strlen(prefix));
	return span_starts_with(*path, "/");
}

static void read_log(const struct config_value *value)
{
	const struct word *word = find_word(log_words, value->text);
	struct log_target target = { .path = NULL };
	struct span path = { NULL, 0 };

	if (word) {
		target.destination = (enum log_destination)word->value;
	} else if (is_path(value->text, "postlog:", &path) || is_path(value->text, "", &path)) {
		target.destination = path.length < value->text.length ? LOG_TO_POSTLOG :
									LOG_TO_FILE;
		target.path = arena_string(value->memory, path);
	} else {
		unknown_word(value, log_forms, value->text);
		return;
	}
	if (target.destination == LOG_TO_POSTLOG && path.length > LOG_SOCKET_PATH_MAX)
		config_value_error(value, "is too long for a socket");
	else
		*(struct log_target *)value->field = target;
}

static void print_log(const void *field, FILE *out)
{
	const struct log_target *target = field;

	if (target->destination != LOG_TO_FILE)
		fputs(word_for(log_words, (int)target->destination), out);
	if (target->path)
		fprintf(out, "%s%s", target->destination == LOG_TO_POSTLOG ? ":" : "",
			target->path);
}

const struct config_type config_type_INT = { read_int, print_int, CONFIG_PRINTABLE };
const struct config_type config_type_LEVEL = { read_level, print_int, CONFIG_PRINTABLE };
const struct config_type config_type_BOOL = { read_bool, print_bool, CONFIG_PRINTABLE };
const struct config_type config_type_TEST_ONLY = { read_test_only, print_test_only,
						   CONFIG_PRINTABLE };
const struct config_type config_type_HELO_REJECT = { read_helo_reject, print_reject,
						     CONFIG_PRINTABLE };
const struct config_type config_type_MAIL_FROM_REJECT = { read_mail_from_reject, print_reject,
							  CONFIG_PRINTABLE };
const struct config_type config_type_HEADER_TYPE = { read_header, print_header, CONFIG_PRINTABLE };
const struct config_type config_type_LEAVE = { read_leave, print_leave, CONFIG_PRINTABLE };
const struct config_type config_type_PRIVATE_CLIENTS = { read_private, print_private,
							 CONFIG_PRINTABLE };
const struct config_type config_type_LOG = { read_log, print_log, CONFIG_PRINTABLE };
