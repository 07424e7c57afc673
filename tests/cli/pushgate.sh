#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docker-credential-pushgate on the command line: streams that are closed or full, a terminal on
# stdin, what it is linked with, and the words that are no action of the protocol.
set -u
. tests/lib/tap.sh

export HOME="$tmp" XDG_CONFIG_HOME="$tmp/config" XDG_STATE_HOME="$tmp/state"
unset DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR CI JENKINS_URL GITHUB_ACTIONS GITLAB_CI
mkdir -p "$tmp/config/docker-hygiene"
echo '{"version": 1, "store": {"kind": "file", "key_file": "'"$tmp/key"'"}}' \
	>"$tmp/config/docker-hygiene/pushgate.json"

# says STATUS OUT ERR WORDS...: exactly that.
says() {
	want=$1 out=$2 err=$3
	shift 3
	"$PUSHGATE" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	head -n 20 "$tmp/out" "$tmp/err"
	[ $status -eq "$want" ] && [ "$(cat "$tmp/out")" = "$out" ] && [ "$(cat "$tmp/err")" = "$err" ]
}
name=docker-credential-pushgate
usage="Usage: $name <store|get|erase|list|version>"
check 'no words: the usage on stdout' says 1 "$usage" ''
check 'an unknown action: on stdout too' says 1 "$name: unknown action: frob" '' frob
check 'list without anything' says 0 '{}' '' list
check 'get of nothing' says 1 'no credentials server URL' '' get
check 'a verb without its operand' says 125 '' \
	"$name why: an argument is missing: [options] REGISTRY[/REPO] (see '$name why --help')" why

verbs() {
	"$PUSHGATE" --help >"$tmp/out" && grep '^  why  ' "$tmp/out" && grep '^  list  ' "$tmp/out" &&
		"$PUSHGATE" why --help | grep "Usage:  $name why" &&
		"$PUSHGATE" list --class pull --format json | grep -Fx '[]'
}
check 'verbs have help and work' verbs

# What stands behind docker push is what people have at hand; a tag is no part of a rule's path.
why_reference() (
	export XDG_CONFIG_HOME="$tmp/rules"
	mkdir -p "$tmp/rules/docker-hygiene"
	echo '{"version": 1, "registries": [{"match": "reg.example:5000/prod/app", "ci": []}]}' \
		>"$tmp/rules/docker-hygiene/pushgate.json"
	digest=$(printf '%064d' 0)
	for end in '' :7 "@sha256:$digest" ":7@sha256:$digest"; do
		"$PUSHGATE" why "reg.example:5000/prod/app$end" >"$tmp/out"
		grep -Fx 'registry   reg.example:5000/prod/app' "$tmp/out" &&
			grep 'rule "reg.example:5000/prod/app"$' "$tmp/out" || return
	done
	"$PUSHGATE" why reg.example:5000 | grep -Fx 'registry   reg.example:5000'
)
check 'why takes what docker push is given' why_reference
check 'why of nothing' says 125 '' \
	"$name why: expected a registry, as docker.io or registry.example.com" why ''

wrong_class() {
	"$PUSHGATE" list --class both 2>"$tmp/err"
	[ $? -eq 125 ] && grep -F 'expected pull, push or all' "$tmp/err"
}
check 'a wrong class' wrong_class

# What trying has shown: for docker hygiene access, and for whoever tries by other means.
prove() { "$PUSHGATE" prove "$@" >"$tmp/out" 2>"$tmp/err" </dev/null; }
# prove_refuses TEXT WORDS...
prove_refuses() {
	text=$1
	shift
	prove "$@"
	[ $? -eq 125 ] && [ ! -s "$tmp/out" ] && grep -Fq -e "$text" "$tmp/err"
}
check 'prove: nothing shown' prove_refuses 'one of --cannot-push and --can-push' --by me reg.example
check 'prove: both' prove_refuses 'one of --cannot-push and --can-push' --by me --can-push \
	--cannot-push reg.example
check 'prove: by nobody' prove_refuses 'who has tried it' --cannot-push reg.example
check 'prove: by nobody, said so' prove_refuses 'who has tried it' --cannot-push --by '' reg.example
check 'prove: of nothing' prove_refuses 'an argument is missing' --cannot-push --by me

