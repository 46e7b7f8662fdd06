"""Whom the intake believes that a message comes from a schedule or from the webhook."""

from __future__ import annotations

import pytest

from standdown.core.request import Source
from standdown.intake.trust import Trust

ACCOUNT = "123456789012"
BOTH = Trust(ACCOUNT, schedule_sender_id="AROASCHEDULE", webhook_sender_id="AROAWEBHOOK")
NONE = Trust(ACCOUNT)


@pytest.mark.parametrize(
    ("trust", "sender", "source", "believed"),
    [
        (BOTH, "AROASCHEDULE", Source.SCHEDULE, True),
        (BOTH, "AROAWEBHOOK", Source.WEBHOOK, True),
        (BOTH, ACCOUNT, Source.SCHEDULE, True),
        (BOTH, ACCOUNT, Source.WEBHOOK, True),
        (BOTH, "AROAWEBHOOK", Source.SCHEDULE, False),
        (BOTH, "AROASCHEDULE", Source.WEBHOOK, False),
        (BOTH, "AROASOMEBODY", Source.WEBHOOK, False),
        (BOTH, "", Source.WEBHOOK, False),
        (BOTH, ACCOUNT, Source.ALARM, False),
        (BOTH, ACCOUNT, Source.DIRECT, False),
        (BOTH, "", Source.QUEUE, False),
        (NONE, ACCOUNT, Source.SCHEDULE, False),
        (NONE, ACCOUNT, Source.WEBHOOK, False),
        (NONE, "", Source.WEBHOOK, False),
        (NONE, "", Source.SCHEDULE, False),
    ],
)
def test_only_the_entry_points_own_role_or_the_account_may_speak_for_it(
    trust: Trust, sender: str, source: Source, believed: bool
) -> None:
    assert trust.believes(sender, source) is believed
