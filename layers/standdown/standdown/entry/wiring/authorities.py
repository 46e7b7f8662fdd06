"""The authorities that AWS is verified against, read once in a process and not for every connection.

urllib3 reads all of them into a client's TLS context again for each connection that it opens, 16 ms of CPU time each
(urllib3/urllib3#3623). botocore takes no context of others (boto/botocore#1822), so the first client's is shared.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any

_shared: list[ssl.SSLContext] = []


def share_authorities(client: Any) -> None:
    """Have the client verify in the context of the first one; all clients of a function have the same authorities."""
    # There is no public way to a client's connections. Where they are elsewhere, each reads for itself as before.
    with suppress(AttributeError, KeyError, TypeError):
        options = client._endpoint.http_session._manager.connection_pool_kw  # noqa: SLF001
        if not _shared:
            context = options["ssl_context"]
            for setting in ("load_verify_locations", "set_alpn_protocols"):
                setattr(context, setting, _once(getattr(context, setting)))
            _shared.append(context)
        options["ssl_context"] = _shared[0]


def forget() -> None:
    """Have the next client's context be the shared one: a test has authorities of its own."""
    _shared.clear()


def _once(change: Callable[..., None]) -> Callable[..., None]:
    """Return the change, made once for what it is given: another thread may be shaking hands meanwhile."""
    lock, made = Lock(), set[str]()

    def once(*given: Any) -> None:
        with lock:
            if repr(given) not in made:
                change(*given)
                made.add(repr(given))

    return once
