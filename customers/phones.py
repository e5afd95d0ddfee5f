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
    plain = _plain_local(text, region)
    if plain:
        return plain
    bare = re.sub(r"[^0-9]", "", text)
    if len(bare) > 20:
        return text
    local = _parse(text, region)
    if local is not None and phonenumbers.is_valid_number(local):
        return phonenumbers.format_number(local, PhoneNumberFormat.E164)
    whole = _parse(f"+{bare}", None) if len(bare) >= 10 else None
    if whole is not None and phonenumbers.is_valid_number(whole):
        return phonenumbers.format_number(whole, PhoneNumberFormat.E164)
    if re.fullmatch(r"521\d{10}", bare):
        return f"+{bare}"
    for possible in (local, whole if len(bare) > 10 else None):
        if possible is not None and phonenumbers.is_possible_number(possible):
            number = phonenumbers.format_number(possible, PhoneNumberFormat.E164)
            if _parse(number, None) == possible:  # leading zeros are read otherwise next time
                return number
    return text


def _plain_local(text: str, region: str) -> str:
    """The E.164 form of a valid number of `region` that needs no parsing, else `""`: digits
    and usual punctuation, the country code with its plus or not at all, and nothing that
    the country's prefixes could take away. The same as parsing it, at a quarter of the cost.
    """
    home = _home(region)
    if home is None:
        return ""
    code, prefix = home
    digits = text.translate(_PUNCTUATION)
    national = digits.removeprefix(f"+{code}")
    if not (national.isascii() and national.isdigit()) or national[0] == "0" or len(national) > 15:
        return ""
    found = prefix.match(national) if prefix else None
    if found is not None and found.end() > 0:
        return ""
    number = phonenumbers.PhoneNumber(country_code=code, national_number=int(national))
    return f"+{code}{national}" if phonenumbers.is_valid_number(number) else ""


_PUNCTUATION = str.maketrans("", "", " -().")


@lru_cache(maxsize=256)
def _home(region: str) -> "tuple[int, re.Pattern[str] | None] | None":
    """A region's country code and the pattern of what parsing strips from its numbers."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.country_code is None:
        return None
    prefix = metadata.national_prefix_for_parsing
    return metadata.country_code, re.compile(prefix) if prefix else None


def match_form(number: str) -> str | None:
    """The form in which numbers are matched, None when it is no number to match by.

    Brazil's ninth digit, Mexico's 1 and Argentina's 9 come and go between vendors, so
    the matching form leaves them out.
    """
    if not _E164.fullmatch(number) or _placeholder(number):
        return None
    variant = _VARIANTS.get(number[:3])
    return variant[0].sub(variant[1], number) if variant else number


_E164 = re.compile(r"\+[0-9]{8,15}")
_VARIANTS = {
    "+55": (re.compile(r"^\+55([1-9]\d)9(\d{8})$"), r"+55\1\2"),
    "+52": (re.compile(r"^\+521(\d{10})$"), r"+52\1"),
    "+54": (re.compile(r"^\+549(\d{10})$"), r"+54\1"),
}


def _placeholder(number: str) -> bool:
    """All one digit behind a country code of one to three digits, or behind an area code."""
    if not number.endswith(number[-1] * 4):
        return False
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


NOWHERE = "001"  # the region of numbers that are the whole world's: +800, +883, ...


def country_of(number: str) -> str:
    """The country (alpha-2) of an E.164 number's code, `""` when there is none."""
    if not number.startswith("+"):
        return ""
    for length in (3, 2, 1):
        code = number[1 : 1 + length]
        regions = (
            phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))
            if code.isascii() and code.isdigit()
            else None
        )
        if regions:
            return str(regions[0]) if regions[0] != NOWHERE else ""
    return ""
