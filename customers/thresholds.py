"""How this hub decides who is who: the weights that it learnt, the thresholds that a person
set, and the defaults for whatever is neither."""

import msgspec
from msgspec import structs

from customers.default_weights import DEFAULTS
from customers.models import MatchSettings
from customers.weighing import Weights


def current() -> Weights:
    """The weights in force. Read them once a run."""
    found = MatchSettings.objects.filter(pk=1).first()
    return DEFAULTS if found is None else of_settings(found)


def of_settings(found: MatchSettings) -> Weights:
    weights = learnt(found) or DEFAULTS
    link = weights.link if found.link_from is None else found.link_from
    ask = weights.ask if found.ask_from is None else found.ask_from
    return structs.replace(weights, link=link, ask=min(ask, link))


def learnt(found: MatchSettings) -> Weights | None:
    """The weights learnt from the data; None if there are none that this version reads."""
    try:
        return msgspec.convert(found.learnt, Weights)
    except msgspec.ValidationError:
        return None
