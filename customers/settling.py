"""The pairs of a link in memory: read, settled, and looked at again when the hub moved."""

from typing import Literal

from customers.golden import Golden
from customers.matching import VETOES
from customers.merging import BY_RULE, IGNORED, PINNED, Pair, Sides, kept, merge
from customers.models import Decision, EventKind, LinkState
from customers.values import NOT_SAID, Value, canonical, same
from customers.workspace import Decided, LinkWork, NewEvent, RuleWork, Workspace

SPEAKING = (LinkState.ACTIVE.value, LinkState.QUARANTINED.value)
# Of a second record at one vendor, these are neither taken nor told.
UNIQUE_FIELDS = frozenset({"email", "phone", "document"})
SECOND = "second record there"
CLOSINGS = {"agree": "the two sides agree now", "apart": "settled apart"}


def pair_of(link: LinkWork, name: str) -> Pair | None:
    """The pair of a field; a stated field without an entry was settled at that value."""
    entry = link.base.get(name)
    if entry is not None:
        return Pair(*entry)
    if name in link.stated:
        return Pair(link.stated[name], link.stated[name])
    return None


def settle(link: LinkWork, name: str, pair: Pair) -> None:
    """Keep a pair; one that is agreed at the stated value needs no entry."""
    stated = link.stated.get(name, NOT_SAID)
    if not pair.apart and pair.hub == pair.vendor == stated:
        link.base.pop(name, None)
    else:
        link.base[name] = [pair.hub, pair.vendor, *([pair.apart] if pair.apart else [])]
    link.dirty = True


def paired(name: str, hub: Value, vendor: Value, apart: str) -> Pair:
    """A pair that is apart for the reason given, unless its halves are equal."""
    return Pair(hub, vendor, "" if same(name, hub, vendor) else apart)


# What comes before the table


def held(work: Workspace, golden: Golden, link: LinkWork, name: str) -> str:
    """Why the link may not change the golden value, `""` where it may."""
    if name in UNIQUE_FIELDS and is_second(work, link):
        return SECOND
    if golden.pinned(name):
        return PINNED
    if golden.ignores(name, link.stated.get(name, NOT_SAID)):
        return IGNORED
    rule = work.rules().get(name)
    if rule is None or rule.connection_id == link.connection_id:
        return ""
    return BY_RULE if rule_speaks(work, golden, rule) else ""


def ruled(work: Workspace, link: LinkWork, name: str) -> RuleWork | None:
    """The rule that gives the field to the link's own connection."""
    rule = work.rules().get(name)
    return rule if rule is not None and rule.connection_id == link.connection_id else None


def rule_speaks(work: Workspace, golden: Golden, rule: RuleWork) -> bool:
    """Whether the connection that a rule chose states the field for this customer."""
    return any(
        link.connection_id == rule.connection_id
        and link.state == LinkState.ACTIVE.value
        and canonical(rule.field, link.stated.get(rule.field, NOT_SAID)) != ""
        and not golden.ignores(rule.field, link.stated[rule.field])
        for link in work.links_of[golden.id]
    )


def sides_of(
    work: Workspace,
    golden: Golden,
    link: LinkWork,
    name: str,
    pair: Pair | None,
    *,
    tellable: bool = False,
) -> Sides:
    """A field of a link as it stands."""
    rule: Literal["", "vendor"] = "vendor" if ruled(work, link, name) else ""
    return Sides(
        field=name,
        hub=golden.value(name),
        vendor=link.stated.get(name, NOT_SAID),
        pair=pair,
        by_person=golden.by_person(name),
        tellable=tellable,
        stated_elsewhere=stated_elsewhere(work, golden, link, name),
        held=held(work, golden, link, name),
        rule=rule,
    )


def stated_elsewhere(work: Workspace, golden: Golden, link: LinkWork, name: str) -> bool:
    """Whether another link or a person states the golden value."""
    if golden.by_person(name):
        return True
    value = golden.value(name)
    return any(
        same(name, other.stated.get(name), value)
        for other in work.links_of[golden.id]
        if other.id != link.id and other.state in SPEAKING
    )


def is_second(work: Workspace, link: LinkWork) -> bool:
    """Whether an older link of the customer stands at the same connection."""
    return any(
        other.connection_id == link.connection_id and other.state in SPEAKING and other.id < link.id
        for other in work.links_of[link.customer_id]
    )


# Questions


def close(work: Workspace, link: LinkWork, name: str, step: str) -> None:
    """Close the open question on a field, if there is one. One that follows from a merge in
    spite of a veto stays until the two sides agree."""
    found = work.open_fields.get((link.id, name))
    if found is None or (found.reason.startswith(VETOES) and not _agree(work, link, name)):
        return
    del work.open_fields[link.id, name]
    how = CLOSINGS.get(step, "one side went back")
    work.closed.append((found.id, how))
    changes = {name: [found.hub, found.vendor]}
    work.events.append(NewEvent(link.customer_id, EventKind.CLOSED.value, link.id, changes, how))


def _agree(work: Workspace, link: LinkWork, name: str) -> bool:
    return same(name, work.customers[link.customer_id].value(name), link.stated.get(name))


def close_by_rule(
    work: Workspace, link: LinkWork, name: str, decision: str, rule: RuleWork
) -> None:
    """The same where a rule decided it; its line on the timeline is the caller's."""
    found = work.open_fields.pop((link.id, name), None)
    if found is not None:
        work.decided.append(Decided(found.id, rule.words, decision, rule_id=rule.id))


def look_again(work: Workspace, golden: Golden, link: LinkWork, name: str) -> None:
    """The hub's value moved, or what it may be; this link did not. Settle the field where the
    two now agree or are held apart, and close its question where there is none any more: where
    our side went back, in the face of what the vendor says, ours is kept. Otherwise it waits as
    it is, its question with our value as it is now."""
    pair = pair_of(link, name)
    if pair is None or name not in link.stated:
        return
    sides = sides_of(work, golden, link, name, pair)
    outcome = merge(sides)
    question = work.open_fields.get((link.id, name))
    if outcome.step == "ask" or outcome.by_rule:
        if question is not None and question.hub != sides.hub:
            question.hub = sides.hub
            work.reasked.append(question)
        return
    if outcome.step in ("take", "fall") and question is not None:
        settle(link, name, kept(sides))
    elif outcome.step in ("agree", "apart") and outcome.pair is not None:
        settle(link, name, outcome.pair)
        if outcome.pair.apart == BY_RULE and question is not None:
            rule = work.rules()[name]
            close_by_rule(work, link, name, Decision.HUB.value, rule)
            changes = {name: [sides.hub, sides.hub]}
            event = (link.customer_id, EventKind.DECIDED.value, link.id, changes, rule.words)
            work.events.append(NewEvent(*event))
    close(work, link, name, outcome.step)
