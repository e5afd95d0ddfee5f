"""Identity documents of invented people, with check digits that hold.

Each maker takes a number that no other person has and gives (type, number).
"""

from collections.abc import Callable
from datetime import date
from typing import Protocol

from stdnum.ar import cuit
from stdnum.br import cnpj
from stdnum.cl import rut as cl_rut
from stdnum.co import nit
from stdnum.mx import curp, rfc
from stdnum.pe import ruc as pe_ruc

Document = tuple[str, str]

_SPREAD = 7_368_787  # a prime that divides no power of ten: neighbours lie far apart


def spread(number: int, size: int) -> int:
    """A number below `size`, another for each `number` below it."""
    return number * _SPREAD % size


def cpf(number: int) -> str:
    base = f"{spread(number, 10**9):09d}"
    first = _mod_11(base, range(10, 1, -1))
    return f"{base}{first}{_mod_11(f'{base}{first}', range(11, 1, -1))}"


def cedula_ec(number: int, province: str) -> str:
    base = f"{province}{spread(number, 5_999_989):07d}"
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(base))
    return f"{base}{-sum(value - 9 if value > 9 else value for value in doubled) % 10}"


def ruc_ec(number: int, province: str) -> str:
    """A company's: the sums for which no check digit exists are passed over."""
    base = spread(number, 499_979) * 2
    while (check := -_weighed(f"{province}9{base:06d}", (4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) > 9:
        base += 1
    return f"{province}9{base:06d}{check}001"


def cedula_uy(number: int) -> str:
    base = f"{1_000_000 + spread(number, 4_999_999):07d}"
    return f"{base}{-_weighed(base, (2, 9, 8, 7, 6, 3, 4)) % 10}"


def curp_of(number: int, names: str, born: date, female: bool) -> str:
    """`names`: at least four letters from the person's names."""
    sex, mark = ("M" if female else "H"), ("0" if born.year < 2000 else "A")
    base = f"{names[:4]}{born:%y%m%d}{sex}DF{_letters(number, 3)}{mark}"
    found = base + str(curp.calc_check_digit(base))
    if curp.is_valid(found):
        return found
    # The letters spell an ugly word: the registry puts an X into it, and so do we.
    return curp_of(number, f"{names[0]}X{names[2:]}", born, female)


def rfc_of(number: int) -> str:
    """A company's: three letters, its day of foundation, two letters, a check digit."""
    letters = _letters(number, 5)
    base = f"{letters[:3]}{date.fromordinal(725_000 + number % 9_000):%y%m%d}{letters[3:]}"
    return base + str(rfc.calc_check_digit(base))


def of_person(
    country: str, number: int, province: str, names: str, born: date, female: bool
) -> Document:
    """The document that people of a country show first."""
    makers: dict[str, Callable[[], Document]] = {
        "BR": lambda: ("cpf", cpf(number)),
        "EC": lambda: ("cedula", cedula_ec(number, province)),
        "AR": lambda: ("dni", str(10_000_000 + spread(number, 38_000_000))),
        "MX": lambda: ("curp", curp_of(number, names, born, female)),
        "CO": lambda: ("cedula", str(1_000_000_000 + spread(number, 200_000_000))),
        "CL": lambda: ("rut", _checked(str(5_000_000 + spread(number, 20_000_000)), cl_rut)),
        "PE": lambda: ("dni", str(10_000_000 + spread(number, 60_000_000))),
        "UY": lambda: ("cedula", cedula_uy(number)),
    }
    return makers[country]() if country in makers else ("passport", f"C{spread(number, 10**8):08d}")


def of_company(country: str, number: int, province: str) -> Document:
    """The number under which companies of a country pay their taxes."""
    makers: dict[str, Callable[[], Document]] = {
        "BR": lambda: ("cnpj", _cnpj(number)),
        "EC": lambda: ("ruc", ruc_ec(number, province)),
        "AR": lambda: ("cuit", _checked(f"30{50_000_000 + spread(number, 49_999_999)}", cuit)),
        "MX": lambda: ("rfc", rfc_of(number)),
        "CO": lambda: ("nit", _checked(str(800_000_000 + spread(number, 190_000_000)), nit)),
        "CL": lambda: ("rut", _checked(str(76_000_000 + spread(number, 3_000_000)), cl_rut)),
        "PE": lambda: ("ruc", _checked(f"20{spread(number, 10**8):08d}", pe_ruc)),
        "UY": lambda: ("rut", _rut_uy(number)),
    }
    return makers[country]() if country in makers else ("voen", _voen(number))


def _letters(number: int, count: int) -> str:
    code = spread(number, 22**count)
    return "".join(chr(ord("A") + code // 22**place % 22) for place in range(count))


def _cnpj(number: int) -> str:
    base = f"{spread(number, 10**8):08d}0001"
    return base + str(cnpj.calc_check_digits(base))


def _voen(number: int) -> str:
    """Its last digit says that it is a company; a sum of ten has no check digit."""
    base = spread(number, 10**6) * 10
    while (check := _weighed(f"{base:08d}", (4, 1, 8, 6, 2, 7, 5, 3)) % 11) > 9:
        base += 1
    return f"{base:08d}{check}1"


def _rut_uy(number: int) -> str:
    base = 10 + spread(number, 99_991) * 10
    while (check := -_weighed(f"21{base:06d}001", (4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) % 11) > 9:
        base += 1
    return f"21{base:06d}001{check}"


class _Checking(Protocol):
    """What a module with a check digit offers."""

    def calc_check_digit(self, number: str) -> str: ...


def _checked(base: str, module: _Checking) -> str:
    return f"{base}{module.calc_check_digit(base)}"


def _weighed(base: str, weights: tuple[int, ...] | range) -> int:
    return sum(int(digit) * weight for digit, weight in zip(base, weights, strict=True))


def _mod_11(base: str, weights: range) -> int:
    return _weighed(base, weights) * 10 % 11 % 10
