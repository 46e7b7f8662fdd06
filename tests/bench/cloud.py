"""AWS and SDRS in one process on loopback, each call answered after a known time: what a function waits for is known.

The ledger's table really holds what is written; everything else answers what the functions need to go on.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self

from botocore.exceptions import ClientError

from simulator import SdrsService, defaults
from simulator.routes import find
from support.inmemory.dynamodb import MemoryDynamo
from support.inmemory.template import indexes

TARGET = "erp-prod"
WEBHOOK_KEY = bytes(range(32))
GONE = 0
"""The status of an answer that does not come: the connection is closed."""
_PAGE = 10
_CALLS_A_SECOND = 40
"""SSM's limit by default, of all callers in an account and region together."""
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


@dataclass(frozen=True, slots=True)
class Far:
    """AWS and SDRS at some distance, over TLS: seconds for TCP and TLS together, and for each call."""

    tls: ssl.SSLContext
    ca_file: Path
    aws_connect: float = 0.004
    aws_call: float = 0.015
    sdrs_connect: float = 0.1
    sdrs_call: float = 0.07


@dataclass(slots=True)
class Cloud:
    """`with Cloud(delay=0.02) as cloud`: answers at `cloud.url`, each call after `delay` seconds."""

    delay: float = 0.0
    groups: int = 1
    far: Far | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    sdrs: SdrsService = field(init=False)
    dynamo: MemoryDynamo = field(init=False)
    _asked: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _servers: dict[str, ThreadingHTTPServer] = field(init=False)

    def __post_init__(self) -> None:
        connect = {"aws": self.far.aws_connect, "sdrs": self.far.sdrs_connect} if self.far else {"": 0.0}
        self._servers = {place: self._serve(seconds) for place, seconds in connect.items()}
        self.forget()

    def __enter__(self) -> Self:
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    @property
    def url(self) -> str:
        """Return where AWS answers."""
        return self._url("aws")

    @property
    def sdrs_url(self) -> str:
        """Return where SDRS answers."""
        return self._url("sdrs")

    def _serve(self, connect: float) -> ThreadingHTTPServer:
        tls = self.far.tls if self.far else None
        kind = type("Handler", (_Handler,), {"cloud": self, "connect": connect, "tls": tls})
        server = _Server(("127.0.0.1", 0), kind)
        server.daemon_threads = True
        return server

    def _url(self, place: str) -> str:
        if self.far:
            return f"https://localhost:{self._servers[place].server_address[1]}"
        return f"http://127.0.0.1:{self._servers[''].server_address[1]}"

    def forget(self) -> None:
        """Begin anew: an empty ledger, every group protected, no calls."""
        self.sdrs = SdrsService(groups=[group_of(number) for number in range(self.groups)])
        self.dynamo = MemoryDynamo(indexes())
        self.arrivals = []

    def connected(self) -> None:
        """Note that a connection was opened; here nobody wants to know."""

    def named(self, name: str) -> list[Arrival]:
        """Return the calls of one name, oldest first."""
        return [arrival for arrival in self.arrivals if arrival.name == name]

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Answer one call."""
        begun = time.monotonic_ns()
        done: Callable[[], tuple[int, bytes]]
        target = headers.get("X-Amz-Target", "")
        if method == "HEAD":
            name, done = "head", lambda: (404, b"")
        elif target:
            name, done = target.rpartition(".")[2], lambda: self._aws(target, json.loads(body))
        elif headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            name, done = "Publish", lambda: (200, _PUBLISHED)
        else:
            name = f"sdrs.{find(method, path.partition('?')[0], body).endpoint}"
            done = lambda: self._sdrs(method, path, headers, body)  # noqa: E731
        with self._lock:
            found = done()
        time.sleep(self._takes(name))
        self.arrivals.append(Arrival(name, begun, time.monotonic_ns()))
        return found

    def _takes(self, name: str) -> float:
        if self.far is None:
            return self.delay
        return self.far.sdrs_call if name.startswith(("sdrs.", "head")) else self.far.aws_call

    def _sdrs(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        where, _, query = path.partition("?")
        reply = self.sdrs.handle(method, where, query, headers, body)
        return reply.status, reply.body

    def _aws(self, target: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        service, _, name = target.partition(".")
        try:
            found = self._dynamodb(name, asked) if service.startswith("DynamoDB") else self._other(name, asked)
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

    def _other(self, name: str, asked: dict[str, Any]) -> Any:
        if name == "GetParametersByPath":
            return self._page(int(asked.get("NextToken") or 0))
        if name == "GetParameters":
            return self._named(asked["Names"])
        return {
            "GetSecretValue": {"Name": "a", "SecretString": secret_of(str(asked.get("SecretId"))), "VersionId": "1"},
            "StartExecution": {"executionArn": "arn:aws:states:::execution:1", "startDate": time.time()},
            "PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
            "SendMessage": {"MessageId": "1", "MD5OfMessageBody": ""},
        }[name]

    def _page(self, start: int) -> dict[str, Any]:
        """Return a page of ten targets."""
        self._throttle()
        end = min(start + _PAGE, self.groups)
        page = {"Parameters": [parameter_of(number) for number in range(start, end)]}
        return page | ({"NextToken": str(end)} if end < self.groups else {})

    def _named(self, names: list[str]) -> dict[str, Any]:
        """Return the parameters of these names, and which of them are none."""
        self._throttle()
        known = {str(one["Name"]): one for one in map(parameter_of, range(self.groups))}
        missing = [name for name in names if name not in known]
        return {"Parameters": [known[name] for name in names if name in known], "InvalidParameters": missing}

    def _throttle(self) -> None:
        """Refuse a call where AWS is as far as it is, and there were forty in the last second."""
        now = time.monotonic()
        self._asked = [at for at in self._asked if now - at < 1]
        if self.far and len(self._asked) >= _CALLS_A_SECOND:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "GetParameters")
        self._asked.append(now)


def secret_of(name: str) -> str:
    """Return a secret's document: the webhooks' or the credential."""
    if "webhook" in name:
        return json.dumps({"standard": ["whsec_" + base64.b64encode(WEBHOOK_KEY).decode()]})
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


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """Say nothing of a client that went away."""


class _Handler(BaseHTTPRequestHandler):
    cloud: ClassVar[Cloud]
    connect: ClassVar[float]
    tls: ClassVar[ssl.SSLContext | None]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Shake hands, after the time that it takes to get here."""
        self.cloud.connected()
        time.sleep(self.connect)
        if self.tls is not None:
            self.request = self.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        """Close the connection; the server itself knows only the one below TLS."""
        super().finish()
        self.request.close()

    def handle_one_request(self) -> None:
        """Read one request of any method and answer it in one packet."""
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = self.cloud.answer(self.command, self.path, dict(self.headers.items()), body)
        if status == GONE:
            self.close_connection = True
            return
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        self.wfile.write(head.encode() + answer)
