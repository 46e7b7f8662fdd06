"""The workflow's definition: nothing in it can wait for ever, fall through or be left by an error nobody catches."""

from __future__ import annotations

from typing import Any

import pytest

from local.template import load, resources, workflow

TEMPLATE = load()
DEFINITION = workflow(TEMPLATE)
STATES: dict[str, dict[str, Any]] = DEFINITION["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
FUNCTIONS = {name: state for name, state in TASKS.items() if state["Resource"] in ("${Poller}", "${Notifier}")}
CHOICES = {name: state for name, state in STATES.items() if state["Type"] == "Choice"}
LAMBDA_S_OWN = {
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
}


def next_states(state: dict[str, Any]) -> set[str]:
    """Return where a state can lead to."""
    branches = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return {branch[key] for branch in branches for key in ("Next", "Default") if key in branch}


def reached_from(start: str) -> set[str]:
    """Return every state that can follow one."""
    found: set[str] = set()
    waiting = {start}
    while waiting:
        found |= waiting
        waiting = {after for name in waiting for after in next_states(STATES[name])} - found
    return found


def test_every_state_can_be_reached() -> None:
    assert reached_from(DEFINITION["StartAt"]) == STATES.keys()


@pytest.mark.parametrize("name", STATES)
def test_every_state_leads_to_an_end(name: str) -> None:
    assert {STATES[after]["Type"] for after in reached_from(name)} & {"Succeed", "Fail"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_task_waits_longer_than_its_function_may_run_and_not_for_ever(name: str) -> None:
    functions = resources(TEMPLATE, "AWS::Serverless::Function")
    default = TEMPLATE["Globals"]["Function"]["Timeout"]

    longest = max(functions[f].get("Timeout", default) for f in ("PollerFunction", "NotifierFunction"))

    assert longest < TASKS[name]["TimeoutSeconds"] <= 2 * longest


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_task_is_repeated_on_lambda_s_own_errors_alone(name: str) -> None:
    (retry,) = TASKS[name]["Retry"]

    assert set(retry["ErrorEquals"]) == LAMBDA_S_OWN
    assert retry["JitterStrategy"] == "FULL"
    assert retry["MaxDelaySeconds"] <= 60


@pytest.mark.parametrize("name", TASKS)
def test_a_task_does_not_wait_for_ever(name: str) -> None:
    assert 0 < TASKS[name]["TimeoutSeconds"] <= 120


def test_a_notifier_that_fails_leaves_a_message_that_names_the_operation_and_then_a_failed_execution() -> None:
    undelivered = STATES[TASKS["Notify"]["Catch"][-1]["Next"]]

    assert undelivered["Resource"] == "arn:${Partition}:states:::sqs:sendMessage"
    assert undelivered["Parameters"]["MessageBody"]["operation_id.$"] == "$.operation_id"
    assert undelivered["ResultPath"] is None
    assert STATES[undelivered["Next"]]["Type"] == "Fail"
    assert STATES[undelivered["Catch"][-1]["Next"]]["Type"] == "Fail"


@pytest.mark.parametrize("name", TASKS)
def test_every_other_error_of_a_task_is_caught(name: str) -> None:
    assert TASKS[name]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


def test_no_error_of_the_poller_ends_the_watch() -> None:
    after = STATES[TASKS["Look"]["Catch"][-1]["Next"]]

    assert STATES[after["Next"]]["Type"] == "Wait"


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_has_a_default_and_reads_no_field_that_may_be_missing(name: str) -> None:
    assert "Default" in CHOICES[name]
    for choice in CHOICES[name]["Choices"]:
        first = choice["And"][0]

        assert first["IsPresent"] is True
        assert {one.get("Variable", first["Variable"]) for one in choice["And"]} == {first["Variable"]}


def test_the_machine_outlasts_the_longest_deadline() -> None:
    longest = TEMPLATE["Parameters"]["DeadlineMinutes"]["MaxValue"] * 60

    assert DEFINITION["TimeoutSeconds"] > longest + 600


def test_a_stop_that_did_not_succeed_shows_as_a_failed_execution() -> None:
    good = {one["StringEquals"] for one in STATES["Stopped?"]["Choices"][0]["And"][1]["Or"]}

    assert good == {
        "succeeded", "already_stopped", "dry_run", "joined", "resumed", "already_protected", "notice",
    }  # fmt: skip
    assert STATES[STATES["Stopped?"]["Default"]]["Type"] == "Fail"


def test_the_sweeper_hears_of_every_way_in_which_the_workflow_can_break() -> None:
    sweeper = resources(TEMPLATE, "AWS::Serverless::Function")["SweeperFunction"]

    pattern = sweeper["Events"]["WorkflowBroke"]["Properties"]["Pattern"]

    assert pattern == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["FAILED", "TIMED_OUT", "ABORTED"], "stateMachineArn": [{"Ref": "StopWorkflow"}]},
    }
