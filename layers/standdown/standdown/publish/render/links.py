"""Where a message comes from, and its links: the execution, the log lines of one operation, the SDRS console."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from standdown.base.text import canonical, iso, one_line
from standdown.core.operation import Operation, execution_arn, execution_name
from standdown.core.request import Action
from standdown.publish.render.locale import Locale

if TYPE_CHECKING:
    from standdown.core.notice import Notice

__all__ = ["Links"]

_FORMER_DEFAULT = "https://console.huaweicloud.com/sdrs/?region={region}"
"""What 0.1.0 had for every region. A stack that is updated keeps it as its parameter, where it says nothing."""

_SDRS_CONSOLES = {
    **dict.fromkeys(("cn-north-4", "cn-east-2", "cn-east-3", "cn-south-1"), "console.huaweicloud.com"),
    **dict.fromkeys(("ap-southeast-2", "ap-southeast-3", "af-south-1", "tr-west-1"), "console-intl.huaweicloud.com"),
    **dict.fromkeys(("la-north-2", "la-south-2", "sa-brazil-1"), "console-intl.huaweicloud.com"),
    **dict.fromkeys(("eu-de", "eu-nl"), "console.otc.t-systems.com"),
}
"""The console by region; a region that is not here gives no link."""

_AWS_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
"""The AWS console's domain by the partition in an ARN; a partition that is not here gives no link."""
_TARGET = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""A target's name: nothing that a shell or an address would read as more than a word."""


@dataclass(frozen=True, slots=True)
class Links:
    """The stack that sends, and the places that links lead to. What is empty gives no link.

    `console` is the SDRS console's address with `{region}` in it, empty for that of the region. `runbook` is the
    address of the reader's own runbook, which may have `{target}` in it. `queue_url` is the request queue's,
    `config_prefix` where the stack's parameters stand.
    """

    workflow_arn: str = ""
    log_groups: tuple[str, ...] = ()
    aws_region: str = ""
    huawei_region: str = ""
    console: str = ""
    stack: str = ""
    runbook: str = ""
    queue_url: str = ""
    config_prefix: str = ""

    def for_operation(self, operation: Operation) -> dict[str, str | None]:
        """Return the links `execution`, `logs` and `console` of an operation; None where there is none."""
        return {
            "execution": self.execution(self.execution_arn(operation)),
            "logs": self._logs(operation),
            "console": self.of_group(operation.group.region if operation.group else None),
        }

    def sender(self, locale: Locale) -> str | None:
        """Return which stack sends, in which account and region of AWS; None where that is not known."""
        account = (self.workflow_arn.split(":") + [""] * 5)[4]
        return locale.say("sender", stack=self.stack, account=account, region=self._region()) if self.stack else None

    def runbook_for(self, target: str | None) -> str | None:
        """Return the address of the runbook for a target; None where none is configured."""
        known = target and _TARGET.fullmatch(target)
        return self.runbook.replace("{target}", target if known and target else "") or None

    def again(self, operation: Operation) -> str | None:
        """Return the command that asks for the same again; None for an operation without a target."""
        if operation.action is Action.RESUME:
            return self.resume(operation.target, None)
        if not self.queue_url or not operation.target or not _TARGET.fullmatch(operation.target):
            return None
        asked = canonical({"target": operation.target, "reason": f"again, after {operation.operation_id}"})
        return f"aws sqs send-message --region {self._region()} --queue-url {self.queue_url} --message-body '{asked}'"

    def resume(self, target: str | None, hold: str | None) -> str | None:
        """Return the command that enables a target's protection again; None where it is no target."""
        if not target or not _TARGET.fullmatch(target):
            return None
        return f"standdown resume {target}{f' --hold {hold}' if hold else ''}{self._of_stack()}"

    def acknowledge(self, hold: str) -> str:
        """Return the command that has nobody reminded of a hold for a while."""
        return f"standdown ack {hold} --until 12h{self._of_stack()}"

    def of_group(self, region: str | None) -> str | None:
        """Return the SDRS console's address for a region, the stack's own where none is known."""
        return self._console(region or self.huawei_region)

    def _of_stack(self) -> str:
        return f" --stack {self.stack}" if self.stack else ""

    def execution_arn(self, operation: Operation) -> str | None:
        """Return the ARN of the execution that did the work: for a joined operation, that of the one it joined."""
        worker = operation.outcome.joined_to if operation.outcome else None
        return self.execution_named(execution_name(worker or operation.joined_to or operation.operation_id))

    def execution_named(self, name: str) -> str | None:
        """Return the ARN of the workflow's execution of that name; None where the workflow is not known."""
        return execution_arn(self.workflow_arn, name) if ":stateMachine:" in self.workflow_arn else None

    def execution_of(self, notice: Notice) -> str | None:
        """Return the ARN of the execution that publishes a notice."""
        from standdown.core.notice import notice_execution  # an outcome need not wait for it

        return self.execution_named(notice.publisher or notice_execution(notice.notice_id))

    def execution(self, arn: str | None) -> str | None:
        """Return the address of an execution in the AWS console."""
        console = self._aws_console()
        if not arn or not console:
            return None
        return f"{console}/states/home?region={self._region()}#/v2/executions/details/{arn}"

    def _logs(self, operation: Operation) -> str | None:
        console = self._aws_console()
        if not self.log_groups or not console:
            return None
        ended = operation.outcome.ended_at if operation.outcome else operation.received_at
        query = (
            f"fields @timestamp, service, level, message | filter operation_id = '{operation.operation_id}'"
            " | sort @timestamp asc"
        )
        sources = "".join(f"~'{_starred(group)}" for group in self.log_groups)
        detail = (
            f"~(end~'{_starred(iso(ended + timedelta(minutes=15)))}"
            f"~start~'{_starred(iso(operation.received_at - timedelta(minutes=5)))}"
            f"~timeType~'ABSOLUTE~tz~'UTC~editorString~'{_starred(query)}~source~({sources}))"
        )
        base = f"{console}/cloudwatch/home?region={self._region()}"
        return f"{base}#logsV2:logs-insights{_dollared('?queryDetail=')}{_dollared(_percented(detail))}"

    def _console(self, region: str) -> str | None:
        own = "" if self.console == _FORMER_DEFAULT else self.console
        host = _SDRS_CONSOLES.get(region)
        address = own or (f"https://{host}/sdrs/?region={{region}}" if host else "")
        return address.replace("{region}", quote(one_line(region, 64), safe="")) if region and address else None

    def _region(self) -> str:
        return self.aws_region or (self.workflow_arn.split(":") + [""] * 4)[3]

    def _aws_console(self) -> str | None:
        domain = _AWS_CONSOLES.get(self.workflow_arn.partition(":")[2].partition(":")[0])
        return f"https://{self._region()}.{domain}" if domain else None


def _starred(text: str) -> str:
    """Return text as Logs Insights writes a string in its address: `*20` for a blank."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else f"*{ord(c):02x}" for c in text)


def _percented(text: str) -> str:
    """Return percent-encoded text in which the tilde, which Python leaves alone, is encoded too."""
    return quote(text, safe="*").replace("~", "%7E")


def _dollared(text: str) -> str:
    """Return text as the CloudWatch console writes it behind `#`: percent signs become dollar signs."""
    return quote(text, safe="*").replace("%", "$")
