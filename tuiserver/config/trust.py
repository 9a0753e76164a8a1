"""Whether a settings file that is found in the working directory may be used.

Rules of this file:
- A file that another user could have written counts for nothing: it may name a program to run and files to write to.
- The file that is checked is the one that is read: both use one descriptor.
"""

from __future__ import annotations

import os
import stat
from typing import BinaryIO


def distrust(file: BinaryIO) -> str:
    """Why an open file is not to be trusted, in words; empty if only this user or root can have written it.

    A symbolic link is judged as well as its target: relative names in the file are relative to where the link is.
    """
    for status in (os.fstat(file.fileno()), os.lstat(file.name)):
        if status.st_uid not in (os.geteuid(), 0):
            return "it belongs to another user"
        if not stat.S_ISLNK(status.st_mode) and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return f"others may write to it (chmod go-w {os.fsdecode(file.name)})"
    return ""
