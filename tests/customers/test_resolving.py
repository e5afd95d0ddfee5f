"""Who is who in a whole table."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.columns import columns_of
from customers.comparing import BIRTH_DATE, DOCUMENT
from customers.deciding import LINK
from customers.default_weights import DEFAULTS
from customers.pairing import Table
from customers.profiles import Profile
from customers.resolving import Found, find, groups
from customers.weighing import weight
from tests.customers.people import CPF, HOME, OTHER_CPF, profiles, who


def table_of(everyone: list[Profile]) -> Table:
    table = Table()
    for one in everyone:
        table.add(one)
    return table


def resolved(*everyone: Profile) -> list[list[int]]:
    table = table_of(list(everyone))
    return groups(table.columns(), find(table, DEFAULTS))


def test_records_of_one_person_come_together() -> None:
    assert resolved(
        who("Ana Prado", email="ana@example.com"),
        who("Rita Lima", phone="+5511912345678"),
        who("Ana Prado", email="ana@example.com", cpf=CPF),
        who("A. Prado", cpf=CPF),
    ) == [[0, 2, 3]]


def test_nobody_is_nobody_s_double() -> None:
    assert resolved() == []
    assert resolved(who("Ana Prado")) == []


def test_what_forbids_is_obeyed_across_a_whole_group() -> None:
    mail, phone = {"email": "ana@example.com"}, {"phone": "+5511987654321"}
    assert resolved(
        who("Ana Prado", cpf=CPF, **mail),
        who("Ana Prado", **mail, **phone),
        who("Ana Prado", cpf=OTHER_CPF, **phone),
    ) in ([[0, 1]], [[1, 2]])


def test_a_chain_of_weak_links_does_not_run_through_a_family() -> None:
    mail, phone = {"email": "casa@example.com"}, {"phone": "+5511987654321"}
    found = resolved(
        who("Ana Prado", address=HOME, **mail),
        who("", **mail, **phone),
        who("Carlos Prado", address=HOME, **phone, **mail),
    )
    assert all(not {0, 2} <= set(group) for group in found)


def test_chosen_pairs_are_joined_whatever_forbids() -> None:
    table = table_of([who("Ana Prado", cpf=CPF), who("Ana Prado", cpf=OTHER_CPF)])
    one, other = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)
    flag = np.ones(1, dtype=np.uint8)
    bits = np.ones(1, dtype=np.float32)
    found = Found(one, other, bits, bits, flag, flag, flag)
    assert groups(table.columns(), found) == []
    assert groups(table.columns(), found, chosen=np.ones(1, dtype=bool)) == [[0, 1]]


@settings(deadline=None, max_examples=50)
@given(st.lists(profiles, max_size=12))
def test_no_group_holds_two_of_whom_one_forbids_the_other(everyone: list[Profile]) -> None:
    found = resolved(*everyone)
    rows = [row for group in found for row in group]
    assert len(rows) == len(set(rows))
    for group in found:
        papers: dict[str, set[str]] = {}
        for row in group:
            for paper in everyone[row].documents:
                if paper.proven:
                    papers.setdefault(paper.kind, set()).add(paper.number)
        assert len({everyone[row].born for row in group} - {""}) <= 1
        assert all(len(numbers) == 1 for numbers in papers.values())


def forbids(one: Profile, other: Profile) -> int:
    """The rule again, for a single pair and in plain words."""
    found = BIRTH_DATE if one.born and other.born and one.born != other.born else 0
    mine, theirs = proven(one), proven(other)
    if any(kind in theirs and not numbers & theirs[kind] for kind, numbers in mine.items()):
        found |= DOCUMENT
    return found


def proven(profile: Profile) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for paper in profile.documents:
        if paper.proven:
            found.setdefault(paper.kind, set()).add(paper.number)
    return found


@settings(deadline=None, max_examples=30)
@given(st.lists(profiles, min_size=2, max_size=5))
def test_a_table_weighs_and_forbids_as_a_single_pair_does(everyone: list[Profile]) -> None:
    found = find(table_of(everyone), DEFAULTS)
    for at, (one, other) in enumerate(zip(found.left, found.right, strict=True)):
        mine, theirs = everyone[one], everyone[other]
        assert abs(float(found.weight[at]) - max(weight(mine, theirs, DEFAULTS), -40)) < 1e-4
        assert found.vetoes[at] == forbids(mine, theirs)
        assert not (found.outcome[at] == LINK and found.vetoes[at])
    assert columns_of(everyone).size == len(everyone)
