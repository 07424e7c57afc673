/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "plugins/timesync/why.h"

#define EPERM_THERE  1
#define EACCES_THERE 13
#define EINVAL_THERE 22
#define ENOSYS_THERE 38

/* As much of /info as a row tells; one entry of each list. */
struct told {
	const char *os_type, *architecture, *name, *operating_system, *kernel_version, *root_dir;
	const char *default_runtime, *security, *label;
};

static struct api_info info_of(const struct told *t)
{
	struct api_info info = {
		.os_type = xstrdup_null(t->os_type),
		.architecture = xstrdup_null(t->architecture),
		.name = xstrdup_null(t->name),
		.operating_system = xstrdup_null(t->operating_system),
		.kernel_version = xstrdup_null(t->kernel_version),
		.root_dir = xstrdup_null(t->root_dir),
		.default_runtime = xstrdup_null(t->default_runtime),
	};

	strings_add(&info.security, "name=seccomp,profile=builtin");
	if (t->security)
		strings_add(&info.security, t->security);
	if (t->label)
		strings_add(&info.labels, t->label);
	return info;
}
#define scoped_info scoped(api_info_release) struct api_info

static const struct {
	struct told told;
	enum cannot measure, set;
	const char *why;
} infos[] = {
	{ { .os_type = "linux", .architecture = "x86_64" },
	  CANNOT_NONE,
	  CANNOT_NONE,
	  "a plain engine" },
	{ { 0 }, CANNOT_NONE, CANNOT_NONE, "one that tells nothing" },
	{ { .os_type = "windows", .architecture = "x86_64" },
	  CANNOT_WINDOWS,
	  CANNOT_WINDOWS,
	  "Windows containers" },
	{ { .os_type = "windows", .security = "name=rootless" },
	  CANNOT_WINDOWS,
	  CANNOT_WINDOWS,
	  "Windows comes first" },
	{ { .os_type = "linux", .architecture = "mips64" },
	  CANNOT_NONE,
	  CANNOT_NONE,
	  "which helper there is for it, /version may know" },
	{ { .os_type = "linux", .architecture = "aarch64" },
	  CANNOT_NONE,
	  CANNOT_NONE,
	  "uname's names are known" },
	{ { .architecture = "x86_64", .security = "name=rootless" },
	  CANNOT_NONE,
	  CANNOT_ROOTLESS,
	  "rootless: can be measured" },
	{ { .architecture = "x86_64", .security = "name=userns" },
	  CANNOT_NONE,
	  CANNOT_NONE,
	  "userns-remap: UsernsMode host undoes it" },
	{ { .architecture = "x86_64", .default_runtime = "runsc" },
	  CANNOT_NONE,
	  CANNOT_KERNEL,
	  "gVisor: can be measured" },
	{ { .architecture = "x86_64", .default_runtime = "kata-runtime" },
	  CANNOT_RUNTIME,
	  CANNOT_RUNTIME,
	  "Kata: not the engine's clock" },
	{ { .architecture = "x86_64", .default_runtime = "io.containerd.kata.v2" },
	  CANNOT_RUNTIME,
	  CANNOT_RUNTIME,
	  "Kata by its other name" },
};

START_TEST(known_from_info)
{
	scoped_info info = info_of(&infos[_i].told);

	ck_assert_msg(why_info(&info, false) == infos[_i].measure, "%s: measuring: %s",
		      infos[_i].why, cannot_name(why_info(&info, false)));
	ck_assert_msg(why_info(&info, true) == infos[_i].set, "%s: setting: %s", infos[_i].why,
		      cannot_name(why_info(&info, true)));
}
END_TEST

