"""The message as a mail: a subject that SNS takes, and a text that reads like a colleague's at three in the morning."""

from __future__ import annotations

import unicodedata

from standdown.base.text import clip
from standdown.core.operation import Operation
from standdown.publish.render.links import Links
from standdown.publish.render.locale import Locale, english
from standdown.publish.render.message import Link, Message, Section, message, verdict
from standdown.publish.render.phrases import name
from standdown.publish.render.urgency import urgent

__all__ = ["body", "headed", "mail", "subject"]

_LONGEST_LINE = 990
"""Bytes of a line of the text, its indentation included: a mail may have 998."""
_LONGEST, _STACK_ROOM, _LEAST_ROOM, _LEAST_STACK = 98, 32, 12, 8
"""Characters of a subject: at most in all and for the stack, at least for the target and for the stack."""
_LONG = 200
"""Characters: a link that is longer stands last."""


def subject(operation: Operation, stack: str = "") -> str:
    """Return one line of ASCII, under 100 characters: which group, how it ended, and which stack says so.

    The form is what SNS demands of a subject, and it begins with a letter. So it is English in every language.
    """
    words = verdict(operation, operation.ended, english())
    return headed(name(operation, english()), words, stack, urgent=urgent(operation))


def headed(name: str, words: str, stack: str, *, urgent: bool) -> str:
    """Return a subject: what it is about, in which few words, and which stack says so."""
    start = "ACTION NEEDED: SDRS " if urgent else "Standdown: "
    room = _LONGEST - len(f"{start}: {words}")
    sender = _sender(stack, room - _LEAST_ROOM - len(" []"))
    return f"{start}{_ascii(name, room - len(sender))}: {words}{sender}"


def _sender(stack: str, room: int) -> str:
    """Return the stack in brackets: of a long one the end, which differs by stage; nothing if there is no room."""
    shown, room = _ascii(stack, 128), min(room, _STACK_ROOM)
    if len(shown) > room:
        shown = f"...{shown[3 - room :]}" if room >= _LEAST_STACK else ""
    return f" [{shown}]" if shown else ""


def body(operation: Operation, links: Links, locale: Locale | None = None) -> str:
    """Return what is said of an operation as plain text, in English where no locale is given.

    Every foreign word in it is on one line and clipped. Raises ValueError where the operation has not ended.
    """
    words = locale or english()
    return mail(message(operation, links, words), words)


def mail(said: Message, locale: Locale) -> str:
    """Return a message as plain text."""
    short = [_line(link, locale) for link in said.links if len(link.url) <= _LONG]
    long = [_line(link, locale) for link in said.links if len(link.url) > _LONG]
    steps = [f"{n}. {step}" for n, step in enumerate(said.steps.lines, 1)]
    parts = [
        "\n".join(part for line in said.state for part in _broken(line)),
        _section(Section(said.steps.title, tuple(steps))),
        "\n".join(said.again) if said.again else "",
        "\n".join(short),
        *(_section(section) for section in said.facts),
        "\n".join(long),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _line(link: Link, locale: Locale) -> str:
    """Return a link on its line, or where it is found if no line of a mail can hold it."""
    too_long = len(link.url.encode()) > _LONGEST_LINE - 40
    return locale.say("record.line", label=link.label, value=locale.say("link.too_long") if too_long else link.url)


def _section(section: Section) -> str:
    lines = [f"  {part}" for line in section.lines for part in _broken(line)]
    return "\n".join([section.title, *lines])


def _ascii(text: str, room: int) -> str:
    """Return text in printable ASCII: letters lose their accents, what has no likeness becomes a question mark."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    printable = "".join(c if " " <= c <= "~" else "?" for c in clip(bare, room).replace("…", "..."))
    return printable if len(printable) <= room else f"{printable[: room - 3]}..."


def _broken(line: str) -> list[str]:
    """Return a line as several that a mail can hold, broken at blanks where there are any.

    Each begins with dots, so that what another wrote cannot begin a line of its own.
    """
    lines: list[str] = []
    while len(line.encode()) > _LONGEST_LINE:
        fits = line.encode()[:_LONGEST_LINE].decode(errors="ignore")
        head = fits.rpartition(" ")[0].rstrip()
        # The only blank may be the one behind the dots: broken there, the rest would never get shorter.
        if len(head) < len(fits) // 2:
            head = fits
        lines.append(head)
        line = f"… {line[len(head) :].lstrip()}"
    return [*lines, line]
