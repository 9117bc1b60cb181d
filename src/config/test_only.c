/* SPDX-License-Identifier: MIT */
#include "test_only.h"

#include "config_line.h"

static const char *const testing[] = { "test",	       "dry run",	 "dry-run",
				       "log only",     "only log",	 "mark only",
				       "only mark",    "monitor",	 "not reject",
				       "don't reject", "reject nothing", "without reject" };
static const char *const rejecting[] = { "reject",  "enforce",	"production", "in earnest", "live",
					 "no test", "not test", "test off",   "not a test" };
/* Words that turn the others round, and figures: an explanation of both values is no opinion. */
static const char *const testing_denied[] = { "0",	    "1",	"no test", "not test",
					      "not a test", "test off", "disable", "end of",
					      "after",	    "tested",	"done",	   "over",
					      "passed" };
static const char *const rejecting_denied[] = { "0",
						"1",
						"not reject",
						"don't reject",
						"no reject",
						"without reject",
						"reject nothing",
						"never",
						"test mode",
						"would" };

#define HAS(text, words) has_any(text, words, sizeof(words) / sizeof(*(words)))

/* At the beginning of a word. */
static bool has_any(struct span text, const char *const *words, size_t count)
{
	for (size_t at = 0; at < text.length; at++)
		for (size_t i = 0; i < count; i++)
			if ((at == 0 || !ascii_is_letter(text.data[at - 1])) &&
			    span_starts_with_nocase(span_skip(text, at), words[i]))
				return true;
	return false;
}

static void remember(struct test_only *seen, struct span text)
{
	size_t room = sizeof(seen->comment) - seen->length;

	if (text.length + 1 > room)
		text = span_take(text, 0);
	memcpy(seen->comment + seen->length, text.data, text.length);
	seen->length += text.length;
	if (text.length > 0)
		seen->comment[seen->length++] = ' ';
}

static bool is_test_only(struct span line, struct span *value)
{
	struct span name;

	if (!span_split(line, '=', &name, value))
		return false;
	name = config_line_trim(name);
	*value = config_line_trim(span_take(*value, span_find(*value, '#')));
	return span_is_nocase(name, "TestOnly") || span_is_nocase(name, "defaultSeedOnly");
}

static void judge(struct span comment, struct span value, struct config_report *report)
{
	if (span_is(value, "1") && HAS(comment, testing) && !HAS(comment, testing_denied))
		config_report_notice(report,
				     "TestOnly = 1 is not test mode: mail is rejected. The comment "
				     "speaks of a test: that is TestOnly = 0");
	if (span_is(value, "0") && HAS(comment, rejecting) && !HAS(comment, rejecting_denied))
		config_report_notice(report,
				     "TestOnly = 0 is test mode: nothing is rejected. The comment "
				     "speaks of rejecting: that is TestOnly = 1");
}

void test_only_line(struct test_only *seen, struct span line, struct config_report *report)
{
	size_t hash = span_find(line, '#');
	struct span value;

	if (hash < line.length && config_line_trim(span_take(line, hash)).length == 0) {
		remember(seen, span_skip(line, hash + 1));
		return;
	}
	if (is_test_only(line, &value)) {
		if (hash < line.length)
			remember(seen, span_skip(line, hash + 1));
		judge((struct span){ seen->comment, seen->length }, value, report);
	}
	seen->length = 0;
}
