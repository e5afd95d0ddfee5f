"""Which pairs of a table are compared."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers import pairing
from customers.blocking import KINDS, MAX_BLOCK, block_keys, wide_keys
from customers.pairing import Table
from customers.profiles import Profile
from tests.customers.people import profiles, who


def pairs_of(everyone: list[Profile]) -> list[tuple[int, int, int]]:
    table = Table()
    for one in everyone:
        table.add(one)
    return [
        (left, right, kinds)
        for lot in table.pairs()
        for left, right, kinds in zip(
            lot.left.tolist(), lot.right.tolist(), lot.kinds.tolist(), strict=True
        )
    ]


@settings(deadline=None)
@given(st.lists(profiles, max_size=12))
def test_each_pair_that_shares_a_block_comes_once_with_the_kinds_it_shares(
    everyone: list[Profile],
) -> None:
    keys = [set(block_keys(one) + wide_keys(one)) for one in everyone]
    expected = {}
    for one, other in combinations(range(len(everyone)), 2):
        shared = {key & 15 for key in keys[one] & keys[other]}
        if shared:
            expected[one, other] = sum(1 << kind for kind in shared)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairing, "WIDE_PAIRS", 1000)
        found = pairs_of(everyone)
    assert {(left, right): kinds for left, right, kinds in found} == expected
    assert len(found) == len(expected)


def test_an_empty_table_has_no_pairs() -> None:
    assert pairs_of([]) == []
    assert pairs_of([Profile(), Profile()]) == []


def test_a_block_that_is_too_large_is_passed_over() -> None:
    office = [who(email="office@example.com") for _ in range(MAX_BLOCK)]
    assert len(pairs_of(office)) == MAX_BLOCK * (MAX_BLOCK - 1) // 2
    assert pairs_of([*office, who(email="office@example.com")]) == []


def test_wide_blocks_make_no_more_pairs_than_rows_allow_the_smallest_first() -> None:
    alike = [who(birth_date="1980-02-03") for _ in range(40)]
    twins = [who(birth_date="1999-09-09") for _ in range(2)]
    (pair,) = pairs_of(alike + twins)
    assert pair == (40, 41, 1 << KINDS.index("day"))


@pytest.mark.parametrize("count", [500, 4_000, 12_000])
def test_however_many_rows_there_are_each_makes_few_pairs(count: int) -> None:
    everyone = [who("Ana Silva", birth_date=f"{1900 + n % 90}-01-01") for n in range(count)]
    assert len(pairs_of(everyone)) <= count * MAX_BLOCK
