"""Dialogs and viewers: screens in front of the panes that ask one thing and answer it.

Rules of this folder:
- A dialog only returns an answer: the operator's commands, or its own `open_dialog`, act on it.
- An action with `dialogs.NAME` in the action table calls `open_dialog(context)` of the file `NAME.py`. All keys of a dialog
  stand in that table; its hints are made from it.
- A dialog is imported when it is first opened.
"""
