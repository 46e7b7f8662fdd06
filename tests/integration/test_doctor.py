"""The doctor on the simulator: six groups in six states, every form of credential, each trouble its own verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from simulator import SdrsService
from simulator import defaults as sim
from simulator.adapter import SimulatorDial
from standdown.base.text_table import places
from standdown.core.operation import GroupRef, Operation
from standdown.core.request import Mode, Source, StopRequest
from standdown.core.targets import TargetDefaults, Targets, read_targets
from standdown.doctor.check import check
from standdown.doctor.verdict import CheckUp, Verdict, Verdicts
from standdown.huawei.account import HuaweiAccount, SecretError
from standdown.ledger.ledger import Ledger
from standdown.ledger.table import LedgerError, Table
from standdown.sdrs import iam
from support.inmemory.template import table_keys

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY = {"access_key": sim.ACCESS_KEY, "secret_key": sim.SECRET_KEY}
IDS = {group["name"]: group["id"] for group in sim.GROUPS}


@pytest.fixture(autouse=True)
def no_tokens() -> Iterator[None]:
    iam._tokens.clear()
    yield
    iam._tokens.clear()


@pytest.fixture
def service() -> SdrsService:
    return SdrsService()


def huawei(service: SdrsService, credential: Any = None, **places_: str) -> HuaweiAccount:
    document = json.dumps(credential or KEY)
    return HuaweiAccount(lambda *, force: document, dial=SimulatorDial(service), **places_)  # type: ignore[arg-type]  # noqa: ARG005


def targets(documents: dict[str, Any], mode: str = "live", project: str | None = sim.PROJECT_ID) -> Targets:
    texts = {f"targets/{name}": doc if isinstance(doc, str) else json.dumps(doc) for name, doc in documents.items()}
    return read_targets({**texts, "mode": mode}, TargetDefaults(sim.REGION, project))


def one(service: SdrsService, document: Any, mode: str = "live", **more: Any) -> CheckUp:
    (found,) = check(targets({"erp-prod": document}, mode), huawei(service), NOW, **more).targets
    return found


def by_id(name: str = "erp-prod", **more: Any) -> dict[str, Any]:
    return {"server_group_id": IDS[name], **more}


def test_six_targets_in_six_states_get_six_verdicts(service: SdrsService) -> None:
    service.put_group({"id": "1" * 8 + IDS["lab"][8:], "name": "billing", "status": "protected"})

    found = check(
        targets(
            {
                "erp-prod": by_id("erp-prod"),
                "intranet": {"server_group_name": "intranet"},
                "archive": by_id("archive"),
                "billing": {"server_group_name": "billing"},
                "crm-prod": '{"server_group_id": "crm"}',
                "ghost": {"server_group_name": "ghost"},
            }
        ),
        huawei(service),
        NOW,
    )

    assert {each.target: each.verdict for each in found.targets} == {
        "archive": Verdict.NOT_NOW,
        "billing": Verdict.AMBIGUOUS,
        "crm-prod": Verdict.BROKEN,
        "erp-prod": Verdict.READY,
        "ghost": Verdict.NOT_FOUND,
        "intranet": Verdict.ALREADY_OFF,
    }
    assert not found.all_ready
    assert [call.method for call in service.calls] == ["GET"] * len(service.calls)


@pytest.mark.parametrize(
    ("status", "verdict", "told"),
    [
        ("protected", Verdict.READY, "The group is protected: SDRS would take a stop."),
        ("error-stopping", Verdict.READY, "The group is error-stopping"),
        ("available", Verdict.ALREADY_OFF, "protection is off"),
        ("stopping", Verdict.NOT_NOW, "is under way"),
        ("failed-over", Verdict.NOT_NOW, "status is failed-over"),
        ("reprotecting", Verdict.NOT_NOW, "The group is reprotecting, which passes."),
        ("brand-new", Verdict.NOT_NOW, "status is brand-new"),
    ],
)
def test_the_groups_status_decides(service: SdrsService, status: str, verdict: Verdict, told: str) -> None:
    service.put_group({"id": IDS["erp-prod"], "status": status, "extra": {"odd": status == "brand-new"}})

    found = one(service, by_id())

    assert (found.verdict, found.group_status) == (verdict, status)
    assert told in found.why


@pytest.mark.parametrize(
    ("document", "mode", "told"),
    [
        ({"mode": "off"}, "live", "The target 'erp-prod' is switched off."),
        ({}, "off", "switched off for the whole stack"),
        ({}, "on", "the stack's mode is 'on': set it to live, dry-run or off"),
        ({"mode": "dry-run"}, "live", "only rehearsed: this target is in dry-run"),
        ({}, "dry-run", "only rehearsed: the whole stack is in dry-run"),
        ({"mode": "dry-run"}, "off", "switched off for the whole stack"),
        ({"mode": "off", "sources": []}, "live", "The target 'erp-prod' is switched off."),
        ({"mode": "dry-run", "sources": ["alarm"], "alarms": ["erp-*"]}, "live", "only rehearsed: this target"),
        ({"sources": []}, "live", "No source may ask"),
        ({"sources": ["alarm"]}, "live", "Only alarms may ask for it, and none is named"),
    ],
)
def test_a_brake_that_would_hold_every_request_is_told(
    service: SdrsService, document: dict[str, Any], mode: str, told: str
) -> None:
    found = one(service, by_id(**document), mode)

    assert (found.verdict, found.group_status) == (Verdict.NOT_NOW, "protected")
    assert told in found.why


@pytest.mark.parametrize("sources", [["alarm"], ["alarm", "queue"], ["webhook"], ["schedule", "direct"]])
def test_one_source_that_may_ask_is_enough(service: SdrsService, sources: list[str]) -> None:
    assert one(service, by_id(sources=sources, alarms=["erp-*"])).verdict is Verdict.READY


@pytest.mark.parametrize(
    ("document", "mode", "told"),
    [
        ({"mode": "dry-run"}, "dry-run", None),
        ({"sources": ["queue"]}, "live", "'erp-prod' takes requests from queue, not from direct"),
        ({"mode": "off"}, "live", "is switched off"),
        ({}, "off", "switched off for the whole stack"),
    ],
)
def test_a_direct_invocation_that_would_be_refused_is_told(
    service: SdrsService, document: dict[str, Any], mode: str, told: str | None
) -> None:
    refused = one(service, by_id(**document), mode).direct_refused

    assert refused is None if told is None else told in str(refused)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "not JSON"),
        ("[]", "must be a JSON object"),
        ({"server_group_id": "x"}, "key 'server_group_id'"),
        ({"server_group_name": "a", "mode": "on"}, "key 'mode': must be live, dry-run or off"),
        ({"group": "a"}, "'group'"),
    ],
)
def test_a_broken_document_names_its_key_and_is_looked_up_nowhere(
    service: SdrsService, document: Any, told: str
) -> None:
    found = one(service, document)

    assert found.verdict is Verdict.BROKEN
    assert told in found.why
    assert service.calls == []


def test_a_calendar_that_is_missing_or_broken_is_shown_with_what_to_do(service: SdrsService) -> None:
    documents = {
        "targets/erp-prod": json.dumps(by_id(skip_on=["holidays"])),
        "calendars/freeze": '{"zone": "Mars/Base", "dates": []}',
    }
    found = read_targets(documents, TargetDefaults(sim.REGION, sim.PROJECT_ID))

    everything = check(found, huawei(service), NOW)
    alone = check(found, huawei(service), NOW, only="erp-prod")

    assert [(each.target, each.verdict) for each in everything.targets] == [
        ("calendars/freeze", Verdict.BROKEN), ("calendars/holidays", Verdict.BROKEN), ("erp-prod", Verdict.READY),
    ]  # fmt: skip
    assert everything.targets[1].why == (
        "Calendar 'holidays', key '(document)': is missing: target 'erp-prod' skips on it."
    )
    assert everything.targets[1].next_step.endswith("until then this calendar skips nothing.")
    assert [each.target for each in alone.targets] == ["calendars/holidays", "erp-prod"]
    assert not everything.all_ready


def test_a_target_that_only_schedules_stop_is_ready_on_a_day_of_a_calendar_too(service: SdrsService) -> None:
    day = json.dumps({"zone": "UTC", "dates": [f"{NOW:%Y-%m-%d}"]})
    documents = {"targets/erp-prod": json.dumps(by_id(sources=["schedule"])), "calendars/erp-prod": day}

    (found,) = check(read_targets(documents, TargetDefaults(sim.REGION, sim.PROJECT_ID)), huawei(service), NOW).targets

    assert found.verdict is Verdict.READY


def test_a_parameter_that_is_no_target_is_shown_with_what_to_do(service: SdrsService) -> None:
    found = check(targets({"Payroll": by_id()}), huawei(service), NOW)

    assert [(each.target, each.verdict) for each in found.targets] == [("Payroll", Verdict.BROKEN)]
    assert "as it stands it has no effect" in found.targets[0].next_step


TOKEN_ONLY = {"token": "made-up"}
PASSWORD = {"user": sim.USER, "password": sim.PASSWORD, "domain": sim.DOMAIN}


@pytest.mark.parametrize(
    ("credential", "form", "verdict"),
    [
        (KEY, "access key", Verdict.READY),
        (PASSWORD, "password", Verdict.READY),
        (TOKEN_ONLY, "token", Verdict.NO_ACCESS),
        ({**KEY, "security_token": "st"}, "temporary access key", Verdict.NO_ACCESS),
        ({**KEY, "secret_key": "wrong"}, "access key", Verdict.NO_ACCESS),
        ({**PASSWORD, "password": "wrong"}, "password", Verdict.NO_ACCESS),
        ({"secret": "x"}, "not usable (the credentials have unknown keys: 'secret'", Verdict.NO_ACCESS),
    ],
)
def test_the_credential_is_told_by_its_form_and_never_by_its_value(
    service: SdrsService, credential: dict[str, str], form: str, verdict: Verdict
) -> None:
    found = check(targets({"erp-prod": by_id()}), huawei(service, credential), NOW)

    assert found.credential.startswith(form)
    assert [each.verdict for each in found.targets] == [verdict]
    told = json.dumps(found.to_dict())
    assert not [value for value in credential.values() if len(value) > 5 and value in told]


def test_a_secret_that_cannot_be_read_is_no_access() -> None:
    def unreadable(*, force: bool) -> str:
        raise SecretError(f"the secret 'standdown/huawei' could not be read, {force}")

    found = check(targets({"erp-prod": by_id()}), HuaweiAccount(unreadable), NOW)

    assert [each.verdict for each in found.targets] == [Verdict.NO_ACCESS]
    assert found.credential.startswith("not usable (the secret")


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ({"status": 503}, Verdict.UNREACHABLE),
        ({"kind": "refuse"}, Verdict.UNREACHABLE),
        ({"kind": "reset"}, Verdict.UNREACHABLE),
        ({"status": 200, "body": "<html>"}, Verdict.UNREACHABLE),
        ({"status": 403, "body": '{"error": {"code": "SDRS.0004", "message": "no"}}'}, Verdict.NO_ACCESS),
        ({"status": 404, "body": '{"error_code": "APIGW.0101", "error_msg": "no such api"}'}, Verdict.UNREACHABLE),
        ({"status": 404, "body": '{"itemNotFound": {"message": "gone", "code": 404}}'}, Verdict.UNREACHABLE),
    ],
)
def test_what_hides_the_group_is_told_apart(service: SdrsService, fault: dict[str, Any], verdict: Verdict) -> None:
    service.faults.add([{"endpoint": "get-group", **fault}])

    assert one(service, by_id()).verdict is verdict


def test_a_project_is_found_by_its_region(service: SdrsService) -> None:
    (found,) = check(targets({"erp-prod": by_id()}, project=None), huawei(service), NOW).targets

    assert (found.verdict, found.project_id) == (Verdict.READY, sim.PROJECT_ID)


def test_a_region_without_a_project_is_not_found(service: SdrsService) -> None:
    document = by_id(region="af-south-1")

    (found,) = check(targets({"erp-prod": document}, project=None), huawei(service), NOW).targets

    assert found.verdict is Verdict.NOT_FOUND
    assert "give the project id" in found.why


def test_an_endpoint_that_cannot_be_one_is_told(service: SdrsService) -> None:
    found = check(targets({"erp-prod": by_id()}), huawei(service, endpoint="http://plain.example"), NOW)

    assert "must begin with https://" in found.targets[0].why


def test_one_target_alone_is_looked_at_where_only_it_is_asked_for(service: SdrsService) -> None:
    both = targets({"erp-prod": by_id(), "crm-prod": by_id("crm-prod")})

    names = [
        [each.target for each in check(both, huawei(service), NOW, only=name).targets] for name in ("crm-prod", "x")
    ]

    assert names == [["crm-prod"], ["x"]]
    assert check(both, huawei(service), NOW, only="x").targets[0].verdict is Verdict.NOT_FOUND


def test_without_time_nothing_is_asked(service: SdrsService) -> None:
    found = one(service, by_id(), remaining=lambda: 1.0)

    assert found.verdict is Verdict.UNREACHABLE
    assert service.calls == []


# --- what the ledger has against it ----------------------------------------------------------------------------------


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(TableName="ledger", **table_keys())
        yield Ledger(Table(client, "ledger"))


def under_way(ledger: Ledger) -> Operation:
    group = GroupRef(sim.REGION, sim.PROJECT_ID, IDS["erp-prod"])
    request = StopRequest("d-1", Source.QUEUE, NOW, "erp-prod")
    operation = Operation(request.operation_id, request, NOW, target="erp-prod", group=group, lock=group.key)
    ledger.begin(operation, timedelta(0))
    return operation


def test_an_operation_under_way_is_told(service: SdrsService, ledger: Ledger) -> None:
    operation = under_way(ledger)

    found = one(service, by_id(), lock=ledger.lock_on)

    assert found.verdict is Verdict.NOT_NOW
    assert f"Operation {operation.operation_id} on this group is under way." in found.why


@pytest.mark.parametrize(
    ("cooldown", "status", "verdict"),
    [
        (0, "available", Verdict.ALREADY_OFF),
        (30, "available", Verdict.NOT_NOW),
        (30, "protected", Verdict.READY),
        (30, "error-stopping", Verdict.READY),
    ],
)
def test_a_cooldown_is_told_until_it_is_over_or_protection_is_enabled_again(
    service: SdrsService, ledger: Ledger, cooldown: int, status: str, verdict: Verdict
) -> None:
    service.put_group({"id": IDS["erp-prod"], "name": "erp-prod", "status": status})
    operation = under_way(ledger)
    ledger.accept(operation, "j-1", NOW - timedelta(minutes=10))
    ledger.end(operation, _succeeded())

    found = one(service, by_id(cooldown_minutes=cooldown), lock=ledger.lock_on)

    assert found.verdict is verdict
    assert ("2026-01-02 03:24:05 UTC" in found.why) is (verdict is Verdict.NOT_NOW)


def _succeeded() -> Any:
    from standdown.core.outcome import Outcome, Result

    return Outcome(Result.SUCCEEDED, NOW, "done", verified=True)


def test_a_ledger_that_cannot_be_read_is_told(service: SdrsService) -> None:
    def unreadable(_: GroupRef) -> tuple[str | None, datetime | None]:
        raise LedgerError("the ledger could not be reached")

    assert one(service, by_id(), lock=unreadable).verdict is Verdict.UNREACHABLE


# --- for people and for machines -------------------------------------------------------------------------------------


def test_the_table_fits_and_tells_of_each_target_that_is_not_ready(service: SdrsService) -> None:
    service.put_group({"id": IDS["erp-prod"], "name": "生产环境核心数据库保护组" * 4, "status": "protected"})
    documents = {"erp-prod": by_id(), "a-target-with-a-very-long-name-" * 2 + "x": by_id("archive"), "broken": "{"}

    table = check(targets(documents), huawei(service), NOW).table()

    assert max(places(line) for line in table.splitlines()) <= 120
    assert table.startswith("Stack mode: live. Credential: access key.\n\nTARGET")
    assert "\nbroken: broken document\n" in table
    assert "\nerp-prod: ready" not in table


def test_the_json_holds_what_is_configured_and_the_table(service: SdrsService) -> None:
    document = by_id(alarms=["erp-*"], sources=["alarm", "direct"], cooldown_minutes=5)

    told = check(targets({"erp-prod": document}), huawei(service), NOW).to_dict()

    (verdict,) = told["verdicts"]
    assert (told["all_ready"], told["stack_mode"], told["checked_at"]) == (True, "live", "2026-01-02T03:04:05Z")
    assert verdict["verdict"] == "ready"
    assert (verdict["alarms"], verdict["sources"], verdict["cooldown_minutes"]) == (["erp-*"], ["alarm", "direct"], 5)
    assert verdict["server_group_name"] == "erp-prod"
    assert told["table"].startswith("Stack mode: live.")
    assert json.loads(json.dumps(told)) == told


def test_a_stack_without_targets_is_told_to_stop_nothing(service: SdrsService) -> None:
    found: Callable[[], Verdicts] = lambda: check(targets({}), huawei(service), NOW)  # noqa: E731

    assert "nothing can be stopped" in found().table()
    assert not found().all_ready
    assert found().stack_mode is Mode.LIVE
