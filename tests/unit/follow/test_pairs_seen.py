"""What each replication pair does, in SDRS's own words, as the workflow's state keeps it for whoever watches."""

from __future__ import annotations

import json

from standdown.core.pairs import PairsSeen
from standdown.follow.pairs_seen import MOST, words_of_pairs
from standdown.follow.watch_state import WatchState
from standdown.sdrs.models import Job
from standdown.sdrs.pairs import ReplicationPair


def job(*parts: tuple[str, str]) -> Job:
    """Return a job with a part for each pair, below one for the group as SDRS has it."""
    below = [
        {"job_id": f"job-{pair}", "status": status, "entities": {"replication_pair_id": pair}} for pair, status in parts
    ]
    child = {"job_id": "job-group", "status": "RUNNING", "entities": {"sub_jobs": below}}
    return Job.from_api({"job_id": "job", "status": "RUNNING", "entities": {"sub_jobs": [child]}})


def test_while_the_job_runs_each_pair_has_the_status_of_its_part() -> None:
    assert words_of_pairs(job(("a", "SUCCESS"), ("b", "RUNNING")), None) == {"a": "SUCCESS", "b": "RUNNING"}


def test_once_the_pairs_were_read_each_has_its_own_status() -> None:
    seen = PairsSeen((ReplicationPair("a", status="available"), ReplicationPair("b", status="copying")))

    assert words_of_pairs(job(("a", "SUCCESS")), seen) == {"a": "available", "b": "copying"}


def test_pairs_that_could_not_be_read_leave_those_of_the_job() -> None:
    assert words_of_pairs(job(("a", "SUCCESS")), PairsSeen()) == {"a": "SUCCESS"}


def test_without_job_and_pairs_nothing_is_said() -> None:
    assert words_of_pairs(None, None) == {}


def test_the_state_stays_small_whatever_sdrs_says() -> None:
    many = job(*((f"{number}{'p' * 500}", "S\n" * 500) for number in range(300)))

    found = words_of_pairs(many, None)

    assert len(found) == MOST
    assert len(json.dumps(found)) < 8_000
    assert "\n" not in "".join(found.values())


def test_a_state_of_an_earlier_version_has_no_pairs_and_is_read() -> None:
    watch = WatchState.read({"operation_id": "0" * 32, "looks": 3, "schema_version": 1})

    assert (watch.looks, watch.pairs) == (3, {})
    assert WatchState.read(WatchState("0" * 32, pairs={"a": "SUCCESS"}).to_dict()).pairs == {"a": "SUCCESS"}
