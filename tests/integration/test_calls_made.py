"""Whoever reads from the source which calls a function can come to misses none that it makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from support.calls_made import only_calls_of


@pytest.fixture
def topics() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("sns", region_name="eu-central-1")


def test_a_call_that_the_source_does_not_lead_to_is_seen(topics: Any) -> None:
    topic = topics.create_topic(Name="outcomes")["TopicArn"]

    with pytest.raises(AssertionError, match="poller called AWS"), only_calls_of("poller"):
        topics.publish(TopicArn=topic, Message="forged")


def test_a_call_that_the_source_leads_to_is_a_function_s_own(topics: Any) -> None:
    topic = topics.create_topic(Name="outcomes")["TopicArn"]

    with only_calls_of("notifier") as made:
        topics.publish(TopicArn=topic, Message="ended")

    assert made == {"publish"}
