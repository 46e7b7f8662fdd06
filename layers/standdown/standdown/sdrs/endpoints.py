"""Where the services are: endpoints by region, and what may stand in for them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from standdown.sdrs.errors import HuaweiError

_REGION = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,20}){1,3}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
# Whoever signs in gives a password away, so a host is never guessed: other operators have regions of the same form.
_DOMAINS = {
    # Huawei Cloud's Chinese and international regions that have SDRS, as its page "BRS Endpoints" lists them.
    **dict.fromkeys(("cn-north-4", "cn-east-2", "cn-east-3", "cn-south-1"), "myhuaweicloud.com"),
    **dict.fromkeys(("ap-southeast-2", "ap-southeast-3", "af-south-1", "tr-west-1"), "myhuaweicloud.com"),
    **dict.fromkeys(("la-north-2", "la-south-2", "sa-brazil-1"), "myhuaweicloud.com"),
    # Open Telekom Cloud, another operator with the same API.
    **dict.fromkeys(("eu-de", "eu-nl"), "otc.t-systems.com"),
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class EndpointError(HuaweiError, ValueError):
    """Raised when a region or an endpoint cannot be one; the message says why."""

    reason = "bad_endpoint"


def sdrs_endpoint(region: str) -> str:
    """Return the endpoint of SDRS in a region; raise EndpointError where it is not known."""
    return _endpoint("sdrs", region)


def iam_endpoint(region: str) -> str:
    """Return the endpoint of IAM in a region; raise EndpointError where it is not known."""
    return _endpoint("iam", region)


def is_known(region: str) -> bool:
    """Return whether the region's endpoints are known, so that none has to be given."""
    return region in _DOMAINS


def check_region(region: str) -> str:
    """Return the region's name as it is; raise EndpointError where it cannot be one."""
    if not _REGION.fullmatch(region):
        raise EndpointError(f"{region[:40]!r} is not the name of a region, like cn-north-4")
    return region


def check_endpoint(endpoint: str) -> str:
    """Return a full endpoint without its last slash.

    Raises EndpointError unless it is https (plain http only to this machine itself) with a host, at most a port, and
    nothing else: user, path, query and fragment would change what is called.
    """
    shown = repr(endpoint.rpartition("@")[2][:80])
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError as error:
        raise EndpointError(f"the endpoint {shown} is not a URL") from error
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise EndpointError(f"the endpoint {shown} must begin with https://")
    if not (_HOST.fullmatch(host) or host == "::1") or ".." in host or port == 0:
        raise EndpointError(f"the endpoint {shown} names no valid host")
    if "@" in parts.netloc or parts.path not in ("", "/") or "?" in endpoint or "#" in endpoint:
        raise EndpointError(f"the endpoint {shown} must be https://host or https://host:port and nothing more")
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + (f":{port}" if port else "")


def _endpoint(service: str, region: str) -> str:
    domain = _DOMAINS.get(check_region(region))
    if domain is None:
        raise EndpointError(f"the endpoints of the region {region!r} are not known: set SdrsEndpoint and IamEndpoint")
    return f"https://{service}.{region}.{domain}"
