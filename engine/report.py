"""A run as JSON and as JUnit XML."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from whp import __version__
from whp.checks import FAILURES, VERDICTS, Verdict
from whp.results import Result, Run


def as_json(run: Run) -> dict[str, Any]:
    """Return the report `whp-report`, version 1."""
    options = run.options
    return {
        "format": "whp-report",
        "version": 1,
        "whp": __version__,
        "subject": {"spec": options.subject or "reference", "name": run.name, "version": run.version},
        "seed": options.seed,
        "alpha": options.alpha,
        "effort": options.effort,
        "checks": [_told(result) for result in run.ordered],
        "summary": {verdict: run.counts[verdict] for verdict in VERDICTS},
        **({"expected": dict(run.known)} if run.known else {}),
        **({"required_but_not_run": run.unfulfilled} if run.required else {}),
    }


def _told(result: Result) -> dict[str, Any]:
    told = asdict(result)
    del told[
        "arguments"
    ]  # as the ledger keeps them, for `whp replay`; for others, the counterexample has them
    return told


def as_junit(run: Run) -> ElementTree.Element:
    """Return JUnit XML: refuted is a failure, broken an error; undecided or expected, skipped."""
    suites = ElementTree.Element("testsuites", name="whp")
    for system in dict.fromkeys(result.system for result in run.ordered):
        results = [result for result in run.ordered if result.system == system]
        tags = [_tag(run, result) for result in results]
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name=f"whp.{system}",
            tests=str(len(results)),
            failures=str(tags.count("failure")),
            errors=str(tags.count("error")),
            skipped=str(tags.count("skipped")),
            time=f"{sum(result.seconds for result in results):.3f}",
        )
        about = ElementTree.SubElement(suite, "properties")
        for name, value in (
            ("alpha", run.options.alpha),
            ("seed", run.options.seed),
            ("effort", run.options.effort),
        ):
            ElementTree.SubElement(about, "property", name=name, value=str(value))
        for result, tag in zip(results, tags, strict=True):
            case = ElementTree.SubElement(
                suite, "testcase", classname=f"whp.{system}", name=result.name, time=f"{result.seconds:.3f}"
            )
            if tag:
                known = f" (expected to fail: {run.known[result.id]})" if result.id in run.known else ""
                message = _legal(f"{result.verdict}: {result.detail.partition(chr(10))[0]}{known}")
                told = ElementTree.SubElement(case, tag, message=message)
                told.text = _legal(
                    f"{result.statement}\n{result.detail}\n"
                    f"counterexample: {json.dumps(result.counterexample)}\nreplay: {result.replay}"
                )
    return suites


def _tag(run: Run, result: Result) -> str | None:
    """Return the element that tells what became of a check; None where it holds, as it should."""
    if result.id in run.known and result.verdict in (*FAILURES, "holds"):
        return "failure" if result.verdict == "holds" else "skipped"
    tags: dict[Verdict, str | None] = {"holds": None, "refuted": "failure", "broken": "error"}
    return tags.get(result.verdict, "skipped")


def _legal(text: str) -> str:
    """Return the text without the characters that XML can't hold."""
    return "".join(
        letter if letter in "\t\n" or (letter >= " " and letter not in "\ufffe\uffff") else "?"
        for letter in text
    )


def write(run: Run, json_file: Path | None, junit_file: Path | None) -> None:
    """Write the reports that are asked for."""
    if json_file:
        json_file.write_text(json.dumps(as_json(run), indent=1) + "\n", encoding="utf-8")
    if junit_file:
        tree = as_junit(run)
        ElementTree.indent(tree)
        ElementTree.ElementTree(tree).write(junit_file, encoding="utf-8", xml_declaration=True)
