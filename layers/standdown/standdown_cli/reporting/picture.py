"""The picture: for each target one line of time in plain SVG, placed in per cent, so that it fits every width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from standdown_cli.reporting.escaping import escaped
from standdown_cli.reporting.protection import Lane, Protection, Span, time_of
from standdown_cli.words import asked_by, ended, moment

_TICKS = 4
_MARKS = {
    "succeeded": "stopped",
    "resumed": "resumed",
    "dry_run": "rehearsal",
    "refused": "refused",
    "failed": "trouble",
    "timed_out": "trouble",
    "unknown": "trouble",
}
"""The outcomes that are marks on the line: the span of a stop may be too short to be seen."""

MARKS = (
    ("stopped", "stops"), ("resumed", "resumes"), ("rehearsal", "rehearsals"), ("refused", "refused"),
    ("trouble", "trouble"), ("notice", "notices"),
)  # fmt: skip
"""Each kind of mark, and the word that the legend has for it."""

DEFINITIONS = (
    '<svg width="0" height="0" aria-hidden="true" class="definitions"><defs>'
    '<pattern id="off" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="8" height="8" class="off"/><rect width="3" height="8" class="stripe"/></pattern>'
    '<pattern id="unclear" width="8" height="8" patternUnits="userSpaceOnUse">'
    '<rect width="8" height="8" class="unclear"/><circle cx="4" cy="4" r="1.4" class="dot"/></pattern>'
    "</defs></svg>"
)


def picture(lane: Lane, since: datetime, until: datetime, words: Mapping[str, str]) -> str:
    """Return one target's line of time: a rectangle for each span, a mark for most operations."""
    parts = [f'<svg class="lane" width="100%" height="40" role="group" aria-label="{escaped(lane.target)}">']
    parts += (_span(span, since, until, words) for span in lane.spans)
    parts += _marks(lane, since, until, words)
    parts.append("</svg>")
    return "".join(parts)


def axis(since: datetime, until: datetime) -> str:
    """Return the scale below the lines: five times, evenly apart."""
    step = (until - since) / _TICKS
    parts = ['<svg class="axis" width="100%" height="34" aria-hidden="true">']
    for number in range(_TICKS + 1):
        anchor = "start" if number == 0 else "end" if number == _TICKS else "middle"
        when = (since + step * number).isoformat()
        at = f"{100 * number / _TICKS:g}%"
        inner = "" if number % 2 == 0 else ' class="inner"'
        parts.append(f'<line x1="{at}" x2="{at}" y1="0" y2="6"/>')
        parts.append(
            f'<text{inner} x="{at}" y="20" text-anchor="{anchor}">{moment(when)[: _shown(until - since)]}</text>'
        )
    return "".join([*parts, "</svg>"])


def legend(words: Mapping[str, str]) -> str:
    """Return what the fillings mean."""
    states = "".join(
        f'<li><svg width="28" height="14" aria-hidden="true"><rect width="28" height="14" {_fill(state)}/></svg> '
        f"{escaped(words[f'state_{state.value}'])}</li>"
        for state in Protection
    )
    marks = "".join(
        f'<li><svg width="16" height="16" aria-hidden="true">{_shape(kind, "8")}</svg> {escaped(words[name])}</li>'
        for kind, name in MARKS
    )
    return f'<ul class="legend">{states}{marks}</ul>'


def _span(span: Span, since: datetime, until: datetime, words: Mapping[str, str]) -> str:
    begin, width = _at(span.begin, since, until), _at(span.end, since, until) - _at(span.begin, since, until)
    said = words["from_to"].format(
        state=words[f"state_{span.state.value}"], begin=moment(span.begin.isoformat()), end=moment(span.end.isoformat())
    )
    if span.operation and span.state in (Protection.STOPPING, Protection.OFF):
        said += f", {words['by'].format(who=span.operation['who'])}"
    name = escaped(said)
    return (
        f'<rect x="{begin:.4f}%" y="8" width="{width:.4f}%" height="24" {_fill(span.state)} '
        f'data-state="{span.state.value}" role="img" aria-label="{name}"><title>{name}</title></rect>'
    )


def _marks(lane: Lane, since: datetime, until: datetime, words: Mapping[str, str]) -> Iterator[str]:
    for one in lane.operations:
        kind = _MARKS.get(one["outcome"] or "")
        if kind:
            at = f"{_at(time_of(one['received_at']), since, until):.4f}%"
            said = words["mark"].format(end=ended(one), when=moment(one["received_at"]), who=one["who"])
            name = escaped(said)
            yield (
                f'<a href="#{_anchor(one)}" aria-label="{name}" data-mark="{kind}"><title>{name}</title>'
                f"{_shape(kind, at)}</a>"
            )

    for one in lane.notices:
        at = f"{_at(time_of(one['at']), since, until):.4f}%"
        kind, who = words.get(f"notice_{one['kind']}", one["kind"]), asked_by(one.get("hold") or {})
        said = words["mark"].format(end=kind, when=moment(one["at"]), who=who)
        yield (
            f'<a href="#{escaped(notice_anchor(one))}" aria-label="{escaped(said)}" data-mark="notice">'
            f"<title>{escaped(said)}</title>{_shape('notice', at)}</a>"
        )


def notice_anchor(notice: Mapping[str, Any]) -> str:
    """Return the name of a notice's row."""
    return str(notice["notice_id"]).replace("#", "-")


def _shape(kind: str, at: str) -> str:
    y = 20 if at.endswith("%") else 8
    return f'<circle cx="{at}" cy="{y}" r="6" class="mark {kind}"/>'


def _fill(state: Protection) -> str:
    patterned = state in (Protection.OFF, Protection.UNCLEAR)
    return f'fill="url(#{state.value})" class="edge"' if patterned else f'class="{state.value} edge"'


def _at(when: datetime, since: datetime, until: datetime) -> float:
    """Return where a time is, in per cent of the period."""
    return 100 * ((when - since) / (until - since))


def _shown(period: timedelta) -> int:
    return len("2026-01-02") if period >= timedelta(days=_TICKS) else len("2026-01-02 03:04")


def _anchor(one: dict[str, Any]) -> str:
    return f"op-{escaped(one['operation_id'])}"
