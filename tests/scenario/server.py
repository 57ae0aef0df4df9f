# SPDX-License-Identifier: Apache-2.0
"""The server that misbehaves as the path says (tests/support/fault_server.py), one for all cases."""

import subprocess
import sys

import tap

SERVER = tap.ROOT / "tests" / "support" / "fault_server.py"


class Server:
    """Ends with this process: the server reads a pipe whose other end is here."""

    def __init__(self):
        self.process = None

    def url(self, path):
        if not self.process:
            self.process = subprocess.Popen([sys.executable, SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.port = int(self.process.stdout.readline())
        return f"http://127.0.0.1:{self.port}{path}"
