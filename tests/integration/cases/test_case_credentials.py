"""Huawei Cloud's credential as people store it, and what its gateway says of one: what is told, and no secret ever."""

from __future__ import annotations

import io
import json
import time
from typing import Any

from integration.cases.scene import Case, Scene, cases, check
from simulator.defaults import ACCESS_KEY, SECRET_KEY
from standdown.entry.trigger_questions import ask_trigger

_AK, _SK = "HPAYROLLOFNOBODY0042", "q7LnobodysSecretKeyOfPayrollMadeUp000042"
_CORRECT = (r"(?i)\bcorrect\b[^.]*\bsecret\b",)
_NO_HELP = (r"many failures pass by themselves", r"ticket with Huawei Cloud support", _AK, _SK)
_SHOWN = (_SK[:16],)


def _keys(**changes: Any) -> str:
    return json.dumps({"access_key": ACCESS_KEY, "secret_key": SECRET_KEY} | changes)


def _none(name: str, document: str, *says: str) -> Case:
    """Return the case of a document that is no credential."""
    return Case(name, document, "failed", (*says, *_CORRECT), never=_NO_HELP)


@cases(
    Case("a good access key stops", _keys(), "stopped"),
    _none("a comma too many", f'{{\r\n  "access_key": "{_AK}",\r\n  "secret_key": "{_SK}",\r\n}}\r\n', r"JSON"),
    _none("two words and a colon", f"{_AK}:{_SK}", r"JSON"),
    _none("other names for the keys", json.dumps({"ak": _AK, "sk": _SK}), r"'ak', 'sk'"),
    _none(
        "the names of the console's file",
        json.dumps({"User Name": "payroll", "Access Key Id": _AK, "Secret Access Key": _SK}),
        r"access_key \+ secret_key",
    ),
    _none("an empty token", json.dumps({"access_key": _AK, "secret_key": _SK, "security_token": ""}), "security_token"),
    _none("a region beside the keys", json.dumps({"access_key": _AK, "secret_key": _SK, "region": "x"}), "'region'"),
    Case(
        "a byte order mark",
        f"\ufeff{_keys()}",
        "failed",
        (r"byte order mark",),
        or_ends="stopped",
    ),
    Case("a line break after the access key", _keys(access_key=f"{ACCESS_KEY}\n"), "failed", (r"access_key",)),
    Case(
        "a line break after the secret key",
        _keys(secret_key=f"{SECRET_KEY}\n"),
        "failed",
        (r"secret_key",),
        or_ends="stopped",
    ),
    Case(
        "a blank before the secret key",
        _keys(secret_key=f" {SECRET_KEY}"),
        "failed",
        (r"secret_key",),
        or_ends="stopped",
    ),
    Case(
        "a key that stands twice",
        f'{{"access_key": "{ACCESS_KEY}", "secret_key": "former", "secret_key": "{SECRET_KEY}"}}',
        "failed",
        (r"secret_key.*twice",),
    ),
)
def test_a_credential(case: Case, lines: io.StringIO) -> None:
    scene = _scene(lines, case.given)

    scene.put({"target": "payroll"})

    check(case, scene.became())


@cases(
    Case(
        "the secret key in the place of a key is not shown",
        json.dumps({_SK: _AK}),
        "failed",
        (r"access_key \+ secret_key",),
        never=_SHOWN,
    ),
)
def test_a_credential_that_shows_more_than_names(case: Case, lines: io.StringIO) -> None:
    scene = _scene(lines, case.given)

    scene.put({"target": "payroll"})
    checked = ask_trigger({"check": True}, scene.invocation())

    check(case, scene.became())
    assert _SK[:16] not in repr((checked, scene.topic.details, scene.bus.details, scene.dynamodb.items))


def _said(code: str, message: str) -> str:
    return json.dumps({"error_code": code, "error_msg": message, "request_id": "d9a1f5c07e6b43c2"})


_GATEWAYS = "Incorrect IAM authentication information"


@cases(
    Case(
        "an access key in the gateway's words is hidden",
        _said("APIGW.0301", f"{_GATEWAYS}: ak {ACCESS_KEY} not exist"),
        "failed",
        (r"APIGW\.0301",),
        never=(ACCESS_KEY,),
    ),
    Case(
        "the request that the gateway quotes does no harm",
        _said(
            "APIGW.0301",
            f"{_GATEWAYS}: verify aksk signature fail, canonicalRequest:POST|/v1/0605/server-groups/||"
            "host:sdrs.example.com|x-sdk-date:20260317T214211Z||host;x-sdk-date|9b1c",
        ),
        "failed",
        (r"APIGW\.0301",),
        never=(SECRET_KEY,),
    ),
    Case(
        "a signature that has expired is a matter of the clock",
        _said("APIGW.0301", f"{_GATEWAYS}: Signature expired, timestamp is too old"),
        "failed",
        (r"\bclock\b",),
    ),
)
def test_a_refusal_of_the_gateway(case: Case, lines: io.StringIO) -> None:
    scene = _scene(lines, _keys())
    scene.fault(status=401, body=case.given)

    scene.put({"target": "payroll"})

    check(case, scene.became())
    kept = repr((scene.topic.details, scene.bus.details, scene.dynamodb.items))
    assert not [shown for shown in case.never if shown in kept]


def _scene(log: io.StringIO, document: str) -> Scene:
    """Return a scene with this credential; signatures go by the clock of this machine."""
    scene = Scene(log)
    scene.secret = lambda: document
    scene.sdrs.identity.clock = time.time
    return scene
