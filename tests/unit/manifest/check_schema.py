#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The committed schema is valid JSON Schema, and judges the golden manifests as the binder does.

With python3-jsonschema; without it the test is skipped.
"""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

# What a schema can see; rules between keys, references and syntax are the binder's alone.
SEEN = ["RYC001", "RYC002", "RYC003", "RYC004", "RYC005"]

root = pathlib.Path(sys.argv[1])
schema = json.loads((root / "schemas/manifest.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failures = 0


def expect(manifest, valid):
    global failures
    errors = list(validator.iter_errors(manifest))
    if bool(errors) == valid:
        failures += 1
        print("expected", "valid" if valid else "invalid", json.dumps(manifest)[:200], errors[:1])


for code in SEEN:
    folder = root / "tests/golden" / code
    expect(json.loads((folder / "bad.json").read_text()), False)
    expect(json.loads((folder / "good.json").read_text()), True)
expect({"version": True}, False)
expect({"version": 1, "runtime": {"strict": "${env:STRICT}", "stall_warning_ms": "${env:N:-5}"}}, True)
expect({"version": 1, "runtime": {"strict": "yes"}}, False)
expect({"version": 1, "nodes": {"n": {"on_error": "drop", "bind": {"s": "a"}}}}, True)
expect({"version": 1, "nodes": {"n": {"on_error": {"policy": "retry"}, "bind": {"s": 1}}}}, False)
sys.exit(1 if failures else 0)
