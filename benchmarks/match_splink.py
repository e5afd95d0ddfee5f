"""Splink's side: on FEBRL's columns, and on the table that both match.

Set up as its own guides do it for such columns: the comparisons that its library has for each
kind of column, u from random pairs, m by expectation maximisation over several blocks, and a
prediction at even odds.
"""

import logging
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.match_people import score, truth
from benchmarks.measuring import measured, tell

EVEN = 0.5
Pairs = set[tuple[Any, Any]]


def febrl(records: pd.DataFrame) -> tuple[Pairs, Pairs]:
    """Its pairs at even odds, and all pairs within its clusters."""
    blocks = ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="rec_id",
        blocking_rules_to_generate_predictions=[block_on(column) for column in blocks],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison(
                "date_of_birth",
                input_is_string=True,
                datetime_format="%Y%m%d",
                invalid_dates_as_null=True,
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]),
            cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(
                term_frequency_adjustments=True
            ),
            cl.ExactMatch("state"),
        ],
    )
    linker = Linker(DuckDBAPI().register(records.reset_index()), settings)
    same_name = "l.given_name = r.given_name and l.surname = r.surname"
    surely = ["l.soc_sec_id = r.soc_sec_id", f"{same_name} and l.date_of_birth = r.date_of_birth"]
    _train(linker, surely, ("date_of_birth", "surname", "soc_sec_id"))
    found, clusters = _predicted(linker)
    return _pairs(found, "rec_id"), _grouped(clusters, "rec_id")


def table(path: str) -> Any:
    """The whole of the table that both match: from the file to clusters (not yet fetched)."""
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="unique_id",
        blocking_rules_to_generate_predictions=[
            block_on("document"),
            block_on("email"),
            block_on("phone"),
            block_on("birth_date", "surname"),
            block_on("birth_date", "given_name"),
            block_on("given_name", "surname", "postal_code"),
            block_on("street", "number", "city"),
        ],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.ExactMatch("company").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
            cl.DamerauLevenshteinAtThresholds("phone", [1]),
            cl.DamerauLevenshteinAtThresholds("document", [1]),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.JaroWinklerAtThresholds("street", [0.9]),
            cl.ExactMatch("number"),
            cl.LevenshteinAtThresholds("postal_code", [1]),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        ],
    )
    records = duckdb.connect()
    records.execute(
        "create table everyone as select * from read_csv(?, all_varchar=true, nullstr='')", [path]
    )
    linker = Linker(DuckDBAPI(records).register("everyone"), settings)
    surely = ["l.document = r.document", "l.email = r.email and l.phone = r.phone"]
    _train(linker, surely, ("document", "email", "phone"))
    return _predicted(linker)[1]


def _train(linker: Linker, surely: list[str], blocks: tuple[str, ...]) -> None:
    training = linker.training
    training.estimate_probability_two_random_records_match(surely, recall=0.8)
    training.estimate_u_using_random_sampling(max_pairs=1e6)
    for column in blocks:
        training.estimate_parameters_using_expectation_maximisation(block_on(column))


def _predicted(linker: Linker) -> tuple[Any, Any]:
    found = linker.inference.predict(threshold_match_probability=EVEN)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        found, threshold_match_probability=EVEN
    )
    return found, clusters


def _pairs(found: Any, name: str) -> Pairs:
    pairs = found.as_pandas_dataframe()
    ones = zip(pairs[f"{name}_l"], pairs[f"{name}_r"], strict=True)
    return {(min(one), max(one)) for one in ones}


def _grouped(clusters: Any, name: str) -> Pairs:
    return {
        pair
        for members in clusters.as_pandas_dataframe().groupby("cluster_id")[name].agg(list)
        for pair in combinations(sorted(members), 2)
    }


def main() -> int:
    logging.disable()
    path = sys.argv[1]
    figures, clusters = measured(lambda: table(path))
    found = {(int(one), int(other)) for one, other in _grouped(clusters, "unique_id")}
    tell(figures, quality=score(found, truth(Path(path))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
