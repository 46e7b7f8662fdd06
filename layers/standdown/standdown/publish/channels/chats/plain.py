"""Text of any origin made harmless before it is put into a chat: it can mention nobody and link nowhere.

Everything that a message says goes through here, whether another wrote it or not; only the markup around it is ours.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["clipped", "joined", "link", "marked", "plain"]

_DROPPED: dict[int, str | None] = dict.fromkeys(
    [*range(0x20), *range(0x7F, 0xA0), 0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x202F),
     *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080)]
)  # fmt: skip
_DROPPED |= dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029), " ")
"""Controls, and what is not seen: what joins, separates, turns the direction, or tags."""
_ANYWHERE = str.maketrans({"<": "\uff1c", ">": "\uff1e", "@": "\uff20"})
_IN_MARKDOWN = str.maketrans({
    "[": "\uff3b", "]": "\uff3d", "`": "\uff40", "*": "\uff0a", "_": "\uff3f", "~": "\uff5e", "!": "\uff01",
    "\\": "\uff3c", "&": "\uff06", "|": "\uff5c",
})  # fmt: skip
_AT_THE_START = {"#": "\uff03", "=": "\uff1d", "+": "\uff0b", "-": "\uff0d"}
_SCHEMES = re.compile(r"(?:www|mailto|tel|(?=://))([.:])", re.IGNORECASE)
"""What has a chat make a link of a bare text."""
_DOMAINS = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")
"""The dot of a bare domain: between what may be a name and letters. Numbers and ends of sentences have none."""


def plain(text: str) -> str:
    """Return a line for an element that knows no markup: no mention and no link can be read out of it."""
    seen = unicodedata.normalize("NFC", text).translate(_DROPPED).translate(_ANYWHERE)
    line = _DOMAINS.sub("\uff0e", " ".join(seen.encode("utf-8", "replace").decode().split()))
    return _SCHEMES.sub(lambda found: found[0][:-1] + ("\uff0e" if found[1] == "." else "\uff1a"), line)


def marked(text: str) -> str:
    """Return a line for an element that is read as markdown, of which nothing is left to be markup."""
    line = plain(text).translate(_IN_MARKDOWN)
    ours = line.startswith("- ")  # one of several, as the message lists them
    return f"{_AT_THE_START[line[0]]}{line[1:]}" if line[:1] in _AT_THE_START and not ours else line


def clipped(text: str, most: int) -> str:
    """Return a text of at most so many bytes of UTF-8, cut on a character's border."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - 3].decode(errors="ignore") + "…"


def link(label: str, url: str) -> str:
    """Return one of our own links as markdown; the address cannot end early."""
    return f"[{marked(label)}]({url.replace('(', '%28').replace(')', '%29').replace(' ', '%20')})"


def joined(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return steps with their numbers."""
    return tuple(f"{n}. {line}" for n, line in enumerate(lines, 1))
