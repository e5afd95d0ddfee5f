"""Runs that would do too much are held."""

from typing import Any

import pytest

from customers.guarding import Guard, HoldError, Limits
from customers.storing import Counts

LIMITS = Limits(
    changed_share=0.5,
    changed_least=20,
    missing_share=0.2,
    missing_least=10,
    count_share=0.5,
)


def guard(**settings: Any) -> Guard:
    return Guard(LIMITS, **{"known": 100, **settings})


def store(one: Guard, seen: int, changed: int = 0, blank: str = "", full: str = "") -> None:
    """A page of `changed` known records among `seen`, of which the field `blank` came back
    empty and the field `full` did not."""
    one.start()
    for _ in range(changed):
        before = {name: "x" for name in (blank, full) if name}
        one.compare(before, {name: "" if name == blank else "x" for name in before})
    counts = Counts(seen=seen, changed=changed)
    one.look(counts)
    one.accept(counts)


def test_a_run_may_change_its_share_and_no_more() -> None:
    one = guard()
    store(one, 60, changed=50)
    with pytest.raises(HoldError, match="51 of 100 known records"):
        store(one, 40, changed=1)


def test_a_small_shop_may_change_altogether() -> None:
    store(guard(known=20), 20, changed=20)


def test_new_customers_hold_nothing() -> None:
    store(guard(known=0), 5_000)


def test_a_page_that_was_done_again_counts_once() -> None:
    one = guard()
    one.start()
    one.compare({"email": "x"}, {"email": ""})
    store(one, 10, changed=4, blank="email")
    assert one.blanked == {"email": 4}


def test_a_field_that_is_blank_everywhere_is_held() -> None:
    with pytest.raises(HoldError, match="email came back blank in 30 of 30"):
        store(guard(), 30, changed=30, blank="email", full="name")


def test_it_is_held_over_pages_too_before_the_page_that_goes_too_far_is_stored() -> None:
    one = guard()
    store(one, 4, changed=4, blank="email")
    with pytest.raises(HoldError):
        store(one, 4, changed=4, blank="email")
    assert one.seen == 4


def test_a_few_blanks_are_life() -> None:
    one = guard()
    store(one, 4, changed=4, blank="email")
    store(one, 96, changed=20, full="email")


def test_a_blank_before_and_after_is_no_loss() -> None:
    one = guard()
    one.start()
    for _ in range(30):
        one.compare({"email": ""}, {"email": ""})
    one.look(Counts(seen=30, changed=30))


def test_a_no_is_not_a_blank() -> None:
    one = guard()
    one.start()
    for _ in range(30):
        one.compare({"accepts_marketing": True}, {"accepts_marketing": False})
    one.look(Counts(seen=30, changed=30))


def test_a_total_far_below_the_last_scan_is_held_at_once() -> None:
    with pytest.raises(HoldError, match="now counts 49 customers; the last scan saw 100"):
        guard(last_seen=100).look_at_total(49)
    guard(last_seen=100).look_at_total(50)
    guard(last_seen=100).look_at_total(None)
    guard(last_seen=None).look_at_total(0)
    guard(last_seen=19).look_at_total(0)


def test_a_scan_that_saw_far_less_than_the_vendor_counts_is_held() -> None:
    with pytest.raises(HoldError, match="saw 49 of the 100"):
        guard().look_at_end(49, 100)
    guard().look_at_end(50, 100)
    guard().look_at_end(0, None)
    guard().look_at_end(0, 19)


@pytest.mark.parametrize("total", [0, 10, 49, 201, 5000])
def test_a_count_that_was_as_far_off_at_the_last_scan_tells_nothing(total: int) -> None:
    one = guard(last_seen=100, last_total=total)
    one.look_at_total(0)
    one.look_at_end(50, 5000)
    with pytest.raises(HoldError, match="saw 49 of the 100 customers that the last scan saw"):
        one.look_at_end(49, total)


@pytest.mark.parametrize("total", [50, 100, 200])
def test_a_count_that_was_near_at_the_last_scan_tells(total: int) -> None:
    one = guard(last_seen=100, last_total=total)
    with pytest.raises(HoldError, match="now counts 49"):
        one.look_at_total(49)
    with pytest.raises(HoldError, match="saw 100 of the 201 customers that the vendor counts"):
        one.look_at_end(100, 201)


def test_many_missing_are_held() -> None:
    guard().look_at_missing(20)
    with pytest.raises(HoldError, match="21 of 100"):
        guard().look_at_missing(21)
    guard(known=12).look_at_missing(10)


def test_many_that_the_vendor_has_no_more_are_held_however_they_were_met() -> None:
    guard().look_at_gone(20)
    with pytest.raises(HoldError, match="no longer has 21 of 100"):
        guard().look_at_gone(21)
    guard(known=12).look_at_gone(10)


def test_what_a_person_released_is_not_held_again() -> None:
    one = guard(released=True, last_seen=100)
    store(one, 100, changed=100, blank="email")
    one.look_at_total(0)
    one.look_at_end(0, 100)
    one.look_at_missing(100)
    one.look_at_gone(100)
