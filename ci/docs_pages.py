"""A hook of MkDocs: the pages of the systems, generated from the code, and the findings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from whp import contract, registry
from whp.checks import Claim, Property
from whp.choices import ALPHA, EXAMPLES
from whp.impostors import impostors

ROOT = Path(__file__).parent.parent


def on_files(files: Files, config: Any) -> Files:
    """Add the generated pages."""
    findings = (ROOT / "FINDINGS.md").read_text().replace("[tests/foreign](tests/foreign)", "`tests/foreign`")
    pages = {"findings.md": findings, "systems/index.md": "\n".join(overview())}
    pages |= {f"systems/{system}.md": "\n".join(page(system)) for system in registry.systems()}
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def overview() -> Iterator[str]:
    """Yield the lines of the list of systems."""
    yield "# Systems\n"
    yield "| system | what | operations | properties | claims | impostors |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for system, title in registry.systems().items():
        counts = [len(registry.properties(system)), len(registry.claims(system)), len(impostors(system))]
        operations = ", ".join(f"`{name}`" for name in contract.operations(system))
        yield f"| [{system}]({system}.md) | {title} | {operations} | {' | '.join(map(str, counts))} |"


def page(system: str) -> Iterator[str]:
    """Yield the lines of a system's page: its model, its operations, its checks and its impostors."""
    reference = registry.module("reference", system)
    title, _, text = (inspect.getdoc(reference) or "").partition("\n")
    yield f"# {system}\n\n**{title}**\n\n{text.strip()}\n\n## Operations\n"
    for name, operation in contract.operations(system).items():
        yield f"### `{name}`\n\n```python\n{operation.signature}\n```\n"
        yield f"{inspect.getdoc(operation.definition)}\n"
    yield f"`whp schema {system}` prints the JSON Schema.\n\n## Properties\n"
    for prop in registry.properties(system):
        yield from _property(prop)
    yield "## Claims\n"
    for claim in registry.claims(system):
        yield from _claim(claim)
    yield "## Impostors\n\nSubjects with one mistake each, and the checks that must reject them.\n"
    yield "| impostor | its mistake | rejected by |\n| --- | --- | --- |"
    for name, impostor in impostors(system).items():
        mistake = (inspect.getdoc(impostor) or "").partition("\n")[0].replace("|", "\\|")
        yield f"| `{name}` | {mistake} | {', '.join(f'`{check}`' for check in impostor.rejected_by)} |"


def _property(prop: Property) -> Iterator[str]:
    drawn = ", ".join(f"{prop.drawn(count)} drawn ({effort})" for effort, count in EXAMPLES.items())
    yield f"### {prop.name}\n\n{prop.statement}\n\n{prop.explanation}\n"
    chance = (
        f"; a right subject is refuted with probability at most {prop.false_alarm:.1g}"
        if prop.false_alarm
        else ""
    )
    yield f"*{prop.source}; {prop.explicit} fixed inputs, {drawn}{chance}.*\n"


def _claim(claim: Claim) -> Iterator[str]:
    yield f"### {claim.name}\n\n{claim.statement}\n\n{claim.explanation}\n\n*{claim.source}.*\n"
    share = registry.shares()[claim.id]
    for effort in claim.cells:
        plan = claim.plan(effort, ALPHA * share)
        misses = [
            f"misses {name} with probability {miss:.1g}" for name, miss in claim.misses(effort, plan).items()
        ]
        lines = "\n".join([*plan.describe(), *misses])
        yield f"With `--effort {effort}`:\n\n```text\n{lines}\n```\n"
