import pytest

from connectors.records import CustomerRecord, Name


@pytest.mark.parametrize(
    ("name", "joined", "parted"),
    [
        (Name("Ana", "Suárez"), "Ana Suárez", ("Ana", "Suárez")),
        (Name("Ana"), "Ana", ("Ana", "")),
        (Name(family="Suárez"), "Suárez", ("", "Suárez")),
        (Name(full="Ana María Suárez"), "Ana María Suárez", ("Ana", "María Suárez")),
        (Name(full="Ana"), "Ana", ("Ana", "")),
        (Name(), "", ("", "")),
    ],
)
def test_a_name_is_joined_and_parted(name: Name, joined: str, parted: tuple[str, str]) -> None:
    assert (name.joined, name.parted) == (joined, parted)


def test_what_a_vendor_did_not_say_is_none() -> None:
    record = CustomerRecord(external_id="0")
    assert record.name is None
    assert record.email is None
    assert record.owned == {}
