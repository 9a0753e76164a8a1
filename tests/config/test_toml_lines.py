"""The line numbers of keys in a TOML document."""

from __future__ import annotations

from tuiserver.config.toml_lines import line_of, lines_of_keys


def test_the_line_of_a_key() -> None:
    """A key is found in its own table, quoted or not; where it does not exist, the line is that of its table."""
    text = 'a = 1\n[keys] # ours\n "zoom" = "z"\na = 2\n[other]\nzoom = 3\n'
    assert line_of(text, "a") == 1
    assert line_of(text, "zoom", "keys") == 3
    assert line_of(text, "a", "keys") == 4
    assert line_of(text, "missing", "keys") == 2
    assert line_of(text, "other") == 5
    assert line_of(text, "missing") == 1


def test_every_notation_of_toml_is_understood() -> None:
    """Comments, quoted and dotted keys, inline tables, multi-line values, and text that only looks like a key."""
    text = (
        "# theme = 1\r\n"
        "theme = '''\n"
        "log = 1\n"
        "[keys]\n"
        "'''\n"
        "'quoted' = 1\n"
        "columns = [\n"
        "  'a', # zoom = 1\n"
        "  'b']\n"
        "inline = { one = 1, two = { three = 3 } }\n"
        "a.b = 1\n"
        "\n"
        "[ keys ]   # here\n"
        "  zoom = 'z'\n"
        '"close" = []\n'
        "[keys.below]\n"
        "deep = 1\n"
        "[[many]]\n"
        "x = 1"
    )
    assert lines_of_keys(text) == {
        ("theme",): 2,
        ("quoted",): 6,
        ("columns",): 7,
        ("inline",): 10,
        ("inline", "one"): 10,
        ("inline", "two"): 10,
        ("inline", "two", "three"): 10,
        ("a",): 11,
        ("a", "b"): 11,
        ("keys",): 13,
        ("keys", "zoom"): 14,
        ("keys", "close"): 15,
        ("keys", "below"): 16,
        ("keys", "below", "deep"): 17,
        ("many",): 18,
        ("many", "x"): 19,
    }
