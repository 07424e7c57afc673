# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# make_apart WORD...: make, with a copy of the build in $tmp. Where programs will lie is compiled into
# one of them: built for another place in the build itself, it would change under other tests' feet.
make_apart() {
	[ -d "$tmp/build" ] || {
		mkdir "$tmp/build" && (cd "$BUILD" && tar -c --exclude=./tests --exclude='./*.deb' .) |
			tar -x -C "$tmp/build" || return
	}
	make -s --no-print-directory VARIANT="$VARIANT" B="$tmp/build" "$@"
}
