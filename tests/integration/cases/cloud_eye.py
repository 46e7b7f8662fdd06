"""Messages that Cloud Eye and others send to a topic of SMN; how they are spelt is theirs, what they say is ours."""

from __future__ import annotations

import json
from typing import Any

NAME = "payroll-damage-writes"
TIME = 1773783680123  # 2026-03-17T21:41:20.123Z
_ALARM: dict[str, Any] = {
    "message_type": "alarm",
    "alarm_id": "al1773700000000RsTuVwXyZ",
    "alarm_name": NAME,
    "alarm_status": "alarm",
    "time": TIME,
    "namespace": "AGT.ECS",
    "metric_name": "disk_agt_write_bytes_rate",
    "dimension": "instance_id:c2f0e4a8-17b6-4d53-9a0e-8b61d7f3205c,disk:6e",
    "period": 1,
    "filter": "Raw data",
    "comparison_operator": ">",
    "value": 250,
    "unit": "MB/s",
    "count": 3,
    "alarmValue": [{"time": 1773783660000, "value": 311.7}],
    "sms_content": '[LA-Mexico City2][Major Alarm]Dear user: The (Agent) Disk Write Rate of "payroll-db-2" (Private IP '
    "Address: 192.0.2.77),  Raw data > 250MB/s for 3 consecutive periods,\nCurrent Data: 311.7MB/s,\n"
    "at 03 17, 2026 15:41:20 GMT-06:00 triggered an alarm, You can log in to the console.",
}
_VARIABLES: dict[str, Any] = {
    "AccountName": "payroll-ops",
    "Namespace": "Server Monitoring",
    "DimensionName": "ECSs",
    "ResourceName": "payroll-db-2",
    "MetricName": "(Agent) Disk Write Rate",
    "IsAlarm": True,
    "IsCycleTrigger": False,
    "AlarmLevel": "Major",
    "Region": "LA-Mexico City2",
    "AlarmRule": "",
    "CurrentDatas": [],
    "AlarmTime": "03 17, 2026 15:41:20 GMT-06:00",
    "DataPoint": {"03 17, 2026 15:41:00 GMT-06:00": "311.7MB/s"},
    "AlarmRuleName": NAME,
    "AlarmId": "al1773700000000RsTuVwXyZ",
    "AlarmDesc": "",
    "IsIEC": False,
    "IsAgentEvent": False,
    "TriggerInfos": [],
    "AlarmPolicies": [],
}
GONE = object()
SCALING = json.dumps({"scaling_group_name": "payroll-web", "scaling_result": "SUCCESS", "activity_id": "c0de"})
OWN_TEMPLATE = json.dumps({"what": NAME, "state": "alarm", "severity": "Major", "where": "payroll-db-2"})
TEST = "A message that was published by hand."


def alarm(variables: dict[str, Any] | None = None, **changes: Any) -> str:
    """Return an alarm as Cloud Eye's agent metrics have it, over many lines; what is GONE is left out."""
    said = {**_ALARM, "template_variable": {**_VARIABLES, **(variables or {})}, **changes}
    return json.dumps({key: value for key, value in said.items() if value is not GONE}, indent=2)