static const struct {
	bool init_userns, can_read, can_set;
	struct told told;
	int error;
	enum cannot hello, set;
	const char *why;
} hellos[] = {
	{ true,
	  true,
	  true,
	  { 0 },
	  EPERM_THERE,
	  CANNOT_NONE,
	  CANNOT_CAPABILITY,
	  "a security module takes the capability away" },
	{ true,
	  true,
	  true,
	  { 0 },
	  EACCES_THERE,
	  CANNOT_NONE,
	  CANNOT_CAPABILITY,
	  "another word for it" },
	{ true, true, true, { 0 }, ENOSYS_THERE, CANNOT_NONE, CANNOT_KERNEL, "no such call" },
	{ true,
	  true,
	  true,
	  { 0 },
	  EINVAL_THERE,
	  CANNOT_NONE,
	  CANNOT_KERNEL,
	  "a time that the kernel does not take" },
	{ true,
	  true,
	  false,
	  { 0 },
	  EPERM_THERE,
	  CANNOT_CAPABILITY,
	  CANNOT_CAPABILITY,
	  "the capability was not given" },
	{ true,
	  false,
	  true,
	  { 0 },
	  EPERM_THERE,
	  CANNOT_SECCOMP,
	  CANNOT_SECCOMP,
	  "reading needs no capability: only seccomp refuses it" },
	{ true,
	  false,
	  false,
	  { 0 },
	  EPERM_THERE,
	  CANNOT_SECCOMP,
	  CANNOT_SECCOMP,
	  "seccomp, and no capability" },
	{ true,
	  false,
	  false,
	  { .default_runtime = "runsc" },
	  ENOSYS_THERE,
	  CANNOT_KERNEL,
	  CANNOT_KERNEL,
	  "gVisor" },
	{ false,
	  true,
	  true,
	  { 0 },
	  EPERM_THERE,
	  CANNOT_USERNS,
	  CANNOT_USERNS,
	  "a capability in a user namespace is worth nothing" },
	{ false,
	  true,
	  true,
	  { .security = "name=rootless" },
	  EPERM_THERE,
	  CANNOT_ROOTLESS,
	  CANNOT_ROOTLESS,
	  "rootless" },
	{ false,
	  true,
	  true,
	  { .operating_system = "Docker Desktop" },
	  EPERM_THERE,
	  CANNOT_ECI,
	  CANNOT_ECI,
	  "Enhanced Container Isolation, which /info does not tell" },
	{ false,
	  false,
	  false,
	  { 0 },
	  EPERM_THERE,
	  CANNOT_USERNS,
	  CANNOT_USERNS,
	  "a user namespace comes before what is in it" },
};

START_TEST(known_from_the_helper)
{
	struct session_hello hello = {
		.kernels = KERNELS_DIFFER,
		.can_set = hellos[_i].can_set,
		.init_userns = hellos[_i].init_userns,
		.can_read_timex = hellos[_i].can_read,
	};
	scoped_info info = info_of(&hellos[_i].told);
	enum cannot got = why_hello(&hello, &info);

	ck_assert_msg(got == hellos[_i].hello, "%s: hello: %s", hellos[_i].why, cannot_name(got));
	got = why_set(&hello, &info, hellos[_i].error);
	ck_assert_msg(got == hellos[_i].set, "%s: set: %s", hellos[_i].why, cannot_name(got));
}
END_TEST

START_TEST(without_info)
{
	struct session_hello hello = { .init_userns = false };

	ck_assert_int_eq(why_hello(&hello, NULL), CANNOT_USERNS);
	hello.init_userns = hello.can_read_timex = hello.can_set = true;
	ck_assert_int_eq(why_set(&hello, NULL, ENOSYS_THERE), CANNOT_KERNEL);
}
END_TEST

#define DATE "sudo date -u -s @$(date +%s)"

