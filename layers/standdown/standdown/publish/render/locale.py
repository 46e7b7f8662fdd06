"""The sentences of one language and the times of one zone: all that people read is said through a `Locale`.

The sentences of a language are one file of `languages/`. A sentence that a file lacks is said in English.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path

from standdown.base.zones import zone as find_zone
from standdown.sdrs.classify import meaning

__all__ = ["ENGLISH", "Locale", "english", "languages", "locale", "zone"]

ENGLISH = "en"
_FILES = Path(__file__).with_name("languages")
_MEANING = "meaning."
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True, slots=True)
class Locale:
    """A language's sentences by their keys, and the zone whose times stand beside UTC; None for UTC alone."""

    language: str = ENGLISH
    zone: tzinfo | None = None
    sentences: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(self, language: str | None) -> Locale:
        """Return the locale of another language with the same zone; this one where none, or its own, is named."""
        return self if language in (None, self.language) else locale(str(language), self.zone)

    def say(self, key: str, **values: str) -> str:
        """Return the sentence of a key with the values in it; raise KeyError where neither language has it."""
        return self._sentence(key).format(**values)

    def has(self, key: str) -> bool:
        """Return whether this very language has a sentence."""
        return key in self.sentences

    def count(self, key: str, n: int) -> str:
        """Return a sentence that counts something, in its form for one or for more."""
        return self.say(f"{key}.{'one' if n == 1 else 'many'}", n=str(n))

    def moment(self, when: datetime) -> str:
        """Return a time as `2026-11-24 02:14:09 UTC`, with the zone's own time beside it where there is a zone."""
        utc = f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        if self.zone is None:
            return self.say("moment", utc=utc)
        own = when.astimezone(self.zone)
        offset = f"{own:%z}"
        return self.say("moment.local", utc=utc, local=f"{own:%Y-%m-%d %H:%M:%S} UTC{offset[:3]}:{offset[3:5]}")

    def duration(self, span: timedelta) -> str:
        """Return a span in its two largest units: `2 minutes 5 seconds`; never negative."""
        left = max(0, round(span.total_seconds()))
        words = []
        for size, unit in _UNITS:
            count, left = divmod(left, size)
            if count:
                words.append(self.count(f"span.{unit}", count))
        return self.say("span.join").join(words[:2]) or self.say("span.none")

    def meaning(self, code: str | None) -> str | None:
        """Return what the documentation says a code of SDRS means; None for one that it does not list."""
        return self.sentences.get(f"{_MEANING}{code}") or meaning(code)

    def status(self, status: str) -> str:
        """Return a group's status as people of this language know it, with SDRS's own word in it."""
        key = f"status.{status}"
        return self.say("status", word=self.sentences[key], status=status) if key in self.sentences else status

    def _sentence(self, key: str) -> str:
        return self.sentences[key] if key in self.sentences else _read(ENGLISH)[key]


def locale(language: str = ENGLISH, timezone: tzinfo | None = None) -> Locale:
    """Return the locale of a language; raise ValueError where no file has it."""
    if language not in languages():
        raise ValueError(f"is not one of {', '.join(languages())}")
    return Locale(language, timezone, _read(language))


@cache
def english() -> Locale:
    """Return English with the times of UTC: what machines read."""
    return locale()


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a file."""
    return tuple(sorted(file.stem for file in _FILES.glob("*.json")))


def zone(name: str) -> tzinfo | None:
    """Return a zone of the IANA database by its name, None for UTC; raise ValueError where it is not known."""
    if name in ("", "UTC"):
        return None
    return find_zone(name)


@cache
def _read(language: str) -> Mapping[str, str]:
    sentences: dict[str, str] = json.loads((_FILES / f"{language}.json").read_text("utf-8"))
    return sentences
