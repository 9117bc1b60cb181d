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

static bool control(int debug_level, int what, unsigned long value, const char *layer)
{
	if (prctl(what, value, 0, 0, 0) == 0)
		return true;
	process_lacks(debug_level, layer);
	return false;
}

static void enter_landlock(struct sandbox_layers *layers, int debug_level,
			   const uint16_t *dns_ports, size_t count)
{
	struct landlock_result result = landlock_restrict(dns_ports, count);

	if (!result.files) {
		process_lacks(debug_level, "Landlock");
		return;
	}
	layers->landlock = result.abi;
	layers->landlock_tcp = result.tcp;
	layers->landlock_scopes = result.scopes;
	errno = EOPNOTSUPP;
	if (!result.tcp)
		process_lacks(debug_level, "Landlock for TCP ports");
	if (!result.scopes)
		process_lacks(debug_level, "Landlock for signals and abstract sockets");
}

static bool enter_filter(int debug_level)
{
	if (!filter_install()) {
		process_lacks(debug_level, "seccomp filter");
		return false;
	}
	errno = EOPNOTSUPP;
	if (filter_gap)
		process_lacks(debug_level, filter_gap);
	return true;
}

struct sandbox_layers sandbox_enter(int debug_level, const uint16_t *dns_ports, size_t count)
{
	struct sandbox_layers layers = { .limits = process_set_limits(debug_level) };

	layers.no_new_privs = control(debug_level, PR_SET_NO_NEW_PRIVS, 1, "no_new_privs");
	if (INSTRUMENTED)
		return layers;
	layers.undumpable = control(debug_level, PR_SET_DUMPABLE, 0,
				    "protection from ptrace and core dumps");
	layers.no_exec_gain = control(debug_level, PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, "MDWE");
	enter_landlock(&layers, debug_level, dns_ports, count);
	layers.seccomp = enter_filter(debug_level);
	return layers;
}
