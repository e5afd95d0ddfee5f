"""What merges made of fields, and how it is taken out again."""

from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from customers.golden import Golden
from customers.layers import Layer, Sheet, Stack, Token, entries_json, entries_of, lay, take_out

NAMES = ("name", "email", "phone", "notes")
WHEN = "2026-01-01T00:00:00+00:00"


def link(number: int) -> list[object]:
    return ["link", number, None, WHEN]


def person(number: int) -> list[object]:
    return ["person", number, None, WHEN]


def sheet(number: int, source: list[object] | None = None, **values: object) -> Sheet:
    return Sheet(Golden(number, dict(values), {"*": source or link(number)}))


def stack(*sheets: Sheet) -> Stack:
    return Stack({one.golden.id: one for one in sheets})


def merged(found: Stack, number: int, survivor: int, other: int, *taken: str) -> Layer:
    layer = Layer(number, survivor, other)
    lay(found, layer, taken)
    return layer


def state(found: Stack) -> dict[int, object]:
    """Everything that a customer is, the order in lists apart."""
    return {
        number: (
            one.golden.values,
            one.golden.provenance,
            sorted(map(repr, one.items())),
            one.pins,
        )
        for number, one in found.sheets.items()
    }


def test_the_survivor_takes_what_was_chosen_with_its_source() -> None:
    found = stack(sheet(1, email="a@example.com"), sheet(2, email="b@example.com", notes="vip"))
    merged(found, 1, 1, 2, "email")
    one = found.sheets[1]
    assert one.token("email") == Token("b@example.com", link(2))
    assert one.golden.value("notes") == ""


def test_what_a_person_typed_is_kept_beside() -> None:
    found = stack(
        sheet(1, person(1), email="a@example.com", name={"given": "Ana"}),
        sheet(2, person(1), email="b@example.com", name={"full": "Anita"}, phone="+5931"),
    )
    merged(found, 1, 1, 2, "email")
    assert found.sheets[1].golden.others == {
        "emails": ["a@example.com"],
        "phones": ["+5931"],
        "names": ["Anita"],
    }


def test_a_field_that_was_edited_since_stays_where_it_was_edited() -> None:
    found = stack(sheet(1, email="a@example.com"), sheet(2, email="b@example.com"))
    layer = merged(found, 1, 1, 2, "email")
    found.sheets[1].golden.set("email", "c@example.com", person(1))
    take_out(found, layer)
    assert found.sheets[1].golden.value("email") == "c@example.com"
    assert found.sheets[2].golden.value("email") == "b@example.com"


def test_a_layer_under_another_leaves_the_other_what_it_took() -> None:
    found = stack(sheet(1, email="a@x.org"), sheet(2, email="b@x.org"), sheet(3, email="c@x.org"))
    first = merged(found, 1, 1, 2, "email")
    second = merged(found, 2, 1, 3, "email")
    take_out(found, first)
    assert found.sheets[1].golden.value("email") == "c@x.org"
    take_out(found, second)
    assert found.sheets[1].golden.value("email") == "a@x.org"


def test_a_field_left_empty_is_filled_by_who_is_still_there() -> None:
    found = stack(sheet(1), sheet(2, email="b@x.org"), sheet(3, email="c@x.org"))
    first = merged(found, 1, 1, 2, "email")
    second = merged(found, 2, 1, 3)
    take_out(found, first)
    assert found.sheets[1].golden.value("email") == "c@x.org"
    take_out(found, second)
    assert found.sheets[1].golden.value("email") == ""


def test_a_value_that_was_merged_on_goes_back_all_the_way() -> None:
    found = stack(sheet(1, email="a@x.org"), sheet(2, email="b@x.org"), sheet(3, email="c@x.org"))
    inner = merged(found, 1, 2, 3, "email")
    merged(found, 2, 1, 2, "email")
    assert found.sheets[1].golden.value("email") == "c@x.org"
    take_out(found, inner)
    assert found.sheets[1].token("email") == Token("b@x.org", link(2))


def test_who_stands_for_whom() -> None:
    found = stack(*(sheet(number) for number in (1, 2, 3, 4)))
    merged(found, 1, 2, 3)
    merged(found, 2, 1, 2)
    assert (found.root(3), found.root(4)) == (1, 4)
    assert found.family(1) == {1, 2, 3}
    assert [layer.id for layer in found.path(3)] == [1, 2]


words = st.sampled_from(["", "a", "b", "c"])
sources = st.sampled_from(["link", "person"])


@st.composite
def families(draw: st.DrawFn) -> tuple[Stack, list[tuple[int, int, list[str]]]]:
    """Customers, and a sequence of merges of them: survivor, merged, fields taken."""
    size = draw(st.integers(2, 6))
    found = Stack()
    for number in range(1, size + 1):
        values = {
            name: ({"full": text} if name == "name" else text)
            for name in NAMES
            if (text := draw(words))
        }
        kinds = {name: draw(sources) for name in NAMES}
        one = Sheet(Golden(number, values, {"*": [draw(sources), number, None, WHEN]}))
        for name, kind in kinds.items():
            if draw(st.booleans()):
                one.golden.provenance[name] = [kind, number, None, name]
        if draw(st.booleans()):
            one.golden.others["emails"] = [draw(st.sampled_from("abc"))]
        if draw(st.booleans()):
            one.pins["phone"] = [number, WHEN, ""]
            one.ignored["phone"] = [[draw(st.sampled_from("ab")), 1, WHEN, ""]]
        found.sheets[number] = one
    standing = list(found.sheets)
    merges = []
    while len(standing) > 1 and draw(st.integers(0, 9)):
        survivor, other = draw(st.permutations(standing))[:2]
        merges.append((survivor, other, draw(st.lists(st.sampled_from(NAMES), unique=True))))
        standing.remove(other)
    return found, merges


@settings(max_examples=600)
@given(families(), st.randoms(use_true_random=False))
def test_merges_undone_in_any_order_give_everything_back(
    drawn: tuple[Stack, list[tuple[int, int, list[str]]]], chance: object
) -> None:
    found, merges = drawn
    before = deepcopy(state(found))
    for number, (survivor, other, taken) in enumerate(merges, 1):
        merged(found, number, survivor, other, *taken)
    layers = list(found.layers.values())
    chance.shuffle(layers)  # type: ignore[attr-defined]
    for layer in layers:
        take_out(found, layer)
    assert state(found) == before


@settings(max_examples=300)
@given(families(), st.randoms(use_true_random=False))
def test_which_of_two_layers_goes_first_changes_nothing(
    drawn: tuple[Stack, list[tuple[int, int, list[str]]]], chance: object
) -> None:
    found, merges = drawn
    for number, (survivor, other, taken) in enumerate(merges, 1):
        merged(found, number, survivor, other, *taken)
    gone = sorted(found.layers)[: len(found.layers) // 2 + 1]
    ends = []
    for _ in range(2):
        copy = deepcopy(found)
        chance.shuffle(gone)  # type: ignore[attr-defined]
        for number in gone:
            take_out(copy, copy.layers[number])
        ends.append(state(copy))
    assert ends[0] == ends[1]


@given(families())
def test_a_merges_row_keeps_its_layer(
    drawn: tuple[Stack, list[tuple[int, int, list[str]]]],
) -> None:
    found, merges = drawn
    for number, (survivor, other, taken) in enumerate(merges, 1):
        layer = merged(found, number, survivor, other, *taken)
        assert entries_of(entries_json(layer)) == layer.entries
