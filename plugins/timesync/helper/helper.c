/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program in the container: reads a request, stamps it, lets serve() answer, stamps the answer,
 * writes it. It holds no memory, opens nothing but two files of procfs, and changes nothing but
 * what serve() asks it to: the last functions before the loop are the only ones that could.
 *
 * Compiled freestanding by ./build for each architecture, never by the Makefile.
 */
#include "plugins/timesync/helper/divide.h"
#include "plugins/timesync/helper/serve.h"
#include "plugins/timesync/helper/sys.h"

#define NS_PER_SEC INT64_C(1000000000)

/* What adjtime(3) of the C libraries takes: more than a month of slewing. */
#define SLEW_MOST (INT64_C(2145) * 1000000)

/* Called by the entry points in sys_<arch>.h. */
void helper_main(void) __attribute__((__noreturn__, __used__));

static void leave(int status) __attribute__((__noreturn__));

static void leave(int status)
{
	for (;;)
		(void)sys_call(SYS_EXIT_GROUP, status, 0, 0, 0);
}

/*
 * Compilers call these for structs, freestanding or not, and these loops are not made calls of
 * themselves thanks to -fno-builtin. Should one want another such function, linking fails.
 */
void *memset(void *to, int byte, size_t size);
void *memcpy(void *to, const void *from, size_t size);

void *memset(void *to, int byte, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)to)[i] = (uint8_t)byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
	return to;
}

/* --- Clocks. */

/*
 * On 32 bits: the call that outlives 2038, else the one that seccomp profiles from before it know.
 * They answer EPERM and not ENOSYS to what they don't know.
 */
static int64_t clock_read(long clock)
{
	struct sys_timespec ts = { 0, 0 };
#ifdef SYS_CLOCK_GETTIME64
	struct {
		int64_t sec, nsec;
	} ts64 = { 0, 0 };

	if (sys_call(SYS_CLOCK_GETTIME64, clock, sys_pointer(&ts64), 0, 0) == 0)
		return ts64.sec * NS_PER_SEC + ts64.nsec;
#endif
	(void)sys_call(SYS_CLOCK_GETTIME, clock, sys_pointer(&ts), 0, 0);
	return ts.sec * NS_PER_SEC + ts.nsec;
}

static int64_t realtime(void *ctx)
{
	(void)ctx;
	return clock_read(SYS_CLOCK_REALTIME);
}

static int64_t monotonic(void *ctx)
{
	(void)ctx;
	return clock_read(SYS_CLOCK_MONOTONIC);
}

static uint32_t resolution(void)
{
	struct sys_timespec ts = { 0, 0 };

	if (sys_call(SYS_CLOCK_GETRES, SYS_CLOCK_REALTIME, sys_pointer(&ts), 0, 0) < 0)
		return 0;
	return ts.sec ? UINT32_MAX : (uint32_t)ts.nsec;
}

/* --- What kernel this is, and what we may do. */

/* Reads a small file of procfs, and only if it is one: what is mounted over it says nothing about
 * the kernel. Returns its length, or a negative errno. */
