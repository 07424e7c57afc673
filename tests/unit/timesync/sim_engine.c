/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/timesync/sim_engine.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/codec/timefmt.h"
#include "plugins/timesync/helper/serve.h"
#include "plugins/timesync/helper_image.h"
#include "tests/unit/client/scratch.h"

#define ID    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MOVED (50 * NSEC_PER_MSEC)

/* --- The machine. */

static int64_t sim_monotonic(void *ctx)
{
	(void)ctx;
	return clock_system.monotonic(&clock_system);
}

static int64_t sim_realtime(void *ctx)
{
	const struct sim_world *world = ctx;

	return clock_system.now(&clock_system) + world->offset;
}

static int sim_timex(void *ctx, struct serve_timex *out)
{
	const struct sim_world *world = ctx;

	if (world->labels_deny && !strstr(world->body, "label=disable"))
		return -1; /* EPERM */
	*out = (struct serve_timex){
		.state = world->synchronised ? 0 : 5,
		.status = world->synchronised ? 0 : 0x40,
		.max_error = world->synchronised ? NSEC_PER_MSEC : 16 * NSEC_PER_SEC,
	};
	return 0;
}

static int sim_step(void *ctx, int64_t microseconds)
{
	struct sim_world *world = ctx;

	if (world->set_errno)
		return -world->set_errno;
	world->offset += microseconds * 1000;
	return 5;
}

static int sim_slew(void *ctx, int64_t microseconds)
{
	struct sim_world *world = ctx;

	(void)microseconds;
	return world->set_errno ? -world->set_errno : 0;
}

/* --- The helper, in its container. */

static void send_all(int fd, const void *data, size_t len)
{
	for (const char *at = data; len > 0;) {
		ssize_t n = write(fd, at, len);

		if (n < 0)
			_exit(0);
		at += n;
		len -= (size_t)n;
	}
}

