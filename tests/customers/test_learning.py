"""Weights learnt from the records themselves."""

from functools import lru_cache
from math import log2

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.match_hub import Hub, quality
from benchmarks.match_people import statements
from customers import learning
from customers.columns import columns_of
from customers.default_weights import DEFAULTS
from customers.learning import CARRIERS, FEWEST, Patterns, Tally, discreet, learn, shares
from customers.levels import FIELDS, LEVELS
from customers.normalise import Statement
from customers.pairing import Table
from customers.profiles import of_statement
from customers.resolving import learnt
from customers.weighing import Weights, weight
from tests.customers.people import profiles, who


@lru_cache
def told() -> tuple[tuple[str, Statement], ...]:
    """Some two thousand records of a thousand people, vendor by vendor."""
    rows = sorted(statements(7, 1_000), key=lambda row: row[1])
    return tuple((person, statement) for person, _, statement in rows)


@lru_cache
def taught() -> Weights:
    table = Table()
    for _, statement in told():
        table.add(of_statement(statement))
    return learnt(table, DEFAULTS)


def bits(weights: Weights, field: str) -> list[float]:
    return [log2(m / u) for m, u in weights.levels[field]]


def test_what_is_learnt_says_how_common_names_are_and_how_many_are_there_twice() -> None:
    weights = taught()
    assert weights.learnt_from == len(told())
    assert weights.given.words["maria"] > 0.02 > weights.given.rare
    assert -14 < weights.prior < -9
    assert bits(weights, "document")[0] > 10


def test_learnt_weights_survive_being_written_down_in_little_room() -> None:
    text = msgspec.json.encode(taught())
    assert msgspec.json.decode(text, type=Weights) == taught()
    assert len(text) < 100_000


def test_learning_twice_learns_the_same() -> None:
    taught.cache_clear()
    again = taught()
    taught.cache_clear()
    assert again == taught()


def test_a_hub_links_nearly_everybody_and_nobody_wrongly_with_either_weights() -> None:
    for weights in (DEFAULTS, taught()):
        hub = Hub(weights)
        hub.pull(told())
        found = quality(hub)
        assert found.precision >= 0.999
        assert found.recall >= 0.95
        assert found.recall_asked >= 0.98
        assert found.per_hundred <= 3
        assert found.yes_share >= 0.5
        assert found.wrong_documents == 0


def test_few_records_teach_nothing() -> None:
    columns = columns_of([who("Ana Prado")] * (FEWEST - 1))
    assert learn(columns, Tally().patterns(), DEFAULTS) == DEFAULTS


def test_where_nobody_is_known_twice_the_next_vendor_s_records_are_still_matched() -> None:
    everyone = [who(f"Ana Prado{n}", email=f"a{n}@example.com") for n in range(FEWEST)]
    weights = learn(columns_of(everyone), Tally().patterns(), DEFAULTS)
    assert weights.prior > DEFAULTS.prior
    assert bits(weights, "email")[0] > 8
    one = who("Ana Ezcurra Iturbe", birth_date="1980-02-03", email="ana@example.com")
    other = who("Ana Ezcurra Iturbe", birth_date="1980-02-03", email="eze@example.org")
    assert weight(one, other, weights) > weights.link


def test_a_share_counts_a_word_once_for_each_of_its_bearers() -> None:
    columns = columns_of([who("Ana Prado")] * 3 + [who("Rita Lima Prado")] * 7)
    found = shares(columns.words.texts, columns.family)
    assert found.words == {"prado": 1.0, "lima": 0.7}
    assert found.rare == 0.2


_levels = st.tuples(*(st.integers(0, len(LEVELS[field])) for field in FIELDS))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(profiles, min_size=2, max_size=3),
    st.lists(
        st.tuples(_levels, st.integers(1, 2047), st.integers(1, 5000)), min_size=1, max_size=20
    ),
)
def test_no_data_turn_an_agreement_against_or_a_difference_in_favour(
    everyone: list, seen: list
) -> None:
    levels, kinds, counts = (np.array(part) for part in zip(*seen, strict=True))
    blocked = Patterns(levels, kinds, counts.astype(np.float64))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "BY_LOT", 2_000)
        weights = learn(columns_of(everyone * (FEWEST // 2)), blocked, DEFAULTS)
    for field in FIELDS:
        for found, usual in (
            (bits(weights, field), bits(DEFAULTS, field)),
            (list(weights.home[field]), list(DEFAULTS.home[field])),
        ):
            assert max(found) <= found[0] + 1e-9
            assert min(found) >= found[-1] - 1e-9
            assert found[0] >= found[-1]
            assert all(one * other >= -1e-9 for one, other in zip(found, usual, strict=True))
            assert np.isfinite(found).all()


@settings(deadline=None, max_examples=50)
@given(profiles, profiles)
def test_learnt_weights_are_as_even_handed_as_the_defaults(one, other) -> None:
    assert weight(one, other, taught()) == weight(other, one, taught())
    assert weight(one, other, taught()) <= weight(one, one, taught()) + 1e-9


def test_what_is_kept_names_nobody_by_a_rare_name() -> None:
    weights = taught()
    kept = discreet(weights)
    for before, after in ((weights.given, kept.given), (weights.family, kept.family)):
        assert set(after.words) < set(before.words)
        assert min(after.words.values()) * weights.learnt_from >= CARRIERS
        assert before.rare <= after.rare < min(after.words.values())
    assert discreet(DEFAULTS) == DEFAULTS
