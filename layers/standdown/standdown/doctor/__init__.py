"""The doctor: could each target be stopped now? Reads, and sends nothing; works before and after deploying."""

from standdown.doctor.check import check
from standdown.doctor.verdict import CheckUp, Verdict, Verdicts

__all__ = ["CheckUp", "Verdict", "Verdicts", "check"]
