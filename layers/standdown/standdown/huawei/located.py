"""An operation with its group located: a record of 0.1.0 may know its group by name alone, and a hold needs its id."""

from __future__ import annotations

from dataclasses import replace

from standdown.base.log import logger
from standdown.core.operation import Operation
from standdown.huawei.account import CALL, HuaweiAccount
from standdown.sdrs.errors import HuaweiError


def located(operation: Operation, huawei: HuaweiAccount) -> Operation:
    """Return the operation with its group's project and id looked up; as it is where that cannot be done now."""
    if operation.group is None or operation.group.complete:
        return operation
    try:
        return replace(operation, group=huawei.locate(operation.group, CALL))
    except HuaweiError as error:
        logger.warning("group not located, its hold is opened by the sweeper", extra={"problem": str(error)})
        return operation
