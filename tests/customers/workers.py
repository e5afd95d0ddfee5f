"""Real Celery processes for tests: a worker and a beat, each in a session of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Celery:
    """One Celery process; `kill` is SIGKILL to it and all its children."""

    def __init__(self, env: Mapping[str, str], *words: str) -> None:
        command = [sys.executable, "-m", "celery", "-A", "crm", "--quiet", *words]
        self.process = subprocess.Popen(
            command,
            env={**env, "PYTHONWARNINGS": "ignore"},
            cwd=ROOT,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()


def worker(env: Mapping[str, str]) -> Celery:
    return Celery(env, "worker", "--concurrency", "2", "--loglevel", "ERROR")


@contextmanager
def running(env: Mapping[str, str]) -> Iterator[None]:
    """A worker and a beat while the block runs."""
    both = [worker(env), Celery(env, "beat", "--loglevel", "ERROR")]
    try:
        yield
    finally:
        for one in both:
            one.stop()


def wait_for(done: Callable[[], bool], seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, f"waited {seconds:g} s for {what}"
        time.sleep(0.02)
