// SPDX-License-Identifier: MIT
//
// killat N FOLDER PROGRAM ARGUMENT...
//
// Runs a program, and kills it and all that it started (SIGKILL) instead of letting it do its N-th system
// call that changes files. Writes count when they go to a file below FOLDER. Exit status 99 after the kill,
// else that of the program. With N = 0 nothing is killed: before step n FOLDER is copied to FOLDER.n, which is
// what a kill there leaves.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 99, TROUBLE = 98 };

// What an event of the filter says of its system call.
enum { CHANGES = 1, OPENS = 2, WRITES = 3 };

static const struct {
	unsigned number, event;
} calls[] = {
#ifdef SYS_rename
	{ SYS_rename, CHANGES },    { SYS_unlink, CHANGES },
	{ SYS_mkdir, CHANGES },	    { SYS_rmdir, CHANGES },
	{ SYS_link, CHANGES },	    { SYS_symlink, CHANGES },
	{ SYS_chmod, CHANGES },	    { SYS_chown, CHANGES },
	{ SYS_lchown, CHANGES },    { SYS_creat, CHANGES },
	{ SYS_open, OPENS },
#endif
#ifdef SYS_renameat
	{ SYS_renameat, CHANGES },
#endif
	{ SYS_renameat2, CHANGES }, { SYS_unlinkat, CHANGES },
	{ SYS_mkdirat, CHANGES },   { SYS_linkat, CHANGES },
	{ SYS_symlinkat, CHANGES }, { SYS_truncate, CHANGES },
	{ SYS_ftruncate, CHANGES }, { SYS_fchmod, CHANGES },
	{ SYS_fchmodat, CHANGES },  { SYS_fchown, CHANGES },
	{ SYS_fchownat, CHANGES },  { SYS_utimensat, CHANGES },
	{ SYS_setxattr, CHANGES },  { SYS_fsetxattr, CHANGES },
	{ SYS_openat, OPENS },	    { SYS_write, WRITES },
	{ SYS_writev, WRITES },	    { SYS_pwrite64, WRITES },
	{ SYS_ioctl, WRITES },	    { SYS_copy_file_range, WRITES },
};
enum { CALLS = sizeof calls / sizeof *calls };

static void die(const char *what)
{
	perror(what);
	_exit(TROUBLE);
}

// From now on each of the calls stops the process.
static void filter(void)
{
	struct sock_filter code[2 * CALLS + 2];
	struct sock_fprog program = { sizeof code / sizeof *code, code };
	size_t at = 0;
	code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALLS; i++) {
		code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							  calls[i].number, 0, 1);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							  SECCOMP_RET_TRACE | calls[i].event);
	}
	code[at] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	// Root needs no PR_SET_NO_NEW_PRIVS, with which runuser(1) would not work.
	if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		die("prctl");
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		die("seccomp");
}

// The child waits until it is traced.
static void run(char **command)
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
		die("ptrace");
	raise(SIGSTOP);
	filter();
	execvp(*command, command);
	die(*command);
}

// The descriptor that a call writes to.
static int written(const struct __ptrace_syscall_info *call)
{
	return (int)call->seccomp.args[call->seccomp.nr == SYS_copy_file_range ? 2 : 0];
}

static int is_below(pid_t pid, int fd, const char *folder)
{
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t length = readlink(link, path, sizeof path - 1);
	path[length < 0 ? 0 : length] = '\0';
	return strncmp(path, folder, strlen(folder)) == 0;
}

static int is_step(pid_t pid, unsigned long event, const char *folder)
{
	struct __ptrace_syscall_info call;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) < 0)
		die("PTRACE_GET_SYSCALL_INFO");
	if (event == OPENS) {
		int at = call.seccomp.nr == SYS_openat;
		return (call.seccomp.args[at + 1] & O_CREAT) != 0;
	}
	return event == CHANGES || is_below(pid, written(&call), folder);
}

static void copy(const char *folder, long step)
{
	char target[PATH_MAX];
	int status;
	snprintf(target, sizeof target, "%s.%ld", folder, step);
	pid_t child = fork();
	if (child == 0) {
		execlp("cp", "cp", "-a", folder, target, (char *)NULL);
		die("cp");
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		die("cp");
}

static int follow(pid_t first, long last, const char *folder)
{
	long steps = 0;
	while (1) {
		int status, signal = 0;
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == ECHILD)
			return TROUBLE;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid != first)
				continue;
			return WIFEXITED(status) ? WEXITSTATUS(status) : TROUBLE;
		}
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
			unsigned long event;
			ptrace(PTRACE_GETEVENTMSG, pid, 0, &event);
			if (is_step(pid, event, folder)) {
				if (++steps == last)
					return KILLED; // PTRACE_O_EXITKILL does the rest
				if (last == 0)
					copy(folder, steps);
			}
		} else if (status >> 16 == 0 && WSTOPSIG(status) != SIGSTOP)
			signal = WSTOPSIG(status);
		ptrace(PTRACE_CONT, pid, 0, signal);
	}
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return TROUBLE;
	pid_t child = fork();
	if (child == 0)
		run(argv + 3);
	int status;
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		die("fork");
	if (ptrace(PTRACE_SETOPTIONS, child, 0,
		   PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC |
			   PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE) != 0)
		die("PTRACE_SETOPTIONS");
	ptrace(PTRACE_CONT, child, 0, 0);
	return follow(child, atol(argv[1]), argv[2]);
}
