# SPDX-License-Identifier: Apache-2.0
"""Makes the surroundings, and looks at what depends on them."""

import os
import pty
import shutil
from pathlib import Path


def prepare(case):
    values = case.values or {}
    if "copy" in values:
        copy_plugin(case, case.path(values["copy"]), "path" in values)
    if "closed" in values:
        case.wrapper = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    if "ulimit" in values:
        case.wrapper = ["sh", "-c", f'ulimit {values["ulimit"]} && exec "$@"', "sh"]
    if "cwd" in values:
        case.cwd = case.folder / values["cwd"]
        case.spec["args"] = ["run", str(case.path("manifest.json"))]
    if "removed" in values:
        case.wrapper = ["sh", "-c", 'mkdir "$1" && cd "$1" && rmdir "../$1" && shift && exec "$@"', "sh",
                        values["removed"]]
    if "terminal" in values:
        case.terminal, case.stdout_to = pty.openpty()


def copy_plugin(case, to, on_path):
    to.mkdir(parents=True)
    found = [Path(folder) / "testnodes.so" for folder in case.options.plugins.split(":")]
    shutil.copy(next(path for path in found if path.exists()), to)
    if on_path:
        case.spec["env"] = {"RAILYARD_PLUGIN_PATH": str(to)}


def during(case):
    if (case.values or {}).get("terminal"):
        case.text = read_terminal(case.terminal)


def read_terminal(fd):
    """All that was written until the last writer has gone (the kernel then says EIO)."""
    text = b""
    try:
        while part := os.read(fd, 65536):
            text += part
    except OSError:
        pass
    os.close(fd)
    return text


def verify(case):
    values = case.values or {}
    if "mode" in values:
        case.equal(oct(case.path("output.txt").stat().st_mode & 0o777), oct(values["mode"]), "the mode of the output")
    if "colour" in values:
        text = case.text if "terminal" in values else case.stdout
        case.check(b"RYW001" in text, "the finding is there", repr(text))
        case.equal(b"\x1b[" in text, values["colour"], "colour")
