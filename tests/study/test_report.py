"""The report and the case page: everything in one file, nothing from elsewhere."""

import re
from html import unescape
from pathlib import Path

import pytest

from detente.case.read import read
from detente.cli import main


def text_of(page: str) -> str:
    body = re.sub(r"<(style|svg)\b.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def self_contained(page: str) -> bool:
    """No script, and no address that a browser would load by itself."""
    loads = re.findall(
        r'(?:src|xlink:href)\s*=\s*"([^"]*)"|url\(([^)]*)\)|@import|<link|<script|<iframe', page
    )
    return not [x for x in loads if not "".join(x).startswith("#")]


@pytest.fixture
def report(small: Path, tmp_path: Path) -> str:
    assert main(["run", str(small), "--draws", "80", "--jobs", "1", "--out", str(tmp_path / "run")]) == 0
    return (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_the_report_says_everything_and_needs_nothing(report, small, tmp_path):
    case = read(small)
    text = text_of(report)
    assert self_contained(report)
    for claim in case.claims:
        assert claim.says in text and claim.test in text
    for lever in case.levers:
        assert lever.id in text and lever.says in text
    for name, a in (case.parameters | case.quantities).items():
        assert name.replace("_", " ") in text and a.why in text
    for source in case.sources.values():
        assert source.citation in text
    for e in case.experience.values():
        assert all(x.name in text for x in e.episodes)
    assert "of 80 draws" in text and case.digest in text and "--draws 80 --seed 1" in text
    # The zone, claims of both sides, mechanisms, levers, deals, experience, and each path twice.
    data = {f.stem for f in (tmp_path / "run" / "figures").iterdir()}
    assert {"zone", "claims-argument", "claims-rival", "mechanisms", "levers", "deals"} <= data
    assert {"path-arsenal", "histories-arsenal", "experience-promises"} <= data
    assert report.count("<svg") == report.count('role="img" aria-label="') == len(data)
    anchors = set(re.findall(r'href="#([^"]+)"', report))
    assert anchors <= set(re.findall(r'id="([^"]+)"', report))


def test_the_report_is_written_again_from_the_folder_alone(report, tmp_path, capsys):
    run = tmp_path / "run"
    before = {f.name: f.read_bytes() for f in (run / "figures").iterdir()}
    (run / "report.html").unlink()
    assert main(["report", str(run)]) == 0
    assert f"{run / 'report.html'}: written" in capsys.readouterr().out
    assert (run / "report.html").read_text(encoding="utf-8") == report
    assert {f.name: f.read_bytes() for f in (run / "figures").iterdir()} == before


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("manifest.json", "found no manifest.json, expected a run folder"),
        ("verdicts.json", "found no verdicts.json, expected a finished run (give the command of detente run"),
        ("figures.json", "found no figures.json, expected a finished run"),
    ],
)
def test_what_is_no_finished_run_is_refused(gone, message, tmp_path, capsys):
    run = tmp_path / "run"
    run.mkdir()
    for name in ("manifest.json", "verdicts.json", "figures.json"):
        if name != gone:
            (run / name).write_text('{"format": 1}')
    assert main(["report", str(run)]) == 2
    assert message in capsys.readouterr().err
    (run / gone).write_text("{torn")
    assert main(["report", str(run)]) == 2
    assert f"{gone}: cannot be read" in capsys.readouterr().err
    assert not (run / "report.html").exists()


def test_text_of_a_case_is_never_markup(small, tmp_path):
    hostile = small.read_text().replace("A limit on a capability", "<img src=x onerror=alert(1)> & co")
    small.write_text(hostile)
    assert main(["run", str(small), "--draws", "10", "--jobs", "1", "--out", str(tmp_path / "run")]) == 0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<img" not in page and "&lt;img" in page


def test_show_prints_and_writes_what_is_assumed(small, tmp_path, capsys):
    assert main(["show", str(small)]) == 0
    text = capsys.readouterr().out
    for words in (
        "A limit on a capability",
        "triangular, 0.05 to 0.3",
        "learned from support",
        "█",
        "Help that did not come",
        "not kept",
        "model default",
        "binding-ratification",
        "a-study",
    ):
        assert words in text  # fmt: skip
    page = tmp_path / "case.html"
    assert main(["show", str(small), "--html", str(page)]) == 0
    written = page.read_text(encoding="utf-8")
    assert self_contained(written) and "Help that did not come" in text_of(written)
    assert main(["show", str(small), "--html", str(page)]) == 2
    assert "exists already" in capsys.readouterr().err and page.read_text(encoding="utf-8") == written


def test_new_never_overwrites(tmp_path, capsys):
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    assert main(["new", "mine", "--out", str(file)]) == 2
    assert file.read_text() == "mine" and "exists already" in capsys.readouterr().err
    assert main(["new", "No Slug"]) == 2


def test_cases_lists_the_packaged_cases(capsys):
    assert main(["cases"]) == 0
    assert "missile-limits" in capsys.readouterr().out
