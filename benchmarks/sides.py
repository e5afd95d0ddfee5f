"""The three parties of the benchmark: the bench server, ours, and the peer. Each job of theirs is
a process of its own."""

import base64
import json
import os
import secrets
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import BenchError, Figures, job


@dataclass(frozen=True, slots=True)
class Server:
    """The bench server's address, and its control."""

    address: str

    def show(self, rows: int, *, revision: int = 0, latency: float = 0.0) -> None:
        body = json.dumps({"rows": rows, "revision": revision, "latency": latency}).encode()
        request = urllib.request.Request(f"{self.address}/control", body, method="PUT")
        with urllib.request.urlopen(request) as answer:
            answer.read()


@contextmanager
def bench_server(rows: int) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", "--rows", str(rows)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = process.stdout.readline().strip() if process.stdout else ""
        if not address:
            raise BenchError("the bench server did not start")
        yield Server(address)
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True, slots=True)
class Hub:
    """A fresh database of ours with its one connection."""

    environment: dict[str, str]

    def pull(self, in_flight: int | None = None) -> tuple[Figures, dict[str, Any]]:
        more = {"PAGES_IN_FLIGHT": str(in_flight)} if in_flight else {}
        told = job("benchmarks.hub", "pull", environment={**self.environment, **more})
        if told["result"]["state"] != "complete":
            raise BenchError(f"our pull ended {told['result']}")
        return Figures(**told["figures"]), told["result"]

    def statements(self) -> dict[str, int]:
        told = job("benchmarks.hub", "queries", environment=self.environment)
        found: dict[str, int] = told["statements"]
        return found


@dataclass(frozen=True, slots=True)
class Peer:
    database: str
    url: str
    address: str
    folder: Path

    def load(self) -> tuple[Figures, int]:
        environment = {
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "ERROR",
            "DLT_DATA_DIR": str(self.folder / "data"),
            "DESTINATION__POSTGRES__CREDENTIALS": self.url.replace("postgres:", "postgresql:"),
        }
        told = job(
            "benchmarks.peer", self.address, str(self.folder / "work"), environment=environment
        )
        return Figures(**told["figures"]), told["rows"]


def prepared(url: str, address: str, keys: dict[str, str], folder: Path) -> Hub:
    """Ours in an empty database, with a connection to the bench server at `address`."""
    hub = Hub({
        **keys,
        "DATABASE_URL": url,
        "EXTRA_VENDOR_HOSTS": address.removeprefix("http://"),
        "VAR_DIR": str(folder),
        "ALLOWED_HOSTS": "localhost",
        "DEBUG": "false",
    })  # fmt: skip
    job("benchmarks.hub", "prepare", address, environment=hub.environment)
    return hub


def fresh_keys() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "CREDENTIALS_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "ERASURE_KEY": secrets.token_urlsafe(64),
    }
