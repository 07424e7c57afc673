#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh's own options, and `make install` into a folder with a blank in its name.
set -u
. tests/lib/tap.sh

says() {
	./install.sh "$@" >"$tmp/out" 2>"$tmp/err"
}

help80() {
	says --help && [ ! -s "$tmp/err" ] && grep -q -e --uninstall "$tmp/out" &&
		! grep -nE '^.{81,}' "$tmp/out"
}

unknown() {
	says --no-such-option
	[ $? -eq 125 ] && [ ! -s "$tmp/out" ] && grep -Fq -e --no-such-option "$tmp/err"
}

to=$tmp/a\ place
installs() {
	make -s --no-print-directory VARIANT="$VARIANT" install DESTDIR="$to" PREFIX=/usr PLUGINDIR=/plug &&
		"$to/plug/docker-hygiene" docker-cli-plugin-metadata &&
		"$to/plug/docker-timesync" docker-cli-plugin-metadata
}

uninstalls() {
	make -s --no-print-directory uninstall DESTDIR="$to" PREFIX=/usr PLUGINDIR=/plug &&
		[ -z "$(find "$to" -type f)" ]
}

# In a home of its own, with no engine to be found, through install.sh itself.
# The schedulers are stand-ins: a daily job that this person has is not to be removed by a test.
home=$tmp/home
mkdir "$home" "$tmp/bin"
for tool in crontab systemctl launchctl; do
	printf '#!/bin/sh\necho "no crontab for test" >&2\nexit 1\n' >"$tmp/bin/$tool"
	chmod 755 "$tmp/bin/$tool"
done
uninstalls_home() {
	mkdir -p "$home/.docker/cli-plugins" && cp "$HYGIENE" "$TIMESYNC" "$home/.docker/cli-plugins" &&
		env -u SUDO_USER -u DOCKER_CONFIG -u XDG_CONFIG_HOME HOME="$home" PATH="$tmp/bin:$PATH" \
			./install.sh --uninstall &&
		[ -z "$(find "$home/.docker/cli-plugins" -type f)" ]
}

# docker would fail, and what the helper has stored could not be put back.
in_use() {
	mkdir -p "$home/.docker/cli-plugins" "$home/.local/bin" && cp "$PUSHGATE" "$home/.local/bin" &&
		printf '{"auths":{"r.example":{"auth":"dTpw"}}}' >"$home/.docker/config.json" || return
	helper=$home/.local/bin/docker-credential-pushgate
	own() { env -i HOME="$home" PATH="$tmp/bin:$home/.local/bin:/usr/bin:/bin" "$@"; }
	mkdir -p "$home/.config/docker-hygiene" && printf \
		'{"version":1,"store":{"kind":"file","key_file":"%s"}}' "$home/key" \
		>"$home/.config/docker-hygiene/pushgate.json"
	own "$helper" install && ! own ./install.sh --uninstall && [ -x "$helper" ] &&
		own "$helper" uninstall --yes && grep -F dTpw "$home/.docker/config.json" &&
		own ./install.sh --uninstall && [ ! -e "$helper" ]
}

check 'help fits 80 columns' help80
check 'an unknown option is a usage error' unknown
check 'make install with DESTDIR' installs
check 'make uninstall with DESTDIR' uninstalls
check 'install.sh --uninstall in a home' uninstalls_home
check 'install.sh --uninstall while docker uses the helper' in_use
done_testing
