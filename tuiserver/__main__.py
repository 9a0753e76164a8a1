"""`python -m tuiserver` is `tuiserver`."""

import sys

from tuiserver.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
