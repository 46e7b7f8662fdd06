"""One read of a group's replication pairs that never fails: what cannot be read is said, and decides nothing."""

from __future__ import annotations

from standdown.base.log import logger
from standdown.core.operation import GroupRef
from standdown.core.pairs import PairsSeen
from standdown.huawei.account import HuaweiAccount
from standdown.sdrs.errors import HuaweiError


def see_pairs(huawei: HuaweiAccount, group: GroupRef, timeout: float) -> PairsSeen:
    """Read the pairs within `timeout` seconds in all."""
    try:
        return PairsSeen(huawei.pairs(group, timeout))
    except HuaweiError as error:
        logger.info("pairs could not be read", extra={"problem": str(error)})
        return PairsSeen(None, str(error), error.retryable)
