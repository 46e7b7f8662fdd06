"""The policies that docs/using/security.md prints, with a stack's own words in the place of its capitals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint  # type: ignore[import-untyped]

from local.places import ROOT
from scan.evaluator import ACCOUNT
from scan.rights import KEY, REGION, RESOURCES

PAGE = ROOT / "docs" / "using" / "security.md"
FILLED = {
    "ACCOUNT": ACCOUNT,
    "REGION": REGION,
    "STACK": "standdown",
    "KEY": KEY.rpartition("/")[2],
    "HuaweiSecretName": "standdown/huawei",
}
_WORDS = re.compile(rf"\b({'|'.join(FILLED)})\b")
_CONTEXT_OF_LOGS = "kms:EncryptionContext:aws:logs:arn"  # the evaluator knows no key with a name of others' in it
_PRINTED = re.compile(r"<!-- policy: (\w+) -->\n```json\n(.*?)\n```", re.DOTALL)


@cache
def printed() -> dict[str, dict[str, Any]]:
    """Return each printed policy by its name."""
    found = {}
    for name, text in _PRINTED.findall(PAGE.read_text(encoding="utf-8")):
        filled = _WORDS.sub(lambda word: FILLED[word[0]], text)
        found[name] = json.loads(filled.replace(_CONTEXT_OF_LOGS, "aws:SourceArn"))
    return found


def policy_text(name: str, words: dict[str, str]) -> str:
    """Return a printed policy as the page has it, with these words in the place of its capitals."""
    found = dict(_PRINTED.findall(PAGE.read_text(encoding="utf-8")))
    return re.sub(rf"\b({'|'.join(words)})\b", lambda word: words[word[0]], found[name])


def needed_to_deploy() -> dict[str, set[str]]:
    """Return what AWS's own description of each type in the stack says that CloudFormation does, by action."""
    types = {one["Type"] for one in RESOURCES.values()}
    needed: dict[str, set[str]] = {}
    for schema in _schemas():
        if schema.get("typeName") in types:
            for handler in (one for name, one in schema["handlers"].items() if name != "list"):
                for action in handler.get("permissions", []):
                    needed.setdefault(action, set()).add(schema["typeName"])
            types.discard(schema["typeName"])
    if types:
        raise ValueError(f"no description of {sorted(types)}")
    return needed


def _schemas() -> Iterator[dict[str, Any]]:
    """Yield AWS's descriptions of resource types, which come with cfn-lint."""
    for path in sorted((Path(cfnlint.__file__).parent / "data" / "schemas" / "resources").glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))
