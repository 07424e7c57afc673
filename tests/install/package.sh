#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Debian package: built, looked into, installed into a root of its own, and removed again.
set -u

. tests/lib/tap.sh
. tests/lib/apart.sh

if ! command -v dpkg-deb >/dev/null; then
	skip 'package' 'no dpkg-deb here'
	done_testing
	exit 0
fi
plugins=usr/libexec/docker/cli-plugins
root=$tmp/root

deb=$(make_apart deb | tail -n 1)
helper=usr/bin/docker-credential-pushgate
attest=usr/libexec/docker-hygiene/pushgate-attest

fields() {
	[ "$(dpkg-deb -f "$deb" Package)" = docker-hygiene ] &&
		[ "$(dpkg-deb -f "$deb" Architecture)" = "$(dpkg --print-architecture)" ] &&
		"$BUILD/docker-hygiene" docker-cli-plugin-metadata |
		grep -F "\"$(dpkg-deb -f "$deb" Version)\""
}

# Each library that a program is linked with, and each that it loads, has its package named.
depends() {
	wanted='libcurl4 libssl libnettle'
	for library in $(ldd "$BUILD"/docker-* "$BUILD"/pushgate-* | sed -n 's/.*=> \([^ ]*\) .*/\1/p'); do
		library=$(realpath "$library")
		owner=$(dpkg -S "$library" 2>/dev/null || dpkg -S "${library#/usr}") || return 1
		wanted="$wanted ${owner%%:*}"
	done
	for package in $wanted; do
		dpkg-deb -f "$deb" Depends | grep -F "$package" || return 1
	done
	# One store alone is made of it.
	dpkg-deb -f "$deb" Recommends | grep -F libsecret-1-0
}

contents() {
	dpkg-deb -c "$deb" >"$tmp/list"
	for plugin in hygiene timesync; do
		grep -E "^-rwxr-xr-x root/root .* \./$plugins/docker-$plugin\$" "$tmp/list" || return 1
	done
	grep -E "^-rwxr-xr-x root/root .* \./$helper\$" "$tmp/list" || return 1
	[ ! -e "$BUILD/pushgate-attest" ] ||
		grep -E "^-rwxr-xr-x root/root .* \./$attest\$" "$tmp/list" || return 1
	for page in timesync pushgate pushgate-oidc pushgate-sealed; do
		grep -E "\./usr/share/doc/docker-hygiene/$page.md\$" "$tmp/list" || return 1
	done
	grep -E '\./usr/share/doc/docker-hygiene/copyright$' "$tmp/list" &&
		! grep -vE ' root/root ' "$tmp/list" &&
		! grep -vE ' \./(usr/.*)?$' "$tmp/list"
}

no_scripts() {
	mkdir "$tmp/control" && dpkg-deb -e "$deb" "$tmp/control" &&
		[ "$(cd "$tmp/control" && echo *)" = 'control md5sums' ]
}

# A package database of its own; what the package depends on is not in it.
dpkg_there() {
	PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin dpkg --root="$root" --log=/dev/null \
		--force-depends --force-not-root "$@"
}

installs() {
	mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers"
	: >"$root/var/lib/dpkg/status"
	dpkg_there --install "$deb" && dpkg_there --verify docker-hygiene
}

pushgate_runs() {
	"$root/$helper" version && "$root/$helper" why registry.example.com
}
# The helper runs its other half by the path that it was built with.
finds_attest() {
	[ ! -e "$BUILD/pushgate-attest" ] || {
		grep -aqF "/$attest" "$root/$helper" &&
			echo '{}' | "$root/$attest" | grep -F '"verdict"'
	}
}

removes() {
	dpkg_there --purge docker-hygiene && [ ! -e "$root/usr/libexec" ] &&
		[ ! -e "$root/usr/share" ] && [ ! -e "$root/usr/bin" ]
}

check 'is built' test -s "$deb"
check 'names itself and the version that the program tells' fields
check 'depends on what the program links and loads' depends
check 'holds the plugins where docker looks, all of it owned by root' contents
check 'runs no maintainer script' no_scripts
check 'installs, and its files are as packed' installs
check 'runs from where it was installed' "$root/$plugins/docker-hygiene" docker-cli-plugin-metadata
check 'so does timesync' "$root/$plugins/docker-timesync" docker-cli-plugin-metadata
check 'so does pushgate' pushgate_runs
check 'and pushgate-attest, where pushgate looks for it' finds_attest
check 'is removed without a trace' removes
done_testing
