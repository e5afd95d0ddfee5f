"""The search: one normalised column, the same query on every database.

`Customer.search_text` holds, a line each, names without accents, e-mails, and the digits of
phones and documents, of every value known of a customer. Words of a query are ANDed.
"""

import re
from functools import reduce
from operator import and_, or_

from django.db.models import Q, QuerySet

from connectors.registry import vendors
from customers import trigrams  # noqa: F401 registers its look-ups
from customers.models import Customer
from customers.phones import e164
from customers.values import digits, fold

MOST_WORDS = 10
LONGEST = 200
SHORT = 2  # letters; so few are looked for at the start of a word

Wanted = list[tuple[str, ...]]
"""What each word of a query asks for: a text that holds one of the terms."""


def matching(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """The customers that a person looks for. An empty query leaves all, one without a letter
    or a digit finds none."""
    if not _folded(text):
        return customers
    asked = wanted(text)
    return customers.filter(condition(asked)) if asked else customers.none()


def wanted(text: str) -> Wanted:
    """A query taken apart; empty when nothing in it can be looked for."""
    text = _folded(text)
    if not _has_letters(text):
        found = [_number(text)]
    else:
        found = [_word(word) for word in text.split()[:MOST_WORDS]]
    return [terms for terms in found if terms]


def condition(asked: Wanted) -> Q:
    """The filter of a query that asks for something."""
    return reduce(and_, (reduce(or_, map(_contains, terms)) for terms in asked))


def holds(text: str, term: str) -> bool:
    """Whether a normalised text holds a term, as `condition` asks of the column."""
    if len(term) > SHORT:
        return term in text
    return text.startswith(term) or f"\n{term}" in text or f" {term}" in text


def _folded(text: str) -> str:
    return fold(text.replace("\x00", "")[:LONGEST])


def _word(word: str) -> tuple[str, ...]:
    if not _has_letters(word):
        return _plain_number(digits(word))
    bare = re.sub(r"[^0-9a-z]", "", word)
    if bare != word and digits(word) and "@" not in word:
        return word, bare  # a document that has letters: 12.345.678-K
    return (word,)


def _number(text: str) -> tuple[str, ...]:
    """A query of digits and punctuation is one number, in whatever way it is written.

    One that is a whole phone in a vendor's country is also looked for with its country's
    code, and one with leading zeros without them. What holds a shorter one of these is not
    asked for again: the text that holds it holds that one too.
    """
    bare = digits(text)
    if len(bare) < 7:
        return _plain_number(bare)
    also = {bare.lstrip("0")} | {digits(e164(text, region)) for region in _regions()}
    return _shortest({bare} | {one for one in also if len(one) >= 7})


def _shortest(terms: set[str]) -> tuple[str, ...]:
    found: list[str] = []
    for term in sorted(terms, key=lambda one: (len(one), one)):
        if not any(one in term for one in found):
            found.append(term)
    return tuple(found)


def _plain_number(bare: str) -> tuple[str, ...]:
    return (bare,) if bare else ()


def _contains(term: str) -> Q:
    return Q(search_text__holds=term) if len(term) > SHORT else Q(search_text__begins=term)


def _has_letters(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _regions() -> list[str]:
    return sorted({connector.region for connector in vendors().values()})
