from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import fields
from connectors.errors import UnreadableRecordError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def reads(reader: Any, value: Any) -> Any:
    return reader({"key": value}, "key")


# Text


@pytest.mark.parametrize("reader", [fields.text, fields.flag, fields.day, fields.moment])
def test_what_is_absent_was_not_said(reader: Any) -> None:
    assert reader({}, "key") is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, ""), ("", ""), ("  Ana ", "Ana"), ("A\x00n\x1fa", "Ana"), ("a\tb\nc", "a\tb\nc"),
        ("\ud800x", "x"), (5, "5"), (0, "0"), (1.5, "1.5"), (5.93e11, "593000000000"),
        (191.0, "191"), (1e22, "1" + "0" * 22), ("Ñandú 🦤", "Ñandú 🦤"),
    ],
)  # fmt: skip
def test_text_is_cleaned(value: Any, found: str) -> None:
    assert reads(fields.text, value) == found


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "key should be text, not true or false"), ([], "not a list"), (["a"], "not a list"),
        ({}, "not an object"), ("x" * (fields.MAX_TEXT + 1), "key is longer"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_unreadable(value: Any, words: str) -> None:
    with pytest.raises(UnreadableRecordError, match=words):
        reads(fields.text, value)


# Ids


@pytest.mark.parametrize(
    ("value", "found"), [(0, "0"), ("0", "0"), (12345, "12345"), (" a-1 ", "a-1")]
)
def test_an_id_is_text(value: Any, found: str) -> None:
    assert reads(fields.external_id, value) == found


@pytest.mark.parametrize("value", [None, "", "  ", "\x00", True, 1.5, [], {}, "x" * 201])
def test_what_is_no_id_is_unreadable(value: Any) -> None:
    with pytest.raises(UnreadableRecordError):
        reads(fields.external_id, value)


# Flags, days, moments


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (True, True), (False, False), (1, True), (0, False), ("1", True), ("0", False),
        ("true", True), (" FALSE ", False), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_flag_comes_in_many_forms(value: Any, found: bool | None) -> None:
    assert reads(fields.flag, value) is found


@pytest.mark.parametrize("value", [2, -1, "perhaps", 1.5, [], {}])
def test_what_is_no_flag_is_unreadable(value: Any) -> None:
    with pytest.raises(UnreadableRecordError):
        reads(fields.flag, value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("1991-04-05", "1991-04-05"), ("1991-04-05T00:00:00.000000Z", "1991-04-05"),
        ("1991-04-05 10:00:00", "1991-04-05"), (None, ""), ("", ""),
        ("0000-00-00", ""), ("0000-00-00 00:00:00", ""),
    ],
)  # fmt: skip
def test_a_day_is_cut_to_its_date(value: Any, found: str) -> None:
    assert reads(fields.day, value) == found


@pytest.mark.parametrize("value", ["05/04/1991", "1991-13-01", "soon", 7, []])
def test_what_is_no_day_is_unreadable(value: Any) -> None:
    with pytest.raises(UnreadableRecordError):
        reads(fields.day, value)


THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000000Z",
        "2026-01-02 03:04:05", "2026-01-02T00:04:05-03:00",
        {"date": "2026-01-02 00:04:05", "timezone_type": 3, "timezone": "America/Sao_Paulo"},
        {"date": "2026-01-02 00:04:05.000000", "timezone_type": 1, "timezone": "-03:00"},
        {"date": "2026-01-02 03:04:05", "timezone_type": 3, "timezone": "Nowhere/Town"},
        {"date": "2026-01-02 03:04:05", "timezone_type": 1, "timezone": "+99:99"},
        {"date": "2026-01-02 03:04:05"},
    ],
)  # fmt: skip
def test_a_moment_comes_in_many_forms(value: Any) -> None:
    assert reads(fields.moment, value) == THEN


@pytest.mark.parametrize(
    "value", [None, "", "soon", 5, [], {}, {"date": None}, "0001-01-01T00:00:00+14:00"]
)
def test_an_unreadable_moment_is_no_reason_to_set_a_customer_aside(value: Any) -> None:
    assert reads(fields.moment, value) is None


# Counters and the rest


@pytest.mark.parametrize(("value", "found"), [(0, 0), (7, 7), ("7", 7), (" 10 ", 10), ("0", 0)])
def test_a_counter_may_come_as_text(value: Any, found: int) -> None:
    assert fields.count(value) == found


@pytest.mark.parametrize(
    "value", [None, "", "x", "-1", -1, 1.0, True, "²", "٣", 2**60, "9" * 16, []]
)
def test_what_is_no_counter_is_none(value: Any) -> None:
    assert fields.count(value) is None


def test_owned_keeps_what_was_stated() -> None:
    raw = {"spent": 0, "vip": False, "note": "", "tags": [], "group": {}, "gone": None, "code": "C"}
    assert fields.owned(raw, *raw, "absent") == {"spent": 0, "vip": False, "code": "C"}


def test_digits_are_ascii() -> None:
    assert fields.digits("+54 (11) 2233-4455 ٣") == "541122334455"


@given(JSON)
@pytest.mark.parametrize("reader", [fields.text, fields.flag, fields.day, fields.external_id])
def test_a_reader_reads_or_calls_it_unreadable(reader: Any, value: Any) -> None:
    with suppress(UnreadableRecordError):
        found = reads(reader, value)
        assert found is None or isinstance(found, str | bool)


@given(JSON)
def test_a_moment_or_a_counter_is_read_or_is_none(value: Any) -> None:
    moment = reads(fields.moment, value)
    assert moment is None or moment.tzinfo is UTC
    assert fields.count(value) is None or fields.count(value) >= 0  # type: ignore[operator]


@given(st.dictionaries(st.sampled_from(["date", "timezone", "timezone_type"]), st.text() | JSON))
def test_a_date_object_is_read_or_is_none(value: Any) -> None:
    moment = reads(fields.moment, value)
    assert moment is None or moment.tzinfo is UTC


@given(st.text(alphabet=st.characters()))
def test_cleaned_text_can_be_stored_and_stays_as_it_is(value: str) -> None:
    found = fields.clean(value)
    assert "\x00" not in found
    assert msgspec.json.decode(msgspec.json.encode(found)) == found
    assert fields.clean(found) == found
