/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into the program: the wall clock jumps at every look at it, among the times in CLOCK_JUMPS
 * (seconds since 1970, separated by commas). With SUSPEND_AFTER=n the n-th look at the clock that counts
 * the time asleep, and all later ones, find SUSPEND_SECONDS more on it: the machine slept.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long times[32];
static unsigned time_count, next_time, looks, suspend_after;
static long suspend_seconds;

__attribute__((constructor)) static void start(void)
{
	const char *text = getenv("CLOCK_JUMPS");

	while (text && *text && time_count < 32) {
		times[time_count++] = atol(text);
		text = strchr(text, ',');
		text = text ? text + 1 : NULL;
	}
	if (getenv("SUSPEND_AFTER")) {
		suspend_after = (unsigned)atol(getenv("SUSPEND_AFTER"));
		suspend_seconds = atol(getenv("SUSPEND_SECONDS"));
	}
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	if (syscall(SYS_clock_gettime, clock, now) != 0)
		return -1;
	if (clock == CLOCK_REALTIME && time_count)
		now->tv_sec = times[next_time++ % time_count];
	if (clock == CLOCK_BOOTTIME && suspend_after && ++looks >= suspend_after)
		now->tv_sec += suspend_seconds;
	return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec time;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &time);
	now->tv_sec = time.tv_sec;
	now->tv_usec = time.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}
