"""Our side of the benchmark of matching, each job in a process of its own."""

import sys
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path

from benchmarks.match_hub import Hub, quality
from benchmarks.match_people import SEED, read_table, score, statements, truth, within
from benchmarks.measuring import measured, tell
from customers.default_weights import DEFAULTS
from customers.pairing import Table
from customers.profiles import of_statement, profile
from customers.resolving import find, groups, learnt
from customers.weighing import Weights


def table(path: str) -> list[list[int]]:
    """From the table on disk to who is who: profiles, blocks, weights learnt, pairs, groups."""
    everyone = Table()
    for values, keys in read_table(Path(path)):
        everyone.add(profile(values, keys))
    weights = learnt(everyone, DEFAULTS)
    return groups(everyone.columns(), find(everyone, weights))


def match_table(path: str) -> None:
    figures, found = measured(lambda: table(path))
    tell(figures, quality=score(within(found), truth(Path(path))))


def population(count: str, which: str) -> None:
    """Vendor after vendor, page after page; with the default weights, or with those that the
    same records teach."""
    rows = sorted(statements(SEED, int(count)), key=itemgetter(1))
    told = [(who, statement) for who, _, statement in rows]
    weights: Weights = DEFAULTS
    if which == "learnt":
        everyone = Table()
        for _, statement in told:
            everyone.add(of_statement(statement))
        weights = learnt(everyone, DEFAULTS)
    hub = Hub(weights)
    figures, _ = measured(lambda: hub.pull(told))
    tell(figures, quality=asdict(quality(hub)))


def main() -> int:
    if sys.argv[1] == "table":
        match_table(sys.argv[2])
    else:
        population(*sys.argv[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
