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
    code, prefix, usual = home
    digits = text.translate(_PUNCTUATION)
    national = digits.removeprefix(f"+{code}")
    if not (national.isascii() and national.isdigit()) or national[0] == "0" or len(national) > 15:
        return ""
    found = prefix.match(national) if prefix else None
    if found is not None and found.end() > 0:
        return ""
    if usual is None or not usual.match(national):
        number = phonenumbers.PhoneNumber(country_code=code, national_number=int(national))
        if not phonenumbers.is_valid_number(number):
            return ""
    return f"+{code}{national}"


_PUNCTUATION = str.maketrans("", "", " -().")


Pattern = re.Pattern[str]


@lru_cache(maxsize=256)
def _home(region: str) -> tuple[int, Pattern | None, Pattern | None] | None:
    """A region's country code, the pattern of what parsing strips from its numbers, and that of
    its usual ones."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.country_code is None:
        return None
    prefix = metadata.national_prefix_for_parsing
    code = metadata.country_code
    return code, re.compile(prefix) if prefix else None, _usual(code, metadata)


def _usual(code: int, metadata: phonenumbers.PhoneMetadata) -> Pattern | None:
    """What the fixed lines and mobiles of a region fit that shares its country code with none:
    they are valid. Of any other number the library is asked."""
    if len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]) > 1:
        return None
    general, *lines = map(_fit, (metadata.general_desc, metadata.fixed_line, metadata.mobile))
    known = "|".join(f"(?:{line})" for line in lines if line)
    return re.compile(f"(?={general})(?:{known})") if general and known else None


def _fit(numbers: "phonenumbers.PhoneNumberDesc | None") -> str:
    """The whole of a number of this description, by its length and its digits."""
    if numbers is None or not numbers.national_number_pattern:
        return ""
    lengths = "|".join(rf"[0-9]{{{length}}}\Z" for length in numbers.possible_length if length > 0)
    return rf"(?={lengths})(?:{numbers.national_number_pattern})\Z" if lengths else ""


def match_form(number: str) -> str | None:
    """The form in which numbers are matched, None when it is no number to match by.

    Brazil's ninth digit, Mexico's 1 and Argentina's 9 come and go between vendors, so
    the matching form leaves them out.
    """
    if not _E164.fullmatch(number) or _placeholder(number):
        return None
    digit, at = _MORE.get(number[:3], ("", 0))
    if digit and len(number) == 14 and number[at] == digit and (at == 3 or number[3] != "0"):
        return number[:at] + number[at + 1 :]
    return number


_E164 = re.compile(r"\+[0-9]{8,15}")
# The digit that comes and goes, and where it stands: in Brazil behind the area code.
_MORE = {"+55": ("9", 5), "+52": ("1", 3), "+54": ("9", 3)}


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
