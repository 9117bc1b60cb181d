/* SPDX-License-Identifier: MIT */
#include "landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

/* From linux/landlock.h, which is often older than the kernel that we run on. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum {
	CREATE_RULESET_VERSION = 1 << 0,
	RULE_NET_PORT = 2,
	NET_BIND_TCP = 1 << 0,
	NET_CONNECT_TCP = 1 << 1,
	SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0,
	SCOPE_SIGNAL = 1 << 1,
	ABI_TCP = 4,	/* Linux 6.7 */
	ABI_SCOPES = 6, /* 6.12 */
};

/* A kernel that has less takes the longer form while what it does not know is 0. */
struct ruleset {
	uint64_t handled_files;
	uint64_t handled_net;
	uint64_t scopes;
};

struct port_rule {
	uint64_t allowed;
	uint64_t port;
};

/*
 * The rights to files that each version knows. Later rights on sockets (pathname UNIX sockets, UDP
 * ports) are left alone: the log and DNS need them.
 */
static uint64_t file_rights(long abi)
{
	static const uint64_t rights[] = {
		0,
		(1ull << 13) - 1, /* ABI 1, Linux 5.13 */
		(1ull << 14) - 1, /* ABI 2, 5.19: refer */
		(1ull << 15) - 1, /* ABI 3, 6.2: truncate */
		(1ull << 15) - 1,
		(1ull << 16) - 1, /* ABI 5, 6.10: ioctl on devices */
	};
	enum { KNOWN = sizeof(rights) / sizeof(*rights) };

	return rights[abi < KNOWN ? abi : KNOWN - 1];
}

static int create(const struct ruleset *ruleset)
{
	return (int)syscall(SYS_landlock_create_ruleset, ruleset, sizeof(*ruleset), 0);
}

static bool add_ports(int fd, const uint16_t *ports, size_t count)
{
	struct port_rule rule = { .allowed = NET_CONNECT_TCP };

	for (size_t i = 0; i < count; i++) {
		rule.port = ports[i];
		if (syscall(SYS_landlock_add_rule, fd, RULE_NET_PORT, &rule, 0) != 0)
			return false;
	}
	return true;
}

struct landlock_result landlock_restrict(const uint16_t *tcp_ports, size_t count)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
	struct landlock_result result = { .tcp = abi >= ABI_TCP, .scopes = abi >= ABI_SCOPES };
	struct ruleset ruleset = { 0 };
	int fd;

	if (abi < 1)
		return (struct landlock_result){ 0 };
	result.abi = (unsigned)abi;
	ruleset.handled_files = file_rights(abi);
	if (result.tcp)
		ruleset.handled_net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (result.scopes)
		ruleset.scopes = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	fd = create(&ruleset);
	/* A kernel built without TCP has no rules for it, and no need of them. */
	if (fd >= 0 && result.tcp && !add_ports(fd, tcp_ports, count)) {
		close(fd);
		result.tcp = false;
		ruleset.handled_net = 0;
		fd = create(&ruleset);
	}
	result.files = fd >= 0 && syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	if (fd >= 0)
		close(fd);
	return result;
}
