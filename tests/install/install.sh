#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh's own options, and `make install` into a folder with a blank in its name.
set -u
. tests/lib/tap.sh
. tests/lib/apart.sh

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
attest=libexec/docker-hygiene/pushgate-attest
make_there() {
	make_apart "$@" DESTDIR="$to" PREFIX=/usr PLUGINDIR=/plug
}
installs() {
	make_there install && "$to/plug/docker-hygiene" docker-cli-plugin-metadata &&
		"$to/plug/docker-timesync" docker-cli-plugin-metadata &&
		"$to/usr/bin/docker-credential-pushgate" version
}

# The helper runs its other half by the path that it was built with.
finds_attest() {
	[ ! -e "$BUILD/pushgate-attest" ] || {
		[ -x "$to/usr/$attest" ] &&
			grep -aqF "/usr/$attest" "$to/usr/bin/docker-credential-pushgate"
	}
}

# What was installed goes, though libcjose's headers may have gone since.
uninstalls() {
	make_there uninstall CJOSE= && [ -z "$(find "$to" -type f)" ] &&
		[ ! -e "$to/usr/libexec/docker-hygiene" ] && [ -d "$to/usr/bin" ]
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
	mkdir -p "$home/.docker/cli-plugins" "$home/.local/bin" "$home/.local/${attest%/*}" &&
		cp "$HYGIENE" "$TIMESYNC" "$home/.docker/cli-plugins" &&
		cp "$PUSHGATE" "$home/.local/bin" && cp "$PUSHGATE" "$home/.local/$attest" &&
		env -u SUDO_USER -u DOCKER_CONFIG -u XDG_CONFIG_HOME HOME="$home" PATH="$tmp/bin:$PATH" \
			./install.sh --uninstall &&
		[ -z "$(find "$home" -type f)" ] && [ ! -e "$home/.local/${attest%/*}" ]
}

# Jobs would run programs that are no longer there.
uninstalls_jobs() {
	cat >"$tmp/bin/crontab" <<-END
		#!/bin/sh
		case \$1 in
		-l) [ -e "$tmp/crontab" ] && exec cat "$tmp/crontab"; echo "no crontab for test" >&2; exit 1 ;;
		-r) exec rm -f "$tmp/crontab" ;;
		*) exec cat >"$tmp/crontab" ;;
		esac
	END
	mkdir -p "$home/.docker/cli-plugins" && cp "$HYGIENE" "$home/.docker/cli-plugins" &&
		printf '{"images":[{"name":"base","context":"."}]}' >"$home/hygiene-base.json" &&
		printf 'FROM scratch\n' >"$home/Dockerfile" || return
	own() { env -i HOME="$home" PATH="$tmp/bin:/usr/bin:/bin" "$@"; }
	plugin=$home/.docker/cli-plugins/docker-hygiene
	own "$plugin" hygiene schedule prune --manager cron &&
		own "$plugin" hygiene schedule base --manager cron --file "$home/hygiene-base.json" &&
		grep -q 'hygiene.*base' "$tmp/crontab" && grep -q 'hygiene.*prune' "$tmp/crontab" &&
		own ./install.sh --uninstall && [ ! -e "$plugin" ] &&
		! grep -q hygiene "$tmp/crontab"
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
check 'pushgate-attest is where the helper looks for it' finds_attest
check 'make uninstall with DESTDIR' uninstalls
check 'install.sh --uninstall in a home' uninstalls_home
check 'install.sh --uninstall with both jobs scheduled' uninstalls_jobs
check 'install.sh --uninstall while docker uses the helper' in_use
done_testing
