"""How a storm stands: the ledger's states, what is queued, and what the functions complain of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from local.switchboard import FUNCTIONS

if TYPE_CHECKING:
    from local.cloud import LocalCloud
    from local.storm import Storm

MOST_COMPLAINTS = 8


def what_is_missing(storm: Storm, cloud: LocalCloud, sent: int) -> list[str]:
    """Return how far everything has come, and what the functions complained of most."""
    operations, (waiting, in_hand) = cloud.ledger(), queued(cloud)
    complaints = Counter(
        (function, text) for function in FUNCTIONS for line in cloud.logs(function) if (text := _complaint(line))
    )
    return [
        f"messages sent: {sent} of {2 * storm.stops}",
        f"requests in the ledger: {len(operations)} of {storm.stops} ({standing(operations)})",
        f"requests in the queue: {waiting}, and {in_hand} that are in hand or come back later",
        f"dead letters: {len(cloud.dead_letters())}",
        *(f"{function}, {count} times: {text}" for (function, text), count in complaints.most_common(MOST_COMPLAINTS)),
    ]


def _complaint(line: dict[str, Any]) -> str:
    """Return what a line of a function's log says is wrong, empty where it says nothing of the kind."""
    text = str(line.get("text", ""))
    wrong = ("Error: " in text or "Exception: " in text) and not text.startswith(" ")
    return str(line.get("problem", text if wrong else ""))


def standing(operations: list[dict[str, Any]]) -> str:
    """Return how many operations are in which state."""
    states = Counter(one["state"] for one in operations)
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "nothing in the ledger yet"


def queued(cloud: LocalCloud) -> tuple[int, int]:
    """Return how many requests wait in the queue, and how many the trigger has in hand or will see again later."""
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    asked = {"QueueUrl": cloud.outputs["RequestQueueUrl"], "AttributeNames": wanted}
    found = cloud.client("sqs").get_queue_attributes(**asked)["Attributes"]
    return int(found[wanted[0]]), int(found[wanted[1]])
