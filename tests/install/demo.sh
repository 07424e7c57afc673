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
	scripts/demo "$HYGIENE" </dev/null >"$tmp/demo" 2>&1
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

nothing_left() {
	traces >"$tmp/after"
	diff "$tmp/before" "$tmp/after"
}

# In a process group of its own, as a terminal's Ctrl-C reaches it.
interrupted() {
	setsid scripts/demo "$HYGIENE" </dev/null >"$tmp/demo" 2>&1 &
	pid=$!
	tries=300
	until grep -q '^== Filling' "$tmp/demo"; do
		[ $tries -gt 0 ] || return 1
		tries=$((tries - 1))
		sleep 0.1
	done
	sleep 0.5
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
check 'stops when it is told to' interrupted
check 'leaves nothing behind then, either' nothing_left
done_testing