static const struct {
	struct told told;
	const char *address;
	const char *command, *why;
} places[] = {
	{ { .name = "docker-desktop",
	    .operating_system = "Docker Desktop",
	    .kernel_version = "6.10.14-linuxkit" },
	  "unix:///home/me/.docker/run/docker.sock",
	  "docker desktop restart",
	  "Docker Desktop: nobody gets into its machine" },
	{ { .name = "docker-desktop",
	    .operating_system = "Docker Desktop",
	    .kernel_version = "5.15.153.1-microsoft-standard-WSL2" },
	  "npipe:////./pipe/docker_engine",
	  "wsl -d docker-desktop hwclock -s",
	  "Docker Desktop on WSL2" },
	{ { .name = "colima", .operating_system = "Ubuntu 24.04 LTS" },
	  "unix:///x",
	  "colima ssh -- " DATE,
	  "colima" },
	{ { .name = "colima-work" },
	  "unix:///x",
	  "colima ssh -p work -- " DATE,
	  "a profile of colima's" },
	{ { .name = "lima-colima-work" },
	  "unix:///x",
	  "colima ssh -p work -- " DATE,
	  "the same with lima's prefix" },
	{ { .name = "box", .label = "provider=colima" },
	  "unix:///x",
	  "colima ssh -- " DATE,
	  "colima by its label" },
	{ { .name = "lima-default" }, "unix:///x", "limactl shell default " DATE, "lima" },
	{ { .name = "lima-docker-2" },
	  "unix:///x",
	  "limactl shell docker-2 " DATE,
	  "an instance of lima's" },
	{ { .name = "lima-$(reboot)" },
	  "unix:///x",
	  "there: sudo hwclock -s",
	  "an engine's name that a shell would run" },
	{ { .name = "colima--h;reboot" },
	  "unix:///x",
	  "colima ssh -- " DATE,
	  "a profile that is none" },
	{ { .name = "lima-rancher-desktop" },
	  "unix:///x",
	  "rdctl shell " DATE,
	  "Rancher Desktop on lima" },
	{ { .name = "pc",
	    .operating_system = "Rancher Desktop WSL Distribution",
	    .kernel_version = "5.15.153.1-microsoft-standard-WSL2" },
	  "npipe:////./pipe/docker_engine",
	  "rdctl shell " DATE,
	  "Rancher Desktop on WSL2" },
	{ { .name = "minikube", .operating_system = "Buildroot 2023.02.9" },
	  "tcp://192.168.49.2:2376",
	  "minikube ssh -- " DATE,
	  "minikube" },
	{ { .name = "dev", .operating_system = "Buildroot 2023.02.9", .label = "provider=kvm2" },
	  "tcp://192.168.49.2:2376",
	  "minikube ssh -p dev -- " DATE,
	  "a profile of minikube's" },
	{ { .name = "default",
	    .operating_system = "Boot2Docker 19.03.12 (TCL 10.1)",
	    .label = "provider=virtualbox" },
	  "tcp://192.168.99.100:2376",
	  "docker-machine ssh default " DATE,
	  "where it began" },
	{ { .name = "localhost.localdomain",
	    .operating_system = "fedora",
	    .root_dir = "/var/home/core/.local/share/containers/storage" },
	  "unix:///x",
	  "podman machine ssh -- " DATE,
	  "podman machine" },
	{ { .name = "localhost.localdomain",
	    .operating_system = "fedora",
	    .root_dir = "/var/home/core/.local/share/containers/storage" },
	  "ssh://core@127.0.0.1:53211/run/user/501/podman/podman.sock",
	  "podman machine ssh -- " DATE,
	  "podman machine over its ssh port" },
	{ { .name = "srv", .root_dir = "/var/lib/containers/storage" },
	  "ssh://me@srv.example.com",
	  "ssh me@srv.example.com 'sudo chronyc makestep || sudo systemctl restart "
	  "systemd-timesyncd'",
	  "podman on a server" },
	{ { .name = "srv" },
	  "ssh://me@srv.example.com:2222/run/docker.sock",
	  "ssh -p 2222 me@srv.example.com 'sudo chronyc makestep || sudo systemctl restart "
	  "systemd-timesyncd'",
	  "a server, by its port" },
	{ { .name = "srv" },
	  "ssh://[fe80::1]",
	  "ssh [fe80::1] 'sudo chronyc makestep || sudo systemctl restart systemd-timesyncd'",
	  "an address with colons has no port in it" },
	{ { .name = "pc", .kernel_version = "5.15.153.1-microsoft-standard-WSL2" },
	  "tcp://127.0.0.1:2375",
	  "wsl -u root hwclock -s",
	  "an engine in WSL2" },
	{ { .name = "srv", .kernel_version = "6.1.0-50-amd64" },
	  "tcp://192.0.2.7:2376",
	  "there: sudo chronyc makestep || sudo systemctl restart systemd-timesyncd",
	  "a plain server" },
	{ { .name = "vm" }, "tcp://127.0.0.1:2375", "there: sudo hwclock -s", "a machine here" },
	{ { .name = "vm" }, "tcp://[::1]:2375", "there: sudo hwclock -s", "the same by IPv6" },
	{ { .name = "srv" },
	  "tcp://srv.localhost.example.com:2375",
	  "there: sudo chronyc makestep || sudo systemctl restart systemd-timesyncd",
	  "a name that only looks like it" },
	{ { .name = "vm", .root_dir = "/var/lib/containers/storage" },
	  "tcp://127.0.0.1:8080",
	  "there: sudo hwclock -s",
	  "podman behind plain tcp is no podman machine" },
	{ { .name = "srv", .root_dir = "/var/lib/containers/storage" },
	  "tcp://192.0.2.7:8080",
	  "there: sudo chronyc makestep || sudo systemctl restart systemd-timesyncd",
	  "podman's service on a server" },
	{ { .name = "srv", .root_dir = "/var/lib/containers/storage" },
	  "ssh://localhost@srv.example.com",
	  "ssh localhost@srv.example.com 'sudo chronyc makestep || sudo systemctl restart "
	  "systemd-timesyncd'",
	  "a user of that name is no machine" },
	{ { 0 },
	  NULL,
	  "there: sudo chronyc makestep || sudo systemctl restart systemd-timesyncd",
	  "nothing is known" },
};

