"""How well and how fast records are matched, beside recordlinkage and Splink, in one run.

`make bench-match`; see README.md for what is measured and what is fair. Its status is 0 unless
it could not run.
"""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.match_people import write_table
from benchmarks.measuring import BenchError, job

ROWS = 100_000
PEOPLE = 20_000

Told = dict[str, Any]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.match", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="of the table that both match")
    parser.add_argument("--people", type=int, default=PEOPLE, help="of the sandbox's population")
    parser.add_argument("--many", type=int, default=1_000_000, help="known to whom a page comes")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    return parser.parse_args()


def run(rows: int, people: int, many: int, folder: Path) -> dict[str, Any]:
    """All figures, each from a process of its own."""
    febrl = job("benchmarks.match_febrl", environment={})["sets"]
    sizes = {}
    for size in (rows // 10, rows * 3 // 10, rows):
        path = folder / f"{size}.csv"
        write_table(path, size)
        sizes[size] = job("benchmarks.match_jobs", "table", str(path), environment={})
    splink = job("benchmarks.match_splink", str(path), environment={})
    population = {
        which: job("benchmarks.match_jobs", "population", str(people), which, environment={})
        for which in ("default", "learnt")
    }
    return {
        "febrl": febrl,
        "sizes": sizes,
        "splink": splink,
        "population": population,
        "engine": _engine(people, folder),
        "page": job("benchmarks.match_page", "--many", str(many), environment={}),
    }


def _engine(people: int, folder: Path) -> Told:
    """The same people, pulled by the real engine into a database of its own (SQLite)."""
    environment = {"VAR_DIR": str(folder / "hub"), "DATABASE_URL": "", "SECURE_SSL": ""}
    return job("benchmarks.match_engine", str(people), environment=environment)


def show(found: dict[str, Any], console: Console) -> None:
    _show_febrl(found["febrl"], console)
    _show_speed(found["sizes"], found["splink"], console)
    _show_population(found["population"], console)
    _show_engine(found["engine"], console)
    _show_page(found["page"], console)


def _show_febrl(sets: dict[str, dict[str, Told]], console: Console) -> None:
    sides = list(next(iter(sets.values())))
    table = Table("", *sides, title="F1 (precision, recall), nobody told who is who")
    for name, told in sets.items():
        table.add_row(name, *(_scored(told[side]) for side in sides))
    console.print(table)


def _scored(quality: Told) -> str:
    return f"{quality['f1']:.4f} ({quality['precision']:.4f}, {quality['recall']:.4f})"


def _show_speed(sizes: dict[int, Told], splink: Told, console: Console) -> None:
    table = Table("records", "side", "seconds", "peak MB", "us a record", "F1 (precision, recall)",
                  title="A whole table, from the file to who is who")  # fmt: skip
    for size, told in sizes.items():
        table.add_row(*_timed(size, "ours", told))
    table.add_row(*_timed(max(sizes), "Splink", splink))
    console.print(table)


def _timed(size: int, side: str, told: Told) -> tuple[str, ...]:
    figures = told["figures"]
    seconds = figures["seconds"]
    return (
        f"{size:,}", side, f"{seconds:.1f}", f"{figures['peak']:.0f}",
        f"{seconds / size * 1e6:.0f}", _scored(told["quality"]),
    )  # fmt: skip


def _show_population(told: dict[str, Told], console: Console) -> None:
    table = Table("weights", "precision at once", "recall at once", "with questions",
                  "questions per 100", "yes", "different documents linked", "us a record",
                  title="The sandbox's people, page after page")  # fmt: skip
    for which, one in told.items():
        found = one["quality"]
        table.add_row(
            which,
            f"{found['precision']:.5f}",
            f"{found['recall']:.4f}",
            f"{found['recall_asked']:.4f}",
            f"{100 * found['questions'] / found['customers']:.2f}",
            f"{found['yes'] / max(found['questions'], 1):.0%}",
            str(found["wrong_documents"]),
            f"{one['figures']['seconds'] / found['records'] * 1e6:.0f}",
        )
    console.print(table)


def _show_engine(told: Told, console: Console) -> None:
    names = list(told["reached"])
    table = Table("", *names, title="The same people, pulled by the real engine")
    for words, which in (("as pulled", "reached"), ("after match --learn", "reached after match")):
        table.add_row(words, *(f"{told[which][name]:.4f}" for name in names))
    console.print(table)


def _show_page(told: Told, console: Console) -> None:
    table = Table("customers", "page, ms", "matching, ms", "queries",
                  title="A page of 100 new records (wanted: 1.5 times at most)")  # fmt: skip
    for count in (told["few"], told["many"]):
        one = told[str(count)]
        table.add_row(
            f"{count:,}", f"{one['page'] * 1e3:.1f}", f"{one['matching'] * 1e3:.1f}",
            str(one["queries"]),
        )  # fmt: skip
    times = told["times as much"]
    table.add_row("times as much", f"{times['page']:.2f}", f"{times['matching']:.2f}", "")
    console.print(table)


def main() -> int:
    given = arguments()
    try:
        with TemporaryDirectory() as folder:
            found = run(given.rows, given.people, given.many, Path(folder))
    except BenchError as error:
        print(f"The benchmark could not run: {error}", file=sys.stderr)
        return 1
    show(found, Console(width=140))
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
