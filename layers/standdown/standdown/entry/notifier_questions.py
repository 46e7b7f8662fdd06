"""The notifier's questions, such as `status`, `history` and `holds`: they need no right on what stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standdown.entry.questions import AskError, holds_asked, rejected, replay_asked, sample_asked, word_asked
from standdown.ledger.ledger import Ledger, LedgerError
from standdown.publish.delivery import Publication
from standdown.publish.history import HistoryError, history
from standdown.publish.holds import holds_in_status, open_holds
from standdown.publish.notices_listed import notices_listed
from standdown.publish.replay import ReplayError, replay
from standdown.publish.sample import SampleError, sample
from standdown.publish.status import status


def ask_notifier(  # noqa: PLR0911 - one for each question, and one for each way in which it has no answer
    event: Any, ledger: Ledger, publication: Publication, around: Callable[[], dict[str, Any]] = dict
) -> dict[str, Any]:
    """Answer a question, such as `{"status": {}}`, `{"history": {…}}`, `{"notices": {…}}` or a replay.

    `around` returns what of a status is not in its operations; it may raise LedgerError.
    """
    try:
        match word_asked(event, "notifier"):
            case "status":
                return status(ledger).to_dict() | holds_in_status(ledger) | around()
            case "history":
                return history(ledger, event["history"]).to_dict()
            case "holds":
                holds_asked(event)
                return open_holds(ledger)
            case "notices":
                return notices_listed(ledger, event["notices"])
            case "sample":
                return sample(publication, ledger, sample_asked(event)).to_dict()
        operation_id, channels = replay_asked(event)
        return replay(operation_id, ledger, publication, channels).to_dict()
    except (AskError, HistoryError) as error:
        return rejected("malformed", error)
    except SampleError as error:
        return rejected("too_soon", error)
    except ReplayError as error:
        return rejected("no_outcome", error)
    except LedgerError as error:
        return rejected("unavailable", error)