START_TEST(commands)
{
	scoped_info info = info_of(&places[_i].told);
	scoped_buf out = { 0 };
	const char *run;

	buf_init(&out, 4096);
	why_text(CANNOT_CAPABILITY, &info, places[_i].address, &out);
	/* "there: " stands where the command has to be run on the engine's machine. */
	run = strstr(out.data, "; run");
	run = run && run[5] == ':' ? run + 7 : run ? run + 6 : "";
	ck_assert_msg(strcmp(run, places[_i].command) == 0, "%s: %s", places[_i].why, out.data);
	ck_assert_ptr_null(strstr(out.data, "%%"));
}
END_TEST

static const struct {
	enum cannot cannot;
	struct told told;
	const char *says, *why;
} causes[] = {
	{ CANNOT_WINDOWS, { .os_type = "windows" }, "w32tm /resync", "its host's own command" },
	{ CANNOT_ROOTLESS, { 0 }, "rootless", "rootless" },
	{ CANNOT_USERNS, { 0 }, "user namespace", "user namespaces" },
	{ CANNOT_ECI, { 0 }, "Enhanced Container Isolation", "ECI" },
	{ CANNOT_SECCOMP, { 0 }, "seccomp", "seccomp" },
	{ CANNOT_CAPABILITY, { 0 }, "SYS_TIME", "no capability" },
	{ CANNOT_KERNEL, { 0 }, "kernel", "a kernel that refuses" },
	{ CANNOT_KERNEL, { .default_runtime = "runsc" }, "gVisor", "gVisor" },
	{ CANNOT_RUNTIME, { 0 }, "virtual machines of their own", "Kata" },
	{ CANNOT_ARCHITECTURE,
	  { .architecture = "mips\033[31m" },
	  "(mips?[31m)",
	  "names it, and a terminal is safe from it" },
	{ CANNOT_NO_RUN, { 0 }, "does not run", "an engine that does not run it" },
};

START_TEST(words)
{
	scoped_info info = info_of(&causes[_i].told);
	scoped_buf out = { 0 };

	buf_init(&out, 4096);
	why_text(causes[_i].cannot, &info, "unix:///x", &out);
	ck_assert_msg(strstr(out.data, causes[_i].says), "%s: %s", causes[_i].why, out.data);
	ck_assert_msg(strstr(out.data, "; run"), "%s: a way out: %s", causes[_i].why, out.data);
	ck_assert_msg(!strchr(out.data, '\n'), "%s: one line: %s", causes[_i].why, out.data);
	buf_clear(&out);
	why_text(causes[_i].cannot, NULL, NULL, &out);
	ck_assert_msg(out.len > 0, "%s: without info", causes[_i].why);
}
END_TEST

START_TEST(nothing_is_wrong)
{
	scoped_buf out = { 0 };

	buf_init(&out, 4096);
	why_text(CANNOT_NONE, NULL, NULL, &out);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_str_eq(cannot_name(CANNOT_NONE), "none");
	ck_assert_str_eq(cannot_name(CANNOT_NO_RUN), "no-run");
}
END_TEST

/* A busy engine needs patience, and no command. */
START_TEST(too_slow)
{
	scoped_buf out = { 0 };

	buf_init(&out, 4096);
	why_text(CANNOT_SLOW, NULL, "ssh://server", &out);
	ck_assert_ptr_nonnull(strstr(out.data, "try again when its machine is less busy"));
	ck_assert_ptr_null(strstr(out.data, "run"));
}
END_TEST

START_TEST(the_same_clock)
{
	scoped_info wsl = info_of(
		&(struct told){ .kernel_version = "5.15.153.1-Microsoft-standard-WSL2" });
	scoped_info plain = info_of(&(struct told){ .kernel_version = "6.1.0-50-amd64" });
	scoped_buf out = { 0 };

	buf_init(&out, 4096);
	ck_assert(!why_same_clock(&plain, &out));
	ck_assert(!why_same_clock(NULL, &out));
	ck_assert_uint_eq(out.len, 0);
	ck_assert(why_same_clock(&wsl, &out));
	ck_assert_ptr_nonnull(strstr(out.data, "sudo hwclock -s"));
	ck_assert_ptr_nonnull(strstr(out.data, "wsl --shutdown"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("timesync/why");
	TCase *t = tcase_create("why");

	tcase_add_loop_test(t, known_from_info, 0, (int)array_len(infos));
	tcase_add_loop_test(t, known_from_the_helper, 0, (int)array_len(hellos));
	tcase_add_test(t, without_info);
	tcase_add_loop_test(t, commands, 0, (int)array_len(places));
	tcase_add_loop_test(t, words, 0, (int)array_len(causes));
	tcase_add_test(t, nothing_is_wrong);
	tcase_add_test(t, too_slow);
	tcase_add_test(t, the_same_clock);
	suite_add_tcase(s, t);
	return s;
}
