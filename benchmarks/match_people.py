"""Records for the benchmark of matching: invented people as several vendors know them, in the
hub's normalised values, with the truth beside them."""

import csv
from collections.abc import Collection, Iterable, Iterator
from itertools import combinations, islice
from pathlib import Path
from typing import Any

from connectors.population import Home, people
from connectors.population_sightings import Acquaintances, Sighting
from connectors.records import Address, CustomerRecord, Document, Name
from connectors.sandbox import find
from customers.normalise import Key, Statement, state
from customers.values import fold

SEED = 20_001
PARTS = ("street", "number", "city", "state", "postal_code")
_HOME = ("street", "number", "complement", "neighbourhood", "city", "state", "postal_code")
COLUMNS = (
    "unique_id", "person", "kind", "given_name", "surname", "company", "email", "phone",
    "document", "birth_date", *PARTS,
)  # fmt: skip


def statements(seed: int, count: int) -> Iterator[tuple[str, str, Statement]]:
    """Of so many people: who it is, which vendor says it, and what it says. Half the vendors
    keep a name in one string."""
    vendors = {slug: kind.home for slug, kind in find().items()}
    known = Acquaintances(seed, vendors)
    for person in people(seed, count):
        for slug in known.vendors_of(person):
            sighting = known.sighting(person, slug)
            who = f"{person.id}/{slug}" if person.placeholder else person.id
            one_string = sorted(vendors).index(slug) % 2 == 0
            yield who, slug, state(_record(sighting, one_string), person.country)


def _record(seen: Sighting, one_string: bool) -> CustomerRecord:
    if seen.company:
        name = None
    elif one_string:
        name = Name(full=seen.name)
    else:
        name = Name(given=seen.given, family=seen.family)
    home, country = seen.home, seen.person.country
    return CustomerRecord(
        external_id=seen.person.id,
        kind=seen.person.kind,
        name=name,
        company_name=seen.company or None,
        email=seen.email or None,
        phone=seen.phone or None,
        document=Document(seen.document_type, seen.document_number, country)
        if seen.document_number
        else None,
        birth_date=seen.born or None,
        address=Address(**{part: getattr(home, part) for part in _HOME}, country=country)
        if home
        else None,
    )


def _address(home: Home, country: str) -> Address:
    return Address(**{part: getattr(home, part) for part in _HOME}, country=country)


def write_table(path: Path, rows: int) -> None:
    """The table that both sides match: folded names in two parts, keys in the form in which
    they are compared, `""` for what is not known."""
    found = ((who, one.values, one.keys) for who, _, one in statements(SEED, rows))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, (who, values, keys) in enumerate(islice(found, rows)):
            writer.writerow(_row(number, who, values, keys))


def _row(number: int, who: str, values: dict[str, Any], keys: tuple[Key, ...]) -> list[Any]:
    by_kind = {key.kind: key.value for key in keys}
    given, family = Name(**(values.get("name") or {})).parted
    address = values.get("address") or {}
    return [
        number,
        who,
        values.get("kind") or "",
        fold(given),
        fold(family),
        fold(values.get("company_name") or ""),
        *(by_kind.get(kind, "") for kind in ("email", "phone", "document")),
        values.get("birth_date") or "",
        *(fold(address.get(part) or "") for part in PARTS),
    ]


def read_table(path: Path) -> Iterator[tuple[dict[str, Any], list[Key]]]:
    """Values and keys, as the hub has them of each customer."""
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            keys = [Key(kind, row[kind]) for kind in ("document", "email", "phone") if row[kind]]
            yield (
                {
                    "kind": row["kind"],
                    "name": {"given": row["given_name"], "family": row["surname"]},
                    "company_name": row["company"],
                    "birth_date": row["birth_date"],
                    "address": {part: row[part] for part in PARTS},
                },
                keys,
            )


def truth(path: Path) -> set[tuple[int, int]]:
    """The pairs of rows that are one person's."""
    whose: dict[str, list[int]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            whose.setdefault(row["person"], []).append(int(row["unique_id"]))
    return within(whose.values())


def within(groups: Iterable[list[int]]) -> set[tuple[int, int]]:
    return {pair for rows in groups for pair in combinations(sorted(rows), 2)}


def score(found: Collection[Any], true: Collection[Any]) -> dict[str, float]:
    """Precision, recall and their harmonic mean, over pairs."""
    right = len(set(found) & set(true))
    return {
        "precision": right / max(len(found), 1),
        "recall": right / len(true),
        "f1": 2 * right / (len(found) + len(true)),
    }
