from __future__ import annotations

import pytest

from standdown.sdrs.endpoints import EndpointError, check_endpoint, iam_endpoint, sdrs_endpoint


@pytest.mark.parametrize(
    ("region", "sdrs", "iam"),
    [
        ("cn-north-4", "https://sdrs.cn-north-4.myhuaweicloud.com", "https://iam.cn-north-4.myhuaweicloud.com"),
        ("af-south-1", "https://sdrs.af-south-1.myhuaweicloud.com", "https://iam.af-south-1.myhuaweicloud.com"),
        ("eu-de", "https://sdrs.eu-de.otc.t-systems.com", "https://iam.eu-de.otc.t-systems.com"),
    ],
)
def test_a_region_has_its_endpoints(region: str, sdrs: str, iam: str) -> None:
    assert (sdrs_endpoint(region), iam_endpoint(region)) == (sdrs, iam)


@pytest.mark.parametrize(
    "region", ["", "cn", "CN-NORTH-4", "cn-north-4.evil.example", "cn-north-4/", "cn-north-4\n", "a@b-c"]
)
def test_what_is_no_region_makes_no_endpoint(region: str) -> None:
    with pytest.raises(EndpointError, match="not the name of a region"):
        sdrs_endpoint(region)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://sdrs.eu-de.otc.t-systems.com", "https://sdrs.eu-de.otc.t-systems.com"),
        ("https://sdrs.private.example/", "https://sdrs.private.example"),
        ("https://sdrs.private.example:8443", "https://sdrs.private.example:8443"),
        ("https://10.0.0.7", "https://10.0.0.7"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_full_endpoint_is_taken(given: str, taken: str) -> None:
    assert check_endpoint(given) == taken


@pytest.mark.parametrize(
    "endpoint",
    [
        "", "sdrs.example", "http://sdrs.example", "ftp://sdrs.example", "https://", "https:///v1", "https://user:pw@sdrs.example",
        "https://sdrs.example/v1", "https://sdrs.example?x=1", "https://sdrs.example#x", "https://sdrs.example:0",
        "https://sdrs.example:99999", "https://sdrs.example:port", "https://sdrs..example", "https://-x.example",
        "https://exämple.example", "https://sdrs.example\\@evil.example", "http://127.0.0.1@evil.example",
        "http://localhost.evil.example", "https://[::1", "https://a b.example",
    ],
)  # fmt: skip
def test_an_endpoint_that_could_mean_something_else_is_refused(endpoint: str) -> None:
    with pytest.raises(EndpointError):
        check_endpoint(endpoint)


def test_a_password_in_an_endpoint_is_not_shown() -> None:
    with pytest.raises(EndpointError) as caught:
        check_endpoint("https://user:canary@sdrs.example")

    assert "canary" not in str(caught.value)
