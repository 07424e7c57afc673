#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every verb's help: on stdout alone, at most 80 columns wide, with status 0; and every verb's answer
# to an option it does not have: one line on stderr that names it, status 125.
set -u
. tests/lib/tap.sh

no_engine=unix://$tmp/no-engine
# $program and $name: which of them.
run() {
	HOME=$tmp DOCKER_CONFIG=$tmp DOCKER_HOST=$no_engine "$program" "$@" >"$tmp/out" 2>"$tmp/err"
}

# shellcheck disable=SC2086  # a verb's words
help_of() {
	run "$name" $1 --help || return 1
	cat "$tmp/err"
	[ -s "$tmp/out" ] && [ ! -s "$tmp/err" ] || return 1
	! grep -nE '^.{81,}' "$tmp/out"
}

# shellcheck disable=SC2086
refuses() {
	run "$name" $1 --no-such-option
	status=$?
	cat "$tmp/err"
	[ $status -eq 125 ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -Fq -e --no-such-option "$tmp/err" && ! grep -qE '^.{161,}' "$tmp/err"
}

# shellcheck disable=SC2086
same_by_help() {
	run "$name" $1 --help && mv "$tmp/out" "$tmp/long" && run help "$name" $1 &&
		diff "$tmp/long" "$tmp/out"
}

# walk WORDS: the verb and the verbs below it, from its own list of commands.
walk() {
	check "$name $1: help" help_of "$1"
	check "$name $1: the same by \"docker help\"" same_by_help "$1"
	check "$name $1: an unknown option" refuses "$1"
	# shellcheck disable=SC2086
	run "$name" $1 --help
	below=$(sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\)  .*/\1/p' "$tmp/out")
	for verb in $below; do
		walk "${1:+$1 }$verb"
	done
}

metadata() {
	run docker-cli-plugin-metadata && [ ! -s "$tmp/err" ] && [ "$(wc -l <"$tmp/out")" -le 1 ] &&
		grep -q '"SchemaVersion": *"0.1.0"' "$tmp/out" && grep -q '"Vendor": *"..*"' "$tmp/out"
}

for name in hygiene timesync; do
	case $name in
	hygiene) program=$HYGIENE ;;
	timesync) program=$TIMESYNC ;;
	esac
	before=$n
	walk ''
	check "$name: there are verbs" test $((n - before)) -gt 12
	check "$name: metadata is what docker accepts" metadata
done
done_testing
