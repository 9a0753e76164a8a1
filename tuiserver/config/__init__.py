"""Settings: which exist, where they are loaded from, and the user's folders.

Rules of this folder:
- One table of options generates the help, the error messages and the documentation.
- Only `paths.py` knows where the user's files are.
"""
