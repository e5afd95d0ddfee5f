"""Taking a link out of a customer, into a customer of its own: the record is somebody else's."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from customers import bulk, knowing_apart, moving, standing
from customers.families import (
    CannotMergeError,
    Families,
    move_links,
    opened,
    refresh_search,
    save_rows,
)
from customers.golden import EVERYTHING, Golden, stamp
from customers.layers import Sheet
from customers.models import Customer, CustomerLink, EventKind
from customers.repeating import RepeatError, repeated
from customers.restoring import fall_back
from customers.settling import look_again
from customers.values import EMPTY
from customers.workspace import LinkWork, NewEvent, Workspace
from customers.writing import Writer


@repeated
def split(link_id: int, user_id: int | None, reason: str = "") -> int:
    """Give a link a customer of its own, made of what its vendor states, and remember that
    the two are not one; gives the new customer's id. Raises CannotMergeError where the link
    is all that the customer is."""
    links: QuerySet[CustomerLink] = CustomerLink.objects.all()
    with transaction.atomic():
        work = Workspace()
        root = links.values_list("customer", flat=True).get(pk=link_id)
        found = opened(work, [root])
        link = work.links.get(link_id)
        if link is None or link.customer_id != root:
            raise RepeatError("the link moved to another customer")
        if len(work.links_of[root]) < 2 and not work.customers[root].others:
            raise CannotMergeError("the record is all that this customer is")
        one = _take_out(found, link, root)
        _write(found, link, root, one, user_id, reason)
    return one


def _take_out(found: Families, link: LinkWork, root: int) -> int:
    work, sheet = found.work, found.stack.sheets[root]
    when = stamp(link.read_at or timezone.now())
    golden = Golden(
        bulk.new_ids(Customer, 1)[0],
        {name: value for name, value in link.stated.items() if value != EMPTY},
        {EVERYTHING: ["link", link.id, None, when]},
        new=True,
    )
    work.add_customer(golden)
    found.stack.sheets[golden.id] = Sheet(golden)
    move_links(work, [link], golden.id)
    link.sole_key_id = None
    for name in sorted(sheet.golden.values):
        if sheet.golden.source(name)[:2] == ["link", link.id]:
            sheet.put(name, fall_back(work, sheet, name))
    for name in sorted(link.stated):
        look_again(work, golden, link, name)
    for one in (root, golden.id):
        refresh_search(work, one)
    note = f"taken out of customer {root}"
    work.events.append(NewEvent(golden.id, EventKind.CREATED.value, link.id, {}, note))
    note = f"a record was taken out, into customer {golden.id}"
    work.events.append(NewEvent(root, EventKind.NOT_SAME.value, link.id, {}, note))
    for layer in found.stack.layers.values():
        layer.links = [one for one in layer.links if one != link.id]
        found.records[layer.id].pairs.pop(link.id, None)
    return golden.id


def _write(
    found: Families, link: LinkWork, root: int, one: int, user_id: int | None, reason: str
) -> None:
    was = standing.blocks_of([root, one])
    Writer(found.work, None, None, user_id).write()
    CustomerLink.objects.filter(pk=link.id).update(sole_key=None)
    save_rows(found)
    moving.move_rows([link.id], one)
    moving.move_holders_of([link.id], one)
    standing.move(was)
    knowing_apart.remember(root, one, user_id, reason)
    knowing_apart.hand_on([root, one])
