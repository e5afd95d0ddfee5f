"""Jobs that `match` runs, each in a process of its own: ours, and Splink's."""

import sys
from pathlib import Path
from typing import Any

from benchmarks.match_people import read_table
from benchmarks.measuring import measured, tell
from customers.default_weights import DEFAULTS
from customers.pairing import Table
from customers.profiles import profile
from customers.resolving import find, groups, learnt


def ours(path: str) -> dict[str, Any]:
    """From the table on disk to who is who: profiles, blocks, weights learnt, pairs, groups."""
    table = Table()
    for values, keys in read_table(Path(path)):
        table.add(profile(values, keys))
    weights = learnt(table, DEFAULTS)
    found = find(table, weights)
    return {"pairs": len(found.left), "groups": groups(table.columns(), found)}


def main() -> int:
    figures, found = measured(lambda: ours(sys.argv[1]))
    tell(figures, **found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
