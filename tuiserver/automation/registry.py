"""The kinds of background jobs: the type of a request → what makes a job from it. A new kind is one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuiserver.automation.file_sending import FileRequest, FileSending
from tuiserver.automation.job import JobFactory
from tuiserver.automation.repeat import Repeat, RepeatRequest

KINDS: Mapping[type[Any], JobFactory] = {
    FileRequest: FileSending,
    RepeatRequest: Repeat,
}
