/* SPDX-License-Identifier: MIT */
#include "maillog/log_record.h"

#include "journal.h"

enum {
	DAY_S = 24 * 60 * 60,
	REPEATED_MAX = 1000000, /* believed */
};

/* ---- stamps ---- */

/* Takes so many digits off, with a value in a range. */
static bool take_digits(struct span *rest, size_t digits, unsigned least, unsigned most, int *value)
{
	unsigned number;

	if (rest->length < digits || !span_number(span_take(*rest, digits), &number) ||
	    number < least || number > most)
		return false;
	*value = (int)number;
	*rest = span_skip(*rest, digits);
	return true;
}

static bool take_char(struct span *rest, const char *set)
{
	if (rest->length == 0 || rest->data[0] == '\0' || !strchr(set, rest->data[0]))
		return false;
	*rest = span_skip(*rest, 1);
	return true;
}

static bool take_clock(struct span *rest, struct tm *tm)
{
	return take_digits(rest, 2, 0, 23, &tm->tm_hour) && take_char(rest, ":") &&
	       take_digits(rest, 2, 0, 59, &tm->tm_min);
}

static bool take_date(struct span *rest, struct tm *tm)
{
	if (!take_digits(rest, 4, 1970, 9999, &tm->tm_year) || !take_char(rest, "-") ||
	    !take_digits(rest, 2, 1, 12, &tm->tm_mon) || !take_char(rest, "-") ||
	    !take_digits(rest, 2, 1, 31, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return true;
}

static time_t local_time(struct tm *tm)
{
	tm->tm_isdst = -1;
	return mktime(tm);
}

/* "Z" or "+01:00" or "+0100", or nothing: local time. */
static bool take_zone(struct span *rest, struct tm *tm, time_t *time)
{
	int hours, minutes, sign;

	if (take_char(rest, "Z")) {
		*time = timegm(tm);
		return true;
	}
	sign = rest->length > 0 && rest->data[0] == '-' ? -1 : 1;
	if (!take_char(rest, "+-")) {
		*time = local_time(tm);
		return true;
	}
	if (!take_digits(rest, 2, 0, 23, &hours))
		return false;
	take_char(rest, ":");
	if (!take_digits(rest, 2, 0, 59, &minutes))
		return false;
	*time = timegm(tm) - (time_t)sign * (hours * 3600 + minutes * 60);
	return true;
}

static void take_fraction(struct span *rest)
{
	if (take_char(rest, ".,"))
		while (rest->length > 0 && ascii_is_digit(rest->data[0]))
			*rest = span_skip(*rest, 1);
}

static bool take_iso(struct span *rest, struct tm *tm)
{
	if (!take_date(rest, tm) || !take_char(rest, "T ") || !take_clock(rest, tm) ||
	    !take_char(rest, ":") || !take_digits(rest, 2, 0, 60, &tm->tm_sec))
		return false;
	take_fraction(rest);
	return true;
}

/* RFC 3339, and what journalctl -o short-iso makes of it. */
static bool take_iso_stamp(struct span *rest, time_t *time)
{
	struct tm tm = { .tm_sec = 0 };

	return take_iso(rest, &tm) && take_zone(rest, &tm, time);
}

/* "Mon 2026-11-23 09:14:07 UTC", journalctl -o short-full. Names of zones but UTC are taken for the local one. */
static bool take_full_stamp(struct span *rest, time_t *time)
{
	struct tm tm = { .tm_sec = 0 };
	struct span zone;

	*rest = span_skip(*rest, strlen("Mon "));
	if (!take_iso(rest, &tm) || !take_char(rest, " "))
		return false;
	zone = span_take(*rest, span_find(*rest, ' '));
	*rest = span_skip(*rest, zone.length);
	*time = span_is(zone, "UTC") ? timegm(&tm) : local_time(&tm);
	return zone.length > 0;
}

/* "1795425247.123456", journalctl -o short-unix. */
static bool take_unix_stamp(struct span *rest, time_t *time)
{
	size_t digits = span_find_any(*rest, ".- ");
	unsigned seconds;

	if (digits < 9 || digits > 10 || !span_number(span_take(*rest, digits), &seconds))
		return false;
	*time = (time_t)seconds;
	*rest = span_skip(*rest, digits);
	take_fraction(rest);
	return true;
}

/* "Nov 23 09:14:07", RFC 3164 section 4.1.2; the day has a blank in front where it has one digit. */
static bool take_short_stamp(struct span *rest, time_t now, time_t *time)
{
	static const char *const months[] = { "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
					      "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec " };
	struct tm tm = { .tm_sec = 0 }, today;
	int month = 0;

	while (month < 12 && !span_starts_with(*rest, months[month]))
		month++;
	if (month == 12)
		return false;
	*rest = span_skip(*rest, 4);
	if (!take_digits(rest, rest->length > 0 && take_char(rest, " ") ? 1 : 2, 1, 31,
			 &tm.tm_mday) ||
	    !take_char(rest, " ") || !take_clock(rest, &tm) || !take_char(rest, ":") ||
	    !take_digits(rest, 2, 0, 60, &tm.tm_sec))
		return false;
	take_fraction(rest);
	localtime_r(&now, &today);
	tm.tm_mon = month;
	tm.tm_year = today.tm_year;
	*time = local_time(&tm);
	if (*time > now + DAY_S) {
		tm.tm_year = today.tm_year - 1;
		tm.tm_mon = month;
		*time = local_time(&tm);
	}
	return true;
}

static bool has_weekday(struct span line)
{
	static const char *const days[] = {
		"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "
	};

	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++)
		if (span_starts_with(line, days[i]))
			return true;
	return false;
}

static bool take_stamp(struct span *rest, time_t now, time_t *time)
{
	struct span start = *rest;

	if (!ascii_is_digit(start.data[0]))
		return has_weekday(start) ? take_full_stamp(rest, time) :
					    take_short_stamp(rest, now, time);
	if (take_unix_stamp(rest, time))
		return true;
	*rest = start;
	return take_iso_stamp(rest, time);
}

/* ---- what follows the stamp ---- */

static bool take_word(struct span *rest, struct span *word)
{
	return span_split(*rest, ' ', word, rest) && word->length > 0;
}

/* "mail.info", as busybox writes it, and "<mail.info>" of FreeBSD's syslogd -v. */
static bool is_priority(struct span word)
{
	static const char *const levels[] = { "debug", "info", "notice", "warn",
					      "err",   "crit", "alert",	 "emerg" };
	struct span facility, level;

	if (span_starts_with(word, "<"))
		return word.data[word.length - 1] == '>';
	if (!span_split(word, '.', &facility, &level) || !span_all(facility, ascii_is_alphanumeric))
		return false;
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (span_is(level, levels[i]))
			return true;
	return false;
}

/* " 3 times" after such words: how often a line came again. */
static bool take_times(struct span *rest, const char *words, unsigned *times)
{
	struct span number;

	if (!span_starts_with(*rest, words))
		return false;
	*rest = span_skip(*rest, strlen(words));
	return take_word(rest, &number) && span_number(number, times) && *times <= REPEATED_MAX &&
	       span_starts_with(*rest, "times");
}

/* "message repeated 3 times: [ text]": rsyslog, of a line that stands before, with one blank more. */
static void unwrap_repeated(struct log_record *record)
{
	static const char end[] = "times: [ ";
	struct span rest = record->message;
	unsigned times;

	if (!take_times(&rest, "message repeated ", &times) || !span_starts_with(rest, end) ||
	    rest.data[rest.length - 1] != ']')
		return;
	rest = span_skip(rest, sizeof(end) - 1);
	record->message = span_take(rest, rest.length - 1);
	record->times = times;
}

/* "host ident[pid]: message", "ident[pid]: message". */
static bool take_origin(struct span rest, struct log_record *record)
{
	struct span word, tag, after = rest;
	size_t colon;

	if (take_word(&after, &word) && is_priority(word))
		rest = after;
	after = rest;
	if (take_word(&after, &word) && word.data[word.length - 1] != ':')
		rest = after;
	if (take_times(&after, "last message repeated ", &record->times) && span_is(after, "times"))
		return true;
	after = rest;
	if (take_word(&after, &word) && is_priority(word))
		rest = after;
	colon = span_find(rest, ':');
	tag = span_take(rest, colon);
	if (colon == rest.length || span_contains(tag, ' '))
		return false;
	record->ident = span_take(tag, span_find(tag, '['));
	record->message = span_trim(span_skip(rest, colon + 1), " \r");
	unwrap_repeated(record);
	return record->ident.length > 0;
}

/* "1 2026-11-23T09:14:07Z host ident pid msgid [data] text", RFC 5424. */
static bool take_new_form(struct span rest, struct log_record *record)
{
	struct span word;

	if (!take_char(&rest, "1") || !take_char(&rest, " ") ||
	    !take_iso_stamp(&rest, &record->time) || !take_char(&rest, " ") ||
	    !take_word(&rest, &word) || !take_word(&rest, &record->ident) ||
	    !take_word(&rest, &word) || !take_word(&rest, &word))
		return false;
	if (span_starts_with(rest, "["))
		rest = span_skip(rest, span_find(rest, ']'));
	if (!take_char(&rest, "-]") || !take_char(&rest, " "))
		return false;
	record->message = span_trim(rest, " \r");
	return true;
}

static bool take_plain(struct span rest, time_t now, struct log_record *record)
{
	*record = (struct log_record){ .times = 1 };
	if (take_new_form(rest, record))
		return true;
	*record = (struct log_record){ .times = 1 };
	return rest.length > 0 && take_stamp(&rest, now, &record->time) && take_char(&rest, " ") &&
	       take_origin(rest, record);
}

/* ---- what others put before a line ---- */

/* "<22>", the priority that syslog's protocol has; NULs, which a crash leaves in a file. */
static void skip_front(struct span *line)
{
	size_t digits = 1;

	while (line->length > 0 && line->data[0] == '\0')
		*line = span_skip(*line, 1);
	while (digits < line->length && ascii_is_digit(line->data[digits]))
		digits++;
	if (span_starts_with(*line, "<") && digits > 1 && digits < 5 && digits < line->length &&
	    line->data[digits] == '>')
		*line = span_skip(*line, digits + 1);
}

/* What runs containers puts before what they print: "mail-1  | " (compose), "2026-11-23T09:14:07.1Z " (docker logs
 * -t), and with " stdout F " behind that (CRI). */
static bool skip_container(struct span *line)
{
	size_t bar = span_find(*line, '|');
	struct span rest = *line;
	time_t time;

	if (bar + 1 < rest.length && bar < 64 && !span_contains(span_take(rest, bar), ':')) {
		*line = span_trim(span_skip(rest, bar + 1), " ");
		return true;
	}
	if (rest.length == 0 || !ascii_is_digit(rest.data[0]) || !take_iso_stamp(&rest, &time) ||
	    !take_char(&rest, " "))
		return false;
	if (span_starts_with(rest, "stdout F ") || span_starts_with(rest, "stderr F "))
		rest = span_skip(rest, strlen("stdout F "));
	*line = rest;
	return true;
}

/* ---- the line ---- */

bool log_record_parse(struct span line, time_t now, struct arena *arena, struct log_record *record)
{
	struct journal_entry entry;

	skip_front(&line);
	if (span_starts_with(line, "{")) {
		if (!journal_parse(line, arena, &entry))
			return false;
		*record = (struct log_record){ entry.time, entry.ident, entry.message, 1 };
		if (entry.ident.length > 0)
			return true;
		line = span_trim(entry.message, "\r\n");
	}
	return take_plain(line, now, record) ||
	       (skip_container(&line) && take_plain(line, now, record));
}

struct span log_record_text(struct span line)
{
	size_t end = span_find(line, ']');

	if (span_contains(span_take(line, end), ' ') ||
	    !span_starts_with(span_skip(line, end), "]: "))
		return line;
	return span_skip(line, end + 3);
}

/* ---- times that a person writes ---- */

static bool take_age(struct span text, time_t now, time_t *time)
{
	static const char units[] = "dhm";
	static const time_t seconds[] = { DAY_S, 3600, 60 };
	const char *unit;
	unsigned count;

	if (text.length < 2 || text.data[text.length - 1] == '\0')
		return false;
	unit = strchr(units, text.data[text.length - 1]);
	if (!unit || !span_number(span_take(text, text.length - 1), &count) || count > 100000)
		return false;
	*time = now - (time_t)count * seconds[unit - units];
	return true;
}

bool log_record_time(struct span text, time_t now, time_t *time)
{
	struct tm tm = { .tm_sec = 0 };
	struct span rest = text;

	if (take_age(text, now, time))
		return true;
	if (!take_date(&rest, &tm))
		return false;
	if (rest.length == 0) {
		*time = local_time(&tm);
		return true;
	}
	if (!take_char(&rest, "T ") || !take_clock(&rest, &tm) ||
	    (take_char(&rest, ":") && !take_digits(&rest, 2, 0, 60, &tm.tm_sec)))
		return false;
	return take_zone(&rest, &tm, time) && rest.length == 0;
}
