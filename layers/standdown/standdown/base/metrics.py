"""What is counted and timed: one line in CloudWatch's embedded metric format each, at once.

Nothing is kept for the end of an invocation, so that a function that is killed has recorded what it did until then. The
dimensions are few and bounded: never an id, never a sender's words. Counting never fails what is counted.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from standdown.base.log import logger

__all__ = ["DIMENSIONS", "NAMESPACE", "STACK", "Dimension", "Metric", "record"]

NAMESPACE = "Standdown"
"""Where POWERTOOLS_METRICS_NAMESPACE does not name another."""


class Dimension(StrEnum):
    """The dimensions, by their names in CloudWatch."""

    STACK = "stack"  # every metric has it: stacks side by side in one account do not count for one another
    SOURCE = "source"
    DECISION = "decision"
    OUTCOME = "outcome"
    REASON = "reason"
    CHANNEL = "channel"
    STEP = "step"
    CAUSE = "cause"
    TARGET = "target"


STACK = Dimension.STACK


class Metric(StrEnum):
    """The metrics, by their names in CloudWatch."""

    REQUESTS = "Requests"  # decided on by the trigger
    STOPS_ISSUED = "StopsIssued"  # taken by SDRS, with a job
    RESUMES_ISSUED = "ResumesIssued"  # the same for resumes
    SECONDS_TO_STOP = "SecondsFromRequestToStop"
    OUTCOMES = "Outcomes"  # when first published
    REFUSED = "Refused"  # the same, for outcomes that are refusals
    SECONDS_TO_OUTCOME = "SecondsFromJobEndToOutcome"
    LOOKS = "LooksPerJob"
    UNDELIVERED = "Undelivered"  # outcomes that a channel did not get
    STOPS_HELD_UP = "StopsHeldUp"  # deliveries of a request that has waited for a minute without its stop sent
    DEAD_LETTERED = "DeadLettered"  # messages that the trigger moved to the dead-letter queue
    EVENTS_IGNORED = "EventsIgnored"  # understood, and rightly no request
    EVENTS_REJECTED = "EventsRejected"  # no request could be made of them
    MESSAGES_BROKEN = "MessagesBroken"  # messages that a fault of our own code kept from being taken
    UNKNOWN_STATUSES = "UnknownStatuses"  # words of SDRS that this code does not know
    OPEN_OPERATIONS = "OpenOperations"  # not published yet, as the sweeper finds them
    MOVED_ON = "MovedOn"  # by the sweeper
    BROKEN_SECRETS = "BrokenSecrets"  # secrets or keys of webhooks, to us and from us, that cannot be used
    SMN_UNVERIFIED = "SmnUnverified"  # messages that name a pinned topic of SMN and cannot be verified
    TARGETS_NOT_READY = "TargetsNotReady"  # as a check of all targets finds them
    BROKEN_TARGETS = "BrokenTargets"  # documents that cannot be read; the stack's mode counts as one
    UNPROTECTED_MINUTES = "UnprotectedMinutes"  # of each target that has no protection, as the sweeper finds it


DIMENSIONS: Mapping[Metric, tuple[Dimension, ...]] = {
    Metric.REQUESTS: (Dimension.SOURCE, Dimension.DECISION),
    Metric.STOPS_ISSUED: (),
    Metric.RESUMES_ISSUED: (),
    Metric.SECONDS_TO_STOP: (),
    Metric.OUTCOMES: (Dimension.OUTCOME,),
    Metric.REFUSED: (Dimension.REASON,),
    Metric.SECONDS_TO_OUTCOME: (),
    Metric.LOOKS: (),
    Metric.UNDELIVERED: (Dimension.CHANNEL,),
    Metric.STOPS_HELD_UP: (),
    Metric.DEAD_LETTERED: (),
    Metric.EVENTS_IGNORED: (Dimension.REASON,),
    Metric.EVENTS_REJECTED: (Dimension.REASON,),
    Metric.MESSAGES_BROKEN: (),
    Metric.UNKNOWN_STATUSES: (),
    Metric.OPEN_OPERATIONS: (),
    Metric.MOVED_ON: (Dimension.STEP,),
    Metric.BROKEN_SECRETS: (),
    Metric.SMN_UNVERIFIED: (),
    Metric.TARGETS_NOT_READY: (Dimension.CAUSE,),
    Metric.BROKEN_TARGETS: (),
    Metric.UNPROTECTED_MINUTES: (Dimension.TARGET,),
}
"""The dimensions of each beside `stack`: it is published under `stack` alone, for alarms, and under all of them."""

_SECONDS = frozenset({Metric.SECONDS_TO_STOP, Metric.SECONDS_TO_OUTCOME})


def record(metric: Metric, value: float = 1, **dimensions: str) -> None:
    """Publish one value of a metric, with the dimensions that DIMENSIONS names."""
    try:
        _publish(metric, value, dimensions)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the work goes on
        logger.warning("metric not recorded", extra={"metric": metric.value, "problem": type(error).__name__})


def _publish(metric: Metric, value: float, dimensions: Mapping[str, str]) -> None:
    stack: dict[str, str] = {str(STACK): os.environ.get("STACK_NAME") or "standdown"}
    # An empty service: Powertools would make it a dimension, and one metric's values would differ by function.
    namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE") or NAMESPACE
    line = AmazonCloudWatchEMFProvider(namespace=namespace, service="", default_dimensions=stack)
    line.add_metric(metric.value, MetricUnit.Seconds if metric in _SECONDS else MetricUnit.Count, value)
    named = {name: dimensions[name] for name in DIMENSIONS[metric]}
    if named:
        line.add_dimensions(**named)
    line.flush_metrics()
