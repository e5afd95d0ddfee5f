"""Which stated value becomes the golden one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from customers.survivorship import Claim, best, choose
from tests.customers.strategies import texts

MAY = datetime(2026, 5, 1, tzinfo=UTC)

moments = st.one_of(st.none(), st.datetimes(timezones=st.just(UTC)))
claims = st.lists(
    st.tuples(texts, st.integers(0, 3), moments, st.booleans(), st.booleans()),
    min_size=1,
    max_size=6,
).map(lambda drawn: [Claim(at, *one) for at, one in enumerate(drawn)])


def test_the_chosen_vendor_comes_before_trust_and_a_pin_before_all() -> None:
    trusted, chosen = Claim(1, "trusted", 90, MAY), Claim(2, "chosen", 1, chosen=True)
    assert best("notes", [trusted, chosen]) == "chosen"
    assert best("notes", [trusted, chosen, Claim(3, "pinned", 1, pinned=True)]) == "pinned"


def test_trust_comes_before_age() -> None:
    old = Claim(1, "trusted", trust=60, changed_at=MAY - timedelta(days=900))
    assert best("notes", [Claim(2, "newer", 50, MAY), old]) == "trusted"


def test_among_equals_the_newest_wins_and_the_undated_come_last() -> None:
    undated, old, new = Claim(1, "undated", 50), Claim(2, "old", 50, MAY), None
    new = Claim(3, "new", 50, MAY + timedelta(seconds=1))
    assert best("notes", [undated, old, new]) == "new"
    assert best("notes", [undated, old]) == "old"
    ancient = Claim(4, "ancient", 50, datetime(1960, 1, 1, tzinfo=UTC))
    assert best("notes", [undated, ancient]) == "ancient"


def test_then_the_longest_wins_and_at_last_the_first_link() -> None:
    assert (
        best("name", [Claim(1, {"full": "A. Prado"}, 50), Claim(2, {"full": "Ana Prado"}, 50)])[
            "full"
        ]
        == "Ana Prado"
    )
    assert best("notes", [Claim(2, "bb", 50), Claim(1, "aa", 50)]) == "aa"


def test_what_is_empty_claims_nothing_but_a_no_does() -> None:
    assert choose("notes", [Claim(1, "", 90), Claim(2, "  ", 90)]) is None
    assert best("notes", []) == ""
    assert best("accepts_marketing", [Claim(1, "", 90), Claim(2, False, 10)]) is False


@given(claims, st.randoms(use_true_random=False))
def test_the_order_of_the_claims_does_not_matter(drawn: list[Claim], rng: Any) -> None:
    shuffled = list(drawn)
    rng.shuffle(shuffled)
    assert choose("notes", shuffled) == choose("notes", drawn)


@given(claims)
def test_taking_a_loser_away_changes_nothing(drawn: list[Claim]) -> None:
    winner = choose("notes", drawn)
    for claim in drawn:
        if claim is not winner:
            assert choose("notes", [one for one in drawn if one is not claim]) == winner


@given(claims)
def test_the_order_is_one_of_its_kind(drawn: list[Claim]) -> None:
    """Taking the winners away one by one brings every claim that is not empty, once, and each
    beats all that come after it."""
    able = [one for one in drawn if best("notes", [one])]
    order = []
    while (winner := choose("notes", [one for one in able if one not in order])) is not None:
        order.append(winner)
    assert sorted(one.link for one in order) == sorted(one.link for one in able)
    for at, one in enumerate(order):
        for later in order[at + 1 :]:
            assert choose("notes", [later, one]) == one
