#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Google's protobuf with the published opentelemetry-proto reads both encodings as the same spans.

Strict where protobuf-c is not: it refuses strings that are not UTF-8. Packed again, the protobuf
body is the same, byte for byte. Skipped by name without the Python package opentelemetry-proto.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile

BATCHES = 60
IDS = ('traceId', 'spanId', 'parentSpanId')


def as_proto3_json(value):
    """OTLP has ids in hex where the mapping of protobuf has base64."""
    if isinstance(value, list):
        return [as_proto3_json(v) for v in value]
    if not isinstance(value, dict):
        return value
    return {
        k: base64.b64encode(bytes.fromhex(v)).decode() if k in IDS else as_proto3_json(v)
        for k, v in value.items()
    }


def check(request, json_format, program, folder, seed):
    """None, or what is wrong."""
    paths = [os.path.join(folder, name) for name in ('body.pb', 'body.json')]
    subprocess.run([program, str(seed), *paths], check=True)
    with open(paths[0], 'rb') as f:
        packed = f.read()
    with open(paths[1], 'rb') as f:
        text = f.read().decode('utf-8')
    from_packed = request.FromString(packed)
    if not from_packed.resource_spans[0].scope_spans[0].spans:
        return 'no spans'
    if from_packed.SerializeToString(deterministic=True) != packed:
        return 'packed again it is something else'
    from_text = json_format.Parse(json.dumps(as_proto3_json(json.loads(text))), request())
    # Not by ==: NaN is not equal to itself.
    if from_text.SerializeToString(deterministic=True) != packed:
        return 'the JSON says something else'
    return None


def main(program):
    try:
        from google.protobuf import json_format
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
    except ImportError:
        print('1..0 # SKIP no Python package opentelemetry-proto')
        return 0
    request, failed = trace_service_pb2.ExportTraceServiceRequest, 0
    print('1..1')
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, BATCHES + 1):
            try:
                wrong = check(request, json_format, program, folder, seed)
            except Exception as e:  # whatever the decoder raises is its answer
                wrong = f'{type(e).__name__}: {e}'
            if wrong:
                failed += 1
                print(f'# batch {seed}: {str(wrong)[:300]}')
    print(f'{"not ok" if failed else "ok"} 1 - protobuf for Python reads both as the same spans')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
