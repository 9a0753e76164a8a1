"""The command line: `main`, the subcommands with one file each, and `serve`, which runs without a subcommand.

Rules of this folder:
- A new subcommand is one file that defines a `SUBCOMMAND`, and one line in the table in `registry.py`.
- An error is one line on stderr that names the cause and the remedy, and is detected before the screen is taken.
- Importing these files is cheap; what only one kind of run needs is imported when it runs.
"""
