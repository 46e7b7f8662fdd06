"""mutmut's own command line, without the timer that it keeps for each process: `python -m mutation.planting run NAME`.

That timer is never taken back. When it is over, its process has long ended, and where the numbers of processes are used
again the signal would strike somebody else's. A fault that makes the code go on for ever is found without it: by each
test's time limit, and by the limit of processor time that the process has.
"""

from __future__ import annotations

from mutmut import __main__ as mutmut
from mutmut.workers import isolation


def _no_timer(pid: int, timeout_s: float) -> None:
    """Do nothing."""


if __name__ == "__main__":
    isolation.register_timeout = _no_timer
    mutmut.cli()
