/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/client/ntp_peer.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"

#define EPOCH UINT64_C(2208988800)

static void put(uint8_t *data, int at, int size, uint64_t value)
{
	for (int i = 0; i < size; i++)
		data[at + i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static uint64_t get(const uint8_t *data)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | data[i];
	return value;
}

static uint64_t stamp(int64_t offset)
{
	int64_t now = clock_system.now(&clock_system) + offset;
	uint64_t fraction = ((uint64_t)(now % NSEC_PER_SEC) << 32) / (uint64_t)NSEC_PER_SEC;

	return ((uint64_t)(now / NSEC_PER_SEC) + EPOCH) << 32 | fraction;
}

/* A server of stratum 2 whose root distance is next to nothing. */
static void good(uint8_t out[128], const uint8_t *request, int64_t offset, uint64_t received)
{
	memset(out, 0, 128);
	out[0] = 4 << 3 | 4;
	out[1] = 2;
	out[3] = (uint8_t)-30;
	memcpy(out + 24, request + 40, 8);
	put(out, 32, 8, received);
	put(out, 40, 8, stamp(offset));
}

struct request {
	int fd, other;
	uint8_t data[64];
	struct sockaddr_storage from;
	socklen_t from_len;
};

static void send_it(const struct request *r, int fd, const uint8_t *data, int len)
{
	(void)!sendto(fd, data, (size_t)len, 0, (const struct sockaddr *)&r->from, r->from_len);
}

static void answer(const struct request *r, const struct ntp_act *act)
{
	uint64_t received = stamp(act->offset);
	uint8_t out[128];
	int fd = act->elsewhere ? r->other : r->fd;

	if (act->silent)
		return;
	poll(NULL, 0, act->there_ms);
	good(out, r->data, act->offset, received);
	for (int i = 0; i < NTP_PATCHES && act->patches[i].size; i++)
		put(out, act->patches[i].at, act->patches[i].size, act->patches[i].value);
	poll(NULL, 0, act->before_ms);
	if (act->stop_ms)
		kill(getppid(), SIGSTOP);
	for (int i = 0; i <= act->copies; i++)
		send_it(r, fd, out, act->len ? act->len : 48);
	if (act->then_good) {
		good(out, r->data, act->offset, received);
		send_it(r, r->fd, out, 48);
	}
	if (act->stop_ms) {
		poll(NULL, 0, act->stop_ms);
		kill(getppid(), SIGCONT);
	}
}

static void note(struct ntp_peer_seen *seen, const struct request *r, ssize_t len)
{
	int i = seen->requests;
	in_port_t port = r->from.ss_family == AF_INET6
				 ? ((const struct sockaddr_in6 *)&r->from)->sin6_port
				 : ((const struct sockaddr_in *)&r->from)->sin_port;

	memcpy(seen->last, r->data, sizeof(seen->last));
	seen->last_len = (int)len;
	if (i < 16) {
		seen->ports[i] = ntohs(port);
		seen->times[i] = clock_system.monotonic(&clock_system);
		seen->cookies[i] = get(r->data + 40);
	}
	seen->requests++;
}

static void __attribute__((__noreturn__))
serve(int fd, int other, const struct ntp_act *acts, size_t count, struct ntp_peer_seen *seen)
{
#ifdef __linux__
	/* A test that fails does not come to ntp_peer_stop(). */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	for (size_t i = 0;; i++) {
		struct request r = { .fd = fd, .other = other, .from_len = sizeof(r.from) };
		ssize_t n = recvfrom(fd, r.data, sizeof(r.data), 0, (struct sockaddr *)&r.from,
				     &r.from_len);

		if (n < 0)
			continue;
		note(seen, &r, n);
		answer(&r, &acts[i < count ? i : count - 1]);
	}
}

static int bind_any(bool v6, int *port)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr *address = v6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t len = v6 ? sizeof(six) : sizeof(four);
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, address, len), 0);
	ck_assert_int_eq(getsockname(fd, address, &len), 0);
	*port = ntohs(v6 ? six.sin6_port : four.sin_port);
	return fd;
}

void ntp_peer_start(struct ntp_peer *peer, const struct ntp_act *acts, size_t count, bool v6)
{
	int other_port;
	int fd = bind_any(v6, &peer->port);
	int other = bind_any(v6, &other_port);

	peer->seen = mmap(NULL, sizeof(*peer->seen), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(peer->seen != MAP_FAILED);
	peer->name = xasprintf("%s:%d", v6 ? "[::1]" : "127.0.0.1", peer->port);
	peer->pid = fork();
	ck_assert_int_ge(peer->pid, 0);
	if (peer->pid == 0)
		serve(fd, other, acts, count, peer->seen);
	close(fd);
	close(other);
}

void ntp_peer_stop(struct ntp_peer *peer)
{
	if (peer->pid > 0) {
		kill(peer->pid, SIGKILL);
		waitpid(peer->pid, NULL, 0);
	}
	if (peer->seen)
		munmap(peer->seen, sizeof(*peer->seen));
	free(peer->name);
	*peer = (struct ntp_peer){ 0 };
}
