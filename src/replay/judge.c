/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/config_load.h"

enum { STEP = 8 }; /* neighbours that one process takes: what they ask is often the same */

/* Shared with the processes. The verdicts follow. */
struct pool {
	atomic_size_t next, done;
	struct verdict verdicts[];
};

static size_t pool_size(size_t count)
{
	return sizeof(struct pool) + count * sizeof(struct verdict);
}

static struct pool *pool_of(struct verdict *verdicts)
{
	return (struct pool *)((char *)verdicts - offsetof(struct pool, verdicts));
}

void judge_release(struct verdict *verdicts, size_t count)
{
	if (verdicts)
		munmap(pool_of(verdicts), pool_size(count));
}

/* ---- in a process of its own ---- */

static void judge_one(struct policy *policy, const struct config *config,
		      const struct replay_case *one, struct verdict *verdict)
{
	const struct config *own = config_for_recipient(config, one->envelope.recipient);
	struct envelope envelope = one->envelope;
	struct decision decision;

	envelope_complete(&envelope, own);
	if (!policy_decide(policy, own, &envelope, &decision))
		return;
	outcome_of_decision(&verdict->now, &decision);
	policy_release(policy);
	atomic_store(&verdict->done, true);
}

static void work(const struct judge *judge, struct pool *pool, struct replay_case *const *cases,
		 size_t count)
{
	struct policy *policy = judge->create(judge->arg);
	size_t first;

	if (!policy)
		_exit(1);
	while ((first = atomic_fetch_add(&pool->next, STEP)) < count) {
		for (size_t i = first; i < first + STEP && i < count; i++) {
			judge_one(policy, judge->config, cases[i], &pool->verdicts[i]);
			atomic_fetch_add(&pool->done, 1);
		}
	}
	_exit(0);
}

/* ---- in the first process ---- */

static void show_progress(const struct judge *judge, size_t done, size_t count)
{
	if (judge->progress)
		fprintf(stderr, "\r%zu of %zu judged", done, count);
}

/* Starts them; returns how many there are. */
static unsigned start(const struct judge *judge, struct pool *pool,
		      struct replay_case *const *cases, size_t count, pid_t *workers)
{
	unsigned started = 0;

	fflush(NULL);
	while (started < judge->jobs && started * (size_t)STEP < count) {
		pid_t pid = fork();

		if (pid == 0) {
			/* The first process decides when it is over. */
			signal(SIGINT, SIG_IGN);
			said_speak(judge->said);
			work(judge, pool, cases, count);
		}
		if (pid < 0)
			break;
		workers[started++] = pid;
	}
	return started;
}

/* Takes leave of those that have ended, with SIGKILL or on their own; returns how many have not. */
static unsigned reap(pid_t *workers, unsigned started)
{
	unsigned left = 0;

	for (unsigned i = 0; i < started; i++) {
		if (workers[i] && waitpid(workers[i], NULL, WNOHANG) != 0)
			workers[i] = 0;
		left += workers[i] != 0;
	}
	return left;
}

/* Until all have ended. A verdict is there whole or not at all, so they can be killed at any time. */
static void await(const struct judge *judge, struct pool *pool, size_t count, pid_t *workers,
		  unsigned started)
{
	static const struct timespec pause = { .tv_nsec = 50000000 };

	while (reap(workers, started) > 0) {
		for (unsigned i = 0; *judge->stop && i < started; i++)
			if (workers[i])
				kill(workers[i], SIGKILL);
		said_listen(judge->said);
		show_progress(judge, atomic_load(&pool->done), count);
		nanosleep(&pause, NULL);
	}
	show_progress(judge, atomic_load(&pool->done), count);
	if (judge->progress)
		fputc('\n', stderr);
}

struct verdict *judge_cases(const struct judge *judge, struct replay_case *const *cases,
			    size_t count)
{
	struct pool *pool = mmap(NULL, pool_size(count), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t workers[JUDGE_JOBS_MAX];
	unsigned started;

	if (pool == MAP_FAILED)
		return NULL;
	if (!said_open(judge->said)) {
		munmap(pool, pool_size(count));
		return NULL;
	}
	started = start(judge, pool, cases, count, workers);
	await(judge, pool, count, workers, started);
	said_close(judge->said);
	if (started > 0 || count == 0)
		return pool->verdicts;
	munmap(pool, pool_size(count));
	return NULL;
}
