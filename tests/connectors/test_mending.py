import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import decode
from connectors.mending import MAX_DEPTH, UNREADABLE, in_utf8, mended, read

TEXT = st.text(st.characters() | st.sampled_from('\\"u\ud83d\udc00\U0001f600')) | st.sampled_from(
    ["NaN", 'a "NaN" b', "\\ud83d", "-Infinity\\"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2**60) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


def plain(value: Any) -> Any:
    """What JSON can say of a value."""
    if isinstance(value, str):
        return "".join(char for char in value if not "\ud800" <= char <= "\udfff")
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, list):
        return [plain(one) for one in value]
    return {plain(k): plain(v) for k, v in value.items()} if isinstance(value, dict) else value


@given(JSON)
def test_whatever_python_writes_is_read(value: Any) -> None:
    """Python's own writer says NaN and halves of surrogate pairs without a word."""
    written = json.dumps(value).encode()
    paired = json.loads(json.dumps(value))  # two halves that meet are a character
    assert read(written) == plain(paired)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (rb'["a\ud83d"]', ["a"]), (rb'["\uDC00b"]', ["b"]), (rb'["\ud83d\ud83d\ude00"]', ["😀"]),
        (rb'["\\ud83d"]', ["\\ud83d"]), (b'[NaN, -Infinity, "NaN"]', [None, None, "NaN"]),
        (rb'["\"NaN", NaN]', ['"NaN', None]), (b"\xef\xbb\xbf[1]", [1]),
    ],
)  # fmt: skip
def test_what_json_cannot_say_is_left_out(body: bytes, found: Any) -> None:
    assert decode(in_utf8(body)) == found


@pytest.mark.parametrize(
    "told", ["application/json; charset=iso-8859-1", 'text/plain;charset="Latin-1"; a=b']
)
def test_a_text_in_another_character_set_is_read(told: str) -> None:
    assert decode(in_utf8('["Muñoz"]'.encode("latin-1"), told)) == ["Muñoz"]


@pytest.mark.parametrize("told", ["", "application/json; charset=latin-1", "a; charset=klingon"])
def test_what_is_in_utf8_is_left_as_it_is(told: str) -> None:
    assert in_utf8('["Muñoz"]'.encode(), told) == '["Muñoz"]'.encode()


def test_a_character_set_that_nobody_knows_changes_nothing() -> None:
    assert in_utf8(b'["\xf1"]', "a; charset=klingon") == b'["\xf1"]'


@given(JSON)
def test_what_is_json_already_is_not_touched(value: Any) -> None:
    written = msgspec.json.encode(plain(value))
    assert read(written) == msgspec.json.decode(written)
    assert msgspec.json.decode(mended(written)) == msgspec.json.decode(written)


def test_what_cannot_be_mended_says_what_was_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="malformed"):
        read(b'{"a": NaN, "b": nil}')


def nested(levels: int, inner: bytes) -> bytes:
    """A bracket in a text is none."""
    return b'{"]":' * levels + inner + b"}" * levels


@pytest.mark.parametrize("more", [1, 2, 5_000])
def test_what_lies_too_deep_is_left_out(more: int) -> None:
    within = nested(MAX_DEPTH, b'"{"')
    assert mended(within) == within
    assert mended(nested(MAX_DEPTH + more, b'"{"')) == nested(MAX_DEPTH, b"null")


def test_what_is_cut_off_too_deep_is_no_json() -> None:
    for body in (b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 4_999):
        with pytest.raises(UNREADABLE):
            read(body)


@pytest.mark.parametrize("inside", [b'\\"', b"[", b"a"])
def test_a_body_of_any_size_is_gone_through_once(inside: bytes) -> None:
    body = b"[" * 200 + b'NaN,"' + inside * 1_000_000
    began = time.monotonic()
    with pytest.raises(UNREADABLE):
        read(body)
    assert time.monotonic() - began < 10
