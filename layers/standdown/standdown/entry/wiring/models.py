"""The models of AWS services that the layer carries: cut down when it is built, and read instead of the runtime's."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from standdown.entry.wiring.authorities import share_authorities

FOLDER = Path(__file__).parents[3] / "standdown_models"


class CutModels(Loader):
    """Finds ours first and whatever else is needed in the runtime, without a look at its four hundred services."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - of every type we have, or it has none
        """Return the services that the functions use."""
        return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@cache
def _session() -> boto3.Session:
    session = Session()
    session.register_component("data_loader", CutModels([str(FOLDER)]))
    return boto3.Session(botocore_session=session)


def make_client(service: str, config: Config) -> Any:
    """Return a client, by the models that the layer carries where it has any and they are of use."""
    made = _made(service, config)
    share_authorities(made)
    return made


def _made(service: str, config: Config) -> Any:
    if FOLDER.is_dir():
        try:
            return _session().client(service, config=config)  # type: ignore[call-overload]
        except Exception:  # noqa: BLE001 - whatever a botocore has against them, it has its own
            _session.cache_clear()
    return boto3.client(service, config=config)  # type: ignore[call-overload]
