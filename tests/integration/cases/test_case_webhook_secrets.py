"""The webhooks' secret as people paste it together: what holds is used, the rest is named without its value."""

from __future__ import annotations

import io
import json

from integration.cases.scene import Case, Scene, cases, check
from integration.cases.senders import COMMAND, GITHUB, KEY, STANDARD, document, github, request, standard

_DISPATCH = json.dumps({"target": "payroll", "requested_at": "2026-03-17T21:41:50Z"})
_NUMBER = (r"number 1 in 'standard'",)
_PREFIX = (*_NUMBER, r"whsec_|redacted")
_NOT_SHOWN = (KEY[:12], GITHUB)


@cases(
    Case("a secret without its prefix", document(standard=[KEY]), "503", logs=_PREFIX, never=_NOT_SHOWN),
    Case("a secret with a version before it", document(standard=[f"v1,{STANDARD}"]), "503", logs=_PREFIX),
    Case(
        "a secret with a line break",
        document(standard=[f"{STANDARD}\n"]),
        "503",
        logs=(r"number 1 in 'standard': it has a blank or a line end",),
        never=_NOT_SHOWN,
    ),
    Case(
        "a secret in the alphabet of addresses and without padding",
        document(standard=["whsec_-_-_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo"]),
        "503",
        logs=(r"number 1 in 'standard': it is not base64",),
    ),
    Case(
        "a text for a list",
        document(standard=STANDARD),
        "503",
        logs=(r"'standard' must be a list",),
        never=_NOT_SHOWN,
    ),
    Case("a secret alone, without a document", STANDARD, "503", logs=(r"JSON",), never=_NOT_SHOWN),
    Case(
        "a document after a byte order mark",
        f"\ufeff{document()}",
        "503",
        logs=(r"byte order mark",),
        never=_NOT_SHOWN,
        or_ends="202, stopped",
    ),
    Case(
        "a document with a comma too many",
        f'{{\r\n  "standard": ["{STANDARD}"],\r\n}}\r\n',
        "503",
        logs=(r"line 3, column 1",),
        never=_NOT_SHOWN,
    ),
    Case(
        "a good secret beside a bad one",
        document(standard=[STANDARD, "whsec_dG9vIHNob3J0"]),
        "202, stopped",
        logs=(r"number 2 in 'standard'",),
        never=_NOT_SHOWN,
    ),
)
def test_a_secret_for_standard_webhooks(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.post(request(COMMAND, standard(COMMAND)), case.given)

    check(case, scene.became())


@cases(
    Case(
        "a line break after a secret of GitHub",
        document(github=[f"{GITHUB}\n"]),
        "503",
        logs=(r"number 1 in 'github'",),
        never=_NOT_SHOWN,
        or_ends="202, stopped",
    ),
)
def test_a_secret_for_github(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.post(request(_DISPATCH, github(_DISPATCH)), case.given)

    check(case, scene.became())
