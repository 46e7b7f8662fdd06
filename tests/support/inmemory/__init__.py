"""The whole stack in one process: the real code on stand-ins at the wire, a clock of its own, crashes on demand."""

from support.inmemory.boundary import Boundary, Crash, Cut
from support.inmemory.clock import Clock
from support.inmemory.dynamodb import MemoryDynamo
from support.inmemory.quiet import quiet
from support.inmemory.stack import Stack, Target

__all__ = ["Boundary", "Clock", "Crash", "Cut", "MemoryDynamo", "Stack", "Target", "quiet"]
