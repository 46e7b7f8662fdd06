"""The chats as channels: over TLS to a robot on loopback, and at the pace that a robot allows."""

from __future__ import annotations

import heapq
import json
import random
import ssl
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import Message as Headers
from ipaddress import ip_address
from math import ceil
from pathlib import Path
from typing import Any

import pytest
import trustme

from integration.publish.receiver import Answer as Answering
from integration.publish.receiver import Receiver, answering, huge, serving
from standdown.base.http.exchange import Answer
from standdown.core.operation import Operation
from standdown.core.outcome import Delivery, DeliveryState
from standdown.ledger.ledger import Ledger
from standdown.ledger.table import Table
from standdown.ledger.turns import Turns
from standdown.publish.backoff import WEBHOOK
from standdown.publish.channels.chats.channel import ChatChannel
from standdown.publish.channels.endpoints import Endpoint, read_document
from standdown.publish.channels.errors import PublishError
from standdown.publish.channels.kinds import Kind
from standdown.publish.channels.post import Sender
from standdown.publish.channels.public_address import Place
from standdown.publish.channels.webhook import webhook_channels
from standdown.publish.delivery import Publication, seconds_to_next, settled
from standdown.publish.render.locale import locale
from standdown.publish.render.rendered import Channel, Paced, render
from standdown.publish.sample import SampleError, sample
from support.inmemory.dynamodb import MemoryDynamo
from support.inmemory.template import indexes
from support.robots import DingTalkRobot, FeishuRobot, Robot
from support.samples import ALARM_AT, ENDED, LINKS

SECRET = "SECstanddown-example-0123456789"
CA = trustme.CA()
URLS = {
    Kind.FEISHU: "https://open.feishu.cn:{port}/open-apis/bot/v2/hook/5f0c",
    Kind.DINGTALK: "https://oapi.dingtalk.com:{port}/robot/send?access_token=0123",
    Kind.WECOM: "https://qyapi.weixin.qq.com:{port}/cgi-bin/webhook/send?key=5f0c",
    Kind.SLACK: "https://hooks.slack.com:{port}/services/T0/B0/x",
    Kind.TEAMS: "https://x.1.environment.api.powerplatform.com:{port}/powerautomate/a/triggers/manual/paths/invoke?sig=x-_",
}
FINE = {
    Kind.FEISHU: (200, b'{"code":0}'),
    Kind.DINGTALK: (200, b'{"errcode":0}'),
    Kind.WECOM: (200, b'{"errcode":0}'),
    Kind.SLACK: (200, b"ok"),
    Kind.TEAMS: (202, b""),
}
NOTICE = render(ENDED["failed"], LINKS)


def saying(*answers: tuple[int, bytes]) -> Answering:
    """Return an answer that gives one after another, the last one again and again."""
    left = list(answers)

    def answer(handler: Any) -> None:
        status, body = left.pop(0) if len(left) > 1 else left[0]
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def tls(kind: Kind) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(URLS[kind].partition("//")[2].partition(":")[0]).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    CA.cert_pem.write_to_path(str(file))
    return str(Path(file))


def document(kind: Kind, port: int, **more: Any) -> str:
    signed = {"secrets": [SECRET]} if kind in (Kind.FEISHU, Kind.DINGTALK) else {}
    url = URLS[kind].format(port=port)
    return json.dumps({"endpoints": [{"name": "ops", "kind": kind.value, "url": url, **signed, **more}]})


def channels(kind: Kind, port: int, ca_file: str, turns: Turns | None = None, **more: Any) -> tuple[Channel, ...]:
    sender = Sender(
        ports=(port,),
        ca_file=ca_file,
        allow=lambda address: address == ip_address("127.0.0.1"),
        resolve=lambda *_: ["127.0.0.1"],
        deadline=5,
    )
    return webhook_channels(lambda: document(kind, port, **more), sender, (lambda: turns) if turns else None)


def problem(channel: Channel) -> PublishError:
    with pytest.raises(PublishError) as caught:
        channel.send(NOTICE)
    return caught.value


