"""The network as a test lays it down: what is answered to which URL, and what was sent. Given in place of a dial."""

from __future__ import annotations

import io
import json as jsons
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from standdown.base.http.deadline import Deadline


@dataclass(frozen=True)
class Sent:
    """One request as it would be on the wire."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None

    @property
    def path_url(self) -> str:
        """Return path and query."""
        parts = urlsplit(self.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


@dataclass(frozen=True)
class Call:
    """One call; its request is what was sent."""

    request: Sent


class Given:
    """An answer in the place of http.client's."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.length, self.headers, self._body = status, None, headers_of(headers), io.BytesIO(body)

    def read(self, size: int) -> bytes:
        """Return the next bytes of the body."""
        return self._body.read(size)

    def close(self) -> None:
        """Do nothing: there is nothing open."""


class FakeConnection:
    """A connection whose answers come from a function; it raises what that raises, once the request is sent."""

    def __init__(self, url: str, deadline: Deadline, answer: Callable[[Sent, Deadline], Given]) -> None:
        self._url, self._deadline, self._answer = url, deadline, answer

    def request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> None:
        """Take the request; refuse what http.client refuses to send."""
        if any("\n" in value for value in headers.values()):
            raise ValueError(f"Invalid header value {headers!r}")
        parts = urlsplit(self._url)
        headers = {"Host": parts.netloc, **headers}
        self._sent = Sent(method, f"{parts.scheme}://{parts.netloc}{path}", headers, body)

    def getresponse(self) -> Given:
        """Return the answer to what was sent last."""
        return self._answer(self._sent, self._deadline)

    def close(self) -> None:
        """Do nothing: there is nothing open."""


@dataclass
class _Rule:
    method: str
    url: str | re.Pattern[str]
    answer: Callable[[Sent], tuple[int, Mapping[str, str], bytes]]
    dial_error: OSError | None = None
    used: bool = False

    def fits(self, method: str, url: str) -> bool:
        if isinstance(self.url, str):
            return method == self.method and self.url in (url, url.partition("?")[0])
        return method == self.method and self.url.match(url) is not None


class Wire:
    """Answers to URLs. Of several for one URL each is given once, the last one from then on."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._rules: list[_Rule] = []

    @contextmanager
    def __call__(self, url: str, deadline: Deadline) -> Iterator[Any]:
        """Give a connection."""
        for rule in self._rules:
            if rule.dial_error is not None and rule.fits(rule.method, url):
                rule.used = True
                raise rule.dial_error
        yield FakeConnection(url, deadline, self._answer)

    def add(
        self,
        method: str,
        url: str | re.Pattern[str],
        body: bytes | str | Exception = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        json: Any = ...,
    ) -> None:
        """Lay down an answer; an exception in the place of a body is raised after the request was sent."""
        content = body if json is ... else jsons.dumps(json)

        def answer(_: Sent) -> tuple[int, Mapping[str, str], bytes]:
            if isinstance(content, Exception):
                raise content
            return status, headers or {}, content.encode() if isinstance(content, str) else content

        self._rules.append(_Rule(method, url, answer))

    def get(self, url: str, **answer: Any) -> None:
        """Lay down an answer to a GET."""
        self.add("GET", url, **answer)

    def post(self, url: str, **answer: Any) -> None:
        """Lay down an answer to a POST."""
        self.add("POST", url, **answer)

    def add_callback(self, method: str, url: str, call: Callable[[Sent], tuple[int, Mapping[str, str], str]]) -> None:
        """Lay down what makes the answers."""

        def answer(sent: Sent) -> tuple[int, Mapping[str, str], bytes]:
            status, headers, body = call(sent)
            return status, headers, body.encode()

        self._rules.append(_Rule(method, url, answer))

    def refuse(self, method: str, url: str, error: OSError) -> None:
        """Have no connection be had for a URL."""
        self._rules.append(_Rule(method, url, lambda _: (0, {}, b""), error))

    def replace(self, method: str, url: str, **answer: Any) -> None:
        """Lay down another answer in the place of what there was."""
        self.remove(method, url)
        self.add(method, url, **answer)

    def remove(self, method: str, url: str) -> None:
        """Take back what was laid down for a URL."""
        self._rules = [rule for rule in self._rules if (rule.method, rule.url) != (method, url)]

    @property
    def unused(self) -> list[str | re.Pattern[str]]:
        """Return the URLs whose answers nobody asked for."""
        return [rule.url for rule in self._rules if not rule.used]

    def _answer(self, sent: Sent, _: Deadline) -> Given:
        self.calls.append(Call(sent))
        fitting = [rule for rule in self._rules if rule.fits(sent.method, sent.url)]
        assert fitting, f"nothing is laid down for {sent.method} {sent.url}"
        fitting[0].used = True
        if len(fitting) > 1:
            self._rules.remove(fitting[0])
        return Given(*fitting[0].answer(sent))


def headers_of(headers: Mapping[str, str]) -> Message:
    """Return headers as an answer has them: their names are found in any spelling."""
    message = Message()
    for name, value in headers.items():
        message[name] = value
    return message
