"""Screens that open over the panes: questions, choices, the help and the message viewer."""
