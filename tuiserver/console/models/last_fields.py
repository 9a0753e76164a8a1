"""The last value of a field of each connection, as a column of the table: `field:imei`.

    columns = FieldColumns(LastFields(decoding, transcript))
    columns.find("field:imei")               # a `Column`; of another name, that of `COLUMNS`; None if there is none

Rules of this file:
- What is looked for: the newest message from the peer that has the field, among the last `LOOK_BACK`. Messages that have been
  examined are not examined again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuiserver.console.models.columns import BY_NAME, Column
from tuiserver.console.models.decoding import Decoding
from tuiserver.console.text.field_lines import value_text
from tuiserver.views.roster import Client
from tuiserver.views.transcript import Transcript

if TYPE_CHECKING:
    from tuiserver.decoders.base import Field

PREFIX = "field:"
LOOK_BACK = 20
"""Messages of a connection that are examined at once, the newest first."""
WIDTH = 16
MAX_KEPT = 20_000
"""Values that are kept."""


def is_field(name: str) -> bool:
    """Whether a column has this name because it shows a field."""
    return len(name) > len(PREFIX) and name.startswith(PREFIX)


class LastFields:
    """The values."""

    def __init__(self, decoding: Decoding, transcript: Transcript) -> None:
        self._decoding, self._transcript = decoding, transcript
        self._version = -1
        self._found: dict[tuple[int, str], tuple[int, Field | None]] = {}
        """The value of a connection and a name, and the index after the last message that was examined."""

    def get(self, connection: int, name: str) -> Field | None:
        """The last field of that name in lower case."""
        if self._version != self._decoding.version or len(self._found) > MAX_KEPT:
            self._found.clear()
            self._version = self._decoding.version
        series = self._transcript.view(connection, "in")
        examined, field = self._found.get((connection, name), (0, None))
        if examined == series.end:
            return field
        for index in range(series.end - 1, max(examined, series.first, series.end - LOOK_BACK) - 1, -1):
            if fields := self._decoding.fields(series.get(index), name):
                field = fields[-1]
                break
        self._found[connection, name] = series.end, field
        return field


class FieldColumns:
    """The columns of fields, made when they are first looked for. `found` are those so far."""

    def __init__(self, fields: LastFields | None) -> None:
        self.found: dict[str, Column] = {}
        self._last_fields = fields

    def find(self, name: str) -> Column | None:
        """The column of a name."""
        if not is_field(name) or self._last_fields is None:
            return BY_NAME.get(name)
        column = self.found.get(name)
        if column is None:
            column = self.found[name] = _column(name, self._last_fields)
        return column


def _column(name: str, fields: LastFields) -> Column:
    field_name = name.removeprefix(PREFIX).lower()

    def text(client: Client, now: float) -> str:
        field = fields.get(client.id, field_name)
        return "-" if field is None else value_text(field)

    def key(client: Client, now: float) -> Any:
        field = fields.get(client.id, field_name)
        value = None if field is None else field.value
        if value is None:
            return 0, 0.0, ""
        return (1, float(value), "") if isinstance(value, int | float) else (2, 0.0, str(value))

    return Column(name, max(WIDTH, min(len(field_name) + 1, 2 * WIDTH)), False, text, key, 8)
