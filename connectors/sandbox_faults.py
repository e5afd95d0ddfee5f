"""How a fake can be told to misbehave."""

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox_http import Call

INSTEAD = frozenset({"429", "500", "drop", "late", "html", "redirect"})
"""Answered in place of the vendor: the request is not carried out (late: not yet)."""

DELIVERY = frozenset({"slow", "500_after", "drop_after", "drip", "truncate"})
"""The request is carried out; its answer suffers."""

LISTING = frozenset({"shift", "garbage_row"})
"""Of lists only: spent by the pages to which they can happen."""

KINDS = INSTEAD | DELIVERY | LISTING


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` requests of a method whose path has `path`."""

    kind: str
    times: int
    method: str | None = None
    path: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def hits(self, call: Call) -> bool:
        return (
            self.times > 0
            and self.method in (None, call.method)
            and (self.path is None or self.path in call.path)
        )

    def number(self, name: str, default: float) -> float:
        return float(self.options.get(name, default))


class Faults:
    """The faults still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        if fault.kind not in KINDS:
            raise ValueError(f"unknown kind {fault.kind!r}; there are {', '.join(sorted(KINDS))}")
        with self._lock:
            self._queue.append(fault)

    def take(self, call: Call, kinds: Collection[str]) -> Fault | None:
        """The first fault of `kinds` that hits the call, spent once."""
        with self._lock:
            for fault in self._queue:
                if fault.kind in kinds and fault.hits(call):
                    fault.times -= 1
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._queue.clear()
