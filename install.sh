#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds and installs the suite, and shows it at work. `./install.sh --help` says how.
set -u
cd "$(dirname "$0")" || exit 1

usage() {
	cat <<-'END'
		usage: ./install.sh [--system] [--uninstall | --demo | --check]

		Installs what the build needs, builds, installs the docker plugins into
		~/.docker/cli-plugins and other programs into ~/.local/bin, and shows what
		`docker hygiene prune` would remove from your engine and how far off its
		clock is (`docker timesync check`). Nothing is removed or set.

		  --system      into /usr/local/libexec/docker/cli-plugins and /usr/local/bin,
		                for everybody on this machine
		  --uninstall   take the programs away again (with --system: those of --system)
		  --demo        fill a throw-away engine with litter and prune it, and stop a
		                push to a throw-away registry; needs root, leaves your engine
		                and the firewall alone, and nothing behind
		  --check       install what the tests need, and run them all (root or sudo)
		  --help        this text

		Under sudo it installs for the person who called sudo.
	END
}

# --- What has to be there. One row each: need|apt|dnf|apk|pacman|zypper|brew. A need is met if
# has_<need> says so; only the packages of unmet needs are installed. "-": known to be missing.
build_needs='
compiler|gcc libc6-dev|gcc glibc-devel|gcc musl-dev linux-headers|gcc|gcc glibc-devel|-
make|make|make|make|make|make|-
pkg_config|pkg-config|pkgconf-pkg-config|pkgconf|pkgconf|pkg-config|pkgconf
jansson|libjansson-dev|jansson-devel|jansson-dev|jansson|libjansson-devel|jansson
libcurl|libcurl4-openssl-dev|libcurl-devel|curl-dev|curl|libcurl-devel|curl
libcrypto|libssl-dev|openssl-devel|openssl-dev|openssl|libopenssl-devel|openssl@3
nettle|nettle-dev|nettle-devel|nettle-dev|nettle|libnettle-devel|nettle
'
# What single features need, and the build can do without: gates that verify ID tokens (cjose), the
# Secret Service as a store (libsecret), registries whose token server is another host of the same
# domain (psl). Where a package is not to be had, the feature says so.
build_wishes='
cjose|libcjose-dev|cjose-devel|cjose-dev|cjose|libcjose-devel|cjose
libsecret|libsecret-1-dev|libsecret-devel|libsecret-dev|libsecret|libsecret-devel|-
psl|libpsl5|libpsl|libpsl|libpsl|libpsl5|libpsl
'
test_needs='
check|check|check-devel|check-dev|check|check-devel|check
python|python3|python3|python3|python|python3|python@3
busybox|busybox-static|busybox|busybox-static|busybox|busybox-static|-
sshd|openssh-server openssh-client|openssh-server openssh-clients|openssh|openssh|openssh|-
openssl|openssl|openssl|openssl|openssl|openssl|openssl@3
unshare|util-linux|util-linux|util-linux-misc|util-linux|util-linux|-
ip|iproute2|iproute|iproute2|iproute2|iproute2|-
ps|procps|procps-ng|procps|procps-ng|procps|-
systemd|systemd|systemd|-|systemd|systemd|-
qemu|qemu-system-x86|-|-|-|-|-
mke2fs|e2fsprogs|-|-|-|-|-
swift|python3-swift|-|-|-|-|-
clang|clang|clang|clang|clang|clang|-
lld|lld|lld|lld|lld|lld|-
ld_s390x|binutils-s390x-linux-gnu|binutils-s390x-linux-gnu|-|-|-|-
qemu_user|qemu-user-static|qemu-user-static|-|qemu-user-static|qemu-linux-user|-
strace|strace|strace|strace|strace|strace|-
dbus_daemon|dbus|dbus-daemon|dbus|dbus|dbus-1|-
gnome_keyring|gnome-keyring|gnome-keyring|gnome-keyring|gnome-keyring|gnome-keyring|-
secret_tool|libsecret-tools|libsecret|libsecret|libsecret|libsecret-tools|-
pass|pass|pass|pass|pass|password-store|-
gpg|gnupg|gnupg2|gnupg|gnupg|gpg2|-
gdbus|libglib2.0-bin|glib2|glib|glib2|glib2-tools|-
podman|podman netavark|podman|podman|podman|podman|-
docker_py|python3-docker|python3-docker|py3-docker-py|python-docker|python3-docker|-
'

