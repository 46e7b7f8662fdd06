"""The little of DER (X.690) that a public key and a certificate need. Strict: one encoding of each value, or none."""

from __future__ import annotations

from dataclasses import dataclass

INTEGER, BIT_STRING, NULL, OID, UTC_TIME, GENERALIZED_TIME, SEQUENCE, CONTEXT_0 = 2, 3, 5, 6, 0x17, 0x18, 0x30, 0xA0


class DerError(ValueError):
    """Raised when bytes are not the DER that was expected."""


@dataclass(slots=True)
class Reader:
    """Reads one value after the other from a run of bytes."""

    data: bytes
    at: int = 0

    def take(self, tag: int) -> bytes:
        """Return the contents of the next value, which must have this tag."""
        if self.next_tag() != tag:
            raise DerError("a value is of another kind than expected")
        self.at += 1
        length = self._length()
        if length > len(self.data) - self.at:
            raise DerError("a value is longer than what holds it")
        self.at += length
        return self.data[self.at - length : self.at]

    def next_tag(self) -> int | None:
        """Return the next value's tag, or None at the end."""
        return self.data[self.at] if self.at < len(self.data) else None

    def sequence(self) -> Reader:
        """Return a reader of the next value, a SEQUENCE."""
        return Reader(self.take(SEQUENCE))

    def integer(self) -> int:
        """Return the next value, an INTEGER that is not negative."""
        data = self.take(INTEGER)
        if not data or data[0] >= 0x80 or (len(data) > 1 and data[0] == 0 and data[1] < 0x80):
            raise DerError("an integer is negative or not in its shortest form")
        return int.from_bytes(data, "big")

    def end(self) -> None:
        """Demand that nothing follows."""
        if self.at != len(self.data):
            raise DerError("something follows where the end should be")

    def _length(self) -> int:
        first = self._byte()
        if first < 0x80:
            return first
        count = first - 0x80
        if not 1 <= count <= 4:
            raise DerError("a length is indefinite or far too long")
        length = 0
        for _ in range(count):
            length = length * 256 + self._byte()
        if length < 0x80 or length.bit_length() <= 8 * (count - 1):
            raise DerError("a length is not in its shortest form")
        return length

    def _byte(self) -> int:
        if self.at >= len(self.data):
            raise DerError("the bytes end too early")
        self.at += 1
        return self.data[self.at - 1]