@pytest.mark.parametrize("kind", URLS)
def test_a_chat_gets_its_own_form_at_its_own_address(kind: Kind, ca_file: str) -> None:
    with serving(tls(kind), saying(FINE[kind])) as receiver:
        (channel,) = channels(kind, receiver.port, ca_file)
        channel.send(NOTICE)

    (body,), (headers,), (path,) = receiver.bodies, receiver.headers, receiver.paths
    assert channel.name == "webhook:ops"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert "webhook-signature" not in headers
    assert path.startswith(URLS[kind].format(port=receiver.port).partition(str(receiver.port))[2])
    assert b"erp-prod" in body
    if kind is Kind.FEISHU:
        assert FeishuRobot(SECRET).post(path, body, Sender().clock())[1].startswith(b'{"code":0')
    if kind is Kind.DINGTALK:
        assert DingTalkRobot(SECRET).post(path, body, Sender().clock())[1] == b'{"errcode":0,"errmsg":"ok"}'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.FEISHU, b'{"code":19021,"msg":"sign match fail"}'),
        (Kind.DINGTALK, b'{"errcode":310000,"errmsg":"keywords not in content"}'),
        (Kind.WECOM, b'{"errcode":93000,"errmsg":"invalid webhook url"}'),
        (Kind.SLACK, b"nonsense"),
    ],
)
def test_n06b_an_error_in_a_200_is_never_done(kind: Kind, body: bytes, ca_file: str) -> None:
    with serving(tls(kind), saying((200, body))) as receiver:
        publication = Publication(channels(kind, receiver.port, ca_file), LINKS)
        states = publication.publish(ENDED["failed"])

    assert len(receiver.bodies) == 1
    assert states["webhook:ops"].status is not Delivery.DONE
    assert "0123" not in str(states["webhook:ops"].problem)


@pytest.mark.parametrize("kind", [Kind.FEISHU, Kind.DINGTALK, Kind.WECOM, Kind.SLACK])
def test_no_more_than_4_kib_of_an_answer_are_read(kind: Kind, ca_file: str) -> None:
    receiver = Receiver()
    with serving(tls(kind), huge(receiver), receiver):
        (channel,) = channels(kind, receiver.port, ca_file)
        error = problem(channel)

    assert error.retryable
    assert sum(receiver.written) < 8_000_000


def test_a_redirect_of_a_chat_is_not_followed(ca_file: str) -> None:
    with serving(tls(Kind.FEISHU), answering(307, Location="https://open.feishu.cn/")) as receiver:
        (channel,) = channels(Kind.FEISHU, receiver.port, ca_file)
        error = problem(channel)

    assert error.problem == "Feishu refused it with HTTP status 307 and no code"
    assert len(receiver.bodies) == 1


def test_a_chat_reads_the_language_of_its_endpoint_with_the_stack_s_times(ca_file: str) -> None:
    with serving(tls(Kind.SLACK), saying((200, b"ok"))) as receiver:
        publication = Publication(channels(Kind.SLACK, receiver.port, ca_file, language="zh-CN"), LINKS)
        publication.publish(ENDED["failed"])

    assert "停止保护失败" in receiver.bodies[0].decode()


def test_what_a_censor_refuses_goes_out_without_what_others_wrote(ca_file: str) -> None:
    answers = ((200, b'{"errcode":430102,"errmsg":"unfit"}'), (200, b'{"errcode":0}'))
    with serving(tls(Kind.DINGTALK), saying(*answers)) as receiver:
        (channel,) = channels(Kind.DINGTALK, receiver.port, ca_file)
        channel.send(NOTICE)

    first, second = (json.loads(body)["markdown"]["text"] for body in receiver.bodies)
    assert "Threshold Crossed" in first
    assert "Threshold Crossed" not in second
    assert "What to do now" in second


def test_a_sample_goes_to_the_chats_that_are_named_or_to_all_of_them(ca_file: str) -> None:
    with serving(tls(Kind.DINGTALK), saying((200, b'{"errcode":0}'))) as receiver:
        publication = Publication(
            channels(Kind.DINGTALK, receiver.port, ca_file, language="zh-CN"), LINKS, stacks=locale("en")
        )
        everybody = sample(publication, ledger()).to_dict()
        named = sample(publication, ledger(), ["webhook:ops", "webhook:other"]).to_dict()

    assert everybody == {"schema_version": 1, "sample": True, "channels": {"webhook:ops": "done"}}
    assert named["channels"] == {
        "webhook:ops": "done",
        "webhook:other": "not sent: no such topic or chat is configured",
    }
    assert len(receiver.bodies) == 2
    assert "示例消息" in receiver.bodies[0].decode()


