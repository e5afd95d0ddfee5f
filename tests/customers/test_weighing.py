"""What likeness is worth."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.columns import columns_of
from customers.default_weights import DEFAULTS
from customers.levels import FIELDS as COMPARED
from customers.levels import LEVELS
from customers.profiles import Profile
from customers.weighing import Scale, weigh, weight
from tests.customers.people import FIELDS, profile_of, profiles, said, who


def worth(one: Profile, other: Profile) -> float:
    return weight(one, other, DEFAULTS)


def test_a_rare_surname_says_more_than_silva() -> None:
    rare = worth(who("Ana Ezcurra"), who("Ana Ezcurra"))
    assert rare > worth(who("Ana Silva"), who("Ana Silva")) + 3


def test_two_surnames_say_more_than_one() -> None:
    both = worth(who("Ana Ezcurra Iturbe"), who("Ana Ezcurra Iturbe"))
    assert both > worth(who("Ana Ezcurra Iturbe"), who("Ana Ezcurra")) + 3


def test_contradiction_counts_against() -> None:
    assert worth(who("Ana Prado"), who("Clara Prado")) < worth(who("Ana Prado"), who("Prado"))


@pytest.mark.parametrize("field", LEVELS)
def test_default_weights_fall_from_level_to_level_and_none_is_of_the_wrong_sign(
    field: str,
) -> None:
    bits = [np.log2(m / u) for m, u in DEFAULTS.levels[field]]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > 0 > bits[-1]
    assert list(DEFAULTS.home[field]) == sorted(DEFAULTS.home[field], reverse=True)
    assert len(bits) == len(DEFAULTS.home[field]) == len(LEVELS[field])


@given(profiles, profiles)
def test_a_pair_weighs_the_same_from_either_side(one: Profile, other: Profile) -> None:
    assert worth(one, other) == worth(other, one)


@given(said, st.sampled_from(sorted(FIELDS)), st.data())
def test_nobody_is_more_like_a_person_than_that_person_is(
    said: dict[str, Any], field: str, data: st.DataObject
) -> None:
    one = profile_of(said)
    changed = profile_of({**said, field: data.draw(FIELDS[field])})
    assert worth(one, changed) <= worth(one, one) + 1e-9


@given(said, said, st.sampled_from(["email", "phone", "document", "birth_date", "address"]))
def test_what_is_not_said_changes_nothing_about_the_rest(
    one: dict[str, Any], other: dict[str, Any], field: str
) -> None:
    def bits(one: dict[str, Any]) -> dict[str, float]:
        columns = columns_of((profile_of(one), profile_of(other)))
        left, right = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)
        compared, _ = weigh(columns, DEFAULTS, left, right)
        found = Scale(columns, DEFAULTS).bits(left, right, compared)[0].tolist()
        return dict(zip(COMPARED, found, strict=True))

    one = {**one, "other_emails": (), "other_phones": ()}
    silent = {"address": {"street", "place"}}.get(field, {field})
    full, less = bits(one), bits({**one, field: None})
    assert all(less[part] == 0 for part in silent)
    assert all(less[part] == full[part] for part in full if part not in silent)


@settings(deadline=None)  # many comparisons each
@given(st.lists(profiles, min_size=2, max_size=8))
def test_a_pair_weighs_the_same_alone_and_in_a_table(everyone: list[Profile]) -> None:
    size = len(everyone)
    left, right = (found.astype(np.int32) for found in np.triu_indices(size, 1))
    _, together = weigh(columns_of(everyone), DEFAULTS, left, right)
    alone = [worth(everyone[one], everyone[other]) for one, other in zip(left, right, strict=True)]
    assert together.tolist() == alone
