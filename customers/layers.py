"""What merges made of customers' fields, layer upon layer, and how one layer is taken out. Pure.

A merge lays a *layer* upon its survivor: what each field was before and is after it, and what
was put beside the fields. A field goes back to what it was only if it still is what the layer
made of it; otherwise it was edited since, and stays. A layer may lie under others, and its
survivor may have been merged on: what came from the layer is then replaced in those too, so
that layers may be taken out in any order.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, field

from customers.golden import BESIDE, EVERYTHING, Golden
from customers.values import EMPTY, Value, joined_name

Source = list[Any]
Item = tuple[str, str, Any]
"""A value beside the fields: `others` or `ignored`, the name of its list there, the value."""


class Token(Struct, frozen=True):
    """A field's value with where it came from and its pin. `source` None: the customer's
    source for everything not named."""

    value: Value = EMPTY
    source: Source | None = None
    pin: list[Any] | None = None


class Entry(Struct):
    """A field in a layer."""

    before: Token = Token()
    after: Token = Token()


class Sheet(Struct):
    """A customer's fields, as merging and unmerging change them."""

    golden: Golden
    pins: dict[str, list[Any]] = field(default_factory=dict)
    ignored: dict[str, list[Any]] = field(default_factory=dict)

    def token(self, name: str) -> Token:
        golden = self.golden
        return Token(golden.value(name), golden.provenance.get(name), self.pins.get(name))

    def offered(self, name: str) -> Token:
        """The token as another customer may take it."""
        return Token(self.golden.value(name), self.golden.source(name), self.pins.get(name))

    def put(self, name: str, token: Token) -> None:
        _set(self.golden.values, name, None if token.value == EMPTY else token.value)
        _set(self.golden.provenance, name, token.source)
        _set(self.pins, name, token.pin)
        self.golden.dirty = True

    def names(self) -> set[str]:
        return {*self.golden.values, *self.golden.provenance, *self.pins} - {EVERYTHING}

    def by_person(self, token: Token) -> bool:
        source = token.source or self.golden.provenance.get(EVERYTHING) or [""]
        return bool(source[0] == "person")

    def items(self) -> list[Item]:
        """Everything that is kept beside the fields."""
        return [
            (group, name, one)
            for group, lists in (("others", self.golden.others), ("ignored", self.ignored))
            for name, kept in lists.items()
            for one in kept
        ]

    def add(self, item: Item) -> None:
        self._lists(item).setdefault(item[1], []).append(item[2])
        self.golden.dirty = True

    def remove(self, item: Item) -> None:
        lists = self._lists(item)
        kept = [one for one in lists.get(item[1], ()) if one != item[2]]
        _set(lists, item[1], kept or None)
        self.golden.dirty = True

    def _lists(self, item: Item) -> dict[str, list[Any]]:
        return self.golden.others if item[0] == "others" else self.ignored


class Layer(Struct):
    """A standing merge. Ids grow with time. `gained`: what it put beside the survivor's
    fields. `links`: those that moved."""

    id: int
    survivor: int
    merged: int
    entries: dict[str, Entry] = field(default_factory=dict)
    gained: list[Item] = field(default_factory=list)
    links: list[int] = field(default_factory=list)

    def entry(self, name: str) -> Entry:
        return self.entries.setdefault(name, Entry())


class Stack(Struct):
    """Customers and the layers that stand between them, whole families of them."""

    sheets: dict[int, Sheet] = field(default_factory=dict)
    layers: dict[int, Layer] = field(default_factory=dict)

    def upon(self, owner: int, after: int = 0) -> Iterator[Layer]:
        """The layers upon a customer that are younger than `after`, oldest first."""
        for layer_id in sorted(self.layers):
            if layer_id > after and self.layers[layer_id].survivor == owner:
                yield self.layers[layer_id]

    def above(self, owner: int) -> Layer | None:
        """The layer by which a customer was merged, None where it stands for itself."""
        return next((one for one in self.layers.values() if one.merged == owner), None)

    def path(self, owner: int) -> list[Layer]:
        """The layers by which a customer reaches the one that stands for it, in order."""
        found: list[Layer] = []
        layer = self.above(owner)
        while layer is not None:
            found.append(layer)
            layer = self.above(layer.survivor)
        return found

    def root(self, owner: int) -> int:
        """The customer that stands for this one."""
        path = self.path(owner)
        return path[-1].survivor if path else owner

    def family(self, owner: int) -> set[int]:
        """A customer with all that were merged into it."""
        found = {owner}
        for layer in self.upon(owner):
            found |= self.family(layer.merged)
        return found


