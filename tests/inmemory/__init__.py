"""The whole stack in one process: the real code on stand-ins at the wire, a clock of its own, crashes on demand."""

from inmemory.boundary import Boundary, Crash, Cut
from inmemory.clock import Clock
from inmemory.dynamodb import MemoryDynamo
from inmemory.quiet import quiet
from inmemory.stack import Stack, Target

__all__ = ["Boundary", "Clock", "Crash", "Cut", "MemoryDynamo", "Stack", "Target", "quiet"]
