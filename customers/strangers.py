"""Does a known record now speak of somebody else? Pure."""

from collections.abc import Collection

from customers.matching import names_agree
from customers.normalise import Key, Statement
from customers.values import Values, joined_name


def is_stranger(before: Values, known: Collection[Key], after: Statement) -> bool:
    """Whether nothing of who it was is left: no key in common (`known`: those before), and
    names that cannot be one person's. A record without a name is judged by its keys."""
    if set(known) & set(after.keys):
        return False
    ours, theirs = names_in(before), names_in(after.values)
    if not ours or not theirs:
        return bool(known and after.keys)
    return not names_agree(ours, theirs)


def names_in(values: Values) -> set[str]:
    """The names by which values speak of somebody."""
    return {text for text in (joined_name(values.get("name")), values.get("company_name")) if text}
