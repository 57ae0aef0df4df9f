#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line of railyard: options, exit codes, formats, and input of any kind.

test_cli.py RAILYARD REPOSITORY. Prints TAP.
"""
import json
import os
import pty
import re
import resource
import subprocess
import sys
import tempfile

RAILYARD, ROOT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
VALID = """{
  "version": 1,
  "adapters": {
    "source": { "type": "file.source", "settings": { "path": "input.txt" } },
    "sink": { "type": "file.sink", "settings": { "path": "output.txt" }, "inputs": ["source"] }
  }
}
"""
TESTS = []


class Skip(Exception):
    pass


def test(function):
    TESTS.append(function)
    return function


def run(*args, **kw):
    kw.setdefault("timeout", 60)
    return subprocess.run([RAILYARD, *args], capture_output=True, **kw)


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def expect_run(args, code, stdout=None, stderr=None, **kw):
    done = run(*args, **kw)
    shown = f"{args}: exit {done.returncode}\n{done.stdout.decode(errors='replace')[:2000]}" \
            f"{done.stderr.decode(errors='replace')[:2000]}"
    expect(done.returncode == code, f"want exit {code}; {shown}")
    for pattern, text in ((stdout, done.stdout), (stderr, done.stderr)):
        if pattern is not None:
            expect(re.search(pattern, text.decode(errors="replace"), re.M),
                   f"want /{pattern}/; {shown}")
    return done


def write(name, content):
    with open(name, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return name


@test
def help_and_version():
    expect_run(["--help"], 0, r"validate .*\n")
    expect_run(["--version"], 0, r"^railyard \d+\.\d+\.\d+ \(plugin ABI 1\.\d+\)$")
    for command in ("validate", "explain", "inspect", "schema"):
        expect_run([command, "--help"], 0, rf"^Usage: railyard {command} ")


@test
def wrong_usage_is_64_and_says_what_was_meant():
    expect_run([], 64, "^$", "a command is missing")
    expect_run(["valdate"], 64, "^$", "did you mean `validate`")
    expect_run(["--verison"], 64, "^$", "no option `--verison`")
    expect_run(["validate"], 64, "^$", "no manifest was given")
    expect_run(["validate", "--formt", "json", "x"], 64, "^$", "did you mean --format")
    expect_run(["validate", "--format"], 64, "^$", "--format needs a value")
    expect_run(["validate", "--env=1", "x"], 64, "^$", "--env takes no value")
    expect_run(["validate", "-x", "x"], 64, "^$", "no option -x")
    for later in ("sarif", "github", "gcc"):
        expect_run(["validate", "--format", later, "x"], 64, "^$", "there are human and json")
    expect_run(["validate", "--format", "xml", "x"], 64, "^$", "there are human and json")
    expect_run(["explain", "RYG999"], 64, "^$", "no code `RYG999`")
    expect_run(["schema", "x"], 64, "^$", "too much")
    expect_run(["inspect"], 64, "^$", "a plugin is missing")


@test
def a_valid_manifest_is_0_and_says_how_large():
    done = expect_run(["validate", write("a.json", VALID)], 0)
    expect(done.stdout.decode() == "valid: 2 nodes, 2 adapters, 1 group; "
           "memory for buffers: at most 13 MiB\n", done.stdout)
    expect_run(["validate", "a.json", write("b.json", VALID)], 0,
               r"^a.json: valid: .*\nb.json: valid: ")
    expect_run(["validate", "-"], 0, "^valid: ", input=VALID.encode())


@test
def warnings_are_1_only_when_they_are_denied():
    warns = VALID.replace('"version": 1,', '"version": 1, "runtime": { "strict": false },').replace(
        '"sink"', '"idle": { "type": "kv.memory" },\n    "sink"')
    write("warns.json", warns)
    expect_run(["validate", "warns.json"], 0, r"^warning\[RYW014\].*(\n.*)*^1 warning$")
    expect_run(["validate", "--deny-warnings", "warns.json"], 1, "^1 warning$")


@test
def set_changes_the_manifest_before_it_is_checked():
    write("a.json", VALID)
    done = expect_run(["validate", "--set", "/runtime/queues/max_items=0", "a.json"], 2,
                      r"--> --set /runtime/queues/max_items$")
    expect(b"RYC003" in done.stdout, done.stdout)
    expect_run(["validate", "--set", "/runtime/queues/max_items=2", "a.json"], 0)


@test
def json_is_one_document_for_all_manifests():
    write("a.json", VALID)
    write("b.json", VALID.replace('"inputs"', '"input"'))
    done = expect_run(["validate", "--format", "json", "a.json", "b.json"], 2)
    report = json.loads(done.stdout)
    expect(report["format_version"] == 1 and not report["valid"], report)
    finding = [f for f in report["findings"] if f["code"] == "RYC001"][0]
    expect(finding["file"] == "b.json" and finding["line"] == 5, finding)
    expect(finding["pointer"] == "/adapters/sink/input", finding)
    report = json.loads(expect_run(["validate", "--format", "json", "a.json"], 0).stdout)
    expect(report == {"format_version": 1, "valid": True, "error_count": 0, "warning_count": 0,
                      "findings": []}, report)


def on_a_terminal(env):
    try:
        main, other = pty.openpty()
    except OSError as why:
        raise Skip("there are no pseudo-terminals") from why
    subprocess.run([RAILYARD, "validate", "missing.json"], stdout=other, env=env, timeout=60)
    os.close(other)
    text = os.read(main, 65536)
    os.close(main)
    return text


@test
def colour_is_for_terminals():
    env = {**os.environ, "TERM": "xterm"}
    env.pop("NO_COLOR", None)
    expect(b"\x1b[1;31m" in on_a_terminal(env), "no colour on a terminal")
    expect(b"\x1b" not in on_a_terminal({**env, "NO_COLOR": "1"}), "NO_COLOR")
    expect(b"\x1b" not in on_a_terminal({**env, "TERM": "dumb"}), "TERM=dumb")
    expect(b"\x1b" not in run("validate", "missing.json", env=env).stdout, "colour in a pipe")


@test
def input_of_any_kind_gets_a_clear_error():
    os.mkdir("folder")
    os.mkfifo("fifo")
    os.symlink("loop", "loop")
    bad = {
        "empty": b"", "blank": b" \n", "text": b"hello", "null": b"null", "list": b"[]",
        "nul": b'{"version": 1, "a\0": 2}', "utf8": b'{"version": "\xff"}',
        "half": VALID.encode()[:-4], "brackets": b"[" * 1000000, "braces": b'{"a":' * 100000,
        "huge_number": b'{"version": ' + b"9" * 100000 + b"}", "utf16": VALID.encode("utf-16"),
        "elf": open(RAILYARD, "rb").read(65536),
    }
    names = ["folder", "fifo", "loop", "missing", "/dev/null", "/dev/zero"]
    names += [write(f"{name}.json", content) for name, content in bad.items()]
    for name in names:
        done = expect_run(["validate", name], 2, r"^error\[RY[SC]\d{3}\]: .*\n", "^$")
        expect(len(done.stdout) < 20000, f"{name}: {len(done.stdout)} bytes of findings")
        json.loads(run("validate", "--format", "json", name).stdout)


@test
def a_hundred_megabytes_are_refused_without_being_kept():
    with open("big.json", "wb") as file:
        file.truncate(100 << 20)

    def limit():
        resource.setrlimit(resource.RLIMIT_DATA, (256 << 20, 256 << 20))
    # AddressSanitizer takes address space as it pleases.
    kw = {} if b"__asan_init" in open(RAILYARD, "rb").read() else {"preexec_fn": limit}
    expect_run(["validate", "big.json"], 2, r"^error\[RYS001\]", **kw)


@test
def a_manifest_is_read_from_any_folder_and_file_name():
    os.makedirs("a folder/b", exist_ok=True)
    write("a folder/b/mänifest ü.json", VALID)
    expect_run(["validate", "a folder/b/mänifest ü.json"], 0)
    expect_run(["validate", "--env", "a folder/b/mänifest ü.json"], 2, "RYE001")
    write("a folder/b/input.txt", "x\n")
    expect_run(["validate", "--env", "a folder/b/mänifest ü.json"], 0)
    env = {k: v for k, v in os.environ.items() if k.startswith(("RAILYARD", "LD_", "ASAN"))}
    expect_run(["validate", "mänifest ü.json"], 0, cwd="a folder/b", env=env)


@test
def what_cannot_be_written_is_70():
    write("a.json", VALID)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([RAILYARD, "validate", "a.json"], stdout=full,
                              stderr=subprocess.PIPE, timeout=60)
    expect(done.returncode == 70 and b"ENOSPC" in done.stderr, done)


@test
def a_run_whose_account_cannot_be_kept_does_not_begin():
    write("run.json", VALID)
    write("in.txt", "a\n")
    expect_run(["run", "run.json", "--set", "/adapters/source/settings/path=in.txt",
                "--set", "/adapters/sink/settings/path=never.txt", "--account", "no/account"],
               1, stderr="cannot write the account to no/account")
    expect(not os.path.exists("never.txt"), "the sink was opened")


@test
def the_same_manifest_gives_the_same_report():
    path = os.path.join(ROOT, "tests/golden/RYG012/bad.json")
    reports = {run("validate", "--format", "json", path).stdout for _ in range(5)}
    expect(len(reports) == 1, "reports differ")


@test
def explain_knows_every_code_offline():
    table = open(os.path.join(ROOT, "schemas/diagnostics.def")).read()
    codes = re.findall(r"^RY_DIAG\((RY[A-Z]\d{3}),", table, re.M)
    listed = expect_run(["explain"], 0).stdout.decode()
    expect(re.findall(r"^  (RY\w\d{3})", listed, re.M) == codes, "the list is not the table")
    text = expect_run(["explain", *codes], 0, cwd="/").stdout.decode()
    for code in codes:
        expect(re.search(rf"^{code} \((error|warning|note)\): \S", text, re.M), code)
    text = expect_run(["explain", "ryg012"], 0, cwd="/").stdout.decode()
    for word in ("It fires in this manifest:", "Mended:", '"windows": { "type": "kv.memory" }'):
        expect(word in text, f"{word} is not in:\n{text}")


@test
def inspect_shows_what_a_plugin_holds():
    expect_run(["inspect", "testnodes"], 0, r"testnodes\.kv_user")
    done = expect_run(["inspect", "--format", "json", "testnodes"], 0)
    expect(json.loads(done.stdout)["name"] == "testnodes", "no name")
    expect_run(["inspect", "nope"], 2, "^$", "there is no plugin `nope`")
    expect_run(["inspect", "crashing_query"], 2, "^$", "railyard inspect: .+")
    expect_run(["inspect", "--format", "xml", "testnodes"], 64, "^$", "there are text and json")


def findings_of(nodes, adapters=None, **platform):
    adapters = {"source": {"type": "file.source", "settings": {"path": "in"}},
                "sink": {"type": "file.sink", "settings": {"path": "out"},
                         "inputs": [list(nodes)[-1]]},
                **(adapters or {})}
    write("way_out.json", json.dumps({
        "version": 1, "plugins": ["testnodes", "natures"], "nodes": nodes, "adapters": adapters,
        "runtime": {"platform": platform}}))
    done = run("validate", "--format", "json", "way_out.json")
    return json.loads(done.stdout)["findings"]


def find(findings, code):
    found = [f for f in findings if f["code"] == code]
    expect(len(found) == 1, f"want one {code}, got {findings}")
    return found[0]


@test
def a_setting_of_the_async_runner_follows_from_the_profile():
    found = findings_of({"later": {"type": "testnodes.later", "max_in_flight": 8}},
                        process_groups=[{"name": "all", "nodes": ["source", "later", "sink"],
                                         "runner_profile": "sync"}])
    expect(find(found, "RYR013").get("follows_from") == "RYR001", found)


@test
def the_way_out_of_a_missing_wait_bridge_works():
    remote = {"store": {"type": "natures.remote"}}
    caller = {"write": {"type": "natures.writer"}}
    text = find(findings_of(caller, remote), "RYR017")["help"]
    bind = json.loads("{" + re.search(r'"bind": (\{.*\})', text).group(0) + "}")
    caller["write"].update(bind)
    expect(findings_of(caller, remote) == [], "what the help says is not valid")
    # Where something else needs the loop it would not help.
    caller = {"later": {"type": "testnodes.later"},
              "write": {"type": "natures.writer", "inputs": ["later"]}}
    expect("bind a provider" in find(findings_of(caller, remote), "RYR017")["help"], "no way out")


@test
def the_time_limit_of_a_cancel_is_a_setting_of_the_async_runner():
    limit = {"term_timeout_ms": 1000}
    expect(findings_of({"later": {"type": "testnodes.later"}}, lifecycle=limit) == [], "refused")
    find(findings_of({"up": {"type": "testnodes.upper"}}, lifecycle=limit), "RYG030")


@test
def what_is_listened_on_is_looked_at_without_the_machine():
    def listening(*addresses):
        return findings_of({"up": {"type": "testnodes.upper"}}, {
            f"in{i}": {"type": "natures.listener", "settings": {"listen": text}}
            for i, text in enumerate(addresses)})

    text = find(listening("127.0.0.1:8080", "127.0.0.1:8080"), "RYE008")["text"]
    expect("`in1` listens on 127.0.0.1:8080, and so does adapter `in0`" in text, text)
    text = find(listening("example.org:80"), "RYE008")["text"]
    expect("no numeric address" in text, text)
    expect(not [f for f in listening("127.0.0.1:8080", "127.0.0.1:8081") if f["code"] == "RYE008"],
           "two ports are one")


@test
def inspect_shows_what_is_built_in():
    text = expect_run(["inspect", "railyard"], 0).stdout.decode()
    for adapter in ("stdio.source", "kv.memory", "timer.source"):
        expect(f"\nadapter {adapter}\n" in text, f"{adapter} is not built in")
    for module in ("http_client.curl", "http.source", "kv.redis"):
        expect(f"  {module} " in text, f"{module} is not among the modules")
    text = expect_run(["inspect", "stdio.source"], 0, r"settings:\n").stdout.decode()
    expect(text.count("\nadapter ") == 1, "more than the one that was asked for")
    done = expect_run(["inspect", "--format", "json", "kv.memory"], 0)
    expect([a["name"] for a in json.loads(done.stdout)["adapters"]] == ["kv.memory"],
           "not the one that was asked for")
    expect_run(["inspect", "stdio.sourc"], 2, "^$", "there is no plugin `stdio.sourc`")


@test
def schema_is_a_json_schema():
    schema = json.loads(expect_run(["schema"], 0).stdout)
    expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema", schema["$schema"])


def main():
    print(f"1..{len(TESTS)}")
    failed = 0
    for n, function in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                function()
                print(f"ok {n} - {function.__name__}")
            except Skip as why:
                print(f"ok {n} - {function.__name__} # SKIP {why}")
            except (AssertionError, ValueError, KeyError, IndexError,
                    subprocess.TimeoutExpired) as e:
                print(f"not ok {n} - {function.__name__}")
                for line in str(e).splitlines():
                    print(f"# {line}")
                failed += 1
            os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
