"""A subject in a process of its own: JSON-RPC 2.0, one message a line, over its standard streams."""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import subprocess
import sys
from typing import Any

import msgspec

from whp.checks import Broken, NotOffered
from whp.contract import to_json

PROTOCOL = 1
LONGEST_LINE = 256 * 2**20
CHUNK = 65536  # larger reads make small answers slower
NOT_OFFERED, REFUSED = -32601, -32602
SECONDS_TO_END = 5.0  # after its standard input was closed
SECONDS_TO_FOLLOW = 0.5  # after it has closed its standard output by itself

_decode = msgspec.json.Decoder().decode


_libc = ctypes.CDLL(None)


def ends_with_its_parent() -> None:
    """Have the system end this process when its parent is gone, also in the middle of a call."""
    if sys.platform == "linux":
        set_death_signal = 1
        _libc.prctl(set_death_signal, signal.SIGKILL)


class CannotStart(Exception):  # noqa: N818
    """The command could not be run at all."""


class Lost(Broken):
    """The process is gone or out of step; what it would say next answers no question."""


def ending(status: int) -> str:
    """Say how a process ended."""
    if status < 0:
        try:
            return f"was killed by {signal.Signals(-status).name}"
        except ValueError:
            return f"was killed by signal {-status}"
    return f"ended with exit status {status}"


class Wire:
    """The process, from its handshake to its end."""

    def __init__(self, command: str, system: str) -> None:
        """Start the process and shake hands; raise CannotStart, or Broken for a wrong handshake."""
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise CannotStart(f"cmd: {command}: {error}") from None
        if not words:
            raise CannotStart("cmd: names no program; write 'cmd: program arguments'")
        try:
            # Standard error is the worker's own, of which the supervisor keeps the end.
            self.process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                preexec_fn=ends_with_its_parent,  # noqa: PLW1509 # a worker has no other thread by now
            )
        except OSError as error:
            raise CannotStart(f"cmd: {words[0]}: {error.strerror or error}") from None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._write, self._read = self.process.stdin.fileno(), self.process.stdout.fileno()
        self._buffer = b""
        self._id = -1
        self.handshake = self._shake_hands(system)

    def _shake_hands(self, system: str) -> dict[str, Any]:
        wrong = "the handshake is wrong: "
        try:
            answer = self.call("initialize", {"protocol": PROTOCOL, "system": system})
        except Broken as broken:
            raise Broken(f"{wrong}{broken}") from None
        except NotOffered:
            raise Broken(f"{wrong}the process knows no method `initialize`") from None
        wanted = '{"protocol": 1, "name": ..., "version": ..., "operations": [...]}'
        if not isinstance(answer, dict):
            raise Broken(f"{wrong}the result of `initialize` is {answer!r:.60}; {wanted} is expected")
        if answer.get("protocol") != PROTOCOL or isinstance(answer.get("protocol"), bool):
            raise Broken(
                f"{wrong}protocol {answer.get('protocol')!r:.60} is offered; whp speaks protocol {PROTOCOL}"
            )
        operations = answer.get("operations")
        if not isinstance(operations, list) or not all(isinstance(name, str) for name in operations):
            raise Broken(f"{wrong}`operations` is {operations!r:.60}; a list of names is expected")
        return answer

    def call(self, operation: str, arguments: dict[str, Any]) -> Any:
        """Ask one question and return the result; raise Broken, or NotOffered."""
        self._id += 1
        request = {"jsonrpc": "2.0", "id": self._id, "method": operation, "params": arguments}
        self._send(to_json(request) + b"\n")
        line = self._line()
        try:
            message = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Lost(
                f"wrote {_shown(line)} to its standard output, which is no JSON; "
                "answers alone go there, everything else to standard error"
            ) from None
        except RecursionError:
            raise Lost(f"wrote {_shown(line)} to its standard output, which is nested too deep") from None
        return self._result(operation, message, line)

    def _result(self, operation: str, message: Any, line: bytes) -> Any:
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            raise Lost(
                f'answered {_shown(line)}, which is no JSON-RPC 2.0 message ("jsonrpc": "2.0" is missing)'
            )
        number = message.get("id")
        if isinstance(number, bool) or number != self._id:
            raise Lost(f"answered with id {message.get('id')!r:.40} when the question had id {self._id}")
        if message.get("error") is not None:
            error = message["error"] if isinstance(message["error"], dict) else {"message": message["error"]}
            if error.get("code") == NOT_OFFERED:
                raise NotOffered(f"`{operation}`")
            refuses = (
                "refuses a legal input"
                if error.get("code") == REFUSED
                else f"failed (error {error.get('code')})"
            )
            raise Broken(f"{refuses}: {error.get('message')!s:.300}")
        if "result" not in message:
            raise Lost(f"answered {_shown(line)}, which has neither a result nor an error")
        return message["result"]

    def _send(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._write, data) :]
        except BrokenPipeError:
            raise Lost(self._death()) from None

    def _line(self) -> bytes:
        parts = [self._buffer]
        length = len(self._buffer)
        while b"\n" not in parts[-1]:
            chunk = os.read(self._read, CHUNK)
            length += len(chunk)
            if not chunk:
                rest = b"".join(parts)
                middle = f" in the middle of a line, after {_shown(rest[-60:])}" if rest else ""
                raise Lost(self._death() + middle)
            if length > LONGEST_LINE:
                raise Lost(f"wrote a line of more than {LONGEST_LINE // 2**20} MiB to its standard output")
            parts.append(chunk)
        line, _, self._buffer = b"".join(parts).partition(b"\n")
        return line

    def _death(self) -> str:
        try:
            return f"{ending(self.process.wait(SECONDS_TO_FOLLOW))} instead of answering"
        except subprocess.TimeoutExpired:
            return "closed its standard streams and went on running"

    def drop(self) -> None:
        """End the process at once."""
        self.process.kill()
        self._close()
        self.process.wait()

    def _close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()

    def end(self) -> str | None:
        """Close the process's standard input and wait; return what is wrong with its end, if anything."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            status = self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return f"did not end within {SECONDS_TO_END:g} s after its standard input was closed"
        finally:
            self._close()
        return (
            None
            if status == 0
            else f"{ending(status)} after its last answer, when its standard input was closed"
        )


def _shown(line: bytes) -> str:
    text = line[:80].decode(errors="replace")
    return repr(text + ("..." if len(line) > 80 else ""))
