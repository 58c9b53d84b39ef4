"""Several subjects side by side."""

from __future__ import annotations

import json

COLORS = "def color(graph, seed):\n    return [0] * graph.n\n"
TWO = ["--select", "coloring/color_*"]


def test_the_matrix_names_each_subject_and_what_it_fails(whp, tmp_path):
    (tmp_path / "fast.py").write_text(COLORS)
    (tmp_path / "slow.py").write_text(
        "from whp.impostors.coloring import Process\n\ncolor = Process().color\n"
    )
    reports = ["--json", "all.json", "--html", "all.html", "--badge", "badge.json"]
    done = whp("compare", "coloring", "fast.py", "slow.py", *TWO, *reports)
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:] == [
        "A  fast.py",
        "B  slow.py",
        "                                         A           B",
        "color_is_proper                          refuted     holds",
        "color_needs_no_more_than_delta_plus_one  holds       holds",
        "A: 1 holds, 1 refuted",
        "  refuted    color_is_proper: vertices 0 and 1 are joined and both have colour 0",
        "B: 2 holds",
    ]
    told = json.loads((tmp_path / "all.json").read_text())
    assert [report["subject"]["spec"] for report in told["reports"]] == ["fast.py", "slow.py"]
    badge = json.loads((tmp_path / "badge.json").read_text())
    assert badge == {
        "schemaVersion": 1,
        "label": "whp coloring",
        "message": "1 of 2 checks hold",
        "color": "red",
    }
    assert "slow.py" in (tmp_path / "all.html").read_text()
    assert whp("replay").stdout.startswith("still failing")


def test_one_that_cant_be_loaded_is_told_after_the_others_were_judged(whp, tmp_path):
    (tmp_path / "fast.py").write_text(COLORS)
    done = whp("compare", "coloring", "nosuch", "fast.py", *TWO)
    assert done.returncode == 2
    assert "A: 1 holds, 1 refuted" in done.stdout
    assert done.stderr.startswith("whp: nosuch can't be loaded: there is no module 'nosuch'")
    assert done.stderr.count("\n") == 1
