#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The AsyncRunner under random life, with seeds that no run has had before.
#
# usage: tests/long/async_stress.sh BUILD [SEEDS]
set -eu

build=$1
first=$(date +%s)

echo "# seeds from $first on; one of them again: STRESS_SEED=N"
STRESS_SEED=$first STRESS_SEEDS=${2:-2000} CK_TIMEOUT_MULTIPLIER=60 \
	"$build/tests/unit/runners/test_runners_async_stress"
