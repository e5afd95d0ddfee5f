"""Throwaway PostgreSQL and Redis servers for one test session, on loopback, in temporary folders.

Each is a context manager. Nothing that runs on the machine already is used or touched, and nothing
is left behind: the server dies with the process that started it, however that ends.
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30
STOP_SECONDS = 10
DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")  # one folder for each version
PR_SET_PDEATHSIG = 1  # Linux: the signal that the child gets when its parent dies


class ServerMissing(Exception):
    """A server's programs are not on this machine; the text says what to install."""


def postgresql_programs() -> Path:
    """The folder with initdb and postgres (Debian keeps them off the PATH)."""
    folders = [Path(found).parent for found in [shutil.which("initdb")] if found]
    folders += sorted(DEBIAN_POSTGRESQL.glob("*/bin"), reverse=True)
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip()))
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise ServerMissing(
        "PostgreSQL's programs initdb and postgres are not on this machine. Install them "
        "(Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql)."
    )


def redis_program() -> str:
    if found := shutil.which("redis-server"):
        return found
    raise ServerMissing(
        "The program redis-server is not on this machine. Install it "
        "(Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis)."
    )


@contextmanager
def postgresql_server() -> Iterator[str]:
    """A new cluster; gives the address of its database `crm`, whose owner may do anything."""
    programs = postgresql_programs()
    user = _unprivileged_user()
    with _folder("crm-postgresql-", user) as folder:
        data = folder / "data"
        _run([programs / "initdb", "-D", data, "-U", "crm", "-A", "trust", "--no-sync",
              "-E", "UTF8", "--locale", "C.UTF-8"], user, folder)  # fmt: skip
        port = _free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            # Nothing here has to outlive a crash of the machine.
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 200,
        }
        command: list[str | Path] = [programs / "postgres", "-D", data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with _server(command, user, folder, port, stop=signal.SIGINT):
            yield f"postgres://crm@127.0.0.1:{port}/crm"


@contextmanager
def redis_server() -> Iterator[str]:
    """A new Redis that keeps nothing; gives its address."""
    program = redis_program()
    with _folder("crm-redis-", None) as folder:
        port = _free_port()
        command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder),
                   "--save", "", "--appendonly", "no"]  # fmt: skip
        with _server(command, None, folder, port, stop=signal.SIGTERM):
            yield f"redis://127.0.0.1:{port}/0"


def _unprivileged_user() -> str | None:
    """Whom to be, where we are root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise ServerMissing("PostgreSQL does not run as root, and there is no user nobody to run it.")


@contextmanager
def _folder(prefix: str, user: str | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        if user:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[str | Path], user: str | None, folder: Path) -> None:
    done = subprocess.run(
        command, user=user, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


@contextmanager
def _server(
    command: Sequence[str | Path], user: str | None, folder: Path, port: int, stop: signal.Signals
) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            user=user,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that Ctrl-C reaches us first, and we stop it in order
            # Runs between fork and exec; the one call in it allocates nothing and takes no lock.
            preexec_fn=_die_with_parent(stop) if sys.platform == "linux" else None,  # noqa: PLW1509
        )
    try:
        _wait_for(port, process, log)
        yield
    finally:
        _stop(process, stop)


def _die_with_parent(stop: signal.Signals) -> Callable[[], object]:
    libc = ctypes.CDLL(None, use_errno=True)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, stop)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"The server did not start: {log.read_text(errors='replace')}")


def _stop(process: "subprocess.Popen[bytes]", stop: signal.Signals) -> None:
    process.send_signal(stop)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
