"""`make bench-desk`: the desk's lists and search beside the stock admin's, on the same rows, in
the same run. See README.md."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from benchmarks.cluster import SETTINGS, cluster
from benchmarks.desk_people import person
from benchmarks.measuring import BenchError
from benchmarks.sides import fresh_keys

LIST = "/admin/customers/customer/"
EACH = 12  # queries of every kind, and how often a page that is always the same is opened
DEEP, ROWS_PER_PAGE = 1_000, 50
TWO = "two letters"
LIST_PAGE, DEEP_PAGE = "the list", "a page deep in it"


@dataclass
class Page:
    """What a page took: in whole, and its search's queries alone, in milliseconds."""

    whole: list[float] = field(default_factory=list)
    queries: list[float] = field(default_factory=list)
    statements: int = 0


Pages = dict[str, Page]


def p95(values: list[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


# What is asked


def terms(rows: int, each: int, dice: random.Random) -> Iterator[tuple[str, str]]:
    """(kind, text) of what people type: drawn from the rows themselves, or of nobody."""
    for _ in range(each):
        one = person(dice.randrange(1, rows + 1))
        name = f"{one['name']['given']} {one['name']['family']}"
        phone, number = one["phone"], one["document"]["number"]
        mail = one["email"].partition("@")[0]
        cut = dice.randrange(max(1, len(mail) - 9))
        yield "hit: name", name
        yield "hit: e-mail", one["email"]
        yield "part of a word", mail[cut : cut + 6]
        yield "formatted phone", f"({phone[3:5]}) {phone[5:10]}-{phone[10:]}"
        yield "formatted document", f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"
        yield "accents", name.upper().replace("A", "Á")
        yield "miss", f"{''.join(dice.choices('qwxzkj', k=7))} {name.split(maxsplit=1)[0]}"
        yield "miss: number", f"77{dice.randrange(10**9):09d}"
        yield TWO, name[:2].lower()


def asked(rows: int, each: int, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pages that both sides open; page 1,000 among them where there are so many."""
    deep = min(DEEP, rows // ROWS_PER_PAGE)
    same = [(LIST_PAGE, LIST), (DEEP_PAGE, f"{LIST}?p={deep}")]
    pages = [(kind, f"{LIST}?q={quote(text)}") for kind, text in found]
    return [*pages, *[one for one in same for _ in range(each)]]


def own(each: int, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pages that only ours has."""
    events = [("customer, 10 events", f"{LIST}1/change/")] * each
    events += [("customer, 10,000 events", f"{LIST}2/change/")] * each
    palette = [("palette", f"{LIST}find/?q={quote(text)}") for kind, text in found if kind != TWO]
    return [*events, *palette, *[("start page", "/admin/")] * each]


EMPTY = [("stock empty list", "/admin/customers/plan/")] * 15


# Running


def environment(url: str, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        **fresh_keys(),
        "DATABASE_URL": url,
        "VAR_DIR": str(folder / "var"),
        "ALLOWED_HOSTS": "localhost",
        "SECURE_SSL": "false",
        "DEBUG": "false",
        "LOG_LEVEL": "ERROR",
    }


def run(env: dict[str, str], *words: str, given: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *words],
        env=env,
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"{' '.join(words)} ended with status {done.returncode}")
    return done.stdout


def side(who: str, env: dict[str, str], pages: list[tuple[str, str]]) -> Pages:
    told = json.loads(run(env, "-m", "benchmarks.desk_side", who, given=json.dumps(pages)))
    found: Pages = {}
    for name, whole, statements, queries in told["pages"]:
        page = found.setdefault(name, Page())
        page.whole.append(whole * 1000)
        page.queries.append(queries * 1000)
        page.statements = max(page.statements, statements)
    return found


def measure(url: str, folder: Path, rows: int, each: int) -> dict[str, Any]:
    """Load a database and open every page on both sides."""
    env = environment(url, folder)
    run(env, "manage.py", "migrate", "--verbosity", "0")
    run(env, "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    took = json.loads(run(env, "-m", "benchmarks.desk_rows", str(rows)))
    print(
        f"{rows:,} customers and {2 * rows:,} links loaded in {took['loaded']:.0f} s; "
        f"the start page's figures counted in {took['counted']:.1f} s",
        flush=True,
    )
    found = list(terms(rows, each, random.Random(5)))
    stock = side("stock", env, asked(rows, each, found) + EMPTY)
    ours = side("ours", env, asked(rows, each, found) + own(each, found))
    return {"ours": ours, "stock": stock}


# Telling


HEADINGS = ("statements", "queries p95", "page p95", "stock queries", "stock page", "faster")
Verdicts = list[tuple[str, bool]]


def tell(title: str, found: dict[str, Pages], wanted: float, verdicts: Verdicts) -> None:
    """A line for each kind of page, and whether all searches together are fast enough."""
    ours, stock = found["ours"], found["stock"]
    print(f"\n{title}\n{'':26}" + "".join(f"{one:>15}" for one in HEADINGS))
    for name, page in ours.items():
        cells = [str(page.statements), _ms(page.queries), _ms(page.whole)]
        if other := stock.get(name):
            times = p95(other.queries) / p95(page.queries)
            cells += [_ms(other.queries), _ms(other.whole), f"{times:.0f}x"]
        print(f"{name:26}" + "".join(f"{cell:>15}" for cell in cells))
    kinds = [name for name in stock if name in ours and name not in (TWO, LIST_PAGE, DEEP_PAGE)]
    mine = p95([one for kind in kinds for one in ours[kind].queries])
    theirs = p95([one for kind in kinds for one in stock[kind].queries])
    text = f"{title}: the search's queries take {mine:.1f} ms (p95), the stock admin's {theirs:.1f}"
    times = theirs / mine
    verdicts.append((f"{text}: {times:.0f} times faster, {wanted:g} wanted", times >= wanted))


def _ms(values: list[float]) -> str:
    return f"{p95(values):.1f} ms"


def judge(found: dict[str, Pages], verdicts: Verdicts) -> None:
    """PostgreSQL's targets beside the search's."""
    ours, stock = found["ours"], found["stock"]
    two = p95(stock[TWO].queries) / p95(ours[TWO].queries)
    verdicts.append((f"two letters {two:.0f} times faster, 5 wanted", two >= 5))
    lists = {name: page for name, page in ours.items() if name in stock or name == "palette"}
    most = max(page.statements for page in lists.values())
    verdicts.append((f"lists and searches in {most} statements at most, 12 wanted", most <= 12))
    empty = median(stock["stock empty list"].whole)
    slowest = max((p95(page.whole), name) for name, page in lists.items() if name != TWO)
    text = f"slowest page {slowest[0]:.0f} ms ({slowest[1]}, p95), 100 wanted"
    machine = f"the stock empty list takes {empty:.0f} ms here"
    verdicts.append((f"{text}; {machine}" + ("" if empty < 40 else ", so it is not judged"),
                     slowest[0] < 100 or empty >= 40))  # fmt: skip
    few, many = ours["customer, 10 events"], ours["customer, 10,000 events"]
    ratio = median(many.whole) / median(few.whole)
    text = (
        f"a customer with 10,000 events costs {ratio:.2f} times one with 10, and as many statements"
    )
    verdicts.append((text, ratio < 1.5 and many.statements == few.statements))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--sqlite-rows", type=int, default=100_000)
    options.add_argument("--each", type=int, default=EACH, help="searches of every kind")
    given = options.parse_args()
    verdicts: Verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        if given.rows:
            with cluster() as server:
                chosen = ", ".join(f"{name} {value}" for name, value in SETTINGS.items())
                print(f"PostgreSQL, defaults but {chosen}", flush=True)
                found = measure(server.create("desk"), Path(folder), given.rows, given.each)
            tell(f"PostgreSQL, {given.rows:,} customers", found, 20, verdicts)
            judge(found, verdicts)
        if given.sqlite_rows:
            url = f"sqlite:///{Path(folder) / 'desk.sqlite3'}"
            found = measure(url, Path(folder), given.sqlite_rows, given.each)
            tell(f"SQLite, {given.sqlite_rows:,} customers", found, 5, verdicts)
    print()
    for words, met in verdicts:
        print(f"{'met   ' if met else 'MISSED'}  {words}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        print(f"bench-desk: {error}", file=sys.stderr)
        sys.exit(1)
