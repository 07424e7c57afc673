#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docker hygiene access on the command line: words that are none. Nothing is asked of anybody.
set -u
. tests/lib/tap.sh

export HOME="$tmp" DOCKER_CONFIG="$tmp" DOCKER_HOST="unix://$tmp/no-engine"
unset XDG_STATE_HOME DOCKER_CONTEXT

# refuses TEXT WORDS...: status 125, one line that has the text, and nothing on stdout.
refuses() {
	text=$1
	shift
	"$HYGIENE" hygiene access "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
	cat "$tmp/err"
	[ $status -eq 125 ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -Fq -e "$text" "$tmp/err"
}

check 'no words' refuses 'name registries or repositories, or use --all'
check 'upper case' refuses 'must be lower case' reg.example/UP
check 'an address' refuses 'leave out what is before "://"' https://reg.example/app
check 'half a digest' refuses 'the digest is not like' app@sha256:12
check 'one good name does not help' refuses 'must be lower case' reg.example/app UP
check 'no number' refuses '--max-probes: "x" is no number' --max-probes x app
check 'less than none' refuses '--max-probes: "-1" is no number' --max-probes -1 app
check 'no time' refuses '--max-wait' --max-wait soon app
check 'no format' refuses 'neither "table" nor "json"' --format xml app

log_is_not_made() { [ ! -e "$tmp/.local" ]; }
check 'nothing was written' log_is_not_made
done_testing
