"""A throwaway PostgreSQL server on loopback, set up as a plain durable one. Ours and the peer's
databases live side by side in it."""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import BenchError
from tests.servers import ServerMissing, _unprivileged_user, postgresql_programs

# Everything else is PostgreSQL's default: fsync, full_page_writes and synchronous_commit on.
SETTINGS = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    programs: Path
    port: int

    def url(self, database: str) -> str:
        return f"postgres://bench:bench@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """A new, empty database; gives its address."""
        self.sql("postgres", f"CREATE DATABASE {database}")
        return self.url(database)

    def settle(self, *databases: str) -> None:
        """Do now what the server would do by itself in the next minutes, so that no
        measurement pays for the one before it."""
        for database in databases:
            self.sql(database, "VACUUM ANALYZE")
        self.sql("postgres", "CHECKPOINT")

    def wait_alone(self, database: str) -> None:
        """Wait for other sessions to end: their last statistics are told then."""
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        while self.sql(database, others).strip() != "0":
            time.sleep(0.05)

    def rows(self, database: str, query: str) -> list[dict[str, Any]]:
        text = self.sql(database, f"SELECT coalesce(json_agg(t), '[]') FROM ({query}) AS t")
        found: list[dict[str, Any]] = json.loads(text)
        return found

    def sql(self, database: str, statement: str) -> str:
        command = [_client(self.programs), "-XAtq", "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run(
            [*command, "-c", statement, self.url(database)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchError(f"psql: {done.stderr.strip()}")
        return done.stdout


def _client(programs: Path) -> str:
    found = shutil.which("psql", path=programs) or shutil.which("psql")
    if not found:
        raise BenchError("PostgreSQL's program psql is not on this machine")
    return found


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Raises BenchError where PostgreSQL's programs are missing or the server does not start."""
    try:
        programs, user = postgresql_programs(), _unprivileged_user()
    except ServerMissing as missing:
        raise BenchError(str(missing)) from None
    folder = Path(tempfile.mkdtemp(prefix="bench-postgresql-"))
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", _free_port()
    options = SETTINGS | {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
    }
    flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    control: list[str | Path] = [programs / "pg_ctl", "-D", data, "-s", "-w", "-l", folder / "log"]
    try:
        _run([programs / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8",
              "--locale", "C.UTF-8"], user, folder)  # fmt: skip
        _run([*control, "-o", flags, "start"], user, folder)
        try:
            yield Cluster(programs, port)
        finally:
            _run([*control, "-m", "fast", "stop"], user, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str | Path], user: str | None, folder: Path) -> None:
    done = subprocess.run(
        command,
        user=user,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"{Path(command[0]).name} failed: {done.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
