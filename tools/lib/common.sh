# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What tools/test and tools/quickstart share: packages, build folders, build jobs, probes. Sourced
# with the working directory at the root of the checkout. Works without HOME, TERM, locale and TZ.

export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
started=$(date +%s)

# say TEXT...: one line of progress with the time since the start.
say() {
	local s=$(($(date +%s) - started))

	printf '[%d:%02d] %s\n' $((s / 60)) $((s % 60)) "$*"
}

die() {
	printf '%s\n' "$*" >&2
	exit 1
}

# missing_packages KIND...: the packages of these kinds that are not installed, on one line.
missing_packages() {
	local kind package rest

	while read -r kind package rest; do
		case " $* " in
		*" $kind "*) ;;
		*) continue ;;
		esac
		case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
		*' ok installed') ;;
		*) printf '%s ' "$package" ;;
		esac
	done <tools/lib/packages.txt
}

# apt_get ARGS...: never asks, waits up to ten minutes for another package manager.
apt_get() {
	DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=600 "$@" </dev/null
}

# The lists have a lock of their own, for which apt-get does not wait.
apt_update() {
	local log tries

	for tries in $(seq 60); do
		log=$(apt_get update -o APT::Update::Error-Mode=any 2>&1) && return 0
		case $log in
		*'Could not get lock'*)
			[ "$tries" != 1 ] || say "waiting for another package manager to finish"
			sleep 5
			;;
		*) break ;;
		esac
	done
	printf '%s\n' "$log" | sed -n 's/^[EW]: /  /p' | head -n 5 >&2
	return 1
}

# install_packages NEEDED WANTED: installs what is missing of these kinds, a blank between them. What
# is needed and cannot be had ends the run before anything compiles; what is only wanted is left to
# the build, which leaves parts out, and to the stages, which name what they skip.
install_packages() {
	local need want line

	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		say "not a Debian system: the packages in tools/lib/packages.txt are up to you"
		return 0
	fi
	# shellcheck disable=SC2086 # lists of kinds
	need=$(missing_packages $1)
	# shellcheck disable=SC2086
	want=$(missing_packages $2)
	[ -n "$need$want" ] || return 0
	line="apt-get install --no-install-recommends -y $need$want"
	if [ "$(id -u)" != 0 ]; then
		printf 'As root, run:\n  %s\n' "$line" >&2
		[ -z "$need" ] || die "Needed and missing: $need"
		return 0
	fi
	say "installing $need$want"
	apt_update || say "the package archive cannot be reached: no network?"
	# shellcheck disable=SC2086 # lists of package names
	if apt_get install -q --no-install-recommends $need $want; then
		return 0
	fi
	# shellcheck disable=SC2086
	[ -z "$need" ] || apt_get install -q --no-install-recommends $need ||
		die "Cannot install $need: nothing was compiled. Without a network, install the packages first: $line"
	# shellcheck disable=SC2086
	say "not installed: $(missing_packages $2)"
}

# Kilobytes of memory that may still be used, by the machine and by the control group.
free_memory() {
	local kb limit used

	kb=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || true)
	used=$(cat /sys/fs/cgroup/memory.current 2>/dev/null || true)
	case $limit$used in
	'' | *[!0-9]*) ;;
	*) [ $(((limit - used) / 1024)) -ge "${kb:-0}" ] || kb=$(((limit - used) / 1024)) ;;
	esac
	echo "${kb:-1048576}"
}

# As many jobs as processors, but no more than one per 700 MB: what a compiler with sanitizers takes.
build_jobs() {
	local jobs by_memory

	jobs=$(nproc)
	by_memory=$(($(free_memory) / 700000))
	[ "$jobs" -le "$by_memory" ] || jobs=$by_memory
	[ "$jobs" -ge 1 ] || jobs=1
	echo "$jobs"
}

# choose_build_root NAME [keep]: sets build_root to a folder for build folders: in the checkout, or a
# temporary one if that is read-only (deleted at the end without `keep`), and checks that programs
# in it can run.
choose_build_root() {
	build_root=$PWD/build-$1
	# A test with -w says yes to root even on a read-only file system.
	if ! mkdir -p "$build_root" 2>/dev/null || ! : 2>/dev/null >"$build_root/.writable"; then
		build_root=$(mktemp -d "${TMPDIR:-/tmp}/railyard-$1.XXXXXX") ||
			die "Neither $PWD nor ${TMPDIR:-/tmp} can be written to."
		if [ "${2:-}" != keep ]; then
			trap 'rm -rf "$build_root"' EXIT
			trap 'exit 130' INT TERM
		fi
		say "this checkout is read-only: building in $build_root"
	fi
	printf '#!/bin/sh\n' >"$build_root/.runs"
	chmod 700 "$build_root/.runs"
	"$build_root/.runs" || die "Programs cannot run in $build_root (noexec?): set TMPDIR to another folder."
}

# set_up_build FOLDER ARGS...: a meson build folder with just these options, made anew when the
# options changed. CC is taken from the environment.
set_up_build() {
	local folder=$1 stamp

	shift
	stamp="${CC:-cc} $*"
	if [ -f "$folder/build.ninja" ] && [ "$(cat "$folder/.options" 2>/dev/null)" = "$stamp" ]; then
		# Configures again if a meson.build has changed.
		ninja -C "$folder" build.ninja >"$folder.log" 2>&1 && return 0
	fi
	rm -rf "$folder"
	meson setup "$folder" . "$@" >"$folder.log" 2>&1 || {
		tail -n 20 "$folder.log" >&2
		return 1
	}
	printf '%s\n' "$stamp" >"$folder/.options"
}

# compile FOLDER JOBS: builds all, with every 25th step as a sign of life.
compile() {
	NINJA_STATUS='[%f/%t] ' ninja -C "$1" -j "$2" | awk '
		/^\[[0-9]+\/[0-9]+\] / && n++ % 25 { next }
		/^ninja: (Entering|no work)/ { next }
		{ print; fflush() }'
	return "${PIPESTATUS[0]}"
}
