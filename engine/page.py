"""Runs as one HTML page that needs nothing else: verdicts, what was found, and pictures of the evidence."""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from whp import registry
from whp.checks import FAILURES, VERDICTS, Claim, Plan
from whp.errors import printable
from whp.results import Result, Run

SHOWN = 4000  # characters of a question or an answer
CALLS = 3
SIZE = (3.1, 2.2)  # inches of a panel
INK = {  # the roles of colours in pictures, and what the page has for them
    "#101418": "var(--ink)",
    "#2266aa": "var(--seen)",
    "#bb2233": "var(--bad)",
    "#8a6d1d": "var(--rival)",
    "#59626d": "var(--soft)",
}
STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": ["sans-serif"],
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#59626d",
    "axes.labelcolor": "#59626d",
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.color": "#59626d",
    "ytick.color": "#59626d",
    "text.color": "#101418",
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.linewidth": 1.4,
}


def write(runs: Sequence[Run], file: Path) -> None:
    """Write the page of one or more runs."""
    file.write_text(page(runs), encoding="utf-8")


def page(runs: Sequence[Run]) -> str:
    """Return the page of one or more runs, which are the columns of its matrix of verdicts."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["code"] = _code
    template = environment.from_string(files("whp").joinpath("report.html").read_text(encoding="utf-8"))
    pages = [_page(run, number) for number, run in enumerate(runs, 1)]
    alphas = sorted({f"{run.options.alpha:g}" for run in runs})
    return template.render(
        title=f"whp: {', '.join(dict.fromkeys(page['name'] for page in pages))}",
        pages=pages,
        rows=_rows(runs, pages),
        budget="The probability that a right subject has any of its claims refuted in a run is at most "
        f"{', '.join(alphas)}, shared out over all claims of the release.",
    )


def _code(text: str) -> Any:
    """Return a statement as HTML, with what stands in backquotes as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _name(run: Run) -> str:
    name = printable(run.name or run.options.subject or "reference")
    return name + (f" {printable(run.version)}" if run.version else "")


def _page(run: Run, number: int) -> dict[str, Any]:
    counts = run.counts
    options = run.options
    sections = [_section(run, result, f"run{number}-{result.id.replace('/', '-')}") for result in run.ordered]
    failed = [one for one in sections if one["verdict"] in FAILURES]
    rest = [
        one
        for one in sections
        if one not in failed and ((one["kind"] == "claim" and one["panels"]) or one["verdict"] == "undecided")
    ]
    return {
        "name": _name(run) + (f", run {run.number}" if run.number else ""),
        "summary": ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]) + ".",
        "about": f"Subject: {options.subject or 'the reference'}; seed {options.seed}, {options.effort}, "
        f"alpha {options.alpha:g}; whp {run.whp}.",
        "interrupted": run.interrupted,
        "groups": [
            {"title": "Refuted or broken", "sections": failed, "key": any(one["panels"] for one in failed)},
            {"title": "Claims", "sections": rest, "key": bool(rest)},
        ],
    }


def _rows(runs: Sequence[Run], pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the matrix: checks by runs."""
    checks = {check.id: check for run in runs for check in run.checks}
    linked = {one["anchor"] for page in pages for group in page["groups"] for one in group["sections"]}
    rows = []
    for check in checks.values():
        cells = []
        for number, run in enumerate(runs, 1):
            result = run.results.get(check.id)
            anchor = f"run{number}-{check.id.replace('/', '-')}"
            cells.append(
                result
                and {
                    "verdict": result.verdict,
                    "runs": _runs(result),
                    "anchor": anchor if anchor in linked else "",
                }
            )
        rows.append({"id": check.id, "statement": check.statement, "cells": cells})
    return rows


def _runs(result: Result) -> str:
    return f"{result.runs} {'inputs' if result.kind == 'property' else 'runs'}" if result.runs else ""


def _section(run: Run, result: Result, anchor: str) -> dict[str, Any]:
    claim = next((check for check in run.checks if check.id == result.id and isinstance(check, Claim)), None)
    calls = (result.counterexample or {}).get("calls", [])[-CALLS:]
    panels: list[dict[str, str]] = []
    plan: list[str] = []
    if claim and result.verdict not in ("not offered", "not run"):
        made = claim.plan(run.options.effort, run.options.alpha * registry.shares()[claim.id])
        if any(run.evidence.get(claim.id, [])):
            plan = made.describe()
            panels = _drawn(made, run.evidence[claim.id], anchor)
    return {
        "anchor": anchor,
        "id": result.id,
        "kind": result.kind,
        "verdict": result.verdict,
        "runs": _runs(result) or "0 runs",
        "seconds": f"{result.seconds:.2f}",
        "statement": result.statement,
        "source": result.source,
        "found": "But" if result.verdict in FAILURES else "Found:",
        "detail": printable(result.detail),
        "calls": [
            {
                "operation": call["operation"],
                "arguments": _short(call["arguments"]),
                "answer": "none" if call["answer"] is None else _short(call["answer"]),
            }
            for call in calls
        ],
        "panels": panels,
        "plan": plan,
        "replay": result.replay,
    }


def _drawn(plan: Plan, evidence: list[list[float]], anchor: str) -> list[dict[str, str]]:
    """Draw what can be drawn: a wrong subject may give numbers that no picture is made for."""
    drawn = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for number, panel in enumerate(plan.panels(evidence)):
                drawn.append({"title": panel.title, "svg": _svg(panel, f"{anchor}-{number}")})
        except (ArithmeticError, ValueError) as error:
            drawn.append({"title": f"The rest can't be drawn: {error}", "svg": ""})
    return drawn


def _svg(panel: Any, name: str) -> str:
    """Draw a panel; its colours are those of the page, and its ids are its own."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=SIZE, layout="constrained")
        panel.draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(
            out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    used = set(re.findall(r"#([\w.-]+)", svg))
    svg = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r"(?<=font: )8px[^;\"]*|(?<=font: )7px[^;\"]*",
        lambda size: f"{size[0][:3]} system-ui, sans-serif",
        svg,
    )
    for color, role in INK.items():
        svg = svg.replace(color, role)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{_attribute(panel.title)}" ', 1)


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _short(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"
