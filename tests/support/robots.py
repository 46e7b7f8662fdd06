"""Robots of the chats as their documents describe them: signatures, limits on size and rate, and what they answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answered = tuple[int, bytes]
HOUR = timedelta(hours=1)


@dataclass
class Robot:
    """What every robot has: a secret, what it took, and how many messages it refused for their rate."""

    secret: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)
    too_many: int = 0
    _times: deque[datetime] = field(default_factory=deque)

    def post(self, path: str, body: bytes, now: datetime) -> Answered:
        """Answer one message."""
        raise NotImplementedError

    def _take(self, body: bytes, now: datetime) -> None:
        self.taken.append(json.loads(body))
        self.at.append(now)

    def _came(self, now: datetime, seconds: float) -> int:
        """Return how many came within so many seconds, this one with them."""
        return sum(1 for when in self._times if when > now - timedelta(seconds=seconds))


@dataclass
class FeishuRobot(Robot):
    """100 a minute and 5 a second; signed in the body; 20 KB."""

    def post(self, path: str, body: bytes, now: datetime) -> Answered:
        """Answer one message."""
        said = json.loads(body)
        self._times.append(now)
        if len(body) > 20_480 or not path.startswith("/open-apis/bot/v2/hook/"):
            return 200, b'{"code":9499,"msg":"Bad Request","data":{}}'
        if self.secret:
            key = f"{said.get('timestamp')}\n{self.secret}".encode()
            sign = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
            if said.get("sign") != sign or abs(int(said["timestamp"]) - now.timestamp()) > HOUR.total_seconds():
                return (
                    200,
                    b'{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}',
                )
        if self._came(now, 60) > 100 or self._came(now, 1) > 5:
            self.too_many += 1
            return 200, b'{"code":11232,"msg":"frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"}'
        self._take(body, now)
        return 200, b'{"code":0,"msg":"success","data":{},"StatusCode":0,"StatusMessage":"success"}'


@dataclass
class DingTalkRobot(Robot):
    """20 a minute, else shut for ten; signed in the query."""

    shut_until: datetime | None = None

    def post(self, path: str, body: bytes, now: datetime) -> Answered:
        """Answer one message."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        if len(body) > 20_000:
            return 200, b'{"errcode":40035,"errmsg":"too long"}'
        if self.secret:
            words = f"{query.get('timestamp')}\n{self.secret}".encode()
            sign = base64.b64encode(hmac.new(self.secret.encode(), words, hashlib.sha256).digest()).decode()
            if abs(int(query.get("timestamp", "0")) / 1000 - now.timestamp()) > HOUR.total_seconds():
                return 200, b'{"errcode":310000,"errmsg":"description: invalid timestamp"}'
            if query.get("sign") != sign:
                return 200, b'{"errcode":310000,"errmsg":"description:sign not match"}'
        self._times.append(now)
        if (self.shut_until and now < self.shut_until) or self._came(now, 60) > 20:
            self.too_many += 1
            self.shut_until = self.shut_until if self.shut_until and now < self.shut_until else now + 10 * HOUR / 60
            return 200, b'{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}'
        self._take(body, now)
        return 200, b'{"errcode":0,"errmsg":"ok"}'
