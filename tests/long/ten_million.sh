#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ten million messages through a pipeline without state: memory stays flat, untraced and traced, with
# a synchronous and with an asynchronous node.
# Argument: the build folder.
exec python3 "$(dirname "$0")/flat_memory.py" "$1"
