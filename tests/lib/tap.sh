# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# TAP for the shell tests, which are run from the repository's root: `. tests/lib/tap.sh`.
#   check WHAT COMMAND...   one test: passes if the command does; its output is shown if not
#   skip WHAT REASON
#   done_testing            the plan, in the end
# $tmp is a folder of the test's own.
n=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

check() {
	n=$((n + 1))
	what=$1
	shift
	if "$@" >"$tmp/check.out" 2>&1; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		sed 's/^/# /' "$tmp/check.out"
	fi
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

done_testing() {
	echo "1..$n"
}
