"""What SDRS writes as a failed task's reason, in the shapes that other clients have met."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.sdrs.classify import meaning
from standdown.sdrs.fail_reason import LONGEST, Reason, read_reason

NESTED = json.dumps({"error": {"message": json.dumps({"badRequest": {"message": "disk", "code": "SDRS.1831"}})}})

EXTENDING = (
    'SdrsExtendReplicationPairNewTask-fail:SDRS.0011:Client error : {"badRequest": {"message": "Extending '
    'error: Check the volume quota, detail is f() takes exactly 1 argument (2 given)", "code": 400}}'
)


@pytest.mark.parametrize(
    ("raw", "words", "code", "task"),
    [
        # As other clients of SDRS have seen it; the message has brackets of its own.
        (
            EXTENDING,
            "Client error: Extending error: Check the volume quota, detail is f() takes exactly 1 argument (2 given)",
            "SDRS.0011",
            "SdrsExtendReplicationPairNewTask",
        ),
        ("Failed to expand the capacity", "Failed to expand the capacity", None, None),
        ("SDRS.1028:Failed to disable protection", "Failed to disable protection", "SDRS.1028", None),
        ("SdrsStopTask-fail:SDRS.1830", "", "SDRS.1830", "SdrsStopTask"),
        ("SdrsStopTask-fail:", "", None, "SdrsStopTask"),
        ("SdrsStopTask failed: no quota", "no quota", None, "SdrsStopTask"),
        ("Operation failed: no quota", "Operation failed: no quota", None, None),
        ("subjob fail, see SDRS.0406.", "subjob fail, see SDRS.0406.", "SDRS.0406", None),
        ("保护组 SDRS.1831 磁盘被锁定", "保护组 SDRS.1831 磁盘被锁定", "SDRS.1831", None),
        # JSON alone, in every shape in which the service and the gateway answer.
        ('{"error": {"message": "Busy", "code": "SDRS.1002"}}', "Busy", "SDRS.1002", None),
        ('{"itemNotFound": {"message": "gone", "code": 404}}', "gone", None, None),
        ('{"error_code": "APIGW.0301", "error_msg": "who are you"}', "who are you", "APIGW.0301", None),
        ('{"errorCode": "SDRS.0011", "errorMsg": "Client error"}', "Client error", "SDRS.0011", None),
        ('{"errors": [{"error_msg": "One"}, {"error_msg": "Two"}, {"error_msg": "One"}]}', "One; Two", None, None),
        (NESTED, "disk", "SDRS.1831", None),
        ('{"message": "first", "message": "second"}', "second", None, None),
        ('a: {"message": "one"} then {"message": "two"}', "a: one: then: two", None, None),
        # Broken, cut off, or no JSON at all.
        ('Failed : {"badRequest": {"message": "cut of', "Failed: cut of", None, None),
        ("{u'badRequest': {u'message': u'locked', u'code': 400}}", "locked", None, None),
        ('Odd: {"code": 400}', "Odd: code : 400", None, None),
        ("it is {broken} here", "it is: broken here", None, None),
        ("1 datapoint [57.0] was greater", "1 datapoint [57.0] was greater", None, None),
        ("Nothing: {}", "Nothing", None, None),
        ("two\r\nlines\x1b[2J", "two lines\\u001b[2J", None, None),
        ('{"message": "a\\u001b[2Jb"}', "a\\u001b[2Jb", None, None),
        ("", "", None, None),
        (None, "", None, None),
    ],
)
def test_the_words_the_code_and_the_task_are_found(
    raw: str | None, words: str, code: str | None, task: str | None
) -> None:
    assert read_reason(raw) == Reason(words, code, task)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason("no quota", "SDRS.0011", "SdrsStopTask"), "SdrsStopTask failed: no quota"),
        (Reason("", None, "SdrsStopTask"), "SdrsStopTask failed"),
        (Reason("no quota"), "no quota"),
        (Reason(""), ""),
    ],
)
def test_the_text_names_the_task_that_failed(reason: Reason, text: str) -> None:
    assert reason.text == text
    assert read_reason(text).words == reason.words or not reason.words


@pytest.mark.parametrize(
    "raw", ["[" * 100_000, '{"a":' * 50_000, '{"message": "' * 20_000, "\\" * 50_000, '"message": "' + "\\" * 50_000]
)
def test_what_is_endless_or_nested_without_end_is_read_at_once(raw: str) -> None:
    assert len(read_reason(raw).words) <= 2 * LONGEST


@given(st.one_of(st.text(max_size=300), st.text("{}[]\":,\\a 'u", max_size=60)))
def test_any_text_is_read(raw: str) -> None:
    found = read_reason(raw)

    assert found.words.isprintable()


@given(
    st.recursive(st.text(max_size=8), lambda inner: st.dictionaries(st.sampled_from(["message", "code", "x"]), inner))
)
def test_any_answer_is_read(value: object) -> None:
    read_reason(f"T-fail: {json.dumps(value)}")


def test_a_code_that_is_found_has_a_documented_meaning() -> None:
    assert meaning(read_reason("X-fail:SDRS.1830:no").code) is not None
