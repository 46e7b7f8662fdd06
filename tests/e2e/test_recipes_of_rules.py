"""The rules of docs/using/chats.md on the local cloud: what a tool would receive of each outcome that we publish."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.aws import EmbeddedAws
from local.case import wait_for
from local.inbox import Inbox
from local.places import REGION, ROOT

pytestmark = pytest.mark.slow

RULES = ROOT / "events" / "rules"
PAGE = (ROOT / "docs" / "using" / "chats.md").read_text("utf-8")
EXAMPLES = sorted((ROOT / "events" / "outcomes").iterdir())
OUTCOMES = {file.stem: json.loads(file.read_text("utf-8"))["detail"] for file in EXAMPLES}
PERSON = json.loads((RULES / "needs-a-person.json").read_text("utf-8"))
NEEDING = sum(one["outcome"] in PERSON["detail"]["outcome"] for one in OUTCOMES.values())
TOOLS = ("pagerduty", "servicenow", "datadog", "jira")


def transformer(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RULES / f"{name}.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    aws = EmbeddedAws(tmp_path_factory.mktemp("rules"), 1.0, auth=False)
    try:
        aws.wait()
        yield aws
    finally:
        aws.end()


def client(cloud: EmbeddedAws, service: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def publish(cloud: EmbeddedAws) -> None:
    events = client(cloud, "events")
    for outcome in OUTCOMES.values():
        detail = outcome | {"detail": f'{outcome["detail"]} "quoted"'}
        entry = {"Source": "standdown", "DetailType": "SDRS Protection Stop Outcome", "Detail": json.dumps(detail)}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0


@contextmanager
def tool() -> Iterator[tuple[str, list[tuple[dict[str, str], dict[str, Any]]]]]:
    """Serve a tool on loopback; yield its address and what it receives."""
    got: list[tuple[dict[str, str], dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(({name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/in", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_amazon_q_gets_its_own_format_for_every_outcome(cloud: EmbeddedAws) -> None:
    sns, events, inbox = client(cloud, "sns"), client(cloud, "events"), Inbox(client(cloud, "sqs"), "amazon-q")
    topic = sns.create_topic(Name="standdown-amazon-q")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn)
    [pattern] = re.findall(r"put-rule --name standdown-amazon-q --event-pattern '([^']+)'", PAGE)
    events.put_rule(Name="standdown-amazon-q", EventPattern=pattern)
    target = {"Id": "amazon-q", "Arn": topic, "InputTransformer": transformer("amazon-q")}
    events.put_targets(Rule="standdown-amazon-q", Targets=[target])

    publish(cloud)
    wait_for(inbox.outcomes, lambda found: len(found) == len(OUTCOMES))
    events.remove_targets(Rule="standdown-amazon-q", Ids=["amazon-q"])

    for told in inbox.outcomes():
        content = told["content"]
        assert (told["version"], told["source"], content["textType"]) == ("1.0", "custom", "client-markdown")
        assert len(content["description"]) <= 8_000
        assert 0 < len(content["nextSteps"]) <= 10
        assert all(isinstance(step, str) for step in content["nextSteps"])
        assert len(told["metadata"]["summary"]) <= 250
        assert told["metadata"]["additionalContext"] == {"operation": told["id"]}
        assert content["title"].startswith("SDRS protection stop: ")
        assert content["description"].endswith('"quoted"')


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_gets_its_own_format_for_every_outcome_that_needs_a_person(cloud: EmbeddedAws, name: str) -> None:
    events = client(cloud, "events")
    with tool() as (address, got):
        key: dict[str, Any] = {"ApiKeyAuthParameters": {"ApiKeyName": "x-routing-key", "ApiKeyValue": "R1"}}
        if name == "pagerduty":
            body = {"Key": "routing_key", "Value": "R1", "IsValueSecret": True}
            key["InvocationHttpParameters"] = {"BodyParameters": [body]}
        connection = events.create_connection(Name=name, AuthorizationType="API_KEY", AuthParameters=key)
        destination = events.create_api_destination(
            Name=name,
            ConnectionArn=connection["ConnectionArn"],
            HttpMethod="POST",
            InvocationEndpoint=address,
        )["ApiDestinationArn"]
        events.put_rule(Name=name, EventPattern=json.dumps(PERSON))
        role = "arn:aws:iam::000000000000:role/standdown-tool"
        target = {"Id": "tool", "Arn": destination, "RoleArn": role, "InputTransformer": transformer(name)}
        events.put_targets(Rule=name, Targets=[target])
        publish(cloud)
        wait_for(lambda: list(got), lambda found: len(found) == NEEDING)
        events.remove_targets(Rule=name, Ids=["tool"])

    assert len(got) == NEEDING
    for headers, told in got:
        assert headers["x-routing-key"] == "R1"
        FORMATS[name](told)


def pagerduty(told: dict[str, Any]) -> None:
    assert (told["routing_key"], told["event_action"]) == ("R1", "trigger")
    assert 0 < len(told["dedup_key"]) <= 255
    assert told["payload"].keys() >= {"summary", "source", "severity"}
    assert told["payload"]["severity"] in ("critical", "error", "warning", "info")
    assert told["payload"]["custom_details"]["said"].endswith('"quoted"')


def servicenow(told: dict[str, Any]) -> None:
    assert told.keys() == {"short_description", "description", "correlation_id", "correlation_display", "urgency"}
    assert len(told["short_description"]) <= 160


def datadog(told: dict[str, Any]) -> None:
    assert told.keys() >= {"title", "text", "aggregation_key", "tags"}
    assert told["alert_type"] in ("error", "warning", "info", "success")
    assert len(told["text"]) <= 4_000


def jira(told: dict[str, Any]) -> None:
    fields = told["fields"]
    assert fields.keys() >= {"project", "issuetype", "summary", "description"}
    assert all(" " not in label for label in fields["labels"])


FORMATS = {"pagerduty": pagerduty, "servicenow": servicenow, "datadog": datadog, "jira": jira}


def test_the_page_says_of_each_tool_where_it_is() -> None:
    assert {Path(file).stem for file in RULES.iterdir()} == {*TOOLS, "amazon-q", "needs-a-person"}
    assert re.findall(r"(?m)^\| `([a-z]+)` \| `https://", PAGE) == list(TOOLS)