has() { command -v "$1" >/dev/null 2>&1; }
has_lib() { pkg-config --exists "$1" 2>/dev/null; }
has_compiler() { echo '#include <stdio.h>' | ${CC:-cc} -E - >/dev/null 2>&1; }
has_make() { has make; }
has_pkg_config() { has pkg-config; }
has_jansson() { has_lib jansson; }
has_libcurl() { has_lib libcurl; }
has_libcrypto() { has_lib libcrypto; }
has_nettle() { has_lib nettle; }
has_cjose() { has_lib cjose; }
has_libsecret() { has_lib libsecret-1; }
# Loaded when it is needed; nothing of it is built in.
has_psl() {
	/sbin/ldconfig -p 2>/dev/null | grep -q 'libpsl\.so\.5' || [ -e /usr/lib/libpsl.so.5 ] ||
		{ has brew && [ -e "$(brew --prefix)/lib/libpsl.5.dylib" ]; }
}
has_check() { has_lib check; }
has_python() { has python3; }
# Images of the tests hold nothing but busybox, so that it must not need a library.
has_busybox() { has busybox && ! ldd "$(command -v busybox)" >/dev/null 2>&1; }
has_sshd() { { has sshd || [ -x /usr/sbin/sshd ]; } && has ssh; }
has_openssl() { has openssl; }
has_unshare() { has unshare; }
has_ip() { has ip || [ -x /sbin/ip ]; }
has_ps() { has ps; }
# The virtual machines of the tests are made of Debian's packages; S3 is OpenStack Swift's.
has_qemu() { has qemu-system-x86_64 || ! has apt-get; }
has_mke2fs() { has mke2fs || [ -x /sbin/mke2fs ] || ! has apt-get; }
has_swift() { [ -e /usr/lib/python3/dist-packages/swift/__init__.py ] || ! has apt-get; }
# Timers are tested under a user manager of the tests' own; Alpine and macOS have none.
has_systemd() { [ -x /lib/systemd/systemd ] || has apk || has brew; }
# For the helpers of docker timesync: built anew, and run for other machines. Where the package
# manager has nothing, what is committed is tested as far as it can be.
has_clang() { has clang || has brew; }
has_lld() { has ld.lld || has brew; }
has_ld_s390x() { has s390x-linux-gnu-ld || ! { has apt-get || has dnf; }; }
has_qemu_user() { has qemu-aarch64-static || has qemu-aarch64 || has apk || has brew; }
has_strace() { has strace || has brew; }
# A Secret Service of the tests' own, on a bus of their own.
has_dbus_daemon() { has dbus-daemon || has brew; }
has_gnome_keyring() { has gnome-keyring-daemon || has brew; }
has_secret_tool() { has secret-tool || has brew; }
# Another helper's store: docker-credential-pass calls it.
has_pass() { has pass || has brew; }
has_gpg() { has gpg || has brew; }
has_gdbus() { has gdbus || has brew; }
has_podman() { has podman || has brew; }
# One of the clients that docker-credential-pushgate is tested with.
has_docker_py() {
	python3 -c 'import docker.credentials' 2>/dev/null ||
		/usr/bin/python3 -c 'import docker.credentials' 2>/dev/null || has brew
}

say() { printf '%s\n' "$@"; }
die() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}

at_terminal() { [ -t 0 ] && [ -t 1 ]; }

# --- Who it is for.

# Under sudo: the person who called it, else whoever runs this.
whose() {
	user='' home=${HOME-}
	if [ "$(id -u)" -eq 0 ] && [ "${SUDO_USER:-root}" != root ]; then
		user=$SUDO_USER
		if has getent; then
			home=$(getent passwd "$user" | cut -d : -f 6)
		else
			home=$(awk -F : -v u="$user" '$1 == u { print $6 }' /etc/passwd)
		fi
	elif [ -z "$home" ] && [ "$(id -u)" -eq 0 ]; then
		home=/root
	fi
	[ -n "$home" ] || die 'HOME is not set'
}

# What belongs to that person is made as that person, so that root owns nothing in that home.
as_user() {
	if [ -n "$user" ]; then
		sudo -u "$user" -- env HOME="$home" PATH="$PATH" "$@"
	else
		"$@"
	fi
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

can_be_root() {
	[ "$(id -u)" -eq 0 ] && return 0
	has sudo || return 1
	# Without a terminal sudo must not ask.
	at_terminal || sudo -n true 2>/dev/null
}

where() {
	if [ $system -eq 1 ]; then
		prefix=/usr/local plugins=/usr/local/libexec/docker/cli-plugins
	else
		prefix=$home/.local plugins=$home/.docker/cli-plugins
		[ -n "$user" ] || plugins=${DOCKER_CONFIG:-$home/.docker}/cli-plugins
	fi
}

# --- Packages.

manager() {
	for tool in apt-get dnf apk pacman zypper brew; do
		if has $tool; then
			say $tool
			return
		fi
	done
}

column() {
	case $1 in
	apt-get) say 2 ;; dnf) say 3 ;; apk) say 4 ;; pacman) say 5 ;; zypper) say 6 ;; *) say 7 ;;
	esac
}

