"""The command line: `main`, and the subcommands."""
