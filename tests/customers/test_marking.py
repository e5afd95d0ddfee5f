"""Differing characters, marked."""

from hypothesis import given
from hypothesis import strategies as st

from customers.marking import Part, marked


def test_what_differs_is_marked_in_both() -> None:
    ours, theirs = marked("Rua A, 10", "Rua A, 12")
    assert ours == [Part("Rua A, 1", False), Part("0", True)]
    assert theirs == [Part("Rua A, 1", False), Part("2", True)]


def test_what_one_has_alone_is_marked_in_that_one() -> None:
    ours, theirs = marked("Ana Prado", "Ana")
    assert ours == [Part("Ana", False), Part(" Prado", True)]
    assert theirs == [Part("Ana", False)]


def test_beside_nothing_nothing_is_marked() -> None:
    assert marked("Ana", "") == ([Part("Ana", False)], [])


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_parts_are_the_text_and_the_unmarked_are_common(one: str, other: str) -> None:
    ones, others = marked(one, other)
    assert "".join(part.text for part in ones) == one
    assert "".join(part.text for part in others) == other
    if one and other:
        common = ["".join(p.text for p in parts if not p.differs) for parts in (ones, others)]
        assert common[0] == common[1]
