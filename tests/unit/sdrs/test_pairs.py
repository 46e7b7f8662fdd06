"""The list of pairs, page by page: each pair once, none of another group, and nothing where a row cannot be read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator import SdrsService
from simulator.adapter import SimulatorDial
from simulator.defaults import ACCESS_KEY, ERP_PROD, PROJECT_ID, SECRET_KEY
from standdown.sdrs.auth import AkSkAuth
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import UnclearError


@pytest.fixture
def service() -> SdrsService:
    return SdrsService()


@pytest.fixture
def client(service: SdrsService) -> SdrsClient:
    auth = AkSkAuth(ACCESS_KEY, SECRET_KEY)
    return SdrsClient("https://sdrs.example.com", PROJECT_ID, auth, dial=SimulatorDial(service))


def answers(service: SdrsService, *bodies: Any) -> None:
    service.faults.add([
        {"endpoint": "list-pairs", "status": 200, "body": json.dumps(body), "count": 1} for body in bodies
    ])  # fmt: skip


def test_the_pairs_of_one_group_are_asked_for_and_read(service: SdrsService, client: SdrsClient) -> None:
    service.put_group({"id": ERP_PROD, "planted_pairs": {"1": {"fault_level": "2", "status": "fault"}}})

    pairs = client.list_replication_pairs(ERP_PROD)

    assert [(pair.name, pair.status, pair.fault_level) for pair in pairs] == [
        ("erp-prod-disk1", "protected", "0"),
        ("erp-prod-disk2", "fault", "2"),
    ]
    [call] = service.calls
    assert (call.method, call.path) == ("GET", f"/v1/{PROJECT_ID}/replications")
    assert call.query == f"server_group_id={ERP_PROD}&limit=1000&offset=0"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_pages_are_read_until_one_is_not_full(service: SdrsService, client: SdrsClient, count: int) -> None:
    service.put_group({"id": ERP_PROD, "pairs": count})

    pairs = client.list_replication_pairs(ERP_PROD, limit=2)

    assert len({pair.id for pair in pairs}) == len(pairs) == count
    assert len(service.calls) == count // 2 + 1


def test_a_page_that_repeats_ends_the_list(service: SdrsService, client: SdrsClient) -> None:
    page = {"count": 1, "replications": [{"id": "a"}]}
    answers(service, page, page, page)

    assert [pair.id for pair in client.list_replication_pairs(ERP_PROD, limit=1)] == ["a"]
    assert len(service.calls) == 2


def test_a_pair_of_another_group_is_left_out(service: SdrsService, client: SdrsClient) -> None:
    other = {"id": "b", "server_group_id": "another"}
    answers(service, {"replications": [{"id": "a", "server_group_id": ERP_PROD}, other, {"id": "c"}]})

    assert [pair.id for pair in client.list_replication_pairs(ERP_PROD)] == ["a", "c"]


@pytest.mark.parametrize(
    "body", [{}, {"replications": None}, {"replications": {}}, {"replications": ["x"]}, {"replications": [{}]}], ids=str
)
def test_a_list_with_a_row_that_cannot_be_read_is_no_list(service: SdrsService, client: SdrsClient, body: Any) -> None:
    answers(service, body)

    with pytest.raises(UnclearError):
        client.list_replication_pairs(ERP_PROD)


@pytest.mark.parametrize(("level", "read"), [("2", "2"), (2, "2"), (None, None), ("", None), ([], None)])
def test_a_fault_level_is_text_and_a_number_is_read_too(
    service: SdrsService, client: SdrsClient, level: Any, read: str | None
) -> None:
    answers(service, {"replications": [{"id": "a", "fault_level": level}]})

    [pair] = client.list_replication_pairs(ERP_PROD)

    assert pair.fault_level == read
