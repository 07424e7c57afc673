#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docker-credential-pushgate seal, rotate, recipients, beside the openssl program.
set -u
. tests/lib/tap.sh
PUSHGATE=$(realpath "$PUSHGATE")
cd "$tmp" || exit 1
umask 022

key() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
	-out "$1.crt" -subj "/CN=$1" -days 30 2>/dev/null; }
key ci
key second
key sealer
cat sealer.key sealer.crt >sealer.pem
chmod 600 sealer.pem

# opened FILE KEY: what is inside, by openssl alone.
opened() { openssl cms -decrypt -inform PEM -in "$1" -inkey "$2.key"; }
# holds FILE MEMBER VALUE
holds() { opened "$1" ci | grep -F "\"$2\": \"$3\""; }
base64_of() { printf %s "$1" | base64; }
pushgate() { "$PUSHGATE" "$@" >out 2>err; }
# says STATUS TEXT WORDS...: stdin is empty; nothing on stdout, and one line.
says() {
	want=$1 text=$2
	shift 2
	pushgate "$@" </dev/null
	status=$?
	cat out err
	[ $status -eq "$want" ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && grep -F "$text" err
}

user_and_secret() {
	printf 'bob\ns3cret\n' | pushgate seal Reg.example:5000/org/team --recipient ci.crt
	cat out err
	file=reg.example:5000+org+team.sealed
	grep -F "sealed for reg.example:5000/org/team (user bob) until " out && [ ! -s err ] &&
		holds $file username bob && holds $file secret "$(base64_of s3cret)" &&
		holds $file registry reg.example:5000 && holds $file prefix org/team &&
		holds $file class push && [ "$(stat -c %a $file)" = 644 ]
}
check 'user name and secret on stdin' user_and_secret
check 'nothing of them is in the file' sh -c '! grep -E "bob|s3cret|czNjcmV0" ./*.sealed'
check 'it is not written over' says 1 'is there; use rotate' seal reg.example:5000/org/team \
	--recipient ci.crt

given_name() {
	printf 'line 1\nline 2\r\n' | pushgate seal docker.io -u bot --recipient ci.crt \
		--expires never -o hub.sealed
	cat out err
	grep -F 'without an end: hub.sealed' out && grep -F 'under the name docker.io.sealed' err &&
		opened hub.sealed ci | grep -F "\"$(printf 'line 1\nline 2' | base64)\"" &&
		! opened hub.sealed ci | grep expires
}
check 'with --username all of stdin is the secret, without its last newline' given_name

to_stdout() {
	printf s3cret | pushgate seal reg.example -u bob --recipient ci.crt -o -
	cat err
	head -n 1 out | grep -x -e '-----BEGIN CMS-----' && grep -F 'sealed for reg.example (' err &&
		openssl cms -decrypt -inform PEM -in out -inkey ci.key | grep -F reg.example
}
check 'to stdout, with the telling on stderr' to_stdout

to_directory() {
	mkdir dir && printf s3cret | pushgate seal docker.io/acme -u bob --recipient ci.crt \
		--recipient second.crt --expires 30d -o dir/ && grep -F ': dir/docker.io' out &&
		opened dir/docker.io+acme.sealed second
}
check 'to a directory, for two' to_directory

# As the first example of docs/pushgate-sealed.md has it, where nothing is yet.
to_new_directory() {
	printf s3cret | pushgate seal reg.example/new -u bob --recipient ci.crt -o "new ☃/dir/"
	cat out err
	[ "$(stat -c %a "new ☃/dir")" = 755 ] && holds "new ☃/dir/reg.example+new.sealed" username bob
}
check 'a directory that is not there yet is made' to_new_directory
check 'a file in one that is not there is refused before anything is asked' \
	says 1 'nowhere: No such file or directory' seal reg.example -u bob --recipient ci.crt \
	-o nowhere/file.sealed
check 'nothing is made there' [ ! -e nowhere ]
check 'so is a certificate that is not there' \
	says 1 'read nowhere.crt: No such file or directory' seal reg.example/x --recipient nowhere.crt
check 'and a signer that is not, at rotate too' \
	says 1 'nowhere.pem: No such file or directory' rotate "new ☃/dir/reg.example+new.sealed" \
	--recipient ci.crt --signer nowhere.pem

signed() {
	printf s3cret | pushgate seal reg.example -u bob --recipient ci.crt --signer sealer.pem &&
		opened reg.example.sealed ci >inner.der &&
		openssl cms -verify -inform DER -in inner.der -certfile sealer.crt \
			-CAfile sealer.crt -purpose any
}
check 'signed' signed

told() {
	pushgate recipients dir/docker.io+acme.sealed reg.example:5000+org+team.sealed
	cat out err
	serial=$(openssl x509 -in second.crt -noout -serial | cut -d= -f2)
	[ "$(grep -c CN= out)" -eq 3 ] && grep -F "CN=second, serial $serial" out &&
		grep -F docker.io/acme out
}
check 'recipients' told
told_json() {
	pushgate recipients --format json dir/docker.io+acme.sealed && /usr/bin/env python3 -c '
import json
(row,) = json.load(open("out"))
assert row["registry"] == "docker.io/acme" and len(row["recipients"]) == 2, row'
}
check 'recipients as JSON' told_json
told_odd() {
	odd=$(printf 'odd\377')
	cp dir/docker.io+acme.sealed "$odd" && pushgate recipients --format json "$odd"
	rm "$odd"
	cat out err
	/usr/bin/env python3 -c '
import json
(row,) = json.load(open("out"))
assert row["registry"] is None and len(row["recipients"]) == 2, row'
}
check 'recipients as JSON of a file whose name is no UTF-8' told_odd

rotated() {
	chmod 640 dir/docker.io+acme.sealed
	printf n3w | pushgate rotate -u carol dir/docker.io+acme.sealed --recipient second.crt \
		--recipient ci.crt
	cat out err
	grep -F 'revoke it at the registry' err &&
		holds dir/docker.io+acme.sealed secret "$(base64_of n3w)" &&
		holds dir/docker.io+acme.sealed username carol &&
		[ "$(stat -c %a dir/docker.io+acme.sealed)" = 640 ]
}
check 'rotate: the same registry and recipients, in whatever order' rotated

# refused TEXT WORDS...: rotate does not, and every file is as before.
refused() {
	text=$1
	shift
	cat ./*.sealed dir/*.sealed | cksum >before
	printf n3w | pushgate rotate -u carol "$@"
	status=$?
	cat out err
	cat ./*.sealed dir/*.sealed | cksum | cmp - before && [ $status -ne 0 ] &&
		grep -F "$text" err
}
check 'rotate: one recipient less' refused 'sealed for other recipients' \
	dir/docker.io+acme.sealed --recipient ci.crt
check 'rotate: one more' refused 'sealed for other recipients' \
	reg.example:5000+org+team.sealed --recipient ci.crt --recipient second.crt
check 'rotate: all or none' refused 'sealed for other recipients' \
	reg.example:5000+org+team.sealed dir/docker.io+acme.sealed --recipient ci.crt
check 'rotate: a name that says no registry' refused 'its name is not one of' err --recipient ci.crt
ln -s dir/docker.io+acme.sealed docker.io+acme.sealed
check 'rotate: a link' refused 'not a regular file' docker.io+acme.sealed --recipient ci.crt
rm docker.io+acme.sealed
echo hello >reg.example+hello.sealed
check 'rotate: no sealed file' refused 'does not begin with' reg.example+hello.sealed \
	--recipient ci.crt
rm reg.example+hello.sealed

ln -s nosuch link.sealed
check 'seal: a link, even to nothing, is not followed' says 1 'is there' seal a.example -o \
	link.sealed --recipient ci.crt
check 'seal: no recipient' says 125 'recipient is needed' seal a.example
check 'seal: no registry' says 125 'is no registry' seal 'a b' --recipient ci.crt
check 'seal: an organisation of the Hub' says 125 'docker.io/acme/app' seal acme/app --recipient \
	ci.crt
check 'seal: a tag' says 125 'without a tag' seal a.example/app:1 --recipient ci.crt
check 'seal: an empty stdin' says 1 'stdin has one line only' seal a.example --recipient ci.crt
check 'seal: an empty secret' says 1 'the secret is empty' seal a.example -u u --recipient ci.crt
check 'seal: an end that is none' says 125 'expires' seal a.example --expires 1s --recipient ci.crt
no_directory() {
	printf s3cret | pushgate seal b.example -u bob --recipient ci.crt -o nosuch/b
	[ $? -eq 1 ] && grep -F 'nosuch' err
}
check 'seal: a directory that is not there' no_directory
no_text() {
	printf 'b\377b\ns3cret\n' | pushgate seal b.example --recipient ci.crt
	[ $? -eq 1 ] && grep -F 'no text in UTF-8' err && [ ! -e b.example.sealed ]
}
check 'seal: a user name that is no text' no_text
key_for_people() {
	cat ci.key ci.crt >both.pem
	printf s3cret | pushgate seal b.example -u bob --recipient both.pem
	[ $? -eq 1 ] && grep -F 'holds a private key' err && [ ! -e b.example.sealed ]
}
check 'seal: the recipient has brought the private key' key_for_people

# As a person types it: the secret twice, and it is not shown.
typed() {
	/usr/bin/env python3 - "$PUSHGATE" "$1" "$2" <<'END'
import os, pty, sys, time
program, first, second = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(program, ["pushgate", "seal", "typed.example", "--recipient", "ci.crt"])
seen = b""
def until(text):
    global seen
    while text not in seen:
        part = os.read(terminal, 4096)
        if not part:
            sys.exit("ended before %r: %r" % (text, seen))
        seen += part
for question, answer in ((b"Username: ", "bob"), (b"Secret: ", first), (b"again: ", second)):
    until(question)
    os.write(terminal, answer.encode() + b"\n")
try:
    while True:
        part = os.read(terminal, 4096)
        if not part:
            break
        seen += part
except OSError:
    pass
print(seen.decode())
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
assert first.encode() not in seen, "the secret is shown"
sys.exit(status)
END
}
check 'typed' typed 's3 cret' 's3 cret'
check 'what was typed is inside' holds typed.example.sealed secret "$(base64_of 's3 cret')"
rm -f typed.example.sealed
differ() { ! typed one two && [ ! -e typed.example.sealed ]; }
check 'two secrets that differ' differ

# In a job (a session of its own has no terminal) that was not given the key.
job() { env -i HOME="$tmp" PATH="$PATH" JENKINS_URL=x BUILD_ID=1 PUSHGATE_SEALED_DIR="$tmp" \
	setsid -w "$PUSHGATE" "$@"; }
why_notes() {
	printf s3cret | pushgate seal notes.example -u bob --recipient ci.crt || return
	note="$tmp/notes.example.sealed: there is no key to open it with"
	job why notes.example | grep -F "sealed     $note" &&
		job why notes.example --format json |
		/usr/bin/env python3 -c 'import json, sys
notes = json.load(sys.stdin)["sealed"]
sys.exit(len(notes) != 1 or not notes[0].startswith(sys.argv[1]))' "$note" &&
		job why else.example --format json | grep -F '"sealed":[]'
}
check 'why says which sealed files did not open, for machines too' why_notes

done_testing
