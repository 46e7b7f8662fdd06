"""The topic: people get the text, queues and HTTP subscribers the JSON, filter policies the attributes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from standdown.publish.backoff import AWS, Schedule
from standdown.publish.channels.errors import from_aws
from standdown.publish.render.rendered import Rendered

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

__all__ = ["SnsChannel", "message"]

_MACHINES = ("sqs", "lambda", "http", "https", "firehose")


@dataclass(frozen=True, slots=True)
class SnsChannel:
    """Publish to one topic with a client that was made elsewhere."""

    client: SNSClient = field(repr=False)
    topic_arn: str
    schedule: Schedule = AWS
    name: str = "sns"
    alongside: bool = False

    def wants(self, _rendered: Rendered, /) -> bool:
        """Return True: filter policies choose on the subscriptions."""
        return True

    def send(self, rendered: Rendered, /) -> None:
        """Publish it; raise PublishError where SNS did not take it."""
        try:
            self.client.publish(
                TopicArn=self.topic_arn,
                Subject=rendered.subject,
                Message=message(rendered),
                MessageStructure="json",
                MessageAttributes=_attributes(rendered),
            )
        except (ClientError, BotoCoreError) as error:
            raise from_aws("SNS", error) from error

    def say(self, subject: str, text: str) -> None:
        """Publish a sample; raise PublishError where SNS did not take it."""
        said = _sample(subject, text)
        try:
            self.client.publish(TopicArn=self.topic_arn, Subject=subject, Message=said, MessageStructure="json")
        except (ClientError, BotoCoreError) as error:
            raise from_aws("SNS", error) from error


def _sample(subject: str, text: str) -> str:
    """Return a sample by protocol: machines get a document that is no outcome."""
    nothing = json.dumps({"sample": True, "message": subject})
    by_protocol = {"default": text, "sms": subject, **dict.fromkeys(_MACHINES, nothing)}
    return json.dumps(by_protocol, ensure_ascii=False)


def message(rendered: Rendered) -> str:
    """Return the message by protocol: text for people, the JSON for machines, one line for a phone."""
    by_protocol = {"default": rendered.text, "sms": rendered.subject, **dict.fromkeys(_MACHINES, rendered.json)}
    return json.dumps(by_protocol, ensure_ascii=False)


def _attributes(rendered: Rendered) -> dict[str, MessageAttributeValueTypeDef]:
    return {key: {"DataType": "String", "StringValue": value} for key, value in rendered.attributes.items()}
