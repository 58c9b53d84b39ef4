"""A failure that was kept as a file that needs no ledger: a script, a test, or lines of the protocol."""

from __future__ import annotations

import json
import shlex
from pprint import pformat
from typing import Any

from whp.arguments import calling, records, typed
from whp.choices import Form
from whp.errors import UsageError
from whp.failures import Failure
from whp.wire import PROTOCOL


def export(failure: Failure, form: Form) -> str:
    """Return the text of a file."""
    calls = (failure.result.counterexample or {}).get("calls", [])
    if form == "pytest":
        return _test(failure)
    if not calls:
        raise UsageError(f"{failure.id} is of a population of answers; --as pytest runs {failure.result.id}")
    return _lines(failure, calls) if form == "jsonl" else _script(failure, calls)


def _messages(failure: Failure, calls: list[dict[str, Any]]) -> list[str]:
    system = failure.result.system
    asked = [call for call in calls if call["operation"] != "initialize"]
    for call in asked:
        typed(system, call)  # raises for what can't be written down
    head = {"method": "initialize", "params": {"protocol": PROTOCOL, "system": system}}
    bodies = [head, *({"method": call["operation"], "params": call["arguments"]} for call in asked)]
    return [
        json.dumps({"jsonrpc": "2.0", "id": number, **body}, separators=(",", ":"))
        for number, body in enumerate(bodies)
    ]


def _lines(failure: Failure, calls: list[dict[str, Any]]) -> str:
    return "".join(f"{line}\n" for line in _messages(failure, calls))


def _about(failure: Failure) -> str:
    result = failure.result
    detail = result.detail.replace("\\", "\\\\").replace('"""', "'''")
    verdict = f"{result.id} on {failure.subject}: {result.verdict}."
    return f'"""{verdict}\n\n{result.statement}\nFound: {detail}\n"""\n'


def _script(failure: Failure, calls: list[dict[str, Any]]) -> str:
    spec = failure.options.subject or f"whp.reference.{failure.result.system}"
    if spec.startswith("cmd:"):
        lines = "".join(f"    {line!r},\n" for line in _messages(failure, calls))
        words = shlex.split(spec.removeprefix("cmd:"))
        return (
            f"{_about(failure)}\nimport subprocess\n\nLINES = [\n{lines}]\n\n"
            f'subprocess.run({words!r}, input="\\n".join([*LINES, ""]), text=True, check=True)\n'
        )
    asked = [(call, typed(failure.result.system, call)) for call in calls]
    classes = set().union(*(records(value) for _, given in asked for value in given.values()))
    text = "\n".join(
        f"print({calling(call['operation'], given)})\n# {_answer(call)}" for call, given in asked
    )
    operations = dict.fromkeys(call["operation"] for call in calls)
    found = "\n".join(f"{name} = getattr(subject, {name!r}, subject)" for name in operations)
    imports = ["import numpy as np"] * ("np." in text)
    imports += sorted(f"from {kind.__module__} import {kind.__name__}" for kind in classes)
    return (
        f"{_about(failure)}\n" + "\n".join([*imports, "from whp.subject import find"]) + "\n\n"
        f"subject = find({spec!r})\n{found}\n\n{text}\n"
    )


def _answer(call: dict[str, Any]) -> str:
    return "there was no answer" if call["answer"] is None else f"the answer was {json.dumps(call['answer'])}"


def _test(failure: Failure) -> str:
    result, options = failure.result, failure.options
    about: dict[str, Any] = {"subject": options.subject or f"whp.reference.{result.system}"}
    about |= {"declare": options.declared} if options.declared else {}
    about |= {"device": options.device} if options.device != "cpu" else {}
    given = "".join(f", {name}={value!r}" for name, value in about.items())
    if result.arguments is None:
        more = f", effort={options.effort!r}" if options.effort != "quick" else ""
        more += f", seed={options.seed}" if options.seed else ""
        call = f"whp.conformance({result.system!r}{given}, select=[{result.id!r}]{more})"
        return f"{_about(failure)}\nimport whp\n\ntest_{result.system} = {call}\n"
    return (
        f"{_about(failure)}\nimport whp\n\n"
        f"ARGUMENTS = {pformat(result.arguments, width=110, compact=True, sort_dicts=False)}\n\n\n"
        f"def test_{result.name}():\n"
        f"    whp.replay({result.id!r}, ARGUMENTS{given})\n"
    )
