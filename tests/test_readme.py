"""What the README shows is what happens, and what it tells to type is what the lane runs."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def untimed(text):
    return re.sub(r" +\d+\.\d\d s$", "", text, flags=re.MULTILINE)


def test_the_failing_check_fails_as_shown(whp, tmp_path):
    source = next(block for block in blocks("python") if "stops one short" in block)
    (tmp_path / "fast.py").write_text(source.partition("\n")[2])
    command, _, shown = blocks("console")[0].partition("\n")
    assert command == "$ whp check coloring --subject fast.py"
    done = whp(*command.split()[2:])
    assert done.returncode == 1
    assert untimed(done.stdout) == untimed(shown)


def test_the_first_commands_judge_as_promised(whp):
    commands = [line.split() for line in blocks("sh")[0].splitlines()[1:]]
    assert [command[0] for command in commands] == [".venv/bin/whp"] * 5
    judged = [whp(*command[1:], cwd=ROOT) for command in commands[:3]]
    assert [done.returncode for done in judged] == [0, 0, 1]
    assert "color_is_proper" in judged[2].stdout
    assert whp(*commands[3][1:4], cwd=ROOT).returncode == 0


def test_the_lane_runs_the_test_command_of_the_readme():
    (command,) = [line for block in blocks("sh") for line in block.splitlines() if ".venv/bin/pytest" in line]
    assert command in (ROOT / ".ci" / "run").read_text().splitlines()