# proves TEXT WORDS...: status 0, and that on stdout.
proves() {
	text=$1
	shift
	prove "$@" --by me && cat "$tmp/out" "$tmp/err" && [ ! -s "$tmp/err" ] &&
		[ "$(wc -l <"$tmp/out")" -eq 1 ] && grep -Fq -e "$text" "$tmp/out"
}
state() { "$PUSHGATE" list --class pull --format json | grep -Fq "\"state\":\"$1\""; }
log_in() {
	echo '{"ServerURL": "reg.example", "Username": "puller", "Secret": "'"$1"'"}' |
		"$PUSHGATE" store 2>/dev/null
}
proving() {
	proves 'nothing is marked: no credential is stored for it' --cannot-push reg.example &&
		log_in one && state unproven &&
		proves 'nothing is marked: what is stored is of another user' --cannot-push --user pusher \
			reg.example && state unproven &&
		proves 'puller is marked as one that cannot push' --cannot-push --user puller \
			https://REG.example/ && state proven &&
		"$PUSHGATE" why reg.example | grep -F '(proven: me could not push with it at 20' &&
		log_in two && state unproven && log_in one && state proven &&
		proves 'puller can push, and is not marked' --can-push reg.example && state unproven &&
		! grep -q '"mark"' "$tmp/state/docker-hygiene/pushgate-proven.json" &&
		echo reg.example | "$PUSHGATE" erase
}
check 'prove: a mark of the secret that was tried' proving

full_stdout() {
	"$PUSHGATE" list >/dev/full
	[ $? -eq 1 ]
}
check 'a full disk behind stdout is an error' full_stdout

closed_stdout() {
	"$PUSHGATE" list >&-
	[ $? -eq 1 ]
}
check 'so is a closed stdout' closed_stdout

closed_others() {
	"$PUSHGATE" list <&- 2>&- >"$tmp/out" && grep -Fx '{}' "$tmp/out"
}
check 'closed stdin and stderr do no harm' closed_others

closed_stdin() {
	"$PUSHGATE" get <&- >"$tmp/out"
	[ $? -eq 1 ] && grep -Fx 'no credentials server URL' "$tmp/out"
}
check 'a closed stdin is an empty one' closed_stdin

# The reader is gone before the first byte: it closes its end, then lets the writer go.
gone_reader() {
	mkfifo "$tmp/pipe" "$tmp/go"
	(
		read -r _ <"$tmp/go"
		"$PUSHGATE" version
		echo $? >"$tmp/status"
	) >"$tmp/pipe" &
	exec 3<"$tmp/pipe"
	exec 3<&-
	echo go >"$tmp/go"
	wait
	[ "$(cat "$tmp/status")" -eq 1 ]
}
check 'a reader that has gone is exit status 1, and no signal' gone_reader

# Where nothing is said and no bus is there: a file, and its key in a file of its own.
own_store() (
	export HOME="$tmp/fresh" XDG_CONFIG_HOME="$tmp/fresh/config" XDG_STATE_HOME="$tmp/fresh/state"
	mkdir "$HOME" || return
	echo '{"ServerURL":"reg.example","Username":"u","Secret":"pw"}' | "$PUSHGATE" store 2>/dev/null
	ls -l "$HOME/config/docker-hygiene"
	[ "$(stat -c %a:%s "$HOME/config/docker-hygiene/pushgate-pull.key")" = 600:32 ] || return
	printf reg.example | "$PUSHGATE" get >"$tmp/out"
	grep -F '"Secret":"pw"' "$tmp/out" || return
	rm "$HOME/config/docker-hygiene/pushgate-pull.key"
	for action in get erase; do
		! printf reg.example | "$PUSHGATE" $action >"$tmp/out" 2>/dev/null &&
			grep -F "pushgate-pull.key; put it back, or remove" "$tmp/out" || return
	done
)
check 'a store that nobody asked for outlives a restart' own_store

linked() {
	objdump -p "$PUSHGATE" >"$tmp/out" || return
	! grep -E 'NEEDED.*(curl|cjose|secret|glib|crypto|ssl)' "$tmp/out"
}
if command -v objdump >/dev/null; then
	check 'neither the network nor GLib is linked' linked
else
	skip 'neither the network nor GLib is linked' 'no objdump here'
fi

done_testing
