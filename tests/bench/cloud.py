"""AWS and SDRS in one process on loopback, each call answered after the same time: what a function waits for is known.

The ledger's table really holds what is written; everything else answers what the functions need to go on.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

from botocore.exceptions import ClientError

from simulator import SdrsService, defaults
from simulator.routes import find
from support.inmemory.dynamodb import MemoryDynamo
from support.inmemory.template import indexes

TARGET = "erp-prod"
_DYNAMO = {
    "GetItem": "get_item",
    "UpdateItem": "update_item",
    "TransactWriteItems": "transact_write_items",
    "Query": "query",
}
_PUBLISHED = (
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId>'
    b"</PublishResult></PublishResponse>"
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One call: its name, such as `TransactWriteItems` or `sdrs.stop`, and when it came (monotonic nanoseconds)."""

    name: str
    at: int
    answered: int


@dataclass(slots=True)
class Cloud:
    """`with Cloud(delay=0.02) as cloud`: answers at `cloud.url`, each call after `delay` seconds."""

    delay: float = 0.0
    groups: int = 1
    arrivals: list[Arrival] = field(default_factory=list)
    sdrs: SdrsService = field(init=False)
    dynamo: MemoryDynamo = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"cloud": self}))
        self._server.daemon_threads = True
        self.forget()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Return where everything answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def forget(self) -> None:
        """Begin anew: an empty ledger, every group protected, no calls."""
        self.sdrs = SdrsService(groups=[group_of(number) for number in range(self.groups)])
        self.dynamo = MemoryDynamo(indexes())
        self.arrivals = []

    def named(self, name: str) -> list[Arrival]:
        """Return the calls of one name, oldest first."""
        return [arrival for arrival in self.arrivals if arrival.name == name]

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Answer one call."""
        begun = time.monotonic_ns()
        target = headers.get("X-Amz-Target", "")
        if target:
            name = target.rpartition(".")[2]
            done: Callable[[], tuple[int, bytes]] = lambda: self._aws(target, json.loads(body))  # noqa: E731
        elif headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            name, done = "Publish", lambda: (200, _PUBLISHED)
        else:
            name = f"sdrs.{find(method, path.partition('?')[0], body).endpoint}"
            done = lambda: self._sdrs(method, path, headers, body)  # noqa: E731
        with self._lock:
            found = done()
        time.sleep(self.delay)
        self.arrivals.append(Arrival(name, begun, time.monotonic_ns()))
        return found

    def _sdrs(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        where, _, query = path.partition("?")
        reply = self.sdrs.handle(method, where, query, headers, body)
        return reply.status, reply.body

    def _aws(self, target: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        service, _, name = target.partition(".")
        try:
            found = self._dynamodb(name, asked) if service.startswith("DynamoDB") else self._other(name)
        except ClientError as error:
            told = dict(error.response)
            return 400, json.dumps({"__type": error.response["Error"]["Code"], **told}).encode()
        return 200, json.dumps(found).encode()

    def _dynamodb(self, name: str, asked: dict[str, Any]) -> Any:
        if name == "PutItem":
            self.dynamo.items[asked["Item"]["pk"]["S"]] = asked["Item"]
            return {}
        asked.pop("ClientRequestToken", None)
        return getattr(self.dynamo, _DYNAMO[name])(**asked)

    def _other(self, name: str) -> Any:
        return {
            "GetParametersByPath": {"Parameters": [parameter_of(number) for number in range(self.groups)]},
            "GetSecretValue": {"Name": "standdown/huawei", "SecretString": credential(), "VersionId": "1"},
            "StartExecution": {"executionArn": "arn:aws:states:::execution:1", "startDate": time.time()},
            "PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
            "SendMessage": {"MessageId": "1", "MD5OfMessageBody": ""},
        }[name]


def credential() -> str:
    """Return the secret's document."""
    return json.dumps({"access_key": defaults.ACCESS_KEY, "secret_key": defaults.SECRET_KEY})


def name_of(number: int) -> str:
    """Return the name of the target with this number."""
    return TARGET if number == 0 else f"{TARGET}-{number}"


def group_of(number: int) -> dict[str, Any]:
    """Return the protection group with this number."""
    identity = defaults.ERP_PROD[:-6] + f"{number:06d}"
    return {"id": identity, "name": name_of(number), "status": "protected", "pairs": 2}


def parameter_of(number: int) -> dict[str, Any]:
    """Return the parameter that holds the target with this number."""
    document = {"server_group_id": group_of(number)["id"], "project_id": defaults.PROJECT_ID}
    return {"Name": f"/standdown/targets/{name_of(number)}", "Type": "String", "Value": json.dumps(document)}


class _Handler(BaseHTTPRequestHandler):
    cloud: ClassVar[Cloud]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        """Read one request of any method and answer it in one packet."""
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = self.cloud.answer(self.command, self.path, dict(self.headers.items()), body)
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        self.wfile.write(head.encode() + answer)
