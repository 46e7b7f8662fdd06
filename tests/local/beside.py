"""A second stack in a cloud that runs already: what two stacks in one account must not share can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import sam
from local.cloud import LocalCloud


def beside(
    cloud: LocalCloud, stack: str, log: Path, targets: Mapping[str, Mapping[str, Any]], built: Path | None = None
) -> LocalCloud:
    """Deploy the same sources, or what was `built`, under another name; the second stack goes when its cloud does.

    Both use the same simulator and the same credential for it, as two stacks of one project would.
    """
    second = LocalCloud(stack=stack, auth=cloud.auth)
    second.endpoint, second.simulator = cloud.endpoint, cloud.simulator
    second.deploy(built or sam.build(), log)
    for name, document in targets.items():
        second.put_target(name, document)
    return second
