"""The last value of a field, as a column."""

from __future__ import annotations

from tests.support.scripted import connected, received, sent
from tuiserver.console.models.columns import BY_NAME
from tuiserver.console.models.decoding import Decoding
from tuiserver.console.models.last_fields import LOOK_BACK, FieldColumns, LastFields, is_field
from tuiserver.views.roster import Client, Roster
from tuiserver.views.transcript import Transcript


class World:
    """A transcript and the columns over it."""

    def __init__(self) -> None:
        self.transcript, self.roster = Transcript(), Roster()
        self.decoding = Decoding("json")
        self.columns = FieldColumns(LastFields(self.decoding, self.transcript))
        self.roster.apply(connected())
        self.transcript.apply(connected())

    def say(self, *datas: bytes) -> None:
        """The peer sends messages."""
        for data in datas:
            self.transcript.apply(received(data))

    def cell(self, name: str) -> str:
        """The text of a column."""
        column = self.columns.find(name)
        assert column is not None
        return column.text(self.client, 0.0)

    @property
    def client(self) -> Client:
        """The one client."""
        return self.roster.clients[12]


def test_the_newest_value_is_shown() -> None:
    """It stays while later messages do not have the field; what we send is not looked at."""
    world = World()
    assert world.cell("field:temp") == "-"
    world.say(b'{"temp":1,"pos":{"lat":48.5}}', b'{"temp":2}')
    world.transcript.apply(sent(b'{"temp":3}'))
    assert world.cell("field:temp") == "2"
    assert world.cell("field:lat") == world.cell("field:pos.lat") == "48.5"
    world.say(*[b"{}"] * (2 * LOOK_BACK))
    assert world.cell("field:temp") == "2"
    world.say(b'{"temp":"\\u001b"}')
    assert world.cell("field:TEMP") == r"\x1b"
    world.decoding.choose(0, "none")
    assert world.cell("field:temp") == "-"


def test_values_are_sorted_by_kind() -> None:
    """None, then numbers, then texts."""
    world = World()
    column = world.columns.find("field:v")
    assert column is not None
    keys = [column.key(world.client, 0.0)]
    for value in (b"-1", b"10", b"true", b'"a"', b'"b"'):
        world.say(b'{"v":' + value + b"}")
        keys.append(column.key(world.client, 0.0))
    assert sorted(keys) == [keys[each] for each in (0, 1, 3, 2, 4, 5)]


def test_names() -> None:
    """`field:` and a name; other columns are those of the table."""
    columns = FieldColumns(None)
    assert columns.find("peer") is BY_NAME["peer"]
    assert columns.find("field:imei") is columns.find("nosuch") is None
    assert is_field("field:a")
    assert not is_field("field:")
    column = World().columns.find("field:pos.lat")
    assert column is not None
    assert column.title == "POS.LAT"
