#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demo: what it shows is true, and nothing of it is left, be it ended by itself or by Ctrl-C.
set -u
. tests/lib/tap.sh

if [ "$(id -u)" -ne 0 ]; then
	skip 'demo' 'a private engine needs root'
	done_testing
	exit 0
fi
export TMPDIR="$tmp/d"
mkdir "$TMPDIR"
# The tests' registry, where it has been unpacked: the demo would unpack one of its own.
PATH=$PATH:${HYGIENE_PARTS:-$PWD/build/parts}/registry

# What a demo could leave on the machine.
traces() {
	find "$TMPDIR"
	grep -F "$TMPDIR" /proc/self/mounts
	for proc in /proc/[0-9]*; do
		{ tr '\0' ' ' <"$proc/cmdline"; } 2>/dev/null | grep -F "$TMPDIR/hygiene-demo"
	done
	find /sys/fs/cgroup -name 'hygiene-demo.*' 2>/dev/null
	cat /proc/sys/net/ipv4/ip_forward
	ls /sys/class/net
}

shows() {
	GITHUB_ACTIONS=true scripts/demo "$HYGIENE" "$PUSHGATE" </dev/null >"$tmp/demo" 2>&1
	status=$?
	cat "$tmp/demo"
	[ $status -eq 0 ]
}

# Planned by name, gone after it; what is in use or tagged stays.
tells_true() {
	cat "$tmp/demo"
	sed -n '/^== What would go/,/^== Pruning/p' "$tmp/demo" >"$tmp/plan"
	sed -n '/^== What is left/,$p' "$tmp/demo" >"$tmp/left"
	grep -q build-1 "$tmp/plan" && ! grep -q build-1 "$tmp/left" && ! grep -q '<none>' "$tmp/left" &&
		grep -q '^demo/app ' "$tmp/left" && grep -q '^demo/tool ' "$tmp/left" &&
		awk '/^== What is left/ { for (i = 1; i < NF; i++) if ($(i + 1) == "MiB") v[++k] = $i
			ok = v[1] > v[2] + 50 } END { exit !ok }' "$tmp/left"
}

# between FROM TO: the lines between two steps.
between() {
	sed -n "/^== $1/,/^== $2/p" "$tmp/demo"
}

# Stopped with the reason, through, and no difference.
stops_and_lets_through() {
	cat "$tmp/demo"
	between 'The person pushes' 'The CI job pushes' >"$tmp/person"
	between 'The CI job pushes' 'The person pulls' >"$tmp/job"
	between 'The person pulls' 'What led to it' >"$tmp/pull"
	grep -E 'is stopped: .*no CI.s variables are set: JENKINS_URL is not set' "$tmp/person" &&
		! grep -E 'digest: sha256' "$tmp/person" && grep -E '^1: digest: sha256' "$tmp/job" &&
		! grep -E 'stopped|denied|no basic auth' "$tmp/job" "$tmp/pull" &&
		grep -E '^Status: ' "$tmp/pull" && grep -E '^a push +is stopped' "$tmp/demo"
}

nothing_left() {
	traces >"$tmp/after"
	diff "$tmp/before" "$tmp/after"
}

# interrupted STEP: in a process group of its own, as a terminal's Ctrl-C reaches it.
interrupted() {
	setsid scripts/demo "$HYGIENE" "$PUSHGATE" </dev/null >"$tmp/demo" 2>&1 &
	pid=$!
	tries=600
	until grep -q "^== $1" "$tmp/demo"; do
		[ $tries -gt 0 ] || return 1
		tries=$((tries - 1))
		sleep 0.1
	done
	[ "$1" != Filling ] || sleep 0.5
	# The shell ignores SIGINT in what it starts in the background; SIGTERM takes the same way.
	kill -TERM "-$pid"
	wait $pid
	[ $? -eq 143 ]
}

traces >"$tmp/before"
if ! shows >/dev/null && grep -q '^no engine can run here' "$tmp/demo"; then
	skip 'demo' "$(grep '^no engine can run here' "$tmp/demo")"
	check 'leaves nothing behind where it cannot run' nothing_left
	done_testing
	exit 0
fi
check 'shows a plan and does it' tells_true
check 'leaves nothing behind' nothing_left
if grep -q '^== Not shown' "$tmp/demo"; then
	skip 'stops a push' "$(grep '^== Not shown' "$tmp/demo")"
else
	check 'shows a push that is stopped, and one that is not' stops_and_lets_through
	check 'stops when it is told to in the midst of a push' interrupted 'The CI job pushes'
	check 'leaves nothing behind then, either' nothing_left
fi
check 'stops when it is told to' interrupted Filling
check 'leaves nothing behind then, either' nothing_left
done_testing
