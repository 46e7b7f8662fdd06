"""The log: one JSON object a line, whatever is in it."""

from __future__ import annotations

import io
import json

import pytest

from standdown.base.log import LONGEST, logger


@pytest.fixture
def written_to() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8")  # as strict as a function's own


def written(lines: io.TextIOWrapper) -> str:
    lines.seek(0)
    return lines.read()


@pytest.mark.parametrize(
    "text", ["a\r\nb", "\x1b[31mred", "a\x00b", "\u2028", '","level":"ERROR', "\ud800", "a\ud800b"]
)
def test_no_text_gets_out_of_its_line_or_its_field(lines: io.TextIOWrapper, text: str) -> None:
    logger.warning("event rejected", extra={"detail": text})

    line = written(lines)
    assert line.count("\n") == 1
    assert not {"\r", "\x1b", "\x00"} & set(line)
    assert json.loads(line)["detail"] == text
    assert json.loads(line)["level"] == "WARNING"


def test_what_is_appended_stands_in_every_line_that_follows(lines: io.TextIOWrapper) -> None:
    logger.append_keys(operation_id="0123")
    logger.info("request admitted")
    logger.info("operation ended", extra={"result": "failed"})

    assert [json.loads(line)["operation_id"] for line in written(lines).splitlines()] == ["0123", "0123"]


def test_words_in_other_scripts_can_be_read(lines: io.TextIOWrapper) -> None:
    logger.info("looked", extra={"trouble": "保护组"})

    assert "保护组" in written(lines)


def test_a_line_is_bounded_before_it_is_redacted_and_says_what_it_is_about(lines: io.TextIOWrapper) -> None:
    logger.append_keys(operation_id="0123")
    logger.warning("event rejected", extra={"detail": 'name="' + "\\" * 1_000_000, "more": ["x" * 1000] * 1000})

    line = written(lines)
    assert len(line) < 2 * LONGEST + 2_000
    record = json.loads(line)
    assert (record["message"], record["operation_id"], record["level"]) == ("event rejected", "0123", "WARNING")
    assert record["cut"]
