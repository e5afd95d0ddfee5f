"""The weights that are used until a hub has learnt its own. Pure.

`m` and `u` are what registers of people have again and again: vendors leave a field of a
person unlike once in ten or twenty times, and two strangers have it alike as often as its
values are common. They are meant to be right within a factor of two or three; the decisions
hang on sums of many bits.
"""

from typing import Final

from customers.weighing import Shares, Weights

_GIVEN: Final = {
    "maria": 0.05, "ana": 0.03, "jose": 0.035, "juan": 0.025, "carlos": 0.02, "luis": 0.02,
    "joao": 0.02, "antonio": 0.015, "francisco": 0.015, "pedro": 0.012, "paulo": 0.012,
    "lucas": 0.01, "jorge": 0.012, "miguel": 0.012, "gabriel": 0.01, "daniel": 0.01,
    "gabriela": 0.01, "fernanda": 0.01, "juliana": 0.01, "rosa": 0.01, "carmen": 0.01,
    "diego": 0.008, "andres": 0.008, "patricia": 0.01, "daniela": 0.008, "camila": 0.008,
    "luiz": 0.01, "marcos": 0.008, "rafael": 0.008, "john": 0.02, "james": 0.02, "mary": 0.015,
}  # fmt: skip
_FAMILY: Final = {
    "silva": 0.03, "santos": 0.02, "oliveira": 0.015, "souza": 0.015, "rodrigues": 0.012,
    "ferreira": 0.012, "alves": 0.01, "pereira": 0.012, "lima": 0.01, "gomes": 0.008,
    "costa": 0.008, "ribeiro": 0.006, "martins": 0.006, "garcia": 0.015, "rodriguez": 0.015,
    "gonzalez": 0.015, "lopez": 0.012, "perez": 0.012, "martinez": 0.012, "sanchez": 0.01,
    "hernandez": 0.01, "ramirez": 0.008, "fernandez": 0.01, "gomez": 0.008, "diaz": 0.008,
    "torres": 0.008, "flores": 0.008, "vargas": 0.005, "smith": 0.01, "jones": 0.006,
}  # fmt: skip

DEFAULTS: Final = Weights(
    levels={
        "given": (
            (0.75, 0.012), (0.01, 0.0002), (0.04, 0.002), (0.03, 0.002), (0.06, 0.01),
            (0.03, 0.01), (0.02, 0.012), (0.02, 0.95),
        ),
        "family": (
            (0.45, 0.0001), (0.40, 0.006), (0.01, 0.0002), (0.06, 0.0014), (0.01, 0.006),
            (0.02, 0.012), (0.01, 0.006), (0.03, 0.97),
        ),
        "generation": ((0.8, 0.1), (0.05, 0.6), (0.002, 0.3)),
        "kind": ((0.97, 0.87), (0.03, 0.13)),
        "document": ((0.93, 0.000002), (0.04, 0.00002), (0.02, 0.999)),
        "email": ((0.85, 0.00002), (0.02, 0.0002), (0.02, 0.0003), (0.11, 0.999)),
        "phone": ((0.85, 0.00002), (0.03, 0.0002), (0.12, 0.999)),
        "birth_date": ((0.94, 0.00005), (0.03, 0.001), (0.012, 0.006), (0.015, 0.99)),
        "street": (
            (0.6, 0.0001), (0.08, 0.0001), (0.1, 0.004), (0.04, 0.006), (0.03, 0.008),
            (0.15, 0.98),
        ),
        "place": (
            (0.6, 0.003), (0.05, 0.003), (0.04, 0.003), (0.18, 0.05), (0.01, 0.005),
            (0.04, 0.08), (0.08, 0.85),
        ),
    },
    home={
        "given": (4.0, 3.5, 3.5, 3.5, 1.5, 1.0, 0.5, -6.0),
        "family": (0.0,) * 8,
        "generation": (3.0, -3.0, -8.0),
        "kind": (0.0, -2.0),
        "document": (14.0, 6.0, -6.0),
        "email": (1.5, 1.0, 0.5, -2.0),
        "phone": (1.5, 0.5, -2.0),
        "birth_date": (9.0, 4.0, 0.5, -6.0),
        "street": (0.0,) * 6,
        "place": (0.0,) * 7,
    },
    given=Shares(_GIVEN, rare=0.003),
    family=Shares(_FAMILY, rare=0.0015),
    prior=-17.0,
    home_prior=-1.0,
    link=8.0,
    ask=1.0,
)  # fmt: skip
