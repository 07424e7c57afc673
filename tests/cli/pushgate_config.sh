#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docker-credential-pushgate doctor, install and uninstall on configurations that are broken, hostile
# or somebody else's, and where docker would not find the helper.
set -u
. tests/lib/tap.sh
PUSHGATE=$(realpath "$PUSHGATE")
cd "$tmp" || exit 1
umask 022

name=docker-credential-pushgate
mkdir -p bin other .docker .config/docker-hygiene
ln -s "$PUSHGATE" bin/$name
cp "$PUSHGATE" other/$name
config=$tmp/.docker/config.json
store='"store":{"kind":"file","key_file":"'$tmp/key'"}'
echo '{"version":1,'"$store"'}' >.config/docker-hygiene/pushgate.json
plain='{"auths":{"reg.example":{"auth":"YWxpY2U6Z2VoZWlt"}}}' # alice:geheim

# In an environment of its own; nothing may ever show the secret.
run() {
	env -i HOME="$tmp" PATH="${path-$tmp/bin:/usr/bin:/bin}" LC_ALL=C.UTF-8 "$PUSHGATE" "$@" \
		>out 2>err </dev/null
	status=$?
	cat out err
	! grep -E 'geheim|Z2VoZWlt' out err || exit 1
	return $status
}
# says STATUS TEXT WORDS...: config.json is as before.
says() {
	want=$1 text=$2
	shift 2
	before=$(cat "$config" 2>/dev/null)
	run "$@"
	[ $? -eq "$want" ] && grep -F -- "$text" out err &&
		[ "$(cat "$config" 2>/dev/null)" = "$before" ]
}
fresh() {
	rm -rf .docker .local key
	mkdir -p .docker
	[ $# -eq 0 ] || printf %s "$1" >"$config"
}

fresh
check 'doctor: no configuration' says 1 "$config (not there)" doctor
check 'doctor: what it means and what mends it' says 1 '  docker-credential-pushgate install' doctor
fresh '{"credsStore":"pushgate"}'
check 'doctor: all is well' says 0 'ok      pushgate' doctor

# Each is told plainly, and left alone.
hostile() {
	check "doctor: $1" says 1 "$2" doctor
	check "install: $1 is left alone" says 1 "$2" install
}
# Those that cannot be read to be compared.
odd() {
	check "doctor: $1" tells "$2" doctor
	check "install: $1" tells "$2" install
}
tells() {
	run "$2"
	[ $? -eq 1 ] && grep -F -- "$1" out err
}
fresh '[1]'
hostile 'a list' 'it is no JSON object'
fresh '{"auths":{"r":{"auth":"geheim" x'
hostile 'no JSON' 'it is no JSON object (line 1, column'
fresh
truncate -s 5M "$config"
odd 'too large' 'more than 4194304 bytes'
fresh
mkdir "$config"
odd 'a directory' 'is no regular file'
fresh
mkfifo "$config"
odd 'a pipe' 'is no regular file'
fresh
ln -s nowhere "$config"
odd 'a link to nowhere' 'No such file'
fresh
ln -s config.json "$config"
odd 'a link to itself' "$config"
if [ "$(id -u)" -ne 0 ]; then
	fresh "$plain"
	chmod 0 "$config"
	odd 'not to be read' 'Permission denied'
	chmod 600 "$config"
fi
fresh '{"credsStore":"a","credsStore":"pushgate"}'
hostile 'a key that is there twice' 'a key is there twice'
fresh '{"auths":7}'
check 'doctor: a wrong type' says 1 'auths: expected an object' doctor
check 'install: a wrong type is left alone' says 1 'auths: expected an object' install
fresh '{"n":99999999999999999999,"credsStore":"pushgate"}'
check 'doctor: a number that nobody reads' says 0 'ok      pushgate' doctor
check 'install: would have to write it otherwise' says 1 'too large to be written' install
fresh '{"auths":{"r":{"auth":"!"}}}'
broken_auth() {
	run install
	[ $? -eq 1 ] && grep -F 'left in config.json: r: docker cannot read it' out &&
		grep -F '"!"' "$config"
}
check 'install: an entry that nobody can read is left and told' broken_auth

# --- What docker would find.
fresh "$plain"
path=/usr/bin:/bin
check 'install: not on PATH' says 1 'docker would not find docker-credential-pushgate on PATH' install
path=$tmp/other:$tmp/bin
check 'install: another one on PATH' says 1 "docker would find $tmp/other/$name on PATH" install
path=bin:/usr/bin
check 'install: a relative PATH is none' says 1 'docker would not find' install
printf %s '{"credsStore":"pushgate","credHelpers":{"localhost:1":"gone"}}' >"$config"
check 'doctor: not on PATH' says 1 'not-on-path' doctor
path=$tmp/other:$tmp/bin
check 'doctor: another one' says 1 "docker's PATH finds another pushgate: $tmp/other/$name" doctor
unset path

# --- Words.
fresh "$plain"
check 'install: credsStore has one value' says 125 'expected default' install --credsStore pass
check 'install: a registry with a path' says 125 'expected a registry' install --registry a.example/b
check 'install: no registry' says 125 'expected a registry' install --registry 'a b'
check 'install: no operands' says 125 'unexpected argument' install x
check 'install: what would be done' says 0 'would be moved to the store: reg.example' install --dry-run
nothing_done() { [ "$(ls -A .docker)" = config.json ] && [ ! -e .local ]; }
check 'install: and nothing is' nothing_done
echo '{"version":1,"nosuch":1,'"$store"'}' >.config/docker-hygiene/pushgate.json
check 'install: a broken policy' says 125 'the policy cannot be used' install
check 'doctor: a broken policy' says 1 'the policy cannot be used: no push credential' doctor
echo '{"version":1,'"$store"'}' >.config/docker-hygiene/pushgate.json

check 'install: all registries or some' says 125 'not both' install --credsStore default --registry a.b
foreign() {
	chmod o+w .config/docker-hygiene/pushgate.json
	says 1 'may be written by others; chmod go-w it' doctor
	rc=$?
	chmod o-w .config/docker-hygiene/pushgate.json
	return $rc
}
check 'doctor: a policy that others may write' foreign
# A name is one line wherever it is shown.
odd_name() {
	fresh '{"auths":{"a\nb\u001b[2J":{"auth":"YWxpY2U6Z2VoZWlt"}}}'
	run doctor
	[ $? -eq 1 ] || return
	run install
	echo "status $?" # whatever the store makes of it
	! grep -l "$(printf '\033')" out err
}
check 'a registry of control characters' odd_name
fresh "$plain"

# --- There and back, without a person to ask.
there() {
	run install --credsStore default && grep -F '"credsStore": "pushgate"' "$config" &&
		! grep -q Z2VoZWlt "$config" && run install &&
		grep -F "pushgate is docker's helper already" out
}
check 'install, and once more' there
check 'uninstall: nobody to ask' says 1 'Nothing was changed' uninstall
without() {
	run uninstall --no-restore && ! grep -E 'credsStore|Z2VoZWlt' "$config" &&
		grep -F 'for reg.example docker has no credential now' out
}
check 'uninstall: without what lay there' without
check 'uninstall: once more' says 0 "pushgate is not docker's helper" uninstall
kept() { printf reg.example | env -i HOME="$tmp" "$PUSHGATE" get | grep -F '"Secret":"geheim"'; }
check 'the store has it still' kept
no_record() {
	printf %s '{"credsStore":"pushgate","credHelpers":{"a":"pushgate","b":"x"},"z":1}' >"$config"
	run uninstall && [ "$(tr -d '
	' <"$config")" = '{"credHelpers": {"b": "x"},"z": 1}' ]
}
check 'uninstall: without a record pushgate goes, that is all' no_record
bad_record() {
	printf %s '{"credsStore":"pushgate"}' >"$config"
	echo '{"pushgate":1,"x":2}' >"$config.before-pushgate"
	chmod 600 "$config.before-pushgate"
	says 1 'config.json.before-pushgate: ' uninstall && rm "$config.before-pushgate"
}
check 'uninstall: a record that is none of ours' bad_record
linked_record() {
	echo precious >victim
	fresh "$plain"
	ln -s ../victim "$config.before-pushgate"
	says 1 'it is a link' install && [ "$(cat victim)" = precious ]
}
check 'install: a link at the record is not followed' linked_record

# --- What goes around config.json.
fresh '{"credsStore":"pushgate"}'
around() {
	env -i HOME="$tmp" PATH="$tmp/bin" DOCKER_AUTH_CONFIG="$plain" "$PUSHGATE" doctor >out 2>&1
	[ $? -eq 1 ] && grep -F 'auth-config' out && grep -F '  unset DOCKER_AUTH_CONFIG' out &&
		! grep -E 'geheim|Z2VoZWlt' out
}
check 'doctor: DOCKER_AUTH_CONFIG' around
elsewhere() {
	mkdir -p dc && printf %s "$plain" >dc/config.json
	env -i HOME="$tmp" PATH="$tmp/bin" DOCKER_CONFIG="$tmp/dc" "$PUSHGATE" doctor >out 2>&1
	[ $? -eq 1 ] && grep -F "config     $tmp/dc/config.json" out
}
check 'doctor: DOCKER_CONFIG' elsewhere
buildx() {
	dir=$tmp/.docker/buildx/config/reg.example@push
	mkdir -p "$dir" && printf %s "$plain" >"$dir/config.json"
	says 1 "  DOCKER_CONFIG=$dir docker-credential-pushgate install" doctor &&
		env -i HOME="$tmp" PATH="$tmp/bin" DOCKER_CONFIG="$dir" "$PUSHGATE" install &&
		says 0 'ok      pushgate' doctor
}
check 'doctor: a configuration of buildx, and what mends it does' buildx

# --- For machines.
members() {
	run doctor --format json || return
	/usr/bin/env python3 - <<'END'
import json
d = json.load(open("out"))
assert sorted(d) == ["attest", "config", "findings", "policy", "store", "well"], d
assert sorted(d["config"]) == ["error", "exists", "file", "real"], d
assert sorted(d["policy"]) == ["broken", "system", "user"], d
assert sorted(d["store"]) == ["answers", "error", "helper", "kind"], d
assert sorted(d["attest"]) == ["error", "file", "needed", "usable"], d
for f in d["findings"]:
    assert sorted(f) == ["detail", "level", "meaning", "mend", "name", "registry"], f
assert d["well"] is True and d["store"]["kind"] == "file" and d["store"]["answers"], d
END
}
check 'doctor: the members of its JSON' members

done_testing
