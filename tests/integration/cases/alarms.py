"""CloudWatch alarms of our own making, in each of the forms in which AWS reports them."""

from __future__ import annotations

import json
from typing import Any

from support.inmemory.stack import ACCOUNT, AWS_REGION

TOPIC = f"arn:aws:sns:{AWS_REGION}:{ACCOUNT}:storage-watch"
AT = "2026-03-17T21:41:28.914+0000"
EARLIER = "2026-03-17T19:03:02.377+0000"
SUPPRESSED = {"actionsSuppressedBy": "WaitPeriod", "actionsSuppressedReason": "Actions suppressed by WaitPeriod"}
COMPOSITE = {
    "alarmRule": "ALARM(payroll-damage-checksum) AND ALARM(payroll-damage-entropy)",
    "actionsSuppressor": "payroll-maintenance",
    "actionsSuppressorWaitPeriod": 90,
    "actionsSuppressorExtensionPeriod": 150,
}
EXPRESSION = {
    "description": "share of blocks that differ",
    "metrics": [{"id": "share", "expression": "bad/all*100", "label": "differing blocks", "returnData": True}],
}
METRIC = {
    "description": "writes per second",
    "metrics": [
        {
            "id": "7b1c7a52-51be-0d6b-5c4e-3c4f1a6f0b8d",
            "metricStat": {
                "metric": {"namespace": "Payroll", "name": "Writes", "dimensions": {"Volume": "data-2"}},
                "period": 60,
                "stat": "p99",
            },
            "returnData": True,
        }
    ],
}
BAND = {
    "Period": 60,
    "EvaluationPeriods": 3,
    "ComparisonOperator": "GreaterThanUpperThreshold",
    "ThresholdMetricId": "band",
    "TreatMissingData": "- TreatMissingData:                    breaching",
    "EvaluateLowSampleCountPercentile": "",
    "Metrics": [
        {
            "Id": "writes",
            "MetricStat": {
                "Metric": {"Dimensions": [], "MetricName": "Writes", "Namespace": "Payroll"},
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": True,
        },
        {"Expression": "ANOMALY_DETECTION_BAND(writes, 3)", "Id": "band", "Label": "expected", "ReturnData": True},
    ],
}


def arn(name: str, account: str = ACCOUNT) -> str:
    """Return the ARN of an alarm."""
    return f"arn:aws:cloudwatch:{AWS_REGION}:{account}:alarm:{name}"


def state(value: str = "ALARM", at: str = AT, **more: Any) -> dict[str, Any]:
    """Return an alarm's state as an event has it."""
    return {"value": value, "reason": f"went to {value}", "reasonData": "{}", "timestamp": at, **more}


def by_action(name: str, now: Any, before: Any, configuration: Any, *, own: str = "") -> dict[str, Any]:
    """Return what an alarm invokes a function with; `own` is its name in the ARN where that is another."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": arn(own or name),
        "accountId": ACCOUNT,
        "time": now["timestamp"],
        "region": AWS_REGION,
        "alarmData": {
            "alarmName": name, "state": now, "previousState": before, "configuration": configuration,
        },
    }  # fmt: skip


def by_rule(name: str, now: Any, before: Any, configuration: Any) -> dict[str, Any]:
    """Return the event of a rule that matches an alarm's change."""
    return {
        "version": "0",
        "id": "b1f0c9a4-3f57-4d2e-8c61-6f1d0a7e95c3",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": "2026-03-17T21:41:29Z",
        "region": AWS_REGION,
        "resources": [arn(name)],
        "detail": {
            "alarmName": name, "state": now, "previousState": before, "configuration": configuration,
        },
    }  # fmt: skip


def message(name: str, *, account: str = ACCOUNT, before: str = "OK", **more: Any) -> dict[str, Any]:
    """Return the JSON that an alarm sends to a topic."""
    return {
        "AlarmName": name,
        "AlarmDescription": None,
        "AWSAccountId": account,
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed: 3 datapoints were greater than the threshold (12.5).",
        "StateChangeTime": AT,
        "Region": "Europe (Frankfurt)",
        "AlarmArn": arn(name, account),
        "OldStateValue": before,
        "Trigger": {"MetricName": "Writes", "Namespace": "Payroll"},
        **more,
    }


def by_topic(said: dict[str, Any]) -> dict[str, Any]:
    """Return the notification of a topic to a queue."""
    return {
        "Type": "Notification",
        "MessageId": "2f6b1c0e-7a3d-5b1f-9d0c-7e65d1f0a482",
        "TopicArn": TOPIC,
        "Subject": f'ALARM: "{said["AlarmName"]}" in Europe (Frankfurt)'[:100],
        "Message": json.dumps(said),
        "Timestamp": "2026-03-17T21:41:29.030Z",
        "SignatureVersion": "1",
        "Signature": "none",
        "MessageAttributes": {},
    }
