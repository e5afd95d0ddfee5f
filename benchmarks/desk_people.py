"""Invented customers for the desk's benchmark; the same number always gives the same one."""

from typing import Any

from connectors.population_documents import cpf, spread
from connectors.population_names import PORTUGUESE, SPANISH
from customers.values import fold

GIVEN = (*PORTUGUESE.female, *PORTUGUESE.male, *SPANISH.female, *SPANISH.male)
FAMILY = (*PORTUGUESE.family, *SPANISH.family)


def person(number: int) -> dict[str, Any]:
    """The values of the customer with this number, from 1 on."""
    given = GIVEN[spread(number, 9_973) % len(GIVEN)]
    family = f"{FAMILY[number * 7 % len(FAMILY)]} {FAMILY[number // 11 * 13 % len(FAMILY)]}"
    mail = f"{fold(given)}.{fold(family)}.{number}@example.com".replace(" ", "")
    return {
        "kind": "person",
        "name": {"given": given, "family": family},
        "email": mail,
        "phone": f"+55{11 + number % 80}9{spread(number, 10**8):08d}",
        "document": {"type": "cpf", "number": cpf(number), "country": "BR"},
    }
