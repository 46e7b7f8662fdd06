"""Time zones of the IANA database, by name."""

from __future__ import annotations

from datetime import datetime, tzinfo

__all__ = ["local", "zone"]


def local(moment: datetime, where: tzinfo) -> datetime:
    """Return what the clocks of a zone show at a moment, without the zone."""
    return moment.astimezone(where).replace(tzinfo=None, fold=0)


def zone(name: str) -> tzinfo:
    """Return a zone by its name; raise ValueError where it is not known.

    Where the system has no such database, the copy that comes with dateutil is read: botocore needs that package.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # most stacks name none

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        from dateutil.zoneinfo import get_zonefile_instance  # type: ignore[import-untyped]

        found: tzinfo | None = get_zonefile_instance().get(name)
        if found is None:
            raise ValueError("is no time zone of the IANA database") from None
        return found
