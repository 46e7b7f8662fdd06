"""A second stack in a cloud that runs already: what two stacks in one account must not share can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import sam
from local.cloud import ARTEFACTS, LocalCloud
from local.mend import mend


def beside(
    cloud: LocalCloud, stack: str, log: Path, targets: Mapping[str, Mapping[str, Any]], built: Path | None = None
) -> LocalCloud:
    """Deploy the same sources, or what was `built`, under another name; the second stack goes when its cloud does.

    Both use the same simulator and the same credential for it, as two stacks of one project would.
    """
    second = LocalCloud(stack=stack)
    second.endpoint, second.simulator = cloud.endpoint, cloud.simulator
    update(second, built or sam.build(), log)
    for name, document in targets.items():
        second.put_target(name, document)
    return second


def update(cloud: LocalCloud, built: Path, log: Path) -> None:
    """Deploy what was built over a stack, as after a change of the sources; make it where it is not there yet."""
    place = {"SdrsEndpoint": cloud.simulator.url, "IamEndpoint": cloud.simulator.url}
    sam.deploy(built, cloud.endpoint, cloud.stack, ARTEFACTS, place, log)
    (found,) = cloud.client("cloudformation").describe_stacks(StackName=cloud.stack)["Stacks"]
    cloud.outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
    mend(cloud.client, auth=True)
