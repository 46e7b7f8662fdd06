"""`python -m standdown_cli`, which is what the make targets call: the command `standdown`."""

from __future__ import annotations

import sys

from standdown_cli.command import main

if __name__ == "__main__":
    sys.exit(main())
