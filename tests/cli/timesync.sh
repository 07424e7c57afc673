#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docker timesync on the command line, where no engine answers: what runs without a verb, words that
# are wrong, completion, streams.
set -u
. tests/lib/tap.sh

export HOME="$tmp" DOCKER_CONFIG="$tmp" DOCKER_HOST="unix://$tmp/no-engine"
unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH

run() {
	"$TIMESYNC" "$@" >"$tmp/out" 2>"$tmp/err"
}

# ends STATUS WORDS...: with that status, nothing on stdout and one line on stderr.
ends() {
	want=$1
	shift
	run "$@"
	status=$?
	cat "$tmp/out" "$tmp/err"
	[ $status -eq "$want" ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ]
}

# says STATUS TEXT WORDS...: and that line begins with the text.
says() {
	want=$1 text=$2
	shift 2
	ends "$want" "$@" && case $(cat "$tmp/err") in "$text"*) ;; *) false ;; esac
}

no_engine() {
	path=$1
	shift
	ends 1 "$@" && grep -F "docker timesync$path: " "$tmp/err" && grep -F "$tmp/no-engine" "$tmp/err"
}
check 'alone it is sync' no_engine '' timesync
check 'options alone are those of sync' no_engine '' timesync --dry-run --tolerance 1s
check 'by hand, without the name' no_engine '' --dry-run
check 'by hand, with a global flag in front' no_engine '' --log-level info --override
check 'sync by name' no_engine ' sync' timesync sync --override --slew --no-backward --max-step 1d
check 'check' no_engine ' check' timesync check --precise --tolerance 10ms

check 'an unknown verb' says 125 'docker timesync: unknown command "chekc"; did you mean "check"?' \
	timesync chekc
check 'an unknown option alone' says 125 'docker timesync: unknown option --dryrun; did you mean --dry-run?' \
	timesync --dryrun
check 'an option of another verb' says 125 'docker timesync: unknown option --precise' \
	timesync --precise
check 'a verb behind options' says 125 'docker timesync: unexpected argument "check"' \
	timesync --dry-run check
check 'an operand' says 125 'docker timesync check: unexpected argument "now"' timesync check now
check 'a duration that is none' says 125 'docker timesync: --tolerance: ' timesync --tolerance 10
check 'a negative one' says 125 'docker timesync: --max-step: ' timesync --max-step=-1s
check 'a format that there is not' says 125 'docker timesync check: --format: ' \
	timesync check --format yaml
check 'a reference that is none' says 125 'docker timesync: --reference: ' timesync --reference ftp:x
check 'one that anybody on the way may write' says 125 'docker timesync check: --verify: ' \
	timesync check --verify http://time.invalid
check 'this machine does not verify itself' says 125 'docker timesync: --verify: ' \
	timesync --verify host
check 'S3 is asked by URL' says 125 'docker timesync check: --s3: ' timesync check --s3 ntp:x.invalid
check 'which does for S3 alone' no_engine ' check' timesync check --s3 http://s3.invalid

sync_help() {
	run timesync sync --help && sed -n '/^Options:/,/^$/p' "$tmp/out" >"$tmp/named" &&
		run timesync --help && sed -n '/^Options:/,/^$/p' "$tmp/out" >"$tmp/alone" &&
		diff "$tmp/named" "$tmp/alone" && grep -E '^  sync +' "$tmp/out" &&
		grep -E '^  check +' "$tmp/out"
}
check "help alone has the verbs, and sync's options" sync_help

completes() {
	want=$1
	shift
	run __completeNoDesc timesync "$@" && cat "$tmp/out" && grep -qxF -e "$want" "$tmp/out"
}
check 'completion of a verb' completes check ch
check 'of an option without a verb' completes --dry-run --dr
check 'of a value without a verb' completes json --format js
check "of a verb's option" completes --precise check --p

full_stdout() {
	"$TIMESYNC" version >/dev/full
	[ $? -eq 1 ]
}
check 'a full disk behind stdout is an error' full_stdout

# Linked libraries are loaded before each of docker's commands.
few_libraries() {
	ldd "$TIMESYNC" >"$tmp/ldd"
	! grep -E 'libcurl|libssl|libcrypto' "$tmp/ldd"
}
check 'libcurl and OpenSSL are not linked' few_libraries

# Nothing in a terminal's way where stderr is none: no progress, no escape sequences.
quiet() {
	run timesync
	! grep -q "$(printf '\033')" "$tmp/err"
}
check 'no escape sequences beside a terminal' quiet
done_testing
