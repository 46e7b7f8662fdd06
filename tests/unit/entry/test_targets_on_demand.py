"""A request that names its target reads that document and the mode in one call, however many targets there are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from standdown.aws.settings import Environment
from standdown.core.request import Mode, Source, StopRequest
from standdown.core.retry import RetryLaterError
from standdown.core.targets import Targets
from standdown.entry.wiring import acting, aws
from support.deployed import Deployed, deployment, forget_clients


@dataclass(slots=True)
class Reads:
    """The stack's targets, and which calls to the Parameter Store they take: the names that each asks for, or all."""

    deployed: Deployed
    calls: list[list[str] | str] = field(default_factory=list)

    @property
    def targets(self) -> Targets:
        """Return the targets as an invocation has them."""
        return acting.targets(acting.ActingSettings.read(Environment(self.deployed.values)))

    def note(self, params: dict[str, Any], **_: Any) -> None:
        """Note a call."""
        self.calls.append(params.get("Names", "all"))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reads]:
    forget_clients()
    with deployment(monkeypatch) as deployed:
        for name, value in deployed.values.items():
            monkeypatch.setenv(name, value)
        deployed.target()
        deployed.target("crm-prod", mode="off")
        reads = Reads(deployed)
        for call in ("GetParameters", "GetParametersByPath"):
            aws.client("ssm").meta.events.register(f"provide-client-params.ssm.{call}", reads.note)
        yield reads
    forget_clients()


def wanted(target: str | None = None, server_group_id: str | None = None) -> StopRequest:
    return StopRequest("d-1", Source.QUEUE, datetime.now(UTC), target, server_group_id)


ONE = ["/standdown/mode", "/standdown/targets/erp-prod"]


def test_a_target_is_read_by_its_name_and_with_the_mode_in_one_call(reads: Reads) -> None:
    targets = reads.targets

    found = targets.find(wanted(target="erp-prod"))

    assert found is not None
    assert (found.name, targets.mode, targets.bad_mode) == ("erp-prod", Mode.LIVE, None)
    assert reads.calls == [ONE]


@pytest.mark.parametrize(("mode", "read"), [("off", Mode.OFF), ("dry-run", Mode.DRY_RUN), ("of", Mode.OFF)])
def test_the_mode_that_is_read_beside_a_target_counts(reads: Reads, mode: str, read: Mode) -> None:
    aws.client("ssm").put_parameter(Name="/standdown/mode", Value=mode, Type="String")
    targets = reads.targets

    targets.find(wanted(target="erp-prod"))

    assert (targets.mode, targets.bad_mode) == (read, "of" if mode == "of" else None)
    assert reads.calls == [ONE]


def test_a_target_and_the_mode_that_were_read_are_believed_for_fifty_seconds(reads: Reads) -> None:
    modes = []
    with time_machine.travel(aws.now(), tick=False) as clock:
        reads.targets.find(wanted(target="erp-prod"))
        aws.client("ssm").put_parameter(Name="/standdown/mode", Value="off", Type="String")
        for seconds in (49, 2):
            clock.shift(timedelta(seconds=seconds))
            targets = reads.targets
            targets.find(wanted(target="erp-prod"))
            modes.append(targets.mode)

    assert modes == [Mode.LIVE, Mode.OFF]
    assert reads.calls == [ONE, ONE]


def test_where_all_were_read_a_moment_ago_none_is_read_again(reads: Reads) -> None:
    assert {target.name for target in reads.targets} == {"erp-prod", "crm-prod"}

    found = reads.targets.find(wanted(target="crm-prod"))

    assert found is not None
    assert found.mode is Mode.OFF
    assert reads.calls == ["all"]


def test_a_request_with_a_groups_id_sees_all_targets(reads: Reads) -> None:
    known = next(iter(reads.targets))

    assert reads.targets.find(wanted(server_group_id=str(known.server_group_id))) is not None
    assert reads.calls == ["all"]


@pytest.mark.parametrize(
    ("target", "calls"),
    [
        ("hr-prod", [["/standdown/mode", "/standdown/targets/hr-prod"], "all"]),
        ("Erp-Prod", ["all"]),
        ("a/../mode", ["all"]),
    ],
)
def test_why_a_target_is_unknown_is_said_after_a_look_at_all(
    reads: Reads, target: str, calls: list[list[str] | str]
) -> None:
    aws.client("ssm").put_parameter(Name="/standdown/Hr-Prod", Value="{}", Type="String")
    targets = reads.targets
    request = wanted(target=target)

    assert targets.find(request) is None
    assert targets.why(request).code == ("misplaced_target" if target == "hr-prod" else "unknown_target")
    assert reads.calls == calls


def test_an_invalid_document_is_refused_for_what_is_wrong_with_it(reads: Reads) -> None:
    aws.client("ssm").put_parameter(
        Name="/standdown/targets/erp-prod", Value=json.dumps({"mode": "live"}), Type="String", Overwrite=True
    )
    targets, request = reads.targets, wanted(target="erp-prod")

    assert targets.find(request) is None
    assert targets.why(request).code == "bad_target"
    assert set(targets.broken) == {"erp-prod"}
    assert set(targets.valid) == {"crm-prod"}


def test_where_the_role_may_not_read_by_name_yet_all_are_read(reads: Reads) -> None:
    denied = Stubber(aws.client("ssm"))
    denied.add_client_error("get_parameters", "AccessDeniedException")
    page = aws.client("ssm").get_parameters_by_path(Path="/standdown", Recursive=True, WithDecryption=False)
    denied.add_response("get_parameters_by_path", page)
    with denied:
        found = reads.targets.find(wanted(target="erp-prod"))

    assert found is not None
    assert found.name == "erp-prod"


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_where_the_parameter_store_fails_the_request_is_tried_again_later(reads: Reads, code: str) -> None:
    failing = Stubber(aws.client("ssm"))
    failing.add_client_error("get_parameters", code)

    with failing, pytest.raises(RetryLaterError, match="the targets below /standdown could not be read"):
        reads.targets.find(wanted(target="erp-prod"))


def test_where_the_parameter_store_is_not_there_it_is_asked_no_second_thing(reads: Reads) -> None:
    def gone(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://ssm.example.com")

    aws.client("ssm").meta.events.register("before-send.ssm.GetParameters", gone)

    with pytest.raises(RetryLaterError):
        reads.targets.find(wanted(target="erp-prod"))

    assert reads.calls == [ONE]


def test_a_target_that_is_read_alone_is_skipped_on_the_days_of_its_calendars_all_the_same(reads: Reads) -> None:
    shown = json.dumps({"zone": "UTC", "dates": ["2026-12-25"]})
    aws.client("ssm").put_parameter(Name="/standdown/calendars/holidays", Value=shown, Type="String")
    aws.client("ssm").put_parameter(Name="/standdown/calendars/broken", Value="{", Type="String")
    reads.deployed.target("night", skip_on=["holidays"])
    targets = reads.targets

    found = targets.find(wanted(target="night"))

    assert found is not None
    assert [calendar.name for calendar in targets.calendars_of(found)] == ["holidays"]
    assert set(targets.broken_calendars) == {"broken"}
    assert targets.broken_documents == 1