def lay(stack: Stack, layer: Layer, taken: Iterable[str]) -> None:
    """Merge `layer.merged` into `layer.survivor`, which takes the fields named, where
    they have a value: a merge empties nothing."""
    survivor, merged = stack.sheets[layer.survivor], stack.sheets[layer.merged]
    wanted = set(taken)
    for name in sorted(survivor.names() | merged.names()):
        before = survivor.token(name)
        if name in wanted and merged.golden.value(name) != EMPTY:
            survivor.put(name, merged.offered(name))
        layer.entries[name] = Entry(before, survivor.token(name))
    stack.layers[layer.id] = layer
    _gain(stack, layer)


def take_out(stack: Stack, layer: Layer) -> None:
    """Undo a merge, whatever stands upon it."""
    del stack.layers[layer.id]
    for name, entry in layer.entries.items():
        if entry.before != entry.after:
            _replace(stack, layer.survivor, layer.id, name, entry.after, entry.before)
    for item in layer.gained:
        _drop(stack, layer.survivor, layer.id, item)
    for owner in (layer.survivor, *(one.survivor for one in stack.path(layer.survivor))):
        _tidy(stack, owner)


def _tidy(stack: Stack, owner: int) -> None:
    """What the layers upon a customer brought beside its fields, after some fields changed."""
    for layer in stack.upon(owner):
        offered = _offered(stack, layer)
        for item in [one for one in layer.gained if one not in offered]:
            layer.gained.remove(item)
            _drop(stack, owner, layer.id, item)
        _gain(stack, layer)


def _replace(stack: Stack, owner: int, after: int, name: str, old: Token, new: Token) -> None:
    """Put one token in another's place wherever it came to from `owner`, as it stood after
    the layer `after`."""
    for layer in stack.upon(owner, after):
        entry = layer.entry(name)
        if entry.before != old:
            return
        entry.before = new
        if entry.after != old:
            return
        if new.value == EMPTY:
            offered = stack.sheets[layer.merged].offered(name)
            new = new if offered.value == EMPTY else offered
        entry.after = new
    sheet = stack.sheets[owner]
    if sheet.token(name) != old:
        return
    sheet.put(name, new)
    above = stack.above(owner)
    if above is None:
        return
    entry = above.entry(name)
    if entry.after == old and entry.before != old:
        entry.after = entry.before if new.value == EMPTY else sheet.offered(name)
        _replace(stack, above.survivor, above.id, name, old, entry.after)


def _gain(stack: Stack, layer: Layer) -> None:
    """Put beside the survivor's fields what the layer brings and is not there."""
    survivor = stack.sheets[layer.survivor]
    there = survivor.items()
    for item in _offered(stack, layer):
        if item not in there and item not in layer.gained:
            survivor.add(item)
            layer.gained.append(item)


def _drop(stack: Stack, owner: int, after: int, item: Item) -> None:
    """Take away what a layer put beside the fields, unless a younger one brings it too."""
    for layer in stack.upon(owner, after):
        if item in layer.gained:
            return
        if item in _offered(stack, layer):
            layer.gained.append(item)
            return
    stack.sheets[owner].remove(item)


def _offered(stack: Stack, layer: Layer) -> list[Item]:
    """What a layer brings beside the fields: all that the merged customer had there, and what
    a person had typed and did not become, or did not stay, the survivor's own value."""
    survivor, merged = stack.sheets[layer.survivor], stack.sheets[layer.merged]
    found = merged.items()
    for name in (*BESIDE, *NAMES):
        entry, offered = layer.entry(name), merged.offered(name)
        if merged.by_person(offered) and entry.after != offered:
            found += _beside(name, offered.value)
        if survivor.by_person(entry.before) and entry.after != entry.before:
            found += _beside(name, entry.before.value)
    return [item for place, item in enumerate(found) if item not in found[:place]]


NAMES = ("name", "company_name")


def _beside(name: str, value: Value) -> list[Item]:
    if value == EMPTY:
        return []
    if name in NAMES:
        return [("others", "names", joined_name(value) if name == "name" else value)]
    return [("others", BESIDE[name], value)]


def _set(kept: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        kept.pop(name, None)
    else:
        kept[name] = value


# As a merge's row keeps it


def entries_json(layer: Layer) -> dict[str, list[Any]]:
    """`Merge.changes` of a layer."""
    found = {}
    for name, entry in layer.entries.items():
        before, after = entry.before, entry.after
        pins = [before.pin, after.pin] if before.pin or after.pin else []
        found[name] = [before.value, after.value, before.source, after.source, *pins]
    return found


def entries_of(changes: dict[str, list[Any]]) -> dict[str, Entry]:
    """The entries that `Merge.changes` keeps."""
    return {
        name: Entry(
            Token(kept[0], kept[2], kept[4] if len(kept) > 4 else None),
            Token(kept[1], kept[3], kept[5] if len(kept) > 4 else None),
        )
        for name, kept in changes.items()
    }
