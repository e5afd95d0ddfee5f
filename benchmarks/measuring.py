"""One measurement, one process: what it took, and how its figures come back."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

T = TypeVar("T")

MB = 1_000_000
UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


class BenchError(Exception):
    """The benchmark could not run."""


@dataclass(frozen=True, slots=True)
class Figures:
    """`seconds` by the clock, `cpu` in user and system mode (the database's own not counted),
    `peak` the process's most resident memory in MB, everything it imported included."""

    seconds: float
    cpu: float
    peak: float


def measured(call: Callable[[], T]) -> tuple[Figures, T]:
    """Call it, in a process that does nothing else."""
    cpu, started = _cpu(), time.perf_counter()
    found = call()
    seconds = time.perf_counter() - started
    return Figures(seconds, _cpu() - cpu, _peak()), found


def tell(figures: Figures | None, **more: Any) -> None:
    """The last thing that a job does."""
    print(json.dumps({"figures": asdict(figures) if figures else None, **more}), flush=True)


def job(module: str, *arguments: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Run a module in a process of its own and give what it told. Raises BenchError."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"{module} {' '.join(arguments)} ended with status {done.returncode}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return max(one.ru_maxrss for one in used) * UNIT / MB
