/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/client/tls_server.h"

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/process.h"
#include "tests/unit/client/scratch.h"

/* Two authorities; server and client certificates of the first; an expired one. */
static const char make_certificates[] =
	"set -e; cd \"$1\"; exec 2>log\n"
	"ca() { openssl req -x509 -newkey rsa:2048 -nodes -keyout $1.key -out $1.pem -days 2 \\\n"
	"	-subj \"/CN=$1\" -addext basicConstraints=critical,CA:TRUE; }\n"
	"leaf() { # name, days, extensions\n"
	"	openssl req -newkey rsa:2048 -nodes -keyout $1.key -out $1.csr -subj \"/CN=$1\"\n"
	"	printf '%s\\n' \"$3\" >$1.ext\n"
	"	openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial \\\n"
	"		-out $1.pem -days $2 -extfile $1.ext; }\n"
	"ca ca; ca other\n"
	"leaf server 2 subjectAltName=IP:127.0.0.1\n"
	"leaf elsewhere 2 subjectAltName=DNS:engine.example\n"
	"leaf client 2 extendedKeyUsage=clientAuth\n"
	"openssl req -newkey rsa:2048 -nodes -keyout stranger.key -out stranger.csr \\\n"
	"	-subj /CN=stranger\n"
	"openssl x509 -req -in stranger.csr -CA other.pem -CAkey other.key -CAcreateserial \\\n"
	"	-out stranger.pem -days 2\n"
	"openssl req -newkey rsa:2048 -nodes -keyout expired.key -out expired.csr \\\n"
	"	-subj /CN=expired\n"
	"touch index; echo 01 >serial\n"
	"printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\nserial=serial\\nnew_certs_dir=.\\n"
	"policy=p\\ndefault_md=sha256\\n[p]\\ncommonName=supplied\\n' >ca.conf\n"
	"printf subjectAltName=IP:127.0.0.1 >expired.ext\n"
	"openssl ca -batch -notext -config ca.conf -cert ca.pem -keyfile ca.key -in expired.csr "
	"\\\n"
	"	-out expired.pem -extfile expired.ext \\\n"
	"	-startdate 20200101000000Z -enddate 20200102000000Z\n";

void tls_make_certificates(void)
{
	const char *const argv[] = { "sh", "-c", make_certificates, "sh", scratch_dir(), NULL };
	struct process_result result = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf errors;

	buf_init(&errors, 65536);
	ck_assert_msg(process_run(argv, NULL, &errors, &errors, 60 * NSEC_PER_SEC, NULL, &result,
				  &err) == 0,
		      "%s", err.text);
	if (result.status != 0) {
		scoped_str log = scratch_read("log");

		ck_abort_msg("openssl: %s%s", errors.data, log);
	}
}

void tls_server_stop(struct tls_server *server)
{
	if (server->pid > 0) {
		kill(server->pid, SIGKILL);
		waitpid(server->pid, NULL, 0);
	}
}

/* Reads what the server says until "ACCEPT 127.0.0.1:41234". */
static void read_port(struct tls_server *server, int fd)
{
	size_t len = 0;
	char text[512] = "";

	for (;;) {
		ssize_t got = read(fd, text + len, sizeof(text) - 1 - len);
		const char *at;

		ck_assert_msg(got > 0, "openssl s_server: %s", text);
		len += (size_t)got;
		text[len] = '\0';
		at = strstr(text, "ACCEPT ");
		if (at && strchr(at, '\n')) {
			server->port = atoi(strrchr(at, ':') + 1);
			break;
		}
	}
	ck_assert_int_gt(server->port, 0);
}

/* s_server with fd as its output (and errors, or input); port 0 is any. */
static void run(struct tls_server *server, const char *name, bool http, const char *const more[],
		int fd)
{
	scoped_str cert = xasprintf("%s.pem", name);
	scoped_str key = xasprintf("%s.key", name);
	const char *argv[24] = { "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
				 cert,      "-key",     key,       NULL };
	size_t n = 8;

	if (http)
		argv[n++] = "-HTTP";
	for (size_t i = 0; more && i < 8 && more[i]; i++)
		argv[n++] = more[i];
	server->pid = fork();
	if (server->pid == 0) {
		if (http)
			dup2(fd, 2);
		else
			dup2(fd, 0);
		dup2(fd, 1);
		if (chdir(scratch_dir()) == 0)
			execvp("openssl", (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(fd);
}

void tls_server_start(struct tls_server *server, const char *name, const char *const more[])
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	run(server, name, true, more, fds[1]);
	read_port(server, fds[0]);
}

int tls_server_start_raw(struct tls_server *server, const char *name, const char *const more[])
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	run(server, name, false, more, fds[1]);
	read_port(server, fds[0]);
	return fds[0];
}
