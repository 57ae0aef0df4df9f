#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A million generated attempts: the pipeline and the oracle agree byte for byte in both scenarios.
# Arguments: the build folder; the number of lines (1000000).
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
lines=${2:-1000000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export RAILYARD_PLUGIN_PATH=$build/examples
export RAILYARD_PROBE=$build/runtime/programs/railyard-probe

n=0
failed=0
# judge DESCRIPTION COMMAND...
judge() {
	n=$((n + 1))
	if "${@:2}"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		failed=1
	fi
}

count_is() {
	[ "$(wc -l <"$1")" = "$2" ]
}

for scenario in baseline experiment; do
	python3 "$root/examples/fund_load/generate.py" --seed 20 --lines "$lines" \
		--output "$folder/input.jsonl"
	python3 "$root/tests/fund_load/oracle.py" --scenario "$scenario" \
		--output "$folder/expected.jsonl" "$folder/input.jsonl"
	judge "$scenario: the oracle decides $lines lines" count_is "$folder/expected.jsonl" "$lines"
	cp "$root/examples/fund_load/$scenario.json" "$folder/"
	judge "$scenario: the run ends well" \
		"$build/runtime/programs/railyard" run "$folder/$scenario.json"
	judge "$scenario: the same bytes" cmp "$folder/output.jsonl" "$folder/expected.jsonl"
	rm -f "$folder/output.jsonl"
done
echo "1..$n"
exit "$failed"
