"""Numbers of documents, hidden but for their end. Pure.

A number is recognised by the key that it stands under (`cpf`, `id_number`, ...) or by being one
that is known of the customer. What is no JSON loses every long run of digits.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

DOTS = "•••"
_NAMED = frozenset(
    "cpf cnpj cuit cuil dni ruc rut rg nit curp rfc cedula document documents documento documentos "
    "identification identificacion passport passaporte pasaporte".split()
)
_SAID = re.compile(r"(?:id|doc|document|tax|identification)_?(?:number|no|num|nr|value|id)")
_KINDS = frozenset({"type", "kind", "country", "name", "label"})
_RUN = re.compile(r"\b\w(?:[.\-/ ]?\d){5,}(?:-?[kKxX]\b)?")


def number(text: str) -> str:
    """`•••25`: a quarter of the number at most, three characters at most."""
    bare = _bare(text)
    shown = min(3, len(bare) // 4)
    return DOTS + (bare[-shown:] if shown else "")


def answer(text: str, known: Iterable[str] = ()) -> str:
    """A vendor's answer as JSON text, masked. `known`: numbers known of the customer."""
    numbers = frozenset(one for one in map(_bare, known) if len(one) > 3)
    try:
        found = json.loads(text)
    except ValueError:
        return runs(text)
    return json.dumps(_masked(found, numbers, False), ensure_ascii=False)


def runs(text: str) -> str:
    """Any text without its long runs of digits, whatever they are."""
    return _RUN.sub(lambda found: number(found[0]), text)


def _masked(value: Any, known: frozenset[str], named: bool) -> Any:
    if isinstance(value, dict):
        return {key: _under(key, one, known, named) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(one, known, named) for one in value]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    text = str(value)
    hidden = _bare(text) and (named or any(one in _bare(text) for one in known))
    return number(text) if hidden else value


def _under(key: str, value: Any, known: frozenset[str], named: bool) -> Any:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()
    if words.rpartition("_")[2] in _KINDS:
        return _masked(value, known, False)
    here = bool(_NAMED.intersection(words.split("_")) or _SAID.fullmatch(words))
    return _masked(value, known, named or here)


def _bare(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())
