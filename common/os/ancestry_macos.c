/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __APPLE__
#include <libproc.h>
#include <stdint.h>
#include <sys/sysctl.h>
#include <sys/types.h>

#include "common/base/attr.h"
#include "common/os/ancestry_look.h"

/* KERN_PROCARGS2: argc, the path that was executed, NULs, then argv and after it the environment,
 * of which nothing is kept. */
static void read_argv(struct ancestor *out, pid_t pid)
{
	int mib[] = { CTL_KERN, KERN_PROCARGS2, pid }, argc = 0, most = 0;
	size_t len = 0, at = sizeof(argc), size = sizeof(most);

	if (sysctl((int[]){ CTL_KERN, KERN_ARGMAX }, 2, &most, &size, NULL, 0) < 0 || most <= 0)
		return;
	len = (size_t)most;
	char *bytes = xmalloc(len);

	if (sysctl(mib, array_len(mib), bytes, &len, NULL, 0) == 0 && len > sizeof(argc)) {
		memcpy(&argc, bytes, sizeof(argc));
		at += strnlen(bytes + at, len - at);
		while (at < len && bytes[at] == '\0')
			at++;
		out->argv_cut = len - at > ANCESTRY_ARGV_MAX;
		if (argc > 0)
			ancestry_argv(out, bytes + at, out->argv_cut ? ANCESTRY_ARGV_MAX : len - at,
				      (size_t)argc);
	}
	free(bytes);
}

int ancestry_look(const char *proc, pid_t pid, struct ancestor *out, struct ancestry_link *link)
{
	int mib[] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, pid };
	char path[PROC_PIDPATHINFO_MAXSIZE];
	struct kinfo_proc info;
	size_t size = sizeof(info);

	(void)proc;
	if (sysctl(mib, array_len(mib), &info, &size, NULL, 0) < 0 || size != sizeof(info) ||
	    info.kp_proc.p_pid != pid)
		return -1;
	*link = (struct ancestry_link){ info.kp_eproc.e_ppid,
					(uint64_t)info.kp_proc.p_starttime.tv_sec * 1000000 +
						(uint64_t)info.kp_proc.p_starttime.tv_usec };
	if (!out)
		return 0;
	out->uid = info.kp_eproc.e_pcred.p_ruid;
	if (proc_pidpath(pid, path, sizeof(path)) > 0)
		out->exe = xstrdup(path);
	read_argv(out, pid);
	return 0;
}
#else
extern int ancestry_elsewhere;
#endif
