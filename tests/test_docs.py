"""Every command on the pages for people runs as they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import HERE

PAGES = HERE.parent / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_page(page, folder):
    """Write the files of a page, and run its commands, in their order."""
    if "tests/" in (PAGES / page).read_text():  # of the checkout, where its reader stands
        (folder / "tests").symlink_to(HERE)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for kind, text in BLOCK.findall((PAGES / page).read_text()):
        named = re.match(r"(?:#|//) (\w+\.\w+)\n", text)
        if kind in ("python", "javascript") and named:
            (folder / named[1]).write_text(text)
        elif kind in ("sh", "fails"):
            for line in text.splitlines():
                done = subprocess.run(
                    ["bash", "-c", line],
                    cwd=folder,
                    env={**os.environ, "PATH": path},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert done.returncode == (kind == "fails"), (line, done.stdout, done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["tutorial.md", "ci.md"])
def test_the_commands_of_a_page_run_as_it_says(page, tmp_path):
    for program in ("bash", "node", "cc"):
        if not shutil.which(program):
            pytest.skip(f"no {program} on this machine")
    if page == "ci.md":
        source = re.search(r"```python\n(# fast\.py.*?)```", (PAGES / "tutorial.md").read_text(), re.DOTALL)
        (tmp_path / "fast.py").write_text(source[1])
    run_page(page, tmp_path)


def test_the_commands_about_adding_a_system_run_as_they_say(tmp_path):
    run_page("adding.md", tmp_path)
    for named in re.findall(r"`([\w/]+\.py|[\w/]+/)`", (PAGES / "adding.md").read_text()):
        assert (HERE.parent / named).exists(), named


def test_the_pages_are_those_of_the_site():
    site = (HERE.parent / "ci" / "mkdocs.yml").read_text()
    assert {page.name for page in PAGES.glob("*.md")} <= set(re.findall(r"- (\w+\.md)", site))
