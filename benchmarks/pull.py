"""`make bench`: a pull measured against dlt, on one PostgreSQL server, in one run.

Every measurement is a process of its own; ours and the peer's take turns. See README.md.
"""

import argparse
import json
import signal
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cluster import SETTINGS, Cluster, cluster
from benchmarks.facts import ORDER, TABLES, WRITTEN, expected
from benchmarks.measuring import BenchError
from benchmarks.report import CHANGED, FIRST, LATE, UNCHANGED, Report
from benchmarks.sides import Hub, Peer, Server, bench_server, fresh_keys, prepared

LATENCY = 0.05
IN_FLIGHT = 24
STEPS = {FIRST: 0, UNCHANGED: 0, CHANGED: 1}  # each with the revision that the server shows
SMALL = 10  # the smaller pull, for memory, has a tenth of the rows


@dataclass(slots=True)
class Bench:
    """What all measurements share. `made` counts the databases."""

    server: Server
    cluster: Cluster
    folder: Path
    rows: int
    report: Report
    made: int = 0
    keys: dict[str, str] = field(default_factory=fresh_keys)

    # Databases

    def hub(self) -> tuple[str, Hub]:
        """Ours on PostgreSQL: (its database's name, the hub)."""
        name = self._name("hub")
        return name, self._prepared(self.cluster.create(name))

    def sqlite_hub(self) -> tuple[Path, Hub]:
        path = self.folder / f"{self._name('hub')}.sqlite3"
        return path, self._prepared(f"sqlite:///{path}")

    def _prepared(self, url: str) -> Hub:
        return prepared(url, self.server.address, self.keys, self.folder / "var")

    def _name(self, kind: str) -> str:
        self.made += 1
        return f"{kind}_{self.made}"

    # The peer

    def peer(self) -> Peer:
        name = self._name("dlt")
        return Peer(name, self.cluster.create(name), self.server.address, self.folder / name)

    # Ours against the peer

    def round(self, number: int, peer_latency: bool) -> None:
        """First, nothing changed, 1% changed: each by us and by the peer, in turns."""
        self.server.show(self.rows)
        name, hub = self.hub()
        peer = self.peer()
        for what, revision in STEPS.items():
            self.server.show(self.rows, revision=revision)
            if what != FIRST:  # a table analysed while empty is one read whole at each look
                self.cluster.settle(name, peer.database)
            turns = [lambda w=what: self._ours(w, name, hub), lambda w=what: self._peers(w, peer)]
            for turn in turns if number % 2 == 0 else reversed(turns):
                turn()
        self.late(peer_latency)

    def _ours(self, what: str, name: str, hub: Hub) -> None:
        before = self._written(name)
        figures, result = hub.pull()
        self.report.add(what, "ours", figures, self.rows)
        self._check(what, name, result, before)

    def _peers(self, what: str, peer: Peer) -> None:
        figures, found = peer.load()
        self.report.add(what, "dlt", figures, self.rows)
        self.report.check(f"{what}: rows of dlt", found, self.rows)

    def late(self, peer_too: bool) -> None:
        """A first pull while each answer takes 50 ms."""
        self.server.show(self.rows, latency=LATENCY)
        name, hub = self.hub()
        figures, _ = hub.pull(IN_FLIGHT)
        self.report.add(LATE, "ours", figures, self.rows)
        misplaced = self.cluster.rows(name, ORDER)[0]["misplaced"]
        self.report.check(f"{LATE}: records out of order", misplaced, 0)
        if peer_too:
            self._peers(LATE, self.peer())

    # Ours alone

    def memory(self) -> None:
        """The same three pulls of a tenth of the rows."""
        rows = self.rows // SMALL
        self.server.show(rows)
        _, hub = self.hub()
        for what, revision in STEPS.items():
            self.server.show(rows, revision=revision)
            self.report.add(what, "ours", hub.pull()[0], rows)

    def statements(self) -> None:
        """Statements a page, as what 1,000 more rows add to a pull of 1,000 rows."""
        counted: list[list[int]] = []
        for rows in (1_000, 2_000):
            self.server.show(rows)
            _, hub = self.hub()
            first, again = hub.statements(), hub.statements()
            self.server.show(rows, revision=1)
            changed = hub.statements()
            counted.append([sum(one.values()) for one in (first, again, changed)])
        for what, few, many in zip(STEPS, *counted, strict=True):
            self.report.statements[what] = (few, many, (many - few) / 10)

    def embedded(self) -> None:
        """The same three on SQLite."""
        self.server.show(self.rows)
        path, hub = self.sqlite_hub()
        for what, revision in STEPS.items():
            self.server.show(self.rows, revision=revision)
            figures, _ = hub.pull()
            self.report.add(what, "SQLite", figures, self.rows)
            with closing(sqlite3.connect(path)) as database:
                counts = dict(database.execute(TABLES))
            self._check_rows(what, counts, ", SQLite")

    # Checks

    def _written(self, name: str) -> dict[str, dict[str, int]]:
        self.cluster.wait_alone(name)
        found = self.cluster.rows(name, WRITTEN)
        return {row.pop("table"): row for row in found}

    def _check(self, what: str, name: str, result: dict[str, Any], before: Any) -> None:
        counts = {row["table"]: row["rows"] for row in self.cluster.rows(name, TABLES)}
        self._check_rows(what, counts)
        after = self._written(name)
        written = {
            table: {kind: number - before[table][kind] for kind, number in row.items()}
            for table, row in after.items()
        }
        if what == UNCHANGED:
            total = sum(sum(row.values()) for row in written.values())
            self.report.check(f"{what}: rows written", total, 0)
        if what == CHANGED:
            links = written["customers_customerlink"]
            self.report.check(f"{what}: records changed", result["changed"], self.rows // 100)
            self.report.check(
                f"{what}: links written",
                links,
                {"inserted": 0, "updated": result["changed"], "deleted": 0},
            )

    def _check_rows(self, what: str, counts: dict[str, int], where: str = "") -> None:
        wanted = expected(self.rows, revision=int(what == CHANGED), asked=counts["conflict"])
        self.report.check(f"{what}{where}: rows in our tables", counts, wanted)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.pull", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="customers (default 100000)")
    parser.add_argument("--rounds", type=int, default=1, help="the best of each counts")
    parser.add_argument("--peer-latency", action="store_true", help="dlt with 50 ms as well")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save every figure")
    given = parser.parse_args()
    if given.rows < 2_000 or given.rows % 1_000:
        parser.error("--rows must be a whole number of thousands, 2000 or more")
    return given


def run(given: argparse.Namespace, report: Report) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        cluster() as postgresql,
        bench_server(given.rows) as server,
    ):
        version = postgresql.sql("postgres", "SHOW server_version").strip()
        report.head(version, SETTINGS, given.rounds)
        bench = Bench(server, postgresql, Path(folder), given.rows, report)
        for number in range(given.rounds):
            bench.round(number, given.peer_latency)
        bench.memory()
        bench.statements()
        bench.embedded()


def main() -> int:
    given = arguments()
    report = Report(given.rows, given.rows // SMALL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the servers are stopped too
    try:
        run(given, report)
    except BenchError as error:
        print(f"The benchmark could not run: {error}", file=sys.stderr)
        return 1
    print(report.text())
    if given.json:
        given.json.write_text(json.dumps(report.as_json(), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