# missing ROWS COLUMN: the unmet needs' packages, or the needs themselves where COLUMN is 1.
missing() {
	printf '%s' "$1" | while IFS= read -r row; do
		[ -n "$row" ] || continue
		"has_${row%%|*}" || printf '%s' "$row" | cut -d '|' -f "$2"
	done | grep -vx -e - | tr '\n' ' '
}

install_packages() {
	case $1 in
	apt-get)
		shift
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update ||
			say 'the package lists could not be renewed; trying those at hand'
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -qqy -o Dpkg::Use-Pty=0 \
			--no-install-recommends install "$@" >/dev/null
		;;
	dnf) shift; as_root dnf -y install "$@" ;;
	apk) shift; as_root apk add "$@" ;;
	pacman) shift; as_root pacman -Sy --noconfirm --needed "$@" ;;
	zypper) shift; as_root zypper --non-interactive install "$@" ;;
	brew) shift; brew install "$@" ;;
	esac
}

# The keg-only libraries of brew are seen through pkg-config only.
brew_paths() {
	for keg in curl openssl@3; do
		PKG_CONFIG_PATH=$(brew --prefix $keg)/lib/pkgconfig:${PKG_CONFIG_PATH-}
	done
	export PKG_CONFIG_PATH
}

# provide ROWS WHAT
provide() {
	tool=$(manager)
	[ "$tool" != brew ] || brew_paths
	needs=$(missing "$1" 1)
	[ -n "$needs" ] || return 0
	packages=$(missing "$1" "$(column "$tool")")
	listing="On Debian and Ubuntu: apt-get install $(missing "$1" 2)"
	[ -n "$tool" ] || die "$2 needs: $needs; install them with your package manager. $listing"
	[ "$tool" = brew ] || can_be_root ||
		die "$2 needs packages, and this is neither root nor can it sudo. Have installed: $packages"
	say "Installing what $2 needs: $packages"
	# shellcheck disable=SC2086  # a list of words
	install_packages "$tool" $packages || die "$tool could not install: $packages"
	[ "$tool" != brew ] || brew_paths
	needs=$(missing "$1" 1)
	[ -z "$needs" ] || die "$2 still lacks: $needs"
}

# wish ROWS: as provide, one by one, and without insisting.
wish() {
	tool=$(manager)
	wished=$(missing "$1" "$(column "$tool")")
	[ -n "$wished" ] || return 0
	if [ "$tool" != brew ] && ! can_be_root; then
		say "Not installed, since this is not root: $wished(docs/internals/build-and-test.md says what for)"
		return 0
	fi
	for package in $wished; do
		install_packages "$tool" "$package" >/dev/null 2>&1 ||
			say "$tool could not install $package (docs/internals/build-and-test.md says what for)"
	done
}

# --- The jobs.

cpus() {
	getconf _NPROCESSORS_ONLN 2>/dev/null || say 2
}

# The build belongs to the person where the folder does; a clone of root's is built by root.
build() {
	provide "$build_needs" 'the build'
	wish "$build_wishes"
	where
	if as_user test -w . && { [ ! -e build ] || as_user test -w build; }; then
		as_user make -s -j "$(cpus)" PREFIX="$prefix" PLUGINDIR="$plugins" all
	else
		make -s -j "$(cpus)" PREFIX="$prefix" PLUGINDIR="$plugins" all
	fi || die 'the build failed'
}

run_make() {
	if [ $system -eq 1 ]; then
		can_be_root || die 'root or sudo is needed to install for the whole machine'
		as_root make -s "$1" PREFIX="$prefix" PLUGINDIR="$plugins"
	else
		as_user make -s "$1" PREFIX="$prefix" PLUGINDIR="$plugins"
	fi
}

# Through docker itself where it is there, as people will call it: show PLUGIN ARGS.
show() {
	say '' "docker $*"
	if has docker && as_user docker "$1" --help >/dev/null 2>&1; then
		as_user docker "$@"
	else
		as_user "$plugins/docker-$1" "$@"
	fi
}

demo() {
	if ! can_be_root; then
		say 'no engine can run here: a private engine needs root or sudo' >&2
		return 3
	fi
	as_root scripts/demo "$PWD/build/release/docker-hygiene" \
		"$PWD/build/release/docker-credential-pushgate"
}

ask() {
	at_terminal || return 0
	printf '%s [Y/n] ' "$1"
	read -r answer || return 1
	case $answer in [Nn]*) return 1 ;; esac
}

