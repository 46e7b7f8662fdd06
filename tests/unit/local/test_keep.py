"""What a demo that stays tells its viewer to type: commands that there are, at the stack that there is."""

from __future__ import annotations

import json
import shlex
from types import SimpleNamespace
from typing import Any

import click
import pytest

from local import keep
from simulator import defaults
from standdown_cli.command import standdown

CLOUD: Any = SimpleNamespace(
    endpoint="http://127.0.0.1:4566", stack="standdown", simulator=SimpleNamespace(url="http://127.0.0.1:8089")
)


def lines() -> list[str]:
    return keep.told(CLOUD).splitlines()


def test_the_terminal_of_the_viewer_is_led_to_the_local_cloud() -> None:
    given = dict(word.split("=", 1) for word in shlex.split(keep.played(CLOUD).splitlines()[0])[1:])

    assert lines()[0] == "source .cache/play.sh"
    assert (given["AWS_ENDPOINT_URL"], given["STANDDOWN_STACK"]) == (CLOUD.endpoint, "standdown")
    assert given["AWS_SECRET_ACCESS_KEY"] == "test"


@pytest.mark.parametrize("line", [one for one in lines() if one.startswith("standdown ")])
def test_a_command_to_play_with_is_one(line: str) -> None:
    _, name, *words = shlex.split(line)
    command = standdown.commands[name]

    assert command.make_context(name, words, parent=click.Context(standdown)).params


def test_the_simulator_s_switch_enables_protection_of_the_demo_s_group() -> None:
    (switch,) = [one for one in lines() if one.endswith("'") and "/_sim/groups" in one]

    body = json.loads(shlex.split(switch)[-1])
    assert body == {"groups": [{"id": defaults.ERP_PROD, "status": "protected"}]}
