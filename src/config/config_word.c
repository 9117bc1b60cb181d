/* SPDX-License-Identifier: MIT */
#include "config_word.h"

#include "config/lists.h"
#include "nearest.h"
#include "base/text.h"

const struct config_word config_word_bool[] = {
	{ "Yes", true },  { "No", false }, { "True", true }, { "False", false }, { "on", true },
	{ "off", false }, { "1", true },   { "0", false },   { NULL, 0 },
};

const struct config_word config_word_helo_reject[] = {
	{ "SPF_Not_Pass", CONFIG_SPF_NOT_PASS },
	{ "Softfail", CONFIG_SOFTFAIL },
	{ "Fail", CONFIG_FAIL },
	{ "Null", CONFIG_NULL },
	{ "False", CONFIG_FALSE },
	{ "No_Check", CONFIG_NO_CHECK },
	{ NULL, 0 },
};

const struct config_word config_word_mail_from_reject[] = {
	{ "SPF_Not_Pass", CONFIG_SPF_NOT_PASS },
	{ "Softfail", CONFIG_SOFTFAIL },
	{ "Fail", CONFIG_FAIL },
	{ "False", CONFIG_FALSE },
	{ "No_Check", CONFIG_NO_CHECK },
	{ NULL, 0 },
};

const struct config_word config_word_header[] = {
	{ "SPF", CONFIG_HEADER_SPF },
	{ "AR", CONFIG_HEADER_AR },
	{ "SPF,AR", CONFIG_HEADER_BOTH },
	{ "None", CONFIG_HEADER_NONE },
	{ NULL, 0 },
};

const struct config_word config_word_log[] = {
	{ "syslog", LOG_TO_SYSLOG },
	{ "stderr", LOG_TO_STDERR },
	{ "none", LOG_TO_NONE },
	{ NULL, 0 },
};

const struct config_word *config_word_find(const struct config_word *words, struct span text)
{
	for (; words->text; words++)
		if (span_equal_nocase(text, span_of(words->text)))
			return words;
	return NULL;
}

const char *config_word_for(const struct config_word *words, int value)
{
	for (; words->text; words++)
		if (words->value == value)
			return words->text;
	return "";
}

static void list_words(const struct config_word *words, char *storage, size_t size)
{
	struct text text;

	text_init(&text, storage, size);
	for (const struct config_word *word = words; word->text; word++) {
		if (word != words)
			text_string(&text, word[1].text ? ", " : " or ");
		text_string(&text, word->text);
	}
}

void config_word_mistake(const struct config_value *value, const struct config_word *words,
			 struct span text)
{
	struct nearest nearest;
	char all[128];

	nearest_init(&nearest, text);
	for (const struct config_word *word = words; word->text; word++)
		nearest_consider(&nearest, word->text);
	list_words(words, all, sizeof(all));
	if (nearest.word)
		config_value_mistake(value, "did you mean %s?", nearest.word);
	else
		config_value_mistake(value, "use %s", all);
}

void config_word_set_bool(const struct config_value *value)
{
	const struct config_word *word = config_word_find(config_word_bool, value->text);

	if (word)
		*(bool *)value->field = word->value;
	else
		config_value_mistake(value, "use Yes or No");
}

/* An inverted name: "TestOnly = Yes" would mean the opposite of what it says, and is refused. */
void config_word_set_test_only(const struct config_value *value)
{
	if (span_equal(value->text, span_of("0")) || span_equal(value->text, span_of("1")))
		*(bool *)value->field = value->text.data[0] == '1';
	else
		config_value_mistake(value, "use 0 (test mode, nothing is refused) or 1 (normal)");
}

static bool set_enum(const struct config_value *value, const struct config_word *words)
{
	const struct config_word *word = config_word_find(words, value->text);

	if (word)
		*(int *)value->field = word->value;
	return word != NULL;
}

static void set_reject(const struct config_value *value, const struct config_word *words)
{
	const struct config_word *boolean;

	if (set_enum(value, words))
		return;
	boolean = config_word_find(config_word_bool, value->text);
	if (config_value_is_none(value->text) || (boolean && !boolean->value))
		config_value_mistake(
			value, "use False (check, refuse nothing) or No_Check (do not check)");
	else if (boolean)
		config_value_mistake(value, "use Fail, Softfail or SPF_Not_Pass");
	else if (span_equal_nocase(value->text, span_of("Null")))
		config_value_mistake(value, "Null is for HELO_reject only");
	else
		config_word_mistake(value, words, value->text);
}

void config_word_set_helo_reject(const struct config_value *value)
{
	set_reject(value, config_word_helo_reject);
}

void config_word_set_mail_from_reject(const struct config_value *value)
{
	set_reject(value, config_word_mail_from_reject);
}

/* SPF and AR in any order, separated like a list. */
void config_word_set_header(const struct config_value *value)
{
	struct span rest = value->text, item;
	bool spf = false, ar = false;

	if (set_enum(value, config_word_header))
		return;
	while (lists_next(&rest, &item)) {
		if (span_equal_nocase(item, span_of("SPF"))) {
			spf = true;
		} else if (span_equal_nocase(item, span_of("AR"))) {
			ar = true;
		} else {
			config_word_mistake(value, config_word_header, item);
			return;
		}
	}
	if (spf || ar)
		*(int *)value->field = !ar  ? CONFIG_HEADER_SPF :
				       !spf ? CONFIG_HEADER_AR :
					      CONFIG_HEADER_BOTH;
	else
		config_value_mistake(value, "use SPF, AR, SPF,AR or None");
}

void config_word_set_log(const struct config_value *value)
{
	if (!set_enum(value, config_word_log))
		config_word_mistake(value, config_word_log, value->text);
}
