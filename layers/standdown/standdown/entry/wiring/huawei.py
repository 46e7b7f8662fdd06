"""The way to Huawei Cloud, for every function that has a credential."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, Self

from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from standdown.aws.settings import Environment
from standdown.entry.wiring.aws import SECRET_SECONDS, secrets
from standdown.entry.wiring.connections import dialer
from standdown.huawei.account import HuaweiAccount, SecretError


class HuaweiSettings(NamedTuple):
    """The name of the secret with the credential, and the endpoints where they are not the region's own."""

    secret_name: str
    endpoint: str | None = None
    iam_endpoint: str | None = None

    @classmethod
    def read(cls, environment: Environment) -> Self:
        """Read them; raise SettingsError where one is missing."""
        return cls(
            environment.text("HUAWEI_SECRET_NAME"),
            environment.optional("SDRS_ENDPOINT"),
            environment.optional("IAM_ENDPOINT"),
        )


@cache
def huawei(settings: HuaweiSettings) -> HuaweiAccount:
    """Return the way to Huawei Cloud with the credential that this function is given."""

    def secret(*, force: bool) -> str | bytes:
        try:
            got = secrets().get(settings.secret_name, max_age=SECRET_SECONDS, force_fetch=force)
        except GetParameterError as error:
            raise SecretError(f"the secret {settings.secret_name!r} with the credential could not be read") from error
        return got if isinstance(got, bytes) else str(got)

    return HuaweiAccount(
        secret,
        secret_name=settings.secret_name,
        endpoint=settings.endpoint,
        iam=settings.iam_endpoint,
        dial=dialer(),
    )
