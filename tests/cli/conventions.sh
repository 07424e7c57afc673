#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What docker does not show of the plugin conventions: streams that are closed or full, hooks asked
# by hand, what the program is linked with.
set -u
. tests/lib/tap.sh

export HOME="$tmp" DOCKER_CONFIG="$tmp"
unset DOCKER_HOST XDG_DATA_HOME

full_stdout() {
	"$HYGIENE" version >/dev/full
	[ $? -eq 1 ]
}
check 'a full disk behind stdout is an error' full_stdout

closed_stdout() {
	"$HYGIENE" version >&- 2>"$tmp/err"
	[ $? -eq 1 ] && grep -F 'writing the output' "$tmp/err"
}
check 'so is a closed stdout' closed_stdout

closed_others() {
	"$HYGIENE" version <&- 2>&- >"$tmp/out" && grep '^docker-hygiene ' "$tmp/out"
}
check 'closed stdin and stderr do no harm' closed_others

# The reader is gone before the first byte: it closes its end, then lets the writer go.
gone_reader() {
	mkfifo "$tmp/pipe" "$tmp/go"
	{
		exec 4>"$tmp/pipe"
		read -r _ <"$tmp/go"
		"$HYGIENE" version >&4 2>"$tmp/err"
		echo $? >"$tmp/status"
	} &
	exec 5<"$tmp/pipe"
	exec 5<&-
	echo go >"$tmp/go"
	wait $!
	cat "$tmp/err"
	[ "$(cat "$tmp/status")" -eq 1 ] && [ ! -s "$tmp/err" ]
}
check 'a reader that went away ends it quietly' gone_reader

# Linked libraries are loaded before each of docker's commands.
few_libraries() {
	ldd "$HYGIENE" >"$tmp/ldd"
	! grep -E 'libcurl|libssl|libcrypto' "$tmp/ldd"
}
check 'libcurl and OpenSSL are not linked' few_libraries

hook() {
	"$HYGIENE" hygiene docker-cli-plugin-hooks "$1" >"$tmp/out" 2>"$tmp/err"
}
hook_full() {
	hook '{"RootCmd":"pull","Flags":{},"CommandError":"x: no space left on device"}' &&
		grep -F '{"Type":0,"Template":"The disk is full.' "$tmp/out" &&
		grep -F 'docker hygiene prune --dry-run' "$tmp/out"
}
check 'a hook says what to do about a full disk' hook_full
hook_other() {
	hook '{"RootCmd":"pull","Flags":{},"CommandError":"manifest unknown"}' && [ ! -s "$tmp/out" ]
}
check 'and nothing about other failures' hook_other
hook_bad() {
	hook '{"RootCmd":'
	[ $? -eq 1 ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ]
}
check 'a hook without its document fails' hook_bad

# A build plugin tells docker its exit status only; then the disk is looked at.
small_disk() {
	mkdir -p "$tmp/data/docker"
	# shellcheck disable=SC2016  # expanded in there
	XDG_DATA_HOME="$tmp/data" unshare "$@" sh -eu -c '
		mount -t tmpfs -o size=64k none "$XDG_DATA_HOME/docker"
		hook() { "$HYGIENE" hygiene docker-cli-plugin-hooks "$1"; }
		failed="{\"RootCmd\":\"buildx build\",\"CommandError\":\"exited with code 1\"}"
		[ -z "$(hook "$failed")" ]
		head -c 65536 /dev/zero >"$XDG_DATA_HOME/docker/layer" || :
		hook "$failed" | grep -F "The disk is full"
		[ -z "$(DOCKER_HOST=tcp://127.0.0.1:1 hook "$failed")" ]
		[ -z "$(hook "{\"RootCmd\":\"buildx build\",\"CommandError\":\"\"}")" ]'
}
what='a build that failed without words, on a full disk and on another'
if unshare -m true 2>/dev/null; then
	check "$what" small_disk -m
elif unshare -rm true 2>/dev/null; then
	check "$what" small_disk -rm
else
	skip "$what" 'no mount namespaces here'
fi
done_testing
