"""Identity documents: which kind a number is, and whether its check digits hold. Pure."""

import re
from operator import mul
from typing import Any, Literal

from stdnum import exceptions
from stdnum.ar import cuit
from stdnum.ar import dni as ar_dni
from stdnum.br import cnpj, cpf
from stdnum.cl import rut as cl_rut
from stdnum.co import nit
from stdnum.cr import cpf as cr_cpf
from stdnum.cr import cpj as cr_cpj
from stdnum.do import cedula as do_cedula
from stdnum.do import rnc
from stdnum.ec import ci
from stdnum.ec import ruc as ec_ruc
from stdnum.mx import curp, rfc
from stdnum.pe import ruc as pe_ruc
from stdnum.py import ruc as py_ruc
from stdnum.uy import rut as uy_rut
from stdnum.ve import rif

from customers.values import digits

_SEPARATORS = str.maketrans("", "", " \t\n\r\xa0./-")

Verdict = Literal["valid", "invalid", "unchecked"]
MAX_KIND = 40  # what its column takes

_CHECKS: dict[tuple[str, str], Any] = {
    ("cpf", "BR"): cpf,
    ("cnpj", "BR"): cnpj,
    ("cedula", "EC"): ci,
    ("ruc", "EC"): ec_ruc,
    ("dni", "AR"): ar_dni,
    ("cuit", "AR"): cuit,
    ("cuil", "AR"): cuit,
    ("rut", "CL"): cl_rut,
    ("rut", "UY"): uy_rut,
    ("ruc", "PE"): pe_ruc,
    ("ruc", "PY"): py_ruc,
    ("nit", "CO"): nit,
    ("cedula", "DO"): do_cedula,
    ("rnc", "DO"): rnc,
    ("cpf", "CR"): cr_cpf,
    ("cpj", "CR"): cr_cpj,
    ("curp", "MX"): curp,
    ("rfc", "MX"): rfc,
    ("rif", "VE"): rif,
}
# Kinds that only one country issues.
_HOME = {"cpf": "BR", "cnpj": "BR", "cuit": "AR", "cuil": "AR", "nit": "CO", "rnc": "DO"}
_HOME |= {"curp": "MX", "rfc": "MX", "rif": "VE"}
# Tried in order where the vendor does not say the kind.
_GUESSES = {
    "BR": ("cpf", "cnpj"),
    "EC": ("cedula", "ruc"),
    "AR": ("cuit",),
    "CL": ("rut",),
    "UY": ("rut",),
    "PE": ("ruc",),
    "PY": ("ruc",),
    "MX": ("curp", "rfc"),
}
_ALIASES = {"cédula": "cedula", "ci": "cedula", "pasaporte": "passport", "passaporte": "passport"}
# No check digit exists; the form is all there is to look at.
_FORMS = {
    "passport": re.compile(r"(?=.*\d)[A-Z0-9]{6,12}"),
    "dni": re.compile(r"\d{7,8}"),
    "cedula": re.compile(r"\d{6,11}"),
}


def classify(kind: str, number: str, country: str, region: str) -> tuple[str, str, str, Verdict]:
    """(type, number, country, verdict) of a document as a vendor wrote it.

    `country` is the vendor's word for it or `""`, `region` where the connection's
    documents are issued. A checked number comes back compact; any other as written.
    """
    kind = _ALIASES.get(kind.strip().lower(), kind.strip().lower())[:MAX_KIND]
    country = country or _HOME.get(kind, region)
    bare = number.translate(_SEPARATORS).upper()
    if placeholder(bare):
        return kind, number, country, "invalid"
    if kind in ("", "otro", "other", "ruc/ci"):
        return _guess(kind, number, country, bare)
    check = _CHECKS.get((kind, country))
    if check is not None:
        compact = _compact(check, bare)
        if compact is not None:
            return kind, compact, country, "valid"
        return kind, number, country, "invalid"
    form = _FORMS.get(kind)
    if form is None:
        return kind, number, country, "unchecked"
    return (
        (kind, bare, country, "valid")
        if form.fullmatch(bare)
        else (kind, number, country, "invalid")
    )


def _guess(kind: str, number: str, country: str, bare: str) -> tuple[str, str, str, Verdict]:
    for guess in _GUESSES.get(country, ()):
        compact = _compact(_CHECKS[guess, country], bare)
        if compact is not None:
            return guess, compact, country, "valid"
    return "", number, country, "unchecked"


def _compact(check: Any, bare: str) -> str | None:
    if check is cpf and _is_cpf(bare):
        return bare
    try:
        return str(check.validate(bare))
    except exceptions.ValidationError:
        return None


def _is_cpf(bare: str) -> bool:
    """Whether eleven digits are plainly a CPF: what `cpf.validate` says of them at a tenth of
    its cost. Brazil's shops have one for nearly everybody. Whatever else is the library's."""
    if len(bare) != 11 or not (bare.isascii() and bare.isdigit()):
        return False
    ones = [ord(one) - 48 for one in bare]
    first = -sum(map(mul, ones, _CPF[1:])) % 11 % 10
    second = -sum(map(mul, ones[:10], _CPF)) % 11 % 10
    return ones[9] == first and ones[10] == second and any(ones)


_CPF = (11, 10, 9, 8, 7, 6, 5, 4, 3, 2)


def placeholder(bare: str) -> bool:
    """Numbers that people type to get past a form: 9999999999, 0000, 1234567890, and those
    of the manuals, whose check digits hold."""
    body = digits(bare)
    if not body:
        return not bare
    if len(set(body)) == 1 or body in ("12345678909", "98765432100"):
        return True
    return body in "01234567890123456789" or body in "98765432109876543210"
