"""The event for machines: source `standdown`, the outcome as its detail, the execution as its resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from standdown.publish.backoff import AWS, Schedule
from standdown.publish.channels.errors import PublishError, from_aws
from standdown.publish.render.rendered import Rendered

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

__all__ = ["SOURCE", "EventBridgeChannel"]

SOURCE = "standdown"


@dataclass(frozen=True, slots=True)
class EventBridgeChannel:
    """Put events on one bus (the account's default where none is named) with a client that was made elsewhere."""

    client: EventBridgeClient = field(repr=False)
    bus_name: str = "default"
    schedule: Schedule = AWS
    name: str = "eventbridge"
    alongside: bool = False

    def wants(self, _rendered: Rendered, /) -> bool:
        """Return True: rules choose on the bus."""
        return True

    def send(self, rendered: Rendered, /) -> None:
        """Put the event; raise PublishError where EventBridge did not take it, also where it said so with a 200."""
        self._find_bus()
        entry: PutEventsRequestEntryTypeDef = {
            "Source": SOURCE,
            "DetailType": rendered.detail_type,
            "Detail": rendered.json,
            "Time": rendered.at,
            "Resources": [rendered.execution_arn] if rendered.execution_arn else [],
            "EventBusName": self.bus_name,
        }
        try:
            answer = self.client.put_events(Entries=[entry])
        except (ClientError, BotoCoreError) as error:
            raise from_aws("EventBridge", error) from error
        if answer.get("FailedEntryCount", 0):
            entry_answer = (answer.get("Entries") or [{}])[0]
            code = entry_answer.get("ErrorCode") or "no code"
            raise PublishError(
                f"EventBridge refused it: {code}: {entry_answer.get('ErrorMessage') or 'no message'}",
                retryable="Malformed" not in code,
            )

    def _find_bus(self) -> None:
        """Raise PublishError where the bus does not exist: PutEvents takes events for such a bus and drops them.

        Whatever else is wrong with the question does not keep the event back. The default bus is always there.
        """
        if self.bus_name == "default":
            return
        try:
            self.client.describe_event_bus(Name=self.bus_name)
        except (ClientError, BotoCoreError) as error:
            code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
            if code == "ResourceNotFoundException":
                problem = f"the event bus {self.bus_name} does not exist: see the parameter EventBusName"
                raise PublishError(problem) from error
