/* SPDX-License-Identifier: Apache-2.0 */
/* docker timesync watch: keep the engine's clock in step, now and after every wake-up. */
#include "plugins/timesync/orders_opt.h"
#include "plugins/timesync/tell.h"
#include "plugins/timesync/verbs.h"
#include "plugins/timesync/watch_run.h"
#include "plugins/timesync/watch_service.h"

/* The helper ends itself after ten minutes without a beat. */
#define INTERVAL_LEAST (100 * NSEC_PER_MSEC)
#define INTERVAL_MOST  (5 * NSEC_PER_MIN)

struct watch_args {
	bool install, uninstall, status;
	int64_t interval;
	bool no_idle_helper;
	struct orders orders;
	struct timeref reference, verify; /* text NULL: not given */
	enum out_format format;
};

static const char *const service_rows[] = { "install", "uninstall", "status", NULL };

static int check(const struct watch_args *args, struct error *err)
{
	if (args->install + args->uninstall + args->status > 1)
		return error_set(err, ERROR_USAGE, 0,
				 "--install, --uninstall and --status are three things");
	if (args->interval && (args->interval < INTERVAL_LEAST || args->interval > INTERVAL_MOST))
		return error_set(err, ERROR_USAGE, 0, "--interval: from 100ms to 5m");
	if (args->reference.text && args->reference.kind != TIMEREF_HOST)
		return error_set(
			err, ERROR_USAGE, 0,
			"--reference: watch compares with this machine's clock alone, since "
			"servers of others are not to be polled for months; let an NTP "
			"service keep this machine's clock, or use --verify");
	if (args->verify.text && args->verify.kind == TIMEREF_HOST)
		return error_set(err, ERROR_USAGE, 0,
				 "--verify: name something else than this machine's own clock");
	if (args->verify.text && timeref_is_pool(&args->verify))
		return error_set(err, ERROR_USAGE, 0,
				 "--verify: %s is a public pool, which nobody may poll for months; "
				 "name a server of your network or your provider",
				 args->verify.text);
	return 0;
}

static int watch_verb_run(struct cli *cli, const struct verb_call *call, int *status,
			  struct error *err)
{
	const struct watch_args *args = call->args;
	const struct watch_setup setup = {
		.interval = args->interval,
		.idle_helper = !args->no_idle_helper,
		.orders = args->orders,
		.verify = args->verify.text ? &args->verify : NULL,
		.format = args->format,
	};

	if (check(args, err) < 0)
		return -1;
	if (args->install)
		return watch_service_install(cli, call, &verb_watch, service_rows, err);
	if (args->uninstall)
		return watch_service_uninstall(cli, err);
	if (args->status)
		return watch_service_status(cli, args->format, status, err);
	return watch_run(cli, &setup, status, err);
}

static void init(void *args)
{
	struct watch_args *a = args;

	a->orders.tolerance = DECIDE_LEAST;
}

static void release(void *args)
{
	struct watch_args *a = args;

	timeref_release(&a->reference);
	timeref_release(&a->verify);
}

#define AT(member) offsetof(struct watch_args, member)

static const struct opt rows[] = {
	{ .name = "interval",
	  .parse = opt_duration,
	  .offset = AT(interval),
	  .metavar = "DURATION",
	  .fallback = "10s, without a helper 30s",
	  .help = "Look at the engine's clock this often" },
	{ .name = "no-idle-helper",
	  .parse = opt_flag,
	  .offset = AT(no_idle_helper),
	  .help = "Keep no helper attached; ask the engine by /info, and start a helper only to "
		  "correct" },
};
static const struct opt reference_rows[] = {
	{ .name = "reference",
	  .parse = opt_timeref,
	  .offset = AT(reference),
	  .metavar = "REF",
	  .fallback = "host",
	  .help = "What to set it to: watch knows host (this machine) alone" },
	{ .name = "verify",
	  .parse = opt_timeref,
	  .offset = AT(verify),
	  .metavar = "REF",
	  .help = "Before corrections, at most once an hour, compare this machine's own clock with "
		  "ntp:HOST[,HOST...] or https://HOST, and leave the engine alone if it is wrong" },
	{ .name = "format",
	  .parse = opt_format,
	  .offset = AT(format),
	  .metavar = "FORMAT",
	  .fallback = "table",
	  .help = "Output: table (a line for each event) or json (an object in a line)",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = "table json" },
};

static const struct opt service[] = {
	{ .name = "install",
	  .parse = opt_flag,
	  .offset = AT(install),
	  .help = "Start it now and at every login, with the other options given" },
	{ .name = "uninstall",
	  .parse = opt_flag,
	  .offset = AT(uninstall),
	  .help = "Stop that and remove it" },
	{ .name = "status",
	  .parse = opt_flag,
	  .offset = AT(status),
	  .help = "Tell whether it runs" },
};

static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0),
				       OPT_SET(NULL, orders_rows, AT(orders)),
				       OPT_SET(NULL, reference_rows, 0),
				       OPT_SET("Service", service, 0) };

const struct verb verb_watch = {
	.name = "watch",
	.synopsis = "[options]",
	.summary = "Keep the engine's clock in step, now and after every wake-up",
	.help = "Stays. Looks at the engine's clock now and then, at once when this machine wakes\n"
		"up or its clock is set, and corrects it as sync does. Keeps one helper attached,\n"
		"which sleeps: its answer comes in the moment in which the engine's machine goes\n"
		"on. When the engine does not answer it is asked again, each time after a longer\n"
		"pause, up to a minute. Each event is one line on stdout, times are UTC.\n\n"
		"An engine on this machine's kernel has its clock: watch says so, and then looks\n"
		"every ten minutes whether that is still so.\n\n"
		"--install keeps it running: as a service of your own systemd, on macOS as a\n"
		"launchd agent, for the engine that these words mean now (global flags,\n"
		"DOCKER_HOST, DOCKER_CONTEXT). Installing again replaces it.\n\n"
		"Exit status: 0 after SIGTERM, 2 after Ctrl-C, 1 when nobody reads the output any\n"
		"more; --status: 0 it runs, 3 it does not; 125 wrong usage.",
	.examples = "  docker timesync watch\n"
		    "  docker timesync watch --install\n"
		    "  docker timesync watch --install --verify ntp:time.example.net\n"
		    "  docker timesync watch --format json --interval 1m",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct watch_args),
	.init = init,
	.release = release,
	.run = watch_verb_run,
};
