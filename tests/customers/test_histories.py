"""What a run did, read off a customer's timeline."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from customers.histories import Step, Taken, source_before, taken

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
RUN = 7


def step(kind: str, before: Any = None, after: Any = None, **fields: Any) -> Step:
    changes = {} if before is None else {"notes": [before, after]}
    return Step(kind, NOW, changes, **fields)


CREATED = step("created", link_id=1, run_id=1)


def test_a_change_is_from_what_was_there_and_knows_who_had_set_it() -> None:
    edited = step("edited", "", "a", user_id=3)
    history = [CREATED, edited, step("changed", "a", "b", link_id=1, run_id=RUN)]
    assert taken(history, RUN) == {"notes": Taken("a", "b", edited)}


def test_two_changes_of_one_run_are_one() -> None:
    history = [
        CREATED,
        step("changed", "a", "b", run_id=RUN),
        step("linked", "b", "c", run_id=RUN),
    ]
    assert taken(history, RUN) == {"notes": Taken("a", "c", CREATED)}


def test_where_somebody_came_between_only_what_followed_is_the_runs() -> None:
    edited = step("edited", "b", "x", user_id=3)
    history = [step("changed", "a", "b", run_id=RUN), edited, step("changed", "x", "c", run_id=RUN)]
    assert taken(history, RUN) == {"notes": Taken("x", "c", edited)}
    assert taken(history[:2], RUN) == {"notes": Taken("a", "b", None)}
    assert taken(history, 99) == {}


def test_what_is_said_or_asked_changes_nothing() -> None:
    history = [
        step("changed", "a", "b", run_id=RUN),
        step("stated", "a", "z", run_id=RUN),
        step("asked", "b", "z", run_id=RUN),
        step("planned", "a", "b"),
    ]
    assert taken(history, RUN)["notes"].after == "b"


def test_a_value_put_back_is_again_whose_it_was() -> None:
    def source(by: Step | None, before: str = "a") -> list[Any]:
        return source_before(Taken(before, "b", by), 9, 5, NOW)

    at = "2026-05-03T12:00:00+00:00"
    assert source(step("edited", "", "a", user_id=3)) == ["person", 3, 9, at]
    assert source(CREATED) == ["link", 1, 9, at]
    assert source(None) == ["person", 5, 9, at]
    assert source(CREATED, "") == ["", None, 9, at]


VALUES = st.sampled_from(["", "a", "b", "c"])


@given(st.lists(st.tuples(VALUES, st.sampled_from(["run", "other", "person"])), max_size=8))
def test_undoing_the_run_leads_to_where_the_last_other_hand_left_it(
    moves: list[tuple[str, str]],
) -> None:
    now, left, last, history = "", "", "", []
    for value, who in moves:
        if value == now:
            continue
        kind, fields = {
            "run": ("changed", {"run_id": RUN}),
            "other": ("changed", {"run_id": 8}),
            "person": ("edited", {"user_id": 3}),
        }[who]
        history.append(step(kind, now, value, **fields))
        now, last = value, who
        left = left if who == "run" else value
    found = taken(history, RUN)
    assert ("notes" in found) == any(one.run_id == RUN for one in history)
    if last == "run":
        assert (found["notes"].before, found["notes"].after) == (left, now)
