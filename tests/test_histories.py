"""The comparison of three ways to keep in step, at a small size (make bench-histories: full)."""

from benchmarks.histories import measure


def test_ours_alone_loses_nothing_in_silence() -> None:
    found = {name: (hurt, lost, questions) for name, hurt, lost, questions, _ in measure(300)}
    assert found.pop("three ways (ours)")[:2] == (0, 0)
    assert all(lost > 0 for _, lost, _ in found.values())


def test_ours_asks_and_the_others_never_do() -> None:
    questions = {name: asked for name, _, _, asked, _ in measure(50)}
    assert questions.pop("three ways (ours)") > 0
    assert set(questions.values()) == {0}
