/* SPDX-License-Identifier: MIT */
#include "self_test_confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/remark.h"
#include "base/text.h"

enum { EXIT_NO_LAYER = 98, EXIT_NOT_RUN = 99 };

/* ---- the layers ---- */

static const char *given(bool there)
{
	return there ? "yes" : "NO";
}

static void print_layers(const struct sandbox_layers *layers, FILE *out)
{
	char storage[256];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	if (layers->landlock == 0)
		text_string(&text, "NO");
	else
		text_format(&text,
			    "ABI %u (files: yes, TCP ports: %s, signals and abstract sockets: %s)",
			    layers->landlock, given(layers->landlock_tcp),
			    given(layers->landlock_scopes));
	remark_print(
		out,
		"Confinement by this kernel: limits: %s; no_new_privs: %s; no ptrace and core files: %s; "
		"no memory made executable (MDWE): %s; Landlock: %s; seccomp filter: %s.",
		given(layers->limits), given(layers->no_new_privs), given(layers->undumpable),
		given(layers->no_exec_gain), storage, given(layers->seccomp));
}

/* ---- what is tried ---- */

static bool opens_file(void)
{
	return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0;
}

static bool sends_signal(void)
{
	return kill(getppid(), 0) == 0;
}

static bool opens_raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP) >= 0;
}

static bool is_dns_port(const struct servers *servers, uint16_t port)
{
	for (size_t i = 0; i < servers->count; i++)
		if (servers_port(&servers->list[i]) == port)
			return true;
	return false;
}

/* To where it should go nowhere: only Landlock's refusal is EACCES. */
static bool connects(const struct servers *servers)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	uint16_t port = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool may;

	while (is_dns_port(servers, port))
		port++;
	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	may = fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
	      errno != EACCES;
	if (fd >= 0)
		close(fd);
	return may;
}

bool self_test_confinement(const struct sandbox_layers *layers, const struct servers *servers,
			   FILE *out)
{
	const struct {
		const char *what;
		bool possible, expected;
	} tried[] = {
		{ "open a file", opens_file(), !layers->seccomp && !layers->landlock },
		{ "signal another process", sends_signal(),
		  !layers->seccomp && !layers->landlock_scopes },
		{ "open a raw socket", opens_raw_socket(), !layers->seccomp },
		{ "TCP to other ports than those of DNS", connects(servers),
		  !layers->landlock_tcp },
	};
	bool fine = true;
	char storage[512];
	struct text text;

	print_layers(layers, out);
	text_init(&text, storage, sizeof(storage));
	text_string(&text, "Tried in a process confined like that:");
	for (size_t i = 0; i < sizeof(tried) / sizeof(*tried); i++) {
		text_format(&text, "%s %s: %s", i ? "," : "", tried[i].what,
			    tried[i].possible ? "POSSIBLE" : "refused");
		fine = fine && (!tried[i].possible || tried[i].expected);
	}
	text_char(&text, '.');
	remark_paragraph(text_span(&text), out);
	return fine;
}

void self_test_exec(const struct sandbox_layers *layers)
{
	static char *const words[] = { "true", NULL };
	static char *const environment[] = { NULL };

	if (!layers->seccomp && !layers->landlock)
		_exit(EXIT_NO_LAYER);
	execve("/bin/true", words, environment);
	_exit(EXIT_NOT_RUN);
}

bool self_test_exec_result(int status, FILE *out)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		remark_print(out, "Running a program: killed by the kernel.");
	else if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_RUN)
		remark_print(out, "Running a program: refused.");
	else
		remark_print(out, "Running a program: POSSIBLE.");
	return !WIFEXITED(status) || WEXITSTATUS(status) >= EXIT_NO_LAYER;
}