def test_a_sample_that_is_refused_says_why(ca_file: str) -> None:
    with serving(tls(Kind.DINGTALK), saying((200, b'{"errcode":400102}'))) as receiver:
        said = sample(Publication(channels(Kind.DINGTALK, receiver.port, ca_file), LINKS), ledger()).channels

    assert said == {"webhook:ops": "failed: DingTalk refused it with code 400102: the robot was stopped"}


def test_a_stack_without_a_chat_sends_a_sample_to_no_machine() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    plain = {"endpoints": [{"name": "ops", "url": "https://hooks.example.com/", "secrets": [secret]}]}
    publication = Publication(webhook_channels(lambda: json.dumps(plain)), LINKS)

    assert sample(publication, ledger()).channels == {}
    said = sample(publication, ledger(), ["webhook:ops"]).channels
    assert said == {"webhook:ops": "not sent: no such topic or chat is configured"}


def test_a_second_sample_within_a_minute_is_not_sent() -> None:
    publication, same = Publication([], LINKS), ledger()
    sample(publication, same)

    with pytest.raises(SampleError, match="less than a minute ago"):
        sample(publication, same)


def ledger() -> Ledger:
    """Return an empty ledger, in which no sample was sent yet."""
    table: Any = MemoryDynamo(indexes())
    return Ledger(Table(table, "ledger"))


# The pace


@dataclass(frozen=True, slots=True)
class Wire(Sender):
    """Reaches a robot without a network, at the time of a clock that is set by hand."""

    robot: Robot = field(default_factory=FeishuRobot)

    def post(self, place: Place, headers: Any, body: bytes, cap: int = 0) -> Answer:  # noqa: ARG002
        """Hand the message to the robot."""
        status, said = self.robot.post(place.path, body, self.clock())
        return Answer(status, Headers(), said[:cap])


class Clock:
    """The time, as the events of a test have it."""

    def __init__(self) -> None:
        self.now = ALARM_AT + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


def endpoint(kind: Kind) -> Endpoint:
    (found,) = read_document(document(kind, 443))
    assert isinstance(found, Endpoint)
    return found


def memory() -> Turns:
    return Turns(Table(MemoryDynamo({}), "ledger", lambda _: None))  # type: ignore[arg-type]


def published(kind: Kind, robot: Robot, count: int) -> tuple[list[Operation], Clock]:
    """Publish many outcomes at once, each by a workflow of its own that comes when it is due, and a little late."""
    clock, turns, late = Clock(), memory(), random.Random(20261124)  # noqa: S311 - the same each time
    channel = ChatChannel(endpoint(kind), Wire(schedule=WEBHOOK, clock=clock, robot=robot), turns)
    publication = Publication([channel], LINKS, clock=clock)
    operations = [replace(ENDED["failed"], operation_id=f"{n:032x}") for n in range(count)]
    due = [(clock.now + timedelta(seconds=late.uniform(0, 1)), n) for n in range(count)]
    heapq.heapify(due)
    while due:
        clock.now, n = heapq.heappop(due)
        operations[n] = replace(operations[n], channels=publication.publish(operations[n]))
        if not settled(operations[n].channels):
            wait = ceil(seconds_to_next(operations[n].channels, clock.now)) + late.uniform(0.1, 2.0)
            heapq.heappush(due, (clock.now + timedelta(seconds=wait), n))
    return operations, clock


@pytest.mark.parametrize(
    ("kind", "robot", "per_minute"),
    [(Kind.FEISHU, FeishuRobot(SECRET), 100), (Kind.DINGTALK, DingTalkRobot(SECRET), 20)],
)
def test_two_hundred_outcomes_at_once_are_all_delivered_at_the_robot_s_pace(
    kind: Kind, robot: Robot, per_minute: int
) -> None:
    began = Clock().now

    operations, _ = published(kind, robot, 200)

    assert {operation.channels["webhook:ops"].status for operation in operations} == {Delivery.DONE}
    assert len(robot.taken) == 200
    assert robot.too_many <= 10
    assert max(robot.at) - began <= 3 * timedelta(minutes=200 / per_minute)