static long read_proc(const char *path, char *text, size_t room)
{
	/* f_type comes first and fits into 32 bits, everywhere but on a 64-bit big-endian machine
	 * with a long f_type; s390x has an int there. */
	uint32_t statfs[64];
	long fd = sys_call(SYS_OPENAT, SYS_AT_FDCWD, sys_pointer(path), SYS_O_CLOEXEC, 0);
	long got = -SYS_EINVAL;

	statfs[0] = 0;

	if (fd < 0)
		return fd;
	if (sys_call(SYS_FSTATFS, fd, sys_pointer(statfs), 0, 0) == 0 &&
	    statfs[0] == SYS_PROC_MAGIC)
		got = sys_call(SYS_READ, fd, sys_pointer(text), (long)room, 0);
	(void)sys_call(SYS_CLOSE, fd, 0, 0, 0);
	return got;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "ad1b7cd0-6c5e-4c9d-b1c2-0123456789ab\n"; anything else leaves zeros. */
static void read_boot_id(uint8_t id[WIRE_BOOT_ID_SIZE])
{
	uint8_t found[WIRE_BOOT_ID_SIZE];
	char text[64];
	long len = read_proc("/proc/sys/kernel/random/boot_id", text, sizeof(text));
	int at = 0;

	(void)memset(id, 0, WIRE_BOOT_ID_SIZE);
	if (len != 37 || text[36] != '\n')
		return;
	for (int i = 0; i < WIRE_BOOT_ID_SIZE; i++) {
		if ((at == 8 || at == 13 || at == 18 || at == 23) && text[at++] != '-')
			return;
		int high = digit(text[at++]), low = digit(text[at++]);

		if (high < 0 || low < 0)
			return;
		found[i] = (uint8_t)(high << 4 | low);
	}
	for (int i = 0; i < WIRE_BOOT_ID_SIZE; i++)
		id[i] = found[i];
}

/* Skips blanks and takes the word; 0 if something else comes. */
static int take(const char **text, const char *word)
{
	const char *at = *text;

	while (*at == ' ')
		at++;
	for (; *word; word++)
		if (*at++ != *word)
			return 0;
	*text = at;
	return *at == ' ' || *at == '\n';
}

/* The one line "0 0 4294967295": every user is the one that it looks like, as outside of all
 * namespaces. A kernel without user namespaces has no such file. */
static int in_first_userns(void)
{
	char text[128];
	long len = read_proc("/proc/self/uid_map", text, sizeof(text) - 1);
	const char *at = text;

	if (len < 0)
		return len == -SYS_ENOENT;
	text[len] = '\0';
	return take(&at, "0") && take(&at, "0") && take(&at, "4294967295") && at + 1 == text + len;
}

static int has_sys_time(void)
{
	struct sys_cap_header header = { SYS_CAP_VERSION, 0 };
	struct sys_cap_data data[2] = { { 0 } };

	if (sys_call(SYS_CAPGET, sys_pointer(&header), sys_pointer(data), 0, 0) < 0)
		return 0;
	return data[0].effective >> SYS_CAP_SYS_TIME & 1;
}

/* --- adjtimex: raw, since the seccomp profiles of all engines let it pass and those of old ones
 * not the calls that C libraries make of it. */

static int adjust(struct sys_timex *timex)
{
	return (int)sys_call(SYS_ADJTIMEX, sys_pointer(timex), 0, 0, 0);
}

/* Changes nothing: no modes, then the one that only reads what is left of a slew. */
static int timex_read(void *ctx, struct serve_timex *out)
{
	struct sys_timex timex = { 0 };
	int state = adjust(&timex);

	(void)ctx;
	if (state < 0)
		return state;
	out->state = state;
	out->status = timex.status;
	out->max_error = (int64_t)timex.maxerror * 1000;
	out->est_error = (int64_t)timex.esterror * 1000;
	timex = (struct sys_timex){ .modes = SYS_ADJ_OFFSET_SS_READ };
	out->slew_left = adjust(&timex) < 0 ? 0 : (int64_t)timex.offset * 1000;
	return 0;
}

/*
 * In microseconds, without ADJ_NANO: that would set STA_NANO for good and change the units of the
 * time daemon over there.
 */
static int step(void *ctx, int64_t microseconds)
{
	int64_t sec, usec;

	(void)ctx;
	split_microseconds(microseconds, &sec, &usec);
	if (sec != (long)sec)
		return -SYS_EOVERFLOW;
	struct sys_timex timex = { .modes = SYS_ADJ_SETOFFSET,
				   .sec = (long)sec,
				   .usec = (long)usec };

	return adjust(&timex);
}

static int slew(void *ctx, int64_t microseconds)
{
	(void)ctx;
	if (microseconds > SLEW_MOST || microseconds < -SLEW_MOST)
		return -SYS_EINVAL;
	struct sys_timex timex = { .modes = SYS_ADJ_OFFSET_SINGLESHOT,
				   .offset = (long)microseconds };

	return adjust(&timex);
}

/* --- The conversation. */

/* Until fd is ready or MONOTONIC is `until`; leaves the program then. */
static void wait_for(int fd, short events, int64_t until)
{
	struct sys_pollfd one = { fd, events, 0 };

	for (;;) {
		int64_t left = until - monotonic(0);

		if (left <= 0)
			leave(WIRE_EXIT_PATIENT);
		int64_t sec = (int64_t)divide((uint64_t)left, (uint32_t)NS_PER_SEC);
		struct sys_timespec ts = { (long)sec, (long)(left - sec * NS_PER_SEC) };
		long rc = sys_call(SYS_PPOLL, sys_pointer(&one), 1, sys_pointer(&ts), 0);

		if (rc > 0)
			return;
		if (rc < 0 && rc != -SYS_EINTR && rc != -SYS_EAGAIN)
			leave(WIRE_EXIT_IO);
	}
}

static int64_t patience(void)
{
	return monotonic(0) + WIRE_PATIENCE_SECONDS * NS_PER_SEC;
}

static void read_request(uint8_t bytes[WIRE_REQUEST_SIZE])
{
	int64_t until = patience();
	long have = 0;

	while (have < WIRE_REQUEST_SIZE) {
		wait_for(0, SYS_POLLIN, until);
		long got = sys_call(SYS_READ, 0, sys_pointer(bytes + have),
				    WIRE_REQUEST_SIZE - have, 0);

		if (got == 0)
			leave(have ? WIRE_EXIT_PROTO : WIRE_EXIT_EOF);
		if (got > 0)
			have += got;
		else if (got != -SYS_EINTR && got != -SYS_EAGAIN)
			leave(WIRE_EXIT_IO);
	}
}

/* Not polled before: the first write comes right after the stamp. */
static void write_reply(const uint8_t bytes[WIRE_REPLY_SIZE])
{
	long done = 0;

	while (done < WIRE_REPLY_SIZE) {
		long put = sys_call(SYS_WRITE, 1, sys_pointer(bytes + done), WIRE_REPLY_SIZE - done,
				    0);

		if (put > 0)
			done += put;
		else if (put == -SYS_EAGAIN)
			wait_for(1, SYS_POLLOUT, patience());
		else if (put != -SYS_EINTR)
			leave(WIRE_EXIT_IO);
	}
}

static void begin(struct serve_kernel *kernel)
{
	kernel->realtime = realtime;
	kernel->monotonic = monotonic;
	kernel->timex = timex_read;
	kernel->step = step;
	kernel->slew = slew;
	kernel->ctx = 0;
	read_boot_id(kernel->boot_id);
	kernel->flags = (uint16_t)((has_sys_time() ? WIRE_CAN_SET : 0) |
				   (in_first_userns() ? WIRE_INIT_USERNS : 0));
	kernel->resolution = resolution();
}

void helper_main(void)
{
	struct serve_kernel kernel;
	struct serve_state state = { 0, 0 };
	struct wire_request request;
	struct wire_reply reply;
	uint8_t in[WIRE_REQUEST_SIZE], out[WIRE_REPLY_SIZE];

	begin(&kernel);
	for (;;) {
		read_request(in);
		int64_t received = realtime(0);

		if (wire_request_get(in, &request) < 0)
			leave(WIRE_EXIT_PROTO);
		serve(&state, &kernel, &request, received, &reply);
		wire_reply_put(out, &reply);
		/* Again only what changes, so that nothing but the write follows the stamp. */
		wire_put(out + WIRE_SENT_AT, (uint64_t)realtime(0), 8);
		write_reply(out);
	}
}
