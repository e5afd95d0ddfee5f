"""The search: one normalised column, the same query on every database.

`Customer.search_text` holds, a line each, names without accents, e-mails, and the digits of
phones and documents, of every value known of a customer. Words of a query are ANDed.
"""

import re
from functools import reduce
from operator import and_, or_

from django.db.models import Q, QuerySet

from connectors.registry import vendors
from customers.models import Customer
from customers.phones import e164
from customers.values import digits, fold

MOST_WORDS = 10
LONGEST = 200
SHORT = 2  # letters; so few are looked for at the start of a word


def matching(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """The customers that a person looks for. An empty query leaves all, one without a letter
    or a digit finds none."""
    text = fold(text.replace("\x00", "")[:LONGEST])
    if not text:
        return customers
    wanted = condition(text)
    return customers.none() if wanted is None else customers.filter(wanted)


def condition(text: str) -> Q | None:
    """The filter of a folded query, None when nothing in it can be looked for."""
    if not _has_letters(text):
        return _number(text)
    terms = [term for word in text.split()[:MOST_WORDS] if (term := _word(word)) is not None]
    return reduce(and_, terms) if terms else None


def _word(word: str) -> Q | None:
    if not _has_letters(word):
        return _plain_number(digits(word))
    found = _contains(word)
    bare = re.sub(r"[^0-9a-z]", "", word)
    if bare != word and digits(word) and "@" not in word:
        found |= _contains(bare)  # a document that has letters: 12.345.678-K
    return found


def _number(text: str) -> Q | None:
    """A query of digits and punctuation is one number, in whatever way it is written.

    One that is a whole phone in a vendor's country is also looked for with its country's
    code, and one with leading zeros without them.
    """
    bare = digits(text)
    found = _plain_number(bare)
    if found is None or len(bare) < 7:
        return found
    also = {bare.lstrip("0")} | {digits(e164(text, region)) for region in _regions()}
    return reduce(or_, (_contains(one) for one in sorted(also) if len(one) >= 7), found)


def _plain_number(bare: str) -> Q | None:
    return _contains(bare) if bare else None


def _contains(term: str) -> Q:
    if len(term) > SHORT:
        return Q(search_text__contains=term)
    starts = Q(search_text__startswith=term)
    return starts | Q(search_text__contains=f"\n{term}") | Q(search_text__contains=f" {term}")


def _has_letters(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _regions() -> list[str]:
    return sorted({connector.region for connector in vendors().values()})
