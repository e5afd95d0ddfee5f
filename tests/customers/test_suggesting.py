"""Which side of a question is likely right."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import suggesting
from customers.suggesting import Case, Suggestion, suggest
from tests.customers.strategies import texts

MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = MAY + timedelta(days=31)
VALID = {"type": "cpf", "number": "52998224725", "country": "BR"}
WRONG = {"type": "cpf", "number": "52998224726", "country": "BR"}
AGES = {"hub_at": MAY, "vendor_at": JUNE}

EXAMPLES: list[tuple[str, dict[str, Any], tuple[str, str] | None]] = [
    ("a rule", {"field": "notes", "hub": "a", "vendor": "b", "ruled": True},
     ("vendor", suggesting.RULED)),
    ("a document that is valid", {"field": "document", "hub": WRONG, "vendor": VALID},
     ("vendor", suggesting.VALID)),
    ("ours is the valid one", {"field": "document", "hub": VALID, "vendor": "", **AGES},
     ("hub", suggesting.VALID)),
    ("an e-mail that is one", {"field": "email", "hub": "ana@", "vendor": "ana@example.com"},
     ("vendor", suggesting.WELL_FORMED)),
    ("a phone with its country", {"field": "phone", "hub": "+593991234567", "vendor": "99123",
     **AGES}, ("hub", suggesting.WELL_FORMED)),
    ("more sources", {"field": "notes", "hub": "a", "vendor": "b", "others": ["B", "b", "a"]},
     ("vendor", suggesting.MORE_AGREE)),
    ("typed later", {"field": "notes", "hub": "a", "vendor": "b", "hub_at": JUNE,
     "vendor_at": MAY, "hub_by_person": True}, ("hub", suggesting.TYPED)),
    ("changed later", {"field": "notes", "hub": "a", "vendor": "b", "hub_by_person": True, **AGES},
     ("vendor", suggesting.CHANGED)),
    ("newer", {"field": "notes", "hub": "a", "vendor": "b", **AGES},
     ("vendor", suggesting.NEWER)),
    ("fuller", {"field": "name", "hub": {"full": "Ana Prado"}, "vendor": {"full": "Ana"}},
     ("hub", suggesting.FULLER)),
    ("nothing to go by", {"field": "notes", "hub": "a", "vendor": "b"}, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "wanted"), [row[1:] for row in EXAMPLES], ids=[row[0] for row in EXAMPLES]
)
def test_what_is_suggested_and_why(case: dict[str, Any], wanted: tuple[Any, str] | None) -> None:
    assert suggest(Case(**case)) == (wanted and Suggestion(*wanted))


@given(
    st.sampled_from(["notes", "email", "phone"]),
    texts,
    texts,
    st.lists(texts, max_size=3),
    st.one_of(st.none(), st.just(MAY)),
    st.one_of(st.none(), st.just(JUNE)),
)
def test_the_sides_are_weighed_alike(
    field: str, one: str, two: str, others: list[str], first: Any, second: Any
) -> None:
    """What is suggested of two values does not hang on which of them is ours."""
    ours = suggest(
        Case(field=field, hub=one, vendor=two, others=others, hub_at=first, vendor_at=second)
    )
    theirs = suggest(
        Case(field=field, hub=two, vendor=one, others=others, hub_at=second, vendor_at=first)
    )
    assert (ours is None) == (theirs is None)
    if ours is not None and theirs is not None:
        assert {ours.side, theirs.side} == {"hub", "vendor"}
        assert ours.reason == theirs.reason
