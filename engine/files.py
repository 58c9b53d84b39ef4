"""Which files a subject is made of, so that evidence is never taken for that of another."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import os
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

OWN = [os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
INSTALLED = [os.path.realpath(sysconfig.get_path(name)) for name in ("purelib", "platlib")]
NO_FILES = ("/proc/", "/sys/", "/dev/")


def digest(path: str) -> str:
    """Return a digest of a file's contents; of what can't be read, the reason."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:24]
    except OSError as error:
        return error.strerror or type(error).__name__


def digests(paths: Iterable[str]) -> dict[str, str]:
    """Return the digests of files by their real path."""
    real = sorted(set(map(os.path.realpath, paths)))
    return {path.encode(errors="backslashreplace").decode(): digest(path) for path in real}


def changed(known: Mapping[str, str], seen: Mapping[str, str]) -> str | None:
    """Return the first file that is not what it was."""
    return next((path for path in known if seen.get(path, known[path]) != known[path]), None)


def another(known: Mapping[str, str], seen: Mapping[str, str]) -> str | None:
    """Return the first file seen that has the name of a known one, wherever that lies, and isn't the same."""
    names: dict[str, set[str]] = {}
    for path, told in known.items():
        names.setdefault(_name(path), set()).add(told)
    found = ((path, names.get(_name(path)), told) for path, told in seen.items())
    return next((path for path, same, told in found if same and told not in same), None)


def _name(path: str) -> str:
    """Return the name of a file in its folder, whose own place differs from machine to machine."""
    return os.sep.join(path.split(os.sep)[-2:])


class Loading:
    """Notes what this process loads for its subject: modules, libraries, and what is read while it loads."""

    def __init__(self, spec: str | None) -> None:
        self.spec = spec
        self.before = set(sys.modules)
        self.opened: set[str] = set()
        self.told: set[str] = set()
        self.modules = 0
        self.on = True
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        read = event == "open" and "r" in (arguments[1] or "r")
        if (read or event == "ctypes.dlopen") and isinstance(arguments[0], str | bytes | os.PathLike):
            self.opened.add(os.path.abspath(os.fsdecode(arguments[0])))

    def ends(self) -> None:
        """Stop noting what is read; what is imported later is noted still."""
        self.on = False

    def news(self) -> dict[str, str]:
        """Return the files that were not yet told, with their digests."""
        if self.spec is None or (len(sys.modules) == self.modules and not self.opened):
            return {}  # the reference is whp's own
        self.modules = len(sys.modules)
        imported = (
            getattr(m, "__file__", None) for name, m in [*sys.modules.items()] if name not in self.before
        )
        paths = {os.path.realpath(path) for path in [*imported, *self.opened] if isinstance(path, str)}
        self.opened.clear()
        fresh = {path for path in paths - self.told if _is_the_subjects(path)}
        self.told |= fresh
        return digests(fresh)


def _is_the_subjects(path: str) -> bool:
    """Say whether it is a file from outside of the interpreter's own library."""
    if path.endswith(".pyc") or path.startswith(NO_FILES) or not os.path.isfile(path):
        return False
    inside = any(_within(path, folder) for folder in OWN)
    return not inside or any(_within(path, folder) for folder in INSTALLED)


def _within(path: str, folder: str) -> bool:
    return path.startswith(folder + os.sep)


def of_command(spec: str | None) -> dict[str, str]:
    """Return the digests of a process's executable and of its arguments that are files."""
    if spec is None or not spec.startswith("cmd:"):
        return {}
    program, *arguments = shlex.split(spec.removeprefix("cmd:"))
    paths = [shutil.which(program) or program, *arguments]
    return digests(path for path in paths if os.path.isfile(path))


@cache
def of_whp() -> str:
    """Return a digest of whp's own text and of what it computes with: with another, plans may be others."""
    versions = [importlib.metadata.version(name) for name in ("hypothesis", "numba", "numpy", "scipy")]
    text = hashlib.sha256(" ".join([sys.version, *versions]).encode())
    for wing in ("whp", "whp.reference", "whp.properties", "whp.statistical"):
        for folder in importlib.import_module(wing).__path__:
            for file in sorted(Path(folder).rglob("*.py")):
                text.update(file.read_bytes())
    return text.hexdigest()[:24]
