"""Who gets what is typed."""

from __future__ import annotations

from tuiserver.console.models.send_target import SendTarget


def target(selected: int = 12, marked: tuple[int, ...] = (9, 12), hold: bool = False) -> SendTarget:
    """A target; 8, 9 and 12 are open."""
    made = SendTarget()
    made.update(selected, marked, [8, 9, 12], hold)
    return made


def test_the_marked_ones_are_the_target() -> None:
    """Then all, then the selected one; without marks there are two."""
    made = target()
    seen = []
    for _ in range(4):
        seen.append((made.name, made.ids))
        made.next_scope()
    assert seen == [("2 marked", (9, 12)), ("ALL 3", (8, 9, 12)), ("#12", (12,)), ("2 marked", (9, 12))]
    made.update(12, (), [8, 9, 12], hold=False)
    assert made.scope == "selected"
    made.next_scope()
    assert made.scope == "all"


def test_a_choice_holds_until_other_connections_are_marked() -> None:
    """A connection that is selected or closed changes nothing."""
    made = target()
    made.next_scope()
    made.update(9, (9, 12), [9, 12], hold=False)
    assert made.scope == "all"
    made.update(9, (9,), [9, 12], hold=False)
    assert (made.name, made.ids) == ("1 marked", (9,))


def test_a_held_target_does_not_follow_the_selection() -> None:
    """It is released afterwards; a first selection is taken even while held."""
    made = target(marked=())
    made.update(8, (), [8, 9], hold=True)
    assert (made.name, made.ids, made.closed) == ("#12, closed", (), True)
    made.release()
    assert (made.name, made.ids, made.closed) == ("#8", (8,), False)
    assert target(marked=(), hold=True).ids == (12,)


def test_without_a_selection_there_is_nobody() -> None:
    """That is not a closed target."""
    made = target(selected=0, marked=())
    assert (made.name, made.ids, made.closed) == ("nobody", (), False)


def test_held_marks_keep_their_scope() -> None:
    """When the marked ones are gone, nobody else gets the message; afterwards the target is the selected one."""
    made = target()
    made.update(12, (), [12], hold=True)
    assert (made.name, made.ids) == ("0 marked", ())
    made.release()
    assert made.scope == "selected"
