"""One notice, rendered once, as every channel is given it. Loaded only where a notice is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from standdown.base.text import canonical
from standdown.core.notice import Notice
from standdown.publish.render.links import Links
from standdown.publish.render.locale import Locale, english
from standdown.publish.render.message import Message
from standdown.publish.render.notice_payload import notice_detail
from standdown.publish.render.notice_text import called, notice_message, urgent_notice, verdict
from standdown.publish.render.text import headed, mail

__all__ = ["DETAIL_TYPE", "RenderedNotice", "render_notice", "subject_of"]

DETAIL_TYPE = "SDRS Protection Notice"


@dataclass(frozen=True, slots=True)
class RenderedNotice:
    """A notice with its subject and text for people, its detail and JSON for machines."""

    notice: Notice
    detail: dict[str, Any]
    json: str
    subject: str
    text: str
    execution_arn: str | None
    links: Links
    locale: Locale
    about: str = "notice"
    result: None = None
    detail_type: str = DETAIL_TYPE

    @property
    def identity(self) -> str:
        """Return the notice's id, in letters that a webhook's id may have."""
        return str(self.detail["event_id"])

    @property
    def at(self) -> datetime:
        """Return when it was due."""
        return self.notice.at

    @property
    def attributes(self) -> dict[str, str]:
        """Return by what a subscription can choose."""
        values = {"kind": "notice", "notice": self.notice.kind.value, "target": self.detail["target"]}
        return {key: value for key, value in values.items() if value}

    def message(self, language: str | None = None) -> Message:
        """Return what people read in a language, the stack's own where none is named."""
        return notice_message(self.notice, self.links, self.locale.of(language))


def render_notice(notice: Notice, links: Links, stacks: Locale | None = None) -> RenderedNotice:
    """Render a notice, its text in the stack's language."""
    words = stacks or english()
    payload = notice_detail(notice, links)
    return RenderedNotice(
        notice=notice,
        detail=payload,
        json=canonical(payload),
        subject=subject_of(notice, links.stack),
        text=mail(notice_message(notice, links, words), words),
        execution_arn=links.execution_of(notice),
        links=links,
        locale=words,
    )


def subject_of(notice: Notice, stack: str = "") -> str:
    """Return one line of ASCII, under 100 characters: which group, what it is about, and which stack says so."""
    said = verdict(notice, english())
    return headed(called(notice, english()), said, stack, urgent=urgent_notice(notice))
