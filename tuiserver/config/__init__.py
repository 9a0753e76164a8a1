"""Settings: which there are, where they come from, and the folders of the user.

Rules of this folder:
- One table of options gives the help, the errors and the documentation.
"""
