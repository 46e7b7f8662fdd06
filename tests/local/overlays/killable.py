"""Around any function: it dies, or hangs until it is killed, before or after a call that it makes to the outside.

Beside it: `switchboard.json` with `function`, its name, and `folder`, where `local.switchboard` leaves its orders.
"""

import json
import os
import random
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.handlers

from standdown.base.http.exchange import Answer, Request
from standdown.sdrs import call

GIVEN = json.loads((Path(__file__).parent / "switchboard.json").read_text())
FUNCTION, FOLDER = str(GIVEN["function"]), Path(GIVEN["folder"])
DETOUR = FOLDER / "detour"
"""The host and port through which calls to AWS are led, as soon as the file is there."""

current = ""
"""The event that is being worked on, as text."""


def step(name: str, about: str) -> None:
    """Do what is ordered for a step; `about` is the text of the call."""
    for path in sorted(FOLDER.glob(f"{FUNCTION}-*.order")):
        try:
            order = json.loads(path.read_text())
            if order["step"] != name or not concerns(order["containing"], about):
                continue
            if not order["for_ever"]:
                path.unlink()  # only one process can carry it out
        except OSError:
            continue
        do(name, order["deed"], order["containing"])
    try:
        chance = float((FOLDER / f"{FUNCTION}.chance").read_text())
    except (OSError, ValueError):
        return
    if random.random() < chance:  # noqa: S311 - chance, not a secret
        do(name, "die", "by chance")


def concerns(wanted: list[str], about: str) -> bool:
    """Return whether a call, or all that its function works on, is about something; the trigger has many at once."""
    where = about if FUNCTION == "trigger" else about + current
    return not wanted or any(one in where for one in wanted)


def do(name: str, deed: str, why: object) -> None:
    """Leave a note, and die, or hang."""
    with (FOLDER / "deeds").open("a") as notes:
        notes.write(f"{FUNCTION}: {deed} {name} {why}\n")
    if deed == "hang":
        time.sleep(600)
    os._exit(137)


def before_aws(event_name: str, params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    """Take note that an AWS service is about to be called."""
    context["about"] = str(params.get("body", ""))
    step(f"before {event_name.removeprefix('before-call.')}", context["about"])


def after_aws(event_name: str, context: dict[str, Any], **_: object) -> None:
    """Take note that an AWS service has answered."""
    step(f"after {event_name.removeprefix('after-call.')}", context.get("about", ""))


def lead(request: Any, **_: object) -> None:
    """Send a call to AWS through the proxy, signed already for where the proxy hands it on to, whose Host it then has.

    Were the client given the proxy's address, that would be the host signed, and refused where IAM is enforced.
    """
    if DETOUR.exists():
        request.url = urlsplit(request.url)._replace(netloc=DETOUR.read_text()).geturl()


def call_of(request: Request) -> str:
    """Return the name of a call to Huawei Cloud."""
    path = request.url.split("?")[0]
    if request.method == "POST":
        return "sdrs.stop" if path.endswith("/action") else "iam.token"
    if "/jobs/" in path:
        return "sdrs.job"
    return "sdrs.group" if "/server-groups/" in path else "sdrs.list"


def watched(request: Request, *how: Any) -> Answer:
    """Send a request to Huawei Cloud between two steps."""
    step(f"before {call_of(request)}", request.url)
    answer = exchange(request, *how)
    step(f"after {call_of(request)}", request.url)
    return answer


exchange = call.exchange  # type: ignore[attr-defined]
call.exchange = watched  # type: ignore[attr-defined,assignment]
botocore.handlers.BUILTIN_HANDLERS += [("before-call", before_aws), ("after-call", after_aws), ("before-send", lead)]

# Only now: the function makes its clients when it is imported.
from deployed_app import lambda_handler as deployed  # type: ignore[import-not-found]  # noqa: E402


def lambda_handler(event: Any, context: Any) -> Any:
    """Hand the call on."""
    global current  # noqa: PLW0603 - a process works on one event at a time
    current = json.dumps(event)
    return deployed(event, context)