static bool read_all(int fd, void *data, size_t len)
{
	for (char *at = data; len > 0;) {
		ssize_t n = read(fd, at, len);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static void send_frame(int fd, uint8_t type, const void *data, size_t len)
{
	const uint8_t head[8] = { type, [7] = (uint8_t)len };

	send_all(fd, head, sizeof(head));
	send_all(fd, data, len);
}

static void count(struct sim_world *world, const struct wire_request *request)
{
	if (request->op == WIRE_HELLO)
		world->greetings++;
	if (request->op != WIRE_SET)
		return;
	if (world->sets++ < world->moves)
		world->offset += MOVED;
}

/* To the end of its stdin, or to where the test wants it to end. */
static void run_helper(struct sim_world *world, int fd)
{
	struct serve_kernel kernel = {
		.realtime = sim_realtime,
		.monotonic = sim_monotonic,
		.timex = sim_timex,
		.step = sim_step,
		.slew = sim_slew,
		.ctx = world,
		.flags = WIRE_INIT_USERNS,
		.resolution = 1,
	};
	struct serve_state state = { 0 };
	uint8_t in[WIRE_REQUEST_SIZE], out[WIRE_REPLY_SIZE];

	memcpy(kernel.boot_id, world->boot_id, sizeof(kernel.boot_id));
	if (strstr(world->body, "SYS_TIME"))
		kernel.flags |= WIRE_CAN_SET;
	for (int n = 1; read_all(fd, in, sizeof(in)); n++) {
		int64_t received = sim_realtime(world);
		struct wire_request request;
		struct wire_reply reply;

		if (n == world->end_after) {
			send_frame(fd, 2, "helper: out of order\n", 21);
			return;
		}
		ck_assert_int_eq(wire_request_get(in, &request), 0);
		count(world, &request);
		serve(&state, &kernel, &request, received, &reply);
		reply.sent = sim_realtime(world);
		wire_reply_put(out, &reply);
		poll(NULL, 0, (int)(world->delay / NSEC_PER_MSEC));
		send_frame(fd, 1, out, sizeof(out));
	}
}

static void attach(struct sim_world *world, int fd)
{
	static const char head[] = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n"
				   "Upgrade: tcp\r\n\r\n";

	world->attaches++;
	send_all(fd, head, sizeof(head) - 1);
	for (int i = 0; i < 5000 && !world->started; i++)
		poll(NULL, 0, 1);
	if (world->started)
		run_helper(world, fd);
	world->running = false;
	world->created = world->never_removes;
	_exit(0);
}

/* --- The engine. */

static void reply_json(int fd, int status, const char *body)
{
	char head[256];
	int len = snprintf(head, sizeof(head),
			   "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
			   "Content-Length: %zu\r\n\r\n",
			   status, strlen(body));

	send_all(fd, head, (size_t)len);
	send_all(fd, body, strlen(body));
}

static void ping(struct sim_world *world, int fd)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nOstype: linux\r\n"
				     "Content-Length: 2\r\n\r\nOK";

	world->pings++;
	send_all(fd, answer, sizeof(answer) - 1);
}

static void info(struct sim_world *world, int fd)
{
	char time[TIME_TEXT], body[1024];

	world->infos++;
	time_format_rfc3339(time, sim_realtime(world), 1);
	snprintf(body, sizeof(body),
		 "{\"ID\":\"x\",\"Name\":\"sim\",\"ServerVersion\":\"26.1.5\",\"OSType\":\"linux\","
		 "\"Architecture\":\"x86_64\",\"Driver\":\"overlay2\",\"DockerRootDir\":\"/d\","
		 "\"SecurityOptions\":[%s],\"SystemTime\":\"%s\",\"Containers\":0,\"Images\":0}",
		 world->labels_deny ? "\"name=selinux\"" : "", time);
	reply_json(fd, 200, body);
}

static void create(struct sim_world *world, int fd, const char *body)
{
	const struct helper_image *image;
	struct error ignored = ERROR_INIT;
	char wanted[256];

	world->creates++;
	snprintf(world->body, sizeof(world->body), "%s", body);
	if (helper_image_choose(&image, "amd64", &ignored) < 0)
		_exit(1);
	snprintf(wanted, sizeof(wanted), "\"Image\":\"%s\"",
		 world->knows ? world->knows : image->tag);
	if (!world->loaded || !strstr(body, wanted)) {
		reply_json(fd, 404, "{\"message\":\"No such image\"}");
		return;
	}
	world->created = true;
	world->started = false;
	reply_json(fd, 201, "{\"Id\":\"" ID "\",\"Warnings\":[]}");
}

static void load(struct sim_world *world, int fd)
{
	char body[512];

	world->loads++;
	if (world->load_fails) {
		reply_json(fd, 200,
			   "{\"errorDetail\":{\"message\":\"no space\"},"
			   "\"error\":\"no space\"}\n");
		return;
	}
	world->loaded = true;
	snprintf(body, sizeof(body), "{\"stream\":\"Loaded image: %s\\n\"}\n",
		 world->knows ? world->knows : "docker-timesync/helper:x");
	reply_json(fd, 200, body);
}

static void wait_gone(struct sim_world *world, int fd)
{
	world->waits++;
	for (int i = 0; i < 8000 && world->created; i++)
		poll(NULL, 0, 1);
	reply_json(fd, 200, "{\"StatusCode\":0}");
}

static void start(struct sim_world *world, int fd)
{
	world->running = world->started = true;
	send_all(fd, "HTTP/1.1 204 No Content\r\n\r\n", 27);
}

static void delete (struct sim_world *world, int fd, const char *path)
{
	world->deletes++;
	world->created = false;
	snprintf(world->deleted, sizeof(world->deleted), "%.*s", (int)strcspn(path, " "), path);
	send_all(fd, "HTTP/1.1 204 No Content\r\n\r\n", 27);
}

static void answer(struct sim_world *world, int fd, const char *request, const char *body)
{
	const char *path = strchr(request, ' ') + 1;

	if (strncmp(path, "/v1.41", 6) == 0)
		path += 6;
	if (strncmp(path, "/_ping", 6) == 0)
		ping(world, fd);
	else if (strncmp(path, "/info", 5) == 0)
		info(world, fd);
	else if (strncmp(path, "/containers/create", 18) == 0)
		create(world, fd, body);
	else if (strncmp(path, "/images/load", 12) == 0)
		load(world, fd);
	else if (strncmp(path, "/containers/json", 16) == 0)
		reply_json(fd, 200, world->list ? world->list : "[]");
	else if (strncmp(request, "DELETE", 6) == 0)
		delete (world, fd, path);
	else if (strstr(path, "/attach?"))
		attach(world, fd);
	else if (strstr(path, "/start"))
		start(world, fd);
	else if (strstr(path, "/wait"))
		wait_gone(world, fd);
	else
		reply_json(fd, 404, "{\"message\":\"no route\"}");
}

/* One connection: requests one after the other. Bodies beyond the room (an image) are dropped. */
static no_return void serve_connection(struct sim_world *world, int fd)
{
	static char room[16384];

	for (;;) {
		size_t len = 0;
		char *end;

		while (!(end = memmem(room, len, "\r\n\r\n", 4))) {
			ssize_t n = read(fd, room + len, sizeof(room) - 1 - len);

			if (n <= 0)
				_exit(0);
			len += (size_t)n;
		}
		room[len] = '\0';
		const char *header = strcasestr(room, "content-length:");
		size_t size = header && header < end ? strtoul(header + 15, NULL, 10) : 0;
		size_t got = len - (size_t)(end + 4 - room);

		while (got < size) {
			char spill[4096];
			size_t space = sizeof(room) - 1 - len;
			ssize_t n = space ? read(fd, room + len, space)
					  : read(fd, spill, sizeof(spill));

			if (n <= 0)
				_exit(0);
			got += (size_t)n;
			len += space ? (size_t)n : 0;
		}
		room[len] = '\0';
		answer(world, fd, room, end + 4);
	}
}

/* A test that failed or timed out stops nothing. */
static void die_with_parent(void)
{
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

static no_return void accept_all(struct sim_world *world, int listener)
{
	signal(SIGCHLD, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0 && fork() == 0) {
			die_with_parent();
			close(listener);
			serve_connection(world, fd);
		}
		close(fd);
	}
}

void sim_start(struct sim *sim)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static int number;

	sim->world = mmap(NULL, sizeof(*sim->world), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(sim->world, MAP_FAILED);
	sim->world->loaded = true;
	for (int i = 0; i < WIRE_BOOT_ID_SIZE; i++)
		sim->world->boot_id[i] = (uint8_t)(i + 1);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s/sim%d", scratch_dir(), number++);
	sim->address = xasprintf("unix://%s", to.sun_path);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(listen(listener, 16), 0);
	sim->pid = fork();
	if (sim->pid == 0) {
		die_with_parent();
		setpgid(0, 0);
		accept_all(sim->world, listener);
	}
	setpgid(sim->pid, sim->pid);
	close(listener);
}

void sim_stop(struct sim *sim)
{
	kill(-sim->pid, SIGKILL);
	waitpid(sim->pid, NULL, 0);
	munmap(sim->world, sizeof(*sim->world));
	free(sim->address);
}
