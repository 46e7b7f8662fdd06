"""The regions that are known, so that a misspelt one is found before a stop needs it: a hint, never a refusal."""

from __future__ import annotations

from difflib import get_close_matches

from standdown.core.targets import Target

# Huawei Cloud's, those of its partners, and Open Telekom Cloud's. Not every one has SDRS, and new ones come.
KNOWN = (
    *("cn-north-1", "cn-north-2", "cn-north-4", "cn-north-9", "cn-north-11", "cn-north-12"),
    *("cn-east-2", "cn-east-3", "cn-east-4", "cn-east-5", "cn-south-1", "cn-south-2", "cn-south-4"),
    *("cn-southwest-2", "cn-southwest-3"),
    *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"),
    *("af-south-1", "af-north-1", "me-east-1", "tr-west-1", "ru-northwest-2"),
    *("la-south-2", "la-north-2", "na-mexico-1", "sa-brazil-1", "sa-argentina-1", "sa-peru-1", "sa-chile-1"),
    *("eu-west-0", "eu-west-101", "eu-de", "eu-nl", "eu-ch2"),
)


def doubt(target: Target) -> str | None:
    """Return why a target's region is perhaps misspelt; None where it is known, or an endpoint stands in for it."""
    if target.region in KNOWN or target.endpoint:
        return None
    close = get_close_matches(target.region, KNOWN, n=1)
    hint = f": is it {close[0]!r}?" if close else ""
    return f"target {target.name!r}: no region {target.region!r} is known{hint}"
