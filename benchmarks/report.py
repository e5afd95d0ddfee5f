"""The benchmark's figures: kept as they come, then set beside the targets."""

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.measuring import Figures

FIRST = "first pull"
UNCHANGED = "nothing changed"
CHANGED = "1% changed"
LATE = "first pull, 50 ms away"
# What to be faster than dlt by: at least, and the aim.
RATIOS = {FIRST: (1.0, 2.5), UNCHANGED: (10.0, 19.0), CHANGED: (6.0, 6.0)}
LATE_RATIO = 1.25
PEAK = 150.0
PEAK_GROWTH = 20.0

Key = tuple[str, str, int]
"""(what, who, rows)"""


@dataclass(slots=True)
class Check:
    what: str
    found: Any
    wanted: Any

    @property
    def ok(self) -> bool:
        return bool(self.found == self.wanted)


@dataclass(slots=True)
class Report:
    rows: int
    few: int
    measured: dict[Key, list[Figures]] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    statements: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    heading: str = ""

    def head(self, version: str, settings: Mapping[str, str], rounds: int) -> None:
        chosen = ", ".join(f"{name} {value}" for name, value in settings.items())
        self.heading = (
            f"{self.rows:,} customers in pages of 100; best of {rounds} round(s); "
            f"Python {platform.python_version()}, {os.cpu_count()} processors\n"
            f"PostgreSQL {version}, one server for both: defaults, but {chosen}"
        )

    def add(self, what: str, who: str, figures: Figures, rows: int) -> None:
        self.measured.setdefault((what, who, rows), []).append(figures)
        print(f"{what}, {who}, {rows:,}: {figures.seconds:.2f} s", file=sys.stderr)

    def check(self, what: str, found: Any, wanted: Any) -> None:
        self.checks.append(Check(what, found, wanted))

    def best(self, what: str, who: str, rows: int | None = None) -> Figures | None:
        found = self.measured.get((what, who, rows or self.rows))
        return min(found, key=lambda one: one.seconds) if found else None

    def peak(self, rows: int, *sides: str) -> float:
        """The highest of our pulls of so many rows."""
        ours = [
            figures.peak
            for (_, who, size), several in self.measured.items()
            if who in sides and size == rows
            for figures in several
        ]
        return max(ours, default=0.0)

    # Text

    def text(self) -> str:
        return "\n".join([self.heading, "", *self._table(), "", *self._targets(), "",
                          *self._statements(), "", *self._checks()])  # fmt: skip

    def _table(self) -> list[str]:
        head = ("what", "who", "rows", "seconds", "records/s", "CPU s", "peak MB", "dlt is")
        lines = [[what, who, f"{rows:,}", *self._columns(what, who, rows)]
                 for what, who, rows in self.measured]  # fmt: skip
        return _aligned([list(head), *lines], texts=2)

    def _columns(self, what: str, who: str, rows: int) -> list[str]:
        best = self.best(what, who, rows)
        if best is None:
            return []
        theirs = self.best(what, "dlt", rows)
        ratio = f"{theirs.seconds / best.seconds:.2f} x" if theirs and who == "ours" else ""
        return [
            f"{best.seconds:.2f}",
            f"{rows / best.seconds:,.0f}",
            f"{best.cpu:.2f}",
            f"{best.peak:.0f}",
            ratio,
        ]

    def _targets(self) -> list[str]:
        lines = [["target", "at least", "aim", "measured", "met"]]
        for what, (least, aim) in RATIOS.items():
            ours, theirs = self.best(what, "ours"), self.best(what, "dlt")
            if ours and theirs:
                ratio = theirs.seconds / ours.seconds
                lines.append([f"{what}: times dlt's speed", f"{least:g}", f"{aim:g}",
                              f"{ratio:.2f}", _yes(ratio >= least)])  # fmt: skip
        lines += self._own_targets()
        return _aligned(lines, texts=1)

    def _own_targets(self) -> list[list[str]]:
        lines = []
        late, prompt = self.best(LATE, "ours"), self.best(FIRST, "ours")
        if late and prompt:
            share = late.seconds / prompt.seconds
            lines.append([f"{LATE}: times our own", f"{LATE_RATIO:g} at most", "",
                          f"{share:.2f}", _yes(share <= LATE_RATIO)])  # fmt: skip
        peak = self.peak(self.rows, "ours", "SQLite")
        growth = self.peak(self.rows, "ours") - self.peak(self.few, "ours")
        lines.append(["peak memory, MB", f"{PEAK:g} at most", "",
                      f"{peak:.0f}", _yes(peak < PEAK)])  # fmt: skip
        lines.append([f"more at {self.rows:,} than at {self.few:,}, MB",
                      f"{PEAK_GROWTH:g} at most", "", f"{growth:.0f}",
                      _yes(growth <= PEAK_GROWTH)])  # fmt: skip
        return lines

    def _statements(self) -> list[str]:
        lines = [["statements sent", "1,000 rows", "2,000 rows", "per 100 rows"]]
        lines += [
            [what, str(few), str(many), f"{each:.1f}"]
            for what, (few, many, each) in self.statements.items()
        ]
        return _aligned(lines, texts=1)

    def _checks(self) -> list[str]:
        """Each once, however many rounds found the same."""
        lines = [
            f"{_yes(one.ok):>3}  {one.what}: {_plain(one.found)}"
            + ("" if one.ok else f", not {_plain(one.wanted)}")
            for one in self.checks
        ]
        return list(dict.fromkeys(lines))

    def as_json(self) -> dict[str, Any]:
        return {
            "heading": self.heading,
            "measured": [
                {"what": what, "who": who, "rows": rows, "rounds": [asdict(one) for one in several]}
                for (what, who, rows), several in self.measured.items()
            ],
            "checks": [{**asdict(one), "ok": one.ok} for one in self.checks],
            "statements": self.statements,
        }


def _aligned(lines: list[list[str]], texts: int) -> list[str]:
    """Columns under each other, the first `texts` of them to the left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def _plain(found: Any) -> str:
    """A number, or numbers by name, as text."""
    if not isinstance(found, dict):
        return f"{found:,}"
    return ", ".join(f"{name} {found[name]:,}" for name in sorted(found))


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"
