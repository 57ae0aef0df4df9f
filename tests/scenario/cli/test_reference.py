#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is the committed reference page what the program prints? test_reference.py RAILYARD PAGE"""
import difflib
import subprocess
import sys

railyard, page = sys.argv[1:3]
new = subprocess.run([railyard, "explain", "--markdown"], stdout=subprocess.PIPE, check=True,
                     timeout=60).stdout.decode()
try:
    old = open(page).read()
except FileNotFoundError:
    old = ""
print("1..1")
print("ok 1" if old == new else f"not ok 1 - make it anew: railyard explain --markdown > {page}")
for line in list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm=""))[:40]:
    print("#", line)
sys.exit(old != new)
