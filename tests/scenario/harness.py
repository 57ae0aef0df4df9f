# SPDX-License-Identifier: Apache-2.0
"""One case of a scenario: its folder, its process, and the checks of what it left."""

import importlib.util
import json
import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import traceback
from pathlib import Path

import account
import forced
import make

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = {
    "args", "set", "env", "umask", "folder", "stdin", "stdout", "make", "needs", "exit", "stderr",
    "stderr_not", "output", "same", "text", "absent", "account", "seccomp", "errno", "values",
    "sync_only",
}
SECONDS = 120  # for one run; far more than any needs
TICK = 0.002  # between two looks at a condition
ACCOUNT = "account.json"
INHERITED = ("PATH", "RAILYARD_PROBE", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",
             "TMPDIR")


class Skip(Exception):
    """The case cannot run here; the text says why."""


class Failed(Exception):
    """The case cannot go on."""


def load_hooks(folder):
    path = folder / "scenario.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("scenario_hooks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Case:
    """What hooks get.

    folder    Path of the copy
    values    the case's member `values`: whatever its hooks want to know
    process   the running program (during), with its exit status (verify)
    account   what --account wrote, or None
    stdout, stderr: bytes, after the run
    """

    def __init__(self, options, report, hooks, name, spec):
        self.options = options
        self.report = report
        self.hooks = hooks
        self.name = name
        self.spec = spec
        self.values = spec.get("values")
        self.folder = None
        self.process = None
        self.account = None
        self.stdin = None  # a file or a pipe's end that a hook gives; closed here
        self.stdout_to = None  # the same
        self.cwd = None  # default: the folder
        self.wrapper = []  # words before the program's
        self.stdout = self.stderr = b""

    # -- for hooks ---------------------------------------------------------------------------------

    def check(self, passed, what, detail=""):
        self.report.check(passed, f"{self.name}: {what}", detail)

    def equal(self, got, expected, what):
        self.report.equal(got, expected, f"{self.name}: {what}")

    def path(self, name):
        return self.folder / name

    def read(self, name):
        return self.path(name).read_bytes()

    def wait_for(self, condition, what):
        """Looks at a condition until it holds; the program must not end before."""
        end = time.monotonic() + SECONDS
        while not condition():
            if self.process.poll() is not None and not condition():
                raise Failed(f"it ended before {what}")
            if time.monotonic() > end:
                raise Failed(f"still not so after {SECONDS} s: {what}")
            time.sleep(TICK)

    def wait_for_lines(self, name, n):
        def there():
            return self.path(name).exists() and self.read(name).count(b"\n") >= n

        self.wait_for(there, f"{name} has {n} lines")

    def wait_for_stderr(self, text):
        self.wait_for(lambda: text.encode() in self.read(".stderr"), f"standard error says {text!r}")

    def wait_until_asleep(self):
        """Until the program waits for something, or for the file at the other end of a pipe."""
        self.wait_for(lambda: self.state() == "S", "it sleeps")

    def stat(self):
        """Fields of /proc/PID/stat from the third on: state, ..."""
        try:
            text = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            return ["X"] + ["0"] * 50
        return text.rpartition(")")[2].split()

    def state(self):
        return self.stat()[0]

    def processor_time(self):
        """Seconds in which the program has used the processor."""
        utime, stime = self.stat()[11:13]
        return (int(utime) + int(stime)) / os.sysconf("SC_CLK_TCK")

    def signal(self, number):
        self.process.send_signal(number)

    # -- the run -----------------------------------------------------------------------------------

    def run_all(self):
        top = Path(tempfile.mkdtemp(prefix="railyard-"))
        self.folder = top / self.spec.get("folder", "case")
        try:
            self.need()
            shutil.copytree(self.options.scenario, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
            make.make_files(self.folder, self.spec.get("make", {}))
            self.hook("prepare")
            if self.options.runner:
                forced.force(self, Skip)
            self.run()
            if self.checks():
                self.hook("verify")
        except Skip as why:
            self.report.skip(self.name, str(why))
        except Failed as why:
            self.check(False, str(why), self.tail())
        except Exception:  # noqa: BLE001, a mistake in a scenario is that case's failure
            self.check(False, "the scenario itself is right", "\n# ".join(traceback.format_exc().splitlines()))
        finally:
            self.kill()
            self.hook("cleanup")
            if self.options.keep:
                self.report.note(f"{self.name}: {self.folder}")
            else:
                shutil.rmtree(top, ignore_errors=True)

    def hook(self, name):
        function = getattr(self.hooks, name, None)
        if function:
            function(self)

    def need(self):
        needs = list(self.spec.get("needs", []))
        if self.spec.get("seccomp"):
            needs.append("seccomp")
        for what in needs:
            why = missing(what, self.options)
            if why:
                raise Skip(why)

    def environment(self):
        env = {name: os.environ[name] for name in INHERITED if name in os.environ}
        env["HOME"] = str(self.folder)
        env["LC_ALL"] = "C.UTF-8"
        env["TERM"] = "xterm"
        env["RAILYARD_PLUGIN_PATH"] = self.options.plugins
        for name, value in self.spec.get("env", {}).items():
            env.pop(name, None)
            if value is not None:
                env[name] = value
        return env

    def command(self):
        words = self.spec.get("args", ["run", "manifest.json"])
        command = [str(self.options.railyard), words[0]]
        for pointer, value in self.spec.get("set", {}).items():
            text = value if isinstance(value, str) else json.dumps(value)
            command += ["--set", f"{pointer}={text}"]
        if words[0] == "run" and self.spec.get("account", {}) is not None:
            command += ["--account", str(self.path(ACCOUNT))]
        calls = self.spec.get("seccomp")
        if calls:
            self.wrapper = [
                str(self.options.seccomp_run), "--errno", self.spec.get("errno", "EPERM"),
                ",".join(calls), "--",
            ]
        return self.wrapper + command + words[1:]

    def run(self):
        umask = int(self.spec.get("umask", "022"), 8)
        if self.stdin is None:
            self.stdin = open(self.path(self.spec["stdin"]) if "stdin" in self.spec else os.devnull, "rb")
        if self.stdout_to is None:
            self.stdout_to = open(self.path(self.spec.get("stdout", ".stdout")), "wb")
        with open(self.path(".stderr"), "wb") as stderr:
            self.process = subprocess.Popen(
                self.command(), cwd=self.cwd or self.folder, env=self.environment(), stdin=self.stdin,
                stdout=self.stdout_to, stderr=stderr, umask=umask, restore_signals=True,
            )
        close(self.stdin)
        close(self.stdout_to)
        self.hook("during")
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed(f"it runs for more than {SECONDS} s") from None
        self.stderr = self.read(".stderr")
        if self.path(".stdout").exists():
            self.stdout = self.read(".stdout")

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def tail(self):
        if not self.folder or not self.path(".stderr").exists():
            return ""
        lines = self.read(".stderr").decode("utf-8", "replace").splitlines()
        return "\n# ".join(["standard error:"] + lines[-30:])

    # -- checks ------------------------------------------------------------------------------------

    def checks(self):
        """Returns whether the program ended as it should: else there is nothing to look at further."""
        ended = self.check_exit()
        self.check_texts("standard error", self.stderr, self.spec.get("stderr", []), True)
        self.check_texts("standard error", self.stderr, self.spec.get("stderr_not", []), False)
        self.check_texts("standard output", self.stdout, self.spec.get("output", []), True)
        for written, expected in self.spec.get("same", {}).items():
            self.check_bytes(written, self.read(expected), f"{written} is {expected}")
        for written, text in self.spec.get("text", {}).items():
            self.check_bytes(written, text.encode(), f"{written} has the right text")
        for name in self.spec.get("absent", []):
            self.check(not self.path(name).exists(), f"there is no {name}")
        self.check_account()
        return ended

    def check_exit(self):
        expected = self.spec.get("exit", 0)
        expected = expected if isinstance(expected, list) else [expected]
        code = self.process.returncode
        got = signal.Signals(-code).name if code < 0 else code
        self.check(got in expected, f"exit status {', '.join(map(str, expected))}",
                   f"got {got}; {self.tail()}")
        return got in expected

    def check_texts(self, where, data, texts, wanted):
        text = data.decode("utf-8", "replace")
        for part in texts:
            pattern = part[1:-1] if len(part) > 1 and part[0] == part[-1] == "/" else re.escape(part)
            found = re.search(pattern, text, re.MULTILINE) is not None
            word = "says" if wanted else "does not say"
            self.check(found == wanted, f"{where} {word} {part!r}", self.tail())

    def check_bytes(self, written, expected, what):
        if written == "<stdout>":
            got = self.stdout
        elif self.path(written).exists():
            got = self.read(written)
        else:
            self.check(False, what, f"there is no {written}")
            return
        self.check(got == expected, what, difference(got, expected))

    def check_account(self):
        words = self.spec.get("args", ["run"])
        expected = self.spec.get("account", {})
        if words[0] != "run" or expected is None:
            return
        if not self.path(ACCOUNT).exists():
            if expected or self.spec.get("exit", 0) not in (2, 64):
                self.check(False, "there is an account", self.tail())
            return
        self.account = account.Account(json.loads(self.read(ACCOUNT)))
        self.equal(self.account.mistakes(expected), [], "the account adds up")
        if self.options.runner:
            expected = {**expected, "runner": self.options.runner}
        for key, value in expected.items():
            got = self.account.get(key)
            right = value[0] <= got <= value[1] if isinstance(value, list) else got == value
            self.check(right, f"{key} is {value}", f"got {got}")


def close(file):
    if isinstance(file, int):
        os.close(file)
    else:
        file.close()


def difference(got, expected):
    """Where two texts begin to differ."""
    a, b = got.split(b"\n"), expected.split(b"\n")
    for n, (left, right) in enumerate(zip(a, b), 1):
        if left != right:
            return f"line {n}: got {left[:300]!r}, expected {right[:300]!r}"
    return f"got {len(a)} lines and {len(got)} bytes, expected {len(b)} and {len(expected)}"


def missing(what, options):
    """Why a need is not met; None: it is met."""
    if what == "seccomp":
        if not options.seccomp_run:
            return "there is no seccomp-run"
        run = subprocess.run([options.seccomp_run, "memfd_create", "--", "true"], capture_output=True, check=False)
        return run.stderr.decode().strip() if run.returncode else None
    if what == "not sanitized":
        return "a sanitizer is in the program" if options.sanitized else None
    if what.startswith("program "):
        program = what.removeprefix("program ")
        return None if shutil.which(program) else f"{program} is not installed"
    if what == "/dev/full":
        full = Path("/dev/full")
        return None if full.exists() and stat.S_ISCHR(full.stat().st_mode) else "/dev/full is missing"
    if what == "a terminal":
        return None if can_open_terminal() else "there are no pseudo-terminals"
    if what.endswith(".so"):
        return None if plugin_exists(options, what) else f"there is no {what}"
    path = (ROOT / what).resolve()
    return None if path.exists() else "the data is not here"


def can_open_terminal():
    try:
        for fd in pty.openpty():
            os.close(fd)
    except OSError:
        return False
    return True


def plugin_exists(options, name):
    folders = [*options.plugins.split(":"), options.railyard.parent]  # modules lie beside the program
    return any((Path(folder) / name).exists() for folder in folders)