main_job() {
	if show hygiene prune --dry-run; then
		say '' 'Nothing was removed. Without --dry-run it asks before it removes.'
		# 3: out of step, 1: cannot tell; it says so itself.
		show timesync check
		[ $? -ne 3 ] || say '' 'Nothing was set. docker timesync corrects it.'
		return 0
	fi
	ask 'No engine answered. Show it on a throw-away engine that leaves nothing behind?' ||
		return 0
	demo
	status=$?
	# Where no engine can run, demo has said so in one line, and what was asked for is done.
	[ $status -ne 3 ] || return 0
	return $status
}

# docker runs the helper by its name alone.
say_path() {
	found=$(as_user sh -c 'command -v docker-credential-pushgate' 2>/dev/null)
	if [ "$found" = "$prefix/bin/docker-credential-pushgate" ]; then
		say 'docker-credential-pushgate is used by docker after: docker-credential-pushgate install'
		return 0
	fi
	if [ -n "$found" ]; then
		say "PATH finds $found before $prefix/bin/docker-credential-pushgate"
	else
		say "$prefix/bin is not on PATH: docker does not find docker-credential-pushgate there"
	fi
}

do_install() {
	build
	run_make install || die "the programs could not be installed to $plugins"
	say_path
	main_job
}

# The jobs and the watch go first: they would run programs that are no longer there.
remove_jobs() {
	for job in prune base; do
		if [ $system -eq 1 ]; then
			as_root "$plugins/docker-hygiene" hygiene schedule remove --system $job
		else
			as_user "$plugins/docker-hygiene" hygiene schedule remove $job
		fi || die "the job of $job could not be removed; the programs are left in place"
	done
}

do_uninstall() {
	where
	has make || die "make is needed; or remove $plugins/docker-hygiene and docker-timesync yourself"
	[ ! -x "$plugins/docker-hygiene" ] || remove_jobs
	if [ -x "$plugins/docker-timesync" ]; then
		as_user "$plugins/docker-timesync" timesync watch --uninstall ||
			die 'the watch could not be removed; the programs are left in place'
	fi
	# Without it docker fails to log in, and what it has stored cannot be put back.
	config=${DOCKER_CONFIG:-$home/.docker}/config.json
	if grep -qs '"pushgate"' "$config"; then
		[ ! -x "$prefix/bin/docker-credential-pushgate" ] ||
			die "$config names pushgate: $prefix/bin/docker-credential-pushgate uninstall puts back what was there; the programs are left in place"
		say "$config still names pushgate: take credsStore or credHelpers out, or docker fails to log in"
	fi
	run_make uninstall
}

do_demo() {
	build
	demo
}

# An engine for the tests where none is installed: unpacked, not installed, so that no service
# starts on this machine.
provide_engine() {
	PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
	if ! { has dockerd && has containerd && has runc && has docker; }; then
		say 'Unpacking an engine for the tests (build/engine)'
		scripts/get-engine build/engine || say 'the tests on a real engine will be skipped'
		PATH=$PWD/build/engine/bin:$PATH
	fi
	export PATH
}

# The tests start an sshd and a Podman of their own; the packages' services are not to run on this
# machine for that.
without_services() {
	units=
	has_sshd || units='ssh.service ssh.socket sshd.service'
	has_podman || units="$units podman.service podman.socket podman-restart.service
		podman-auto-update.service podman-auto-update.timer"
	if [ -z "$units" ] || [ ! -d /run/systemd/system ]; then
		"$@"
		return
	fi
	# shellcheck disable=SC2086  # a list of words
	set_services $units -- "$@"
}

# set_services UNIT... -- COMMAND...: runs it with these units masked, and leaves them disabled.
set_services() {
	masked=
	while [ "$1" != -- ]; do
		masked="$masked $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	{
		as_root systemctl --quiet mask $masked
		"$@"
		as_root systemctl --quiet unmask $masked
		as_root systemctl --quiet disable $masked 2>/dev/null
	}
	return 0
}

# Private engines need root; what root wrote below build/ is given back.
do_check() {
	without_services provide "$build_needs
$test_needs" 'the build with its tests'
	wish "$build_wishes"
	provide_engine
	if [ "$(id -u)" -eq 0 ]; then
		make -j 2 check
	else
		can_be_root || die 'the tests on a real engine need root or sudo'
		owner=$(id -u):$(id -g)
		sudo env PATH="$PATH" make -j 2 check
		status=$?
		sudo chown -R "$owner" build
		return $status
	fi
}

action=install system=0
for arg in "$@"; do
	case $arg in
	--system) system=1 ;;
	--uninstall | --demo | --check) action=${arg#--} ;;
	-h | --help) usage; exit 0 ;;
	*)
		printf 'install.sh: unknown option %s (see ./install.sh --help)\n' "$arg" >&2
		exit 125
		;;
	esac
done
whose
"do_$action"
