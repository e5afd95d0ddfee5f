"""Phone numbers: one stored form (E.164), one matching form. Pure."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat


def e164(written: str, region: str) -> str:
    """The number in E.164, read as a local one of `region`; as written when it is none.

    Vendors drop the plus of a whole number, so one that is not valid in its region is
    tried as an international one before it is kept as merely possible.
    """
    text = written.strip()
    if not text:
        return ""
    bare = re.sub(r"[^0-9]", "", text)
    if len(bare) > 20:
        return text
    local = _parse(text, region)
    if local is not None and phonenumbers.is_valid_number(local):
        return phonenumbers.format_number(local, PhoneNumberFormat.E164)
    if len(bare) >= 10:
        whole = _parse(f"+{bare}", None)
        if whole is not None and phonenumbers.is_valid_number(whole):
            return phonenumbers.format_number(whole, PhoneNumberFormat.E164)
        if re.fullmatch(r"521\d{10}", bare):
            return f"+{bare}"
    if local is not None and phonenumbers.is_possible_number(local):
        return phonenumbers.format_number(local, PhoneNumberFormat.E164)
    return text


def match_form(number: str) -> str | None:
    """The form in which numbers are matched, None when it is no number to match by.

    Brazil's ninth digit, Mexico's 1 and Argentina's 9 come and go between vendors, so
    the matching form leaves them out.
    """
    if not re.fullmatch(r"\+[0-9]{8,15}", number):
        return None
    if _placeholder(number):
        return None
    for pattern, kept in _VARIANTS:
        number = pattern.sub(kept, number)
    return number


_VARIANTS = (
    (re.compile(r"^\+55([1-9]\d)9(\d{8})$"), r"+55\1\2"),
    (re.compile(r"^\+521(\d{10})$"), r"+52\1"),
    (re.compile(r"^\+549(\d{10})$"), r"+54\1"),
)


def _placeholder(number: str) -> bool:
    """All one digit behind a country code of one to three digits, or behind an area code."""
    return any(len(set(number[start:])) == 1 for start in (2, 3, 4, -8))


def _parse(text: str, region: str | None) -> "phonenumbers.PhoneNumber | None":
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=1024)
def formatted(number: str) -> str:
    """For people: spaced as the country does it."""
    parsed = _parse(number, None)
    if parsed is None:
        return number
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


def country_of(number: str) -> str:
    """The country (alpha-2) of an E.164 number's code, `""` when there is none."""
    if not number.startswith("+"):
        return ""
    for length in (3, 2, 1):
        code = number[1 : 1 + length]
        regions = (
            phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if code.isdigit() else None
        )
        if regions:
            return str(regions[0])
    return ""
