# SPDX-License-Identifier: Apache-2.0
"""Every component tells when it was made, started, stopped and ended."""

import re

def verify(case):
    if "names" in (case.values or {}):
        return  # the plugin prints them as they are
    told = re.findall(r"^rogue (\w+) (\w+)$", case.stderr.decode(), re.MULTILINE)
    case.equal([what for what in told if told.count(what) > 1], [], "nothing happens twice")
    made = [name for name, what in told if what == "created"]
    case.check(made or "cannot create" in case.stderr.decode(), "something was made")
    case.equal(sorted(name for name, what in told if what == "destroyed"), sorted(made),
               "what was made is ended")
    failed = {name for name in made if f"{name}: cannot start" in case.stderr.decode()}
    case.equal({name for name, what in told if what == "stopped"},
               {name for name, what in told if what == "started"} - failed, "what started is stopped")
