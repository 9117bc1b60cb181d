/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/prctl.h>

#include "filter.h"
#include "landlock.h"
#include "process.h"
#include "sandbox/sandbox.h"

#ifndef PR_SET_MDWE /* Linux 6.3 */
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

const bool sandbox_is_complete = true;

static void enter_landlock(int debug_level, const uint16_t *dns_ports, size_t count)
{
	struct landlock_result result = landlock_restrict(dns_ports, count);

	if (!result.files) {
		process_lacks(debug_level, "Landlock");
		return;
	}
	errno = EOPNOTSUPP;
	if (!result.tcp)
		process_lacks(debug_level, "Landlock for TCP ports");
	if (!result.scopes)
		process_lacks(debug_level, "Landlock for signals and abstract sockets");
}

static void enter_filter(int debug_level)
{
	if (!filter_install()) {
		process_lacks(debug_level, "seccomp filter");
		return;
	}
	errno = EOPNOTSUPP;
	if (filter_gap)
		process_lacks(debug_level, filter_gap);
}

void sandbox_enter(int debug_level, const uint16_t *dns_ports, size_t count)
{
	process_set_limits(debug_level);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		process_lacks(debug_level, "no_new_privs");
	if (INSTRUMENTED)
		return;
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		process_lacks(debug_level, "protection from ptrace and core dumps");
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0)
		process_lacks(debug_level, "MDWE");
	enter_landlock(debug_level, dns_ports, count);
	enter_filter(debug_level);
}
