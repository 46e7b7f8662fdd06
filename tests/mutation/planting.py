"""mutmut's own command line, without the timer that it keeps for each process: `python -m mutation.planting run NAME`.

That timer is never taken back. When it is over, its process has long ended, and where the numbers of processes are used
again the signal would strike somebody else's. A fault that makes the code go on for ever is found without it: by each
test's time limit, and by the limit of processor time that the process has.
"""

from __future__ import annotations

import sys

from mutmut import __main__ as mutmut
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.workers import isolation


def _no_timer(pid: int, timeout_s: float) -> None:
    """Do nothing."""


if __name__ == "__main__":
    isolation.register_timeout = _no_timer
    if sys.argv[1] == "show":  # what is shown is read from the copy that has the faults
        for path in walk_mutatable_files():
            mutmut.create_file_mutants(path)
    mutmut.cli()
