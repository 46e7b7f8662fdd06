"""SMN's certificate as people paste it: the forms that are read, and what is said of those that are not."""

from __future__ import annotations

import io
import json
import textwrap

from integration.cases.cloud_eye import alarm
from integration.cases.scene import GROUP, Case, Scene, cases, check
from integration.cases.senders import EXPIRED, PEM, TOPIC, document, smn
from support.inmemory.stack import Target

_NAMED = (r"number 1 in 'smn\.keys'",)
_BODY = "".join(PEM.splitlines()[1:-1])
_BAG = "Bag Attributes\n    localKeyID: 01\n    friendlyName: storage\nsubject=CN = storage\n"


@cases(
    Case("line ends of Windows", [PEM.replace("\n", "\r\n")], "202, stopped"),
    Case("indented lines", [textwrap.indent(PEM, "    ").rstrip()], "202, stopped"),
    Case("a backslash and an n for each line's end", [PEM.replace("\n", "\\n")], "503", logs=_NAMED),
    Case("a byte order mark", [f"\ufeff{PEM}"], "503", logs=_NAMED),
    Case("a chain of two", [PEM + PEM], "503", logs=_NAMED),
    Case("no header", [_BODY], "503", logs=_NAMED, never=(_BODY[:40],)),
    Case("the attributes that openssl prints", [_BAG + PEM], "503", logs=_NAMED),
    Case(
        "the certificate's address",
        ["https://smn.la-north-2.myhuaweicloud.com/smn/SMN_la-north-2_2.pem"],
        "503",
        logs=_NAMED,
    ),
    Case(
        "an expired certificate beside the present one",
        [EXPIRED, PEM],
        "202, stopped",
        logs=(r"number 1|expired|does not hold",),
    ),
)
def test_a_pinned_certificate(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines, [Target("payroll", GROUP, {"alarms": ["payroll-damage-*"]})])
    secrets = json.loads(document()) | {"smn": {"keys": case.given, "topic_urns": [TOPIC]}}

    scene.post(smn(alarm()), json.dumps(secrets))

    check(case, scene.became())
