"""Who gets what is typed."""

from __future__ import annotations

from tuiserver.console.models.send_target import SendTarget


def target(selected: int = 12, marked: tuple[int, ...] = (9, 12), hold: bool = False) -> SendTarget:
    """A target; 8, 9 and 12 are open."""
    made = SendTarget()
    made.update(selected, marked, [8, 9, 12], hold)
    return made


def test_the_scope_goes_from_selected_to_marked_to_all() -> None:
    """Each names its targets; without marks there are two."""
    made = target()
    seen = []
    for _ in range(4):
        seen.append((made.name, made.ids))
        made.next_scope()
    assert seen == [("#12", (12,)), ("2 marked", (9, 12)), ("ALL 3", (8, 9, 12)), ("#12", (12,))]
    made.update(12, (), [8, 9, 12], hold=False)
    made.next_scope()
    assert made.scope == "all"


def test_a_held_target_does_not_follow_the_selection() -> None:
    """It is released afterwards; a first selection is taken even while held."""
    made = target()
    made.update(8, (), [8, 9], hold=True)
    assert (made.name, made.ids, made.closed) == ("#12, closed", (), True)
    made.release()
    assert (made.name, made.ids, made.closed) == ("#8", (8,), False)
    assert target(hold=True).ids == (12,)


def test_without_a_selection_there_is_nobody() -> None:
    """That is not a closed target."""
    made = target(selected=0)
    assert (made.name, made.ids, made.closed) == ("nobody", (), False)


def test_marks_that_have_gone_end_their_scope() -> None:
    """The target is the selected connection again."""
    made = target()
    made.next_scope()
    made.update(12, (), [12], hold=False)
    assert made.scope == "selected"
