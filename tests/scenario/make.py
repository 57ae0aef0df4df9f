# SPDX-License-Identifier: Apache-2.0
"""Files that are made before a case runs, because they are long, odd, or follow from others.

A file is a list of recipes, and their bytes one after the other:

    "text"                                     as UTF-8
    {"hex": "c3 28"}                           bytes
    {"repeat": "x", "times": 1000}             many times; "%d" becomes the number, from 1 on
    {"fund_load": 20000, "seed": 1}            generated attempts
    {"oracle": "input.jsonl", "scenario": "baseline"}   the right answer to them
    {"real": "input.jsonl"}                    of the data beside the checkout
    {"fifo": true}                             no bytes: a named pipe
    {"folder": true}                           no bytes: a folder
"""

import os

import oracle
import tap

REAL_DATA = tap.ROOT.parent / "shared" / "data" / "fund_load"


def make_files(folder, recipes):
    for name, parts in recipes.items():
        path = folder / name
        path.unlink(missing_ok=True)
        if parts == [{"fifo": True}]:
            os.mkfifo(path)
        elif parts == [{"folder": True}]:
            path.mkdir()
        else:
            path.write_bytes(b"".join(make(folder, part) for part in parts))


def make(folder, part):
    if isinstance(part, str):
        return part.encode()
    if "hex" in part:
        return bytes.fromhex(part["hex"])
    if "repeat" in part:
        return repeat(part["repeat"], part["times"])
    if "fund_load" in part:
        generator = tap.load_generator()
        return b"".join(generator.generate(part.get("seed", 1), part["fund_load"]))
    if "oracle" in part:
        data = (folder / part["oracle"]).read_bytes()
        settings = oracle.configure(part["scenario"], part.get("settings", []))
        return oracle.Oracle(settings).run(data)[0]
    if "real" in part:
        return (REAL_DATA / part["real"]).read_bytes()
    raise ValueError(f"no such recipe: {part}")


def repeat(text, times):
    if "%d" not in text:
        return text.encode() * times
    return b"".join((text % n).encode() for n in range(1, times + 1))
