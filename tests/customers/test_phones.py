"""Phone numbers: the stored form and the matching form."""

import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.phones import _home, country_of, e164, formatted, match_form
from tests.customers.strategies import phones, regions


@pytest.mark.parametrize(
    ("written", "region", "stored"),
    [
        ("099 123 4567", "EC", "+593991234567"),
        ("0991234567", "EC", "+593991234567"),
        ("593991234567", "EC", "+593991234567"),  # the plus was dropped
        ("+593 99 123 4567", "BR", "+593991234567"),
        ("593991234567", "BR", "+593991234567"),
        ("(11) 98765-4321", "BR", "+5511987654321"),
        ("011 98765-4321", "BR", "+5511987654321"),
        ("5511987654321", "US", "+5511987654321"),
        ("11 15-2345-6789", "AR", "+5491123456789"),
        ("(212) 555-2368", "US", "+12125552368"),
        ("050 123 45 67", "AZ", "+994501234567"),
        ("5215512345678", "EC", "+5215512345678"),  # Mexico's old 1, which no plan has any more
        ("552190006874", "AZ", "+552190006874"),  # whole, and without its ninth digit
        ("", "EC", ""),
        ("  ", "EC", ""),
        ("no tiene", "EC", "no tiene"),
        ("123", "EC", "123"),
    ],
)
def test_a_number_is_stored_in_e164_or_as_written(written: str, region: str, stored: str) -> None:
    assert e164(written, region) == stored


@given(phones, regions)
def test_storing_again_changes_nothing(written: str, region: str) -> None:
    once = e164(written, region)
    assert e164(once, region) == once


@given(st.integers(0, 9_999_999), st.sampled_from(["{}", "{:.3}-{}", "+{}", "00{}", "({:.3}) {}"]))
def test_one_number_has_one_form_however_it_is_written(tail: int, shape: str) -> None:
    local = f"099{tail:07d}"
    forms = {
        e164(written, "EC")
        for written in (
            local,
            f"{local[:3]} {local[3:6]} {local[6:]}",
            f"({local[:3]}) {local[3:6]}-{local[6:]}",
            f"593{local[1:]}",
            f"+593{local[1:]}",
            f"+593 {local[1:3]} {local[3:]}",
            f" {local} ",
        )
    }
    assert forms == {f"+593{local[1:]}"}, shape


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5511987654321", "+551187654321"),  # Brazil's ninth digit
        ("+5215512345678", "+525512345678"),  # Mexico's 1
        ("+5491123456789", "+541123456789"),  # Argentina's 9
    ],
)
def test_a_digit_that_comes_and_goes_does_not_tell_numbers_apart(one: str, other: str) -> None:
    assert match_form(one) == match_form(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5511987654321", "+5521987654321"),
        ("+5511387654321", "+551187654321"),
        ("+593991234567", "+593991234568"),
        ("+5491123456789", "+5411123456789"),
    ],
)
def test_other_numbers_stay_apart(one: str, other: str) -> None:
    assert match_form(one) != match_form(other)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "no tiene",
        "0991234567",
        "+123",
        "+1234567890123456",
        "+593999999999",
        "+5599999999999",
        "+11111111111",
        "+00000000000",
        "+5511999999999",  # (11) 99999-9999
        "+551199999999",
        "+5491100000000",
    ],
)
def test_what_is_no_number_or_a_placeholder_matches_nobody(number: str) -> None:
    assert match_form(number) is None


@given(phones, regions)
def test_a_matching_form_matches_itself(written: str, region: str) -> None:
    found = match_form(e164(written, region))
    assert found is None or found.startswith("+")


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+593991234567", "EC"),
        ("+5511987654321", "BR"),
        ("+12125552368", "US"),
        ("+994501234567", "AZ"),
        ("0991234567", ""),
        ("", ""),
        ("+", ""),
        ("+999", ""),
        ("+80012345678", ""),  # of the whole world
        ("+883510012345", ""),
    ],
)
def test_a_number_tells_its_country(number: str, country: str) -> None:
    assert country_of(number) == country


def test_a_number_is_spaced_for_people_and_what_is_none_shown_as_it_is() -> None:
    assert formatted("+593991234567") == "+593 99 123 4567"
    assert formatted("no tiene") == "no tiene"


local_numbers = st.one_of(
    st.from_regex(r"\A[0-9]{7,12}\Z"),
    st.from_regex(
        r"\A\+?(593|54|1|994|55|52|56|51)?[ -]?\(?0?[1-9][0-9]{1,2}\)?[ .-]?[0-9]{6,9}\Z"
    ),
    st.from_regex(r"\A(0|00|9|15|11|21|55|01|044|045)[0-9]{7,11}\Z"),
)


@settings(max_examples=300)
@given(local_numbers, regions)
def test_a_number_that_is_valid_where_it_was_written_is_read_as_the_country_does(
    written: str, region: str
) -> None:
    try:
        parsed = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return
    if phonenumbers.is_valid_number(parsed):
        expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        assert e164(written, region) == expected


@settings(max_examples=300)
@given(regions, st.text("0123456789", min_size=6, max_size=12).filter(lambda one: one[0] != "0"))
def test_what_fits_a_regions_lines_is_valid_to_the_library(region: str, national: str) -> None:
    home = _home(region)
    example = phonenumbers.example_number(region)
    assert home is not None
    assert example is not None
    code, _, usual = home
    if usual is None:  # its code is others' too
        assert len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]) > 1
        return
    usually = str(example.national_number)
    assert usual.match(usually)
    for one in (national, usually[: -len(national)] + national, usually[:-3] + national[-3:]):
        number = phonenumbers.PhoneNumber(country_code=code, national_number=int(one))
        assert phonenumbers.is_valid_number(number) or not usual.match(one)


@given(st.from_regex(r"\+(55|52|521|54|549|593|1)[0-9]{7,11}", fullmatch=True))
def test_the_digit_that_comes_and_goes_is_left_out_alone(number: str) -> None:
    patterns = (r"(\+55[1-9]\d)9(\d{8})", r"(\+52)1(\d{10})", r"(\+54)9(\d{10})")
    matches = [re.fullmatch(one, number) for one in patterns]
    wanted = next((one[1] + one[2] for one in matches if one), number)
    found = match_form(number)
    assert found == wanted or found is None and number.endswith(number[-1] * 4)
