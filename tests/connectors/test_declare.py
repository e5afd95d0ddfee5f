import pytest

from connectors.declare import Option

FLAG = Option("writes", "Writes", default=False)
CHOICE = Option("body", "Body", default="flat", choices=("flat", "wrapped"))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (True, True), ("true", True), ("Yes", True), ("1", True), ("on", True),
        (False, False), ("OFF", False), ("no", False),
    ],
)  # fmt: skip
def test_a_switch_is_read_from_words(value: object, read: bool) -> None:
    assert FLAG.read(value) is read


@pytest.mark.parametrize("value", ["maybe", "", "2", None])
def test_a_switch_is_nothing_else(value: object) -> None:
    with pytest.raises(ValueError, match="writes must be true or false"):
        FLAG.read(value)


def test_a_choice_is_one_of_its_choices() -> None:
    assert CHOICE.read(" wrapped ") == "wrapped"
    with pytest.raises(ValueError, match="must be one of flat, wrapped"):
        CHOICE.read("square")


def test_a_required_option_is_not_blank() -> None:
    with pytest.raises(ValueError, match="alias is required"):
        Option("alias", "Alias", required=True).read("  ")
