#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Is the committed file what the program prints? fresh.sh PROGRAM PART FILE
set -u
new=$(mktemp) || exit 99
trap 'rm -f "$new"' EXIT
"$1" "$2" >"$new" || exit 99
if ! diff -u "$3" "$new"; then
	echo "$3 is old; make it anew with: $1 $2 >$3"
	exit 1
fi
