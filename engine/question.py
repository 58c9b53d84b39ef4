"""The question that a worker is asking at this moment, on disk before it is asked.

When the subject takes the worker down with it, the supervisor reads here what it was asked, and it sees
here when an answer is overdue.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from whp.contract import to_builtins

# The deadline on the monotonic clock (0: nothing is asked), the limit it stands for, bytes of the question.
HEADER = struct.Struct("<ddQ")
ROOM = 2**16
FIRST_CALL = 3  # times the limit: a first call may compile


# Arrays go as they lie in memory. As text, those of a large graph would take longer than their answer.


def _packed(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return to_builtins(value)
    head = msgspec.msgpack.encode((value.dtype.str, value.shape))
    return msgspec.msgpack.Ext(len(head), head + value.tobytes())


def _unpacked(length: int, data: memoryview) -> Any:
    kind, shape = msgspec.msgpack.decode(data[:length])
    return np.frombuffer(data[length:], kind).reshape(shape).tolist()


_encoder = msgspec.msgpack.Encoder(enc_hook=_packed)


class QuestionWriter:
    """The worker's side."""

    def __init__(self, path: Path, limit: float, late: list[str]) -> None:
        """Write to the file at `path`; an answer is due after `limit` seconds.

        The first of an operation may take longer, but not if it has been late in another process.
        """
        self._limit = limit
        self._warm = set(late)  # operations that have answered, or have had their chance
        self._file = os.open(path, os.O_RDWR)
        os.ftruncate(self._file, HEADER.size + ROOM)
        self._map = mmap.mmap(self._file, HEADER.size + ROOM)
        self.operation = ""

    def begin(self, operation: str, arguments: Mapping[str, Any]) -> None:
        """Note a question that is about to be asked."""
        self.operation = operation
        packed = _encoder.encode({"operation": operation, "arguments": arguments})
        if HEADER.size + len(packed) > len(self._map):
            self._map.resize(2 * (HEADER.size + len(packed)))
        self._map[HEADER.size : HEADER.size + len(packed)] = packed
        limit = self._limit * (1 if operation in self._warm else FIRST_CALL)
        HEADER.pack_into(self._map, 0, time.monotonic() + limit, limit, len(packed))

    def end(self) -> None:
        """Note that it was answered."""
        HEADER.pack_into(self._map, 0, 0.0, 0.0, 0)
        self._warm.add(self.operation)


class QuestionReader:
    """The supervisor's side."""

    def __init__(self, path: Path) -> None:
        """Make the file at `path`, empty."""
        self._path = path
        path.write_bytes(bytes(HEADER.size))
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), HEADER.size, prot=mmap.PROT_READ)

    def overdue(self) -> float:
        """Return the limit that the answer being waited for has passed, 0 if it has not."""
        deadline, limit, _ = HEADER.unpack_from(self._map)
        return limit if 0 < deadline < time.monotonic() else 0.0

    def read(self) -> dict[str, Any] | None:
        """Return the question that is being asked, with lists for arrays; None if there is none."""
        deadline, _, length = HEADER.unpack_from(self._map)
        if not deadline:
            return None
        with self._path.open("rb") as file:
            file.seek(HEADER.size)
            question: dict[str, Any] = msgspec.msgpack.decode(file.read(length), ext_hook=_unpacked)
        return question
