"""`manage.py sandbox`: a door to the sandbox."""

import os
import re
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from connectors.registry import vendors

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, how: signal.Signals) -> None:
    state = tmp_path / "state.sqlite3"
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--people", "60"]
    with subprocess.Popen(
        [*command, "--state", str(state)],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            lines.append(process.stdout.readline())
            assert lines[-1], "it ended by itself"
        printed = "".join(lines)
        for slug in vendors():
            assert f"connections add {slug} " in printed
        found = re.search(r"EXTRA_VENDOR_HOSTS=(\S+)", printed)
        assert found is not None
        connection = HTTPConnection(found[1], timeout=10)
        connection.request("GET", "/tiendanegocio/v1/customers")
        assert connection.getresponse().status == 401
        connection.close()
        process.send_signal(how)
        assert process.wait(timeout=20) == 0
    assert state.exists()
