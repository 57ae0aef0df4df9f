#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every mistake in a rule is noticed by other and by more generated data than the daily tests use.
# The first argument, the build folder, is not needed.
set -uo pipefail

failed=0
for seed in 2 3 5 7; do
	echo "# seed $seed"
	python3 "$(dirname "$0")/../fund_load/test_mutations.py" --seed "$seed" --lines 100000 ||
		failed=1
done
exit "$failed"
