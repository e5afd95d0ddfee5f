"""Which kind of document a number is, and whether it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.br import cpf

from customers.documents import _is_cpf, classify, placeholder
from tests.customers.strategies import regions, texts


@pytest.mark.parametrize(
    ("kind", "number", "country", "region", "found"),
    [
        ("cpf", "529.982.247-25", "", "BR", ("cpf", "52998224725", "BR", "valid")),
        ("CPF", "52998224725", "", "EC", ("cpf", "52998224725", "BR", "valid")),
        ("cnpj", "11.222.333/0001-81", "", "BR", ("cnpj", "11222333000181", "BR", "valid")),
        ("cnpj", "12.ABC.345/01DE-35", "", "BR", ("cnpj", "12ABC34501DE35", "BR", "valid")),
        ("cedula", "171003406-5", "", "EC", ("cedula", "1710034065", "EC", "valid")),
        ("Cédula", "1710034065", "", "EC", ("cedula", "1710034065", "EC", "valid")),
        ("ruc", "1710034065001", "", "EC", ("ruc", "1710034065001", "EC", "valid")),
        ("cuit", "20-05536168-2", "", "AR", ("cuit", "20055361682", "AR", "valid")),
        ("dni", "20.123.456", "", "AR", ("dni", "20123456", "AR", "valid")),
        ("rut", "12.531.909-2", "CL", "AR", ("rut", "125319092", "CL", "valid")),
        ("rut", "21-100342-001-7", "UY", "AR", ("rut", "211003420017", "UY", "valid")),
        ("pasaporte", "ab 123457", "", "EC", ("passport", "AB123457", "EC", "valid")),
        ("", "529.982.247-25", "", "BR", ("cpf", "52998224725", "BR", "valid")),
        ("RUC/CI", "1710034065", "", "EC", ("cedula", "1710034065", "EC", "valid")),
        ("otro", "1710034065001", "", "EC", ("ruc", "1710034065001", "EC", "valid")),
    ],
)
def test_a_document_that_holds_is_kept_compact(
    kind: str, number: str, country: str, region: str, found: tuple[str, ...]
) -> None:
    assert classify(kind, number, country, region) == found


@pytest.mark.parametrize(
    ("kind", "number", "region"),
    [
        ("cpf", "529.982.247-26", "BR"),
        ("cpf", "111.111.111-11", "BR"),  # its check digits hold
        ("cpf", "000.000.000-00", "BR"),
        ("cpf", "123.456.789-09", "BR"),  # so do these, in every manual
        ("cpf", "987.654.321-00", "BR"),
        ("cnpj", "00.000.000/0000-00", "BR"),
        ("cedula", "1710034066", "EC"),
        ("cedula", "9999999999", "EC"),
        ("ruc", "9999999999999", "EC"),
        ("dni", "12345678", "AR"),
        ("dni", "99999999", "AR"),
        ("dni", "123", "AR"),
        ("passport", "no tiene", "EC"),
        ("passport", "-", "EC"),
        ("passport", "ABCDEFGH", "EC"),
    ],
)
def test_one_that_does_not_hold_is_kept_as_written_and_called_invalid(
    kind: str, number: str, region: str
) -> None:
    _, kept, _, verdict = classify(kind, number, "", region)
    assert (kept, verdict) == (number, "invalid")


def test_a_kind_that_nobody_can_check_is_called_unchecked() -> None:
    assert classify("libreta", "ABC-17", "", "EC") == ("libreta", "ABC-17", "EC", "unchecked")
    assert classify("", "ABC-17", "", "EC") == ("", "ABC-17", "EC", "unchecked")


def test_a_kind_that_is_a_whole_sentence_fits_its_column() -> None:
    kind, *_ = classify("whatever the shop's clerk wrote here instead of a kind", "1", "", "AR")
    assert len(kind) <= 40


def test_the_countrys_own_check_is_used() -> None:
    assert classify("ruc", "20512333797", "PE", "EC")[3] == "valid"
    assert classify("ruc", "20512333797", "", "EC")[3] == "invalid"


@given(st.sampled_from(["", "cpf", "cedula", "ruc", "rut", "dni", "passport"]), texts, regions)
def test_classifying_again_changes_nothing(kind: str, number: str, region: str) -> None:
    once = classify(kind, number, "", region)
    assert classify(once[0], once[1], once[2], once[2]) == once


@given(st.integers(0, 999_999_999))
def test_every_cpf_with_its_check_digits_holds_however_it_is_written(body: int) -> None:
    numbers = [int(digit) for digit in f"{body:09d}"]
    for weight in (10, 11):
        rest = sum((weight - at) * digit for at, digit in enumerate(numbers)) * 10 % 11 % 10
        numbers.append(rest)
    bare = "".join(map(str, numbers))
    dotted = f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}-{bare[9:]}"
    expected = "invalid" if placeholder(bare) else "valid"
    assert classify("cpf", bare, "", "BR")[3] == expected
    assert classify("cpf", dotted, "", "BR")[3] == expected


@given(st.text("0123456789", min_size=9, max_size=9), st.text("0123456789", max_size=2))
def test_a_cpf_is_told_as_the_library_tells_it(nine: str, end: str) -> None:
    right = next((one for one in map("{:02}".format, range(100)) if cpf.is_valid(nine + one)), "")
    for bare in (nine + right, nine + end, nine + end.zfill(2)):
        assert _is_cpf(bare) == (cpf.is_valid(bare) and cpf.compact(bare) == bare)


@pytest.mark.parametrize("bare", ["", "00000000000", "5299822472", "529982247255", "5299822472x"])
def test_what_is_no_cpf_is_none(bare: str) -> None:
    assert not _is_cpf(bare)
    assert _is_cpf("52998224725")
