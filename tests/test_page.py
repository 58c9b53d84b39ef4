"""The page: it needs nothing else, shows what was found, and reads in a browser, in the dark and on paper."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib import image
from matplotlib.figure import Figure

from test_decisions import PLANS, streams
from whp import page
from whp.results import Options
from whp.run import run, select

CLAIMS = [
    "coloring/who_moves*",
    "coloring/neighboring*",
    "coloring/mean_steps*",
    "coloring/steps_grow_as*",
    "coloring/steps_on*",
    "coloring/color_is_proper",
]


@pytest.fixture(scope="module")
def runs():
    chosen = select(["coloring"], CLAIMS)
    subjects = (None, "whp.impostors.coloring:EdgeFirst")
    return [run(chosen, Options(systems=("coloring",), subject=subject, jobs=2)) for subject in subjects]


class Reader(HTMLParser):
    """Collects what a page refers to, and whether its tags close."""

    VOID = ("meta", "br", "hr", "img", "input", "link", "path", "use", "rect", "stop")

    def __init__(self, text):
        super().__init__()
        self.references, self.open, self.ids = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.references += [named[name] for name in ("src", "href", "xlink:href") if named.get(name)]
        self.ids += [named["id"]] if "id" in named else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_needs_nothing_else(runs):
    text = page.page(runs)
    reader = Reader(text)
    assert not reader.open
    assert [name for name, count in Counter(reader.ids).items() if count > 1] == []
    assert all(reference.startswith("#") for reference in reader.references)
    assert {reference[1:] for reference in reader.references} <= set(reader.ids)
    assert "<script" not in text
    assert not re.search(r"url\((?!['\"]?#)", text)
    assert "#2266aa" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


def test_the_same_runs_make_the_same_page(runs):
    assert page.page(runs) == page.page(runs)


def test_a_wrong_subject_sees_which_law_it_breaks(runs):
    text = page.page(runs[1:])
    refuted = text[text.index("Refuted or broken") : text.index(">Claims<")]
    assert "coloring/who_moves_is_uniform_on_those_in_conflict" in refuted
    assert "The first vertex to move, and then the second one, is uniform on" in refuted
    assert "which has probability" in refuted
    assert refuted.count("<figure>") == 8
    assert "var(--bad)" in refuted
    assert "whp check coloring --subject whp.impostors.coloring:EdgeFirst --select" in refuted


def test_all_that_a_subject_says_is_text():
    hostile = run(
        select(["coloring"], ["coloring/color_is_proper"]),
        Options(subject="whp.impostors.coloring:EdgeFirst"),
    )
    hostile.name = '<script>alert("1")</script>&'
    text = page.page([hostile])
    assert "<script" not in text
    assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize("name", PLANS)
def test_every_plan_draws_its_evidence_whole_or_in_part(name):
    plan, generator = PLANS[name], np.random.default_rng(np.random.SeedSequence(7))
    for _ in range(4):
        full = streams(name, generator)
        for evidence in (full, [values[:40] for values in full], [full[0], [], full[2][:1]], [[], [], []]):
            for panel in plan.panels(evidence):
                axes = Figure().add_subplot()
                panel.draw(axes)
                assert axes.has_data(), panel.title


def chromium(*arguments):
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        pytest.skip("no Chromium on this machine")
    command = [
        program,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        *map(str, arguments),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture
def file(runs, tmp_path):
    page.write(runs, tmp_path / "page.html")
    return tmp_path / "page.html"


def test_a_browser_reads_it(file):
    dom = chromium("--dump-dom", file.as_uri())
    assert dom.count("<svg") == file.read_text().count("<svg")
    assert "refuted" in dom


def background(file, tmp_path, *arguments):
    chromium(f"--screenshot={tmp_path / 'page.png'}", "--window-size=900,700", *arguments, file.as_uri())
    return image.imread(tmp_path / "page.png")[5, 5, :3].mean()


def test_it_is_light_or_dark_as_the_reader_is(file, tmp_path):
    assert background(file, tmp_path) > 0.95
    assert background(file, tmp_path, "--blink-settings=preferredColorScheme=0") < 0.2


def test_it_prints(file, tmp_path):
    chromium(f"--print-to-pdf={tmp_path / 'page.pdf'}", file.as_uri())
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "page.pdf").stat().st_size > 20_000


@pytest.mark.slow
def test_runs_of_the_ledger_stand_side_by_side(whp, tmp_path):
    asked = ["check", "coloring", "--select", "coloring/who_moves*"]
    assert whp(*asked, "--html", "one.html").returncode == 0
    assert whp(*asked, "--subject", "whp.impostors.coloring:EdgeFirst").returncode == 1
    assert whp("report", "both.html", 1, 2).returncode == 0
    text = (tmp_path / "both.html").read_text()
    assert "whp: reference, run 1, whp.impostors.coloring:EdgeFirst, run 2" in text
    assert text.count('class="verdict refuted"') == 2  # in the matrix, and over what was found
    assert text.count("<figure>") == 16
    last = whp("report", "last.html")
    assert last.returncode == 0
    assert "EdgeFirst" in (tmp_path / "last.html").read_text()
    wrong = whp("report", "nowhere/page.html")
    assert wrong.returncode == 2
    assert wrong.stderr == "whp: nowhere/page.html can't be written\n"
