"""Which of a customer's values wins where nobody moved: what its links claim, and what
becomes of the others when survivorship moves the hub."""

from django.utils import timezone

from customers.golden import Golden, parsed_stamp, stamp
from customers.merging import KEPT
from customers.models import LinkState
from customers.settling import SPEAKING, UNIQUE_FIELDS, held, is_second, pair_of, paired, settle
from customers.survivorship import Claim, choose
from customers.values import EMPTY, same
from customers.workspace import LinkWork, Workspace


def claims(work: Workspace, golden: Golden, name: str, without: int = 0) -> list[Claim]:
    """What the customer's links claim for a field. Ignored values claim nothing."""
    rule = work.rules().get(name)
    return [
        Claim(
            link.id,
            link.stated[name],
            work.trust(link.connection_id),
            parsed_stamp(link.changed[name]) if name in link.changed else None,
            chosen=rule is not None and rule.connection_id == link.connection_id,
        )
        for link in work.links_of[golden.id]
        if link.id != without
        and link.state in SPEAKING
        and name in link.stated
        and not (name in UNIQUE_FIELDS and is_second(work, link))
        and not golden.ignores(name, link.stated[name])
    ]


def nobody_moved(work: Workspace, golden: Golden, name: str, but: int = 0) -> bool:
    """Whether survivorship may choose: no person typed, pinned or kept the value, no question
    is open, and every link but this one was settled at it."""
    if golden.pinned(name):
        return False
    if golden.value(name) != EMPTY and golden.by_person(name):
        return False
    for link in work.links_of[golden.id]:
        if link.id == but or link.state == LinkState.ARCHIVED.value:
            continue
        if (link.id, name) in work.open_fields:
            return False
        pair = pair_of(link, name)
        if pair is not None and pair.apart == KEPT:
            return False
        if pair is not None and not same(name, pair.hub, golden.value(name)):
            return False
    return True


def follow(work: Workspace, golden: Golden, name: str, reason: str, but: int = 0) -> None:
    """Survivorship moved the hub, not an edit: the links are settled at the new value, so
    that none of them is told."""
    for link in work.links_of[golden.id]:
        pair = pair_of(link, name)
        if link.id == but or pair is None or (link.id, name) in work.open_fields:
            continue
        why = held(work, golden, link, name) or reason
        settle(link, name, paired(name, golden.value(name), pair.vendor, why))


def survivor(work: Workspace, golden: Golden, name: str, but: int = 0) -> Claim | None:
    """The claim that ought to have the field and does not, where nobody moved."""
    if not nobody_moved(work, golden, name, but):
        return None
    found = choose(name, claims(work, golden, name))
    if found is None or same(name, found.value, golden.value(name)):
        return None
    return found


def rechoose(
    work: Workspace, golden: Golden, name: str, reason: str, run_id: int | None = None
) -> bool:
    """Let survivorship choose anew; says whether the golden value changed."""
    found = survivor(work, golden, name)
    if found is None:
        return False
    golden.set(name, found.value, source(found, run_id))
    follow(work, golden, name, reason)
    return True


def fall(work: Workspace, golden: Golden, name: str, reason: str) -> None:
    """The golden value is no longer to be: the best remaining one takes over, or none."""
    found = choose(name, claims(work, golden, name))
    golden.set(
        name,
        EMPTY if found is None else found.value,
        source(found, None) if found else ["", None, None, stamp(timezone.now())],
    )
    follow(work, golden, name, reason)


def source(claim: Claim, run_id: int | None) -> list[object]:
    return ["link", claim.link, run_id, stamp(timezone.now())]


def others(work: Workspace, link: LinkWork) -> list[LinkWork]:
    return [one for one in work.links_of[link.customer_id] if one.id != link.id]