def test_a_rate_refusal_keeps_the_others_away_for_as_long_as_the_chat_says() -> None:
    clock, turns = Clock(), memory()
    began, robot = clock.now, DingTalkRobot(SECRET, shut_until=clock.now + timedelta(seconds=500))
    channel = ChatChannel(endpoint(Kind.DINGTALK), Wire(clock=clock, robot=robot), turns)
    publication = Publication([channel], LINKS, clock=clock, jitter=lambda seconds: seconds)

    first = publication.publish(ENDED["failed"])["webhook:ops"]
    clock.now += timedelta(seconds=10)
    second = publication.publish(ENDED["succeeded"])["webhook:ops"]

    assert (first.status, first.attempts, first.next_at) == (Delivery.PENDING, 1, began + timedelta(seconds=600))
    assert second == DeliveryState(next_at=began + timedelta(seconds=600), turn_at=began + timedelta(seconds=600))
    assert (robot.too_many, robot.taken) == (1, [])


def test_to_wait_for_a_turn_is_no_try_and_the_turn_is_kept() -> None:
    clock, robot = Clock(), FeishuRobot(SECRET)
    channel = ChatChannel(endpoint(Kind.FEISHU), Wire(clock=clock, robot=robot), memory())
    publication = Publication([channel], LINKS, clock=clock)
    publication.publish(ENDED["failed"])

    waits = publication.publish(ENDED["succeeded"])
    clock.now += timedelta(seconds=1)
    publication.publish(ENDED["unknown"])  # somebody else comes first, and has another turn
    done = publication.publish(replace(ENDED["succeeded"], channels=waits))

    assert (waits["webhook:ops"].attempts, waits["webhook:ops"].status) == (0, Delivery.PENDING)
    assert (done["webhook:ops"].attempts, done["webhook:ops"].status) == (1, Delivery.DONE)


def test_a_turn_that_nobody_used_for_a_minute_is_over() -> None:
    clock, robot = Clock(), FeishuRobot(SECRET)
    channel = ChatChannel(endpoint(Kind.FEISHU), Wire(clock=clock, robot=robot), memory())
    publication = Publication([channel], LINKS, clock=clock)
    late = DeliveryState(turn_at=clock.now - timedelta(seconds=61), next_at=clock.now - timedelta(seconds=61))
    publication.publish(ENDED["failed"])

    again = publication.publish(replace(ENDED["succeeded"], channels={"webhook:ops": late}))

    assert again["webhook:ops"].turn_at == clock.now + timedelta(milliseconds=700)
    assert len(robot.taken) == 1


def test_whoever_publishes_by_hand_does_not_wait_and_takes_a_turn_all_the_same() -> None:
    clock, robot = Clock(), FeishuRobot(SECRET)
    channel = ChatChannel(endpoint(Kind.FEISHU), Wire(clock=clock, robot=robot), memory())
    publication = Publication([channel], LINKS, clock=clock)

    states = [publication.publish(ENDED["failed"], force=True)["webhook:ops"].status for _ in range(2)]
    waits = publication.publish(ENDED["succeeded"])["webhook:ops"]

    assert states == [Delivery.DONE, Delivery.DONE]
    assert waits.turn_at == clock.now + 2 * timedelta(milliseconds=700)


def test_a_ledger_that_is_down_does_not_silence_a_chat() -> None:
    class Down:
        def update_item(self, **_: Any) -> Any:
            from botocore.exceptions import EndpointConnectionError

            raise EndpointConnectionError(endpoint_url="x")

    clock, robot = Clock(), DingTalkRobot(SECRET, shut_until=Clock().now + timedelta(seconds=1))
    turns = Turns(Table(Down(), "ledger"))  # type: ignore[arg-type]
    channel = ChatChannel(endpoint(Kind.DINGTALK), Wire(clock=clock, robot=robot), turns)

    with pytest.raises(PublishError):  # refused for its rate: that cannot be kept either
        channel.send(NOTICE)
    clock.now += timedelta(seconds=2)
    assert channel.turn(clock.now) == clock.now
    channel.send(NOTICE)

    assert len(robot.taken) == 1
    assert isinstance(channel, Paced)
