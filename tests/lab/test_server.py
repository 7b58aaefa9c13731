"""What the network can do to the laboratory, and what it cannot."""

import concurrent.futures
import json
import time
from pathlib import Path

import pytest
from lab_helpers import Laboratory, asked, ready, served, small_text

from detente.cli import main

WILD = "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}} javascript:alert(1)"


def test_headers_on_every_answer(laboratory: Laboratory):
    for path in ("/", "/page/main.js", "/api/status", "/nothing", "/api/case"):
        found = asked(laboratory.url, path).headers
        policy = found["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, path
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "no-referrer"
        assert "server" not in found


def test_the_page_names_nothing_outside(laboratory: Laboratory):
    page = asked(laboratory.url, "/").content.decode()
    assert "http" not in page.replace("http-equiv", "")
    assert "<style" not in page and "style=" not in page and "onclick" not in page


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_frameworks_own_pages_are_off(laboratory: Laboratory, path: str):
    assert asked(laboratory.url, path).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/page/../server.py",
        "/page/%2e%2e/server.py",
        "/page/..%2fserver.py",
        "/page/%2fetc%2fpasswd",
        "/page//etc/passwd",
        "/runs/1/report.html",
        "/runs/../small.yaml/report.html",
        "/runs/-1/report.html",
        "/runs/1/..%2f..%2fsmall.yaml",
    ],
)
def test_no_way_to_other_files(laboratory: Laboratory, path: str):
    found = asked(laboratory.url, path)
    assert found.status in (404, 422), found.content
    assert b"import" not in found.content and b"root:" not in found.content


def test_another_sites_name_is_refused(laboratory: Laboratory):
    assert asked(laboratory.url, "/api/status", Host="evil.example").status == 421
    assert asked(laboratory.url, "/api/status", Host="127.0.0.1.evil.example:80").status == 421
    assert asked(laboratory.url, "/api/status", Host="10.0.0.7").status == 421
    assert asked(laboratory.url, "/api/status", Host="localhost:1").status == 200


def test_another_site_cannot_ask(laboratory: Laboratory):
    ask = lambda **headers: asked(laboratory.url, "/api/point", {}, **headers).status  # noqa: E731
    assert ask() == 200
    assert ask(Origin="https://evil.example") == 403
    assert ask(Origin="null") == 403
    assert ask(Sec_Fetch_Site="cross-site") == 403
    assert ask(Content_Type="text/plain") == 415  # what a form of another site could send
    assert asked(laboratory.url, "/api/run", method="DELETE", Origin="https://evil.example").status == 403


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"values": {"trsut": 0.5}}, 400, 'did you mean \\"trust\\"'),
        ({"values": {"trust": 2}}, 400, "[0, 1]"),
        ({"values": {"trust": None}}, 422, "values.trust"),
        ({"nothing": 1}, 422, "nothing"),
        ({"case": "x" * 65}, 422, "case"),
        ({"case": "unknown"}, 410, "no longer on the desk"),
        ({"off": ["a"] * 300}, 422, "off"),
        ({"values": {f"x{i}": 1 for i in range(300)}}, 422, "values"),
        ({"turn": -1}, 422, "turn"),
        (b'{"values": {"trust": NaN}}', 422, ""),
        (b'{"values": {"trust": 1e999}}', 422, ""),
        (b"{", 422, ""),
        (b"[" * 30_000, 400, "parsing"),
        (b"x" * 70_000, 413, "65,536"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(laboratory: Laboratory, body, status, says):
    found = asked(laboratory.url, "/api/point", body)
    text = found.content.decode()
    assert found.status == status, text
    assert says in text
    assert "Traceback" not in text and "site-packages" not in text and "File " not in text
    assert set(found.data) == {"problem"}


@pytest.mark.parametrize(
    "change",
    [{"x": "deals"}, {"x": "horizon"}, {"x": "trust", "y": "trust"}, {"x_ends": [1, 0]}, {"level": 9}],
)
def test_a_diagram_of_nonsense_is_refused(laboratory: Laboratory, change):
    ask = {"x": "trust", "y": "one_sided_cost", "x_ends": [0, 1], "y_ends": [0, 0.1], "level": 0} | change
    assert asked(laboratory.url, "/api/diagram", ask).status in (400, 422)


def test_a_case_with_code_in_every_string_is_text(laboratory: Laboratory):
    """Scripts, handlers, templates in a case: they come back as data, and the figures draw them as words."""
    text = small_text("wild").replace("A limit on a capability", WILD)
    for words in ("The side that has the capability", "The side that asks for a limit", "Help that came"):
        text = text.replace(words, WILD[:80])
    text = text.replace("With nobody to rely on a limit is refused", WILD)
    text = text.replace("https://example.org/study", 'https://example.org/\\"><script>alert(1)</script>')
    brought = asked(laboratory.url, "/api/case", text.encode(), Content_Type="text/yaml")
    assert brought.status == 200, brought.content
    digest = brought.data["digest"]
    ready(laboratory.url, digest)
    about = asked(laboratory.url, f"/api/case?case={digest}")
    assert about.headers["content-type"] == "application/json"
    assert about.data["title"] == WILD
    point = asked(laboratory.url, "/api/point", {"case": digest}).data
    drawn = [f["svg"] for f in point["figures"] if "svg" in f]
    assert drawn
    assert all("<script" not in svg and "<img" not in svg for svg in drawn)
    assert any("&lt;" in svg for svg in drawn)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"schema: 1\n", "found no id"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a: &x [1]\nb: *x\n", "anchor"),
        (small_text().replace("value: 3", "value: 200", 1).encode(), "expected at most 60"),
        (b"x" * (1024 * 1024 + 1), "1,048,576"),
    ],
)
def test_a_faulty_case_is_refused_in_words(laboratory: Laboratory, text: bytes, says: str):
    found = asked(laboratory.url, "/api/case", text, Content_Type="text/yaml")
    assert found.status in (400, 413)
    assert says in found.data["problem"]
    assert "/tmp" not in found.data["problem"]


def test_what_is_stale_is_dropped_and_the_newest_is_answered(laboratory: Laboratory):
    """Questions of earlier turns of a page that are still waiting are given up when the page asks anew."""

    def ask(turn: int) -> int:
        body = {"values": {"trust": turn / 1000}, "client": "page", "turn": turn}
        return asked(laboratory.url, "/api/details", body).status

    before = asked(laboratory.url, "/api/status").data["dropped"]
    with concurrent.futures.ThreadPoolExecutor(12) as crowd:
        statuses = {turn: crowd.submit(ask, turn) for turn in range(1, 12)}
        found = {turn: x.result() for turn, x in statuses.items()}
    assert found[11] == 200
    assert 409 in found.values()
    assert set(found.values()) == {200, 409}
    assert asked(laboratory.url, "/api/status").data["dropped"] - before == sum(
        x == 409 for x in found.values()
    )


def test_the_same_question_is_solved_once(laboratory: Laboratory):
    body = {"values": {"trust": 0.4321}}
    before = asked(laboratory.url, "/api/status").data["solved"]
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: asked(laboratory.url, "/api/point", body).content, range(16)))
    assert len(set(answers)) == 1
    assert asked(laboratory.url, "/api/status").data["solved"] - before == 1
    # A difference below what is told apart is the same question.
    assert asked(laboratory.url, "/api/point", {"values": {"trust": 0.43210000001}}).content == answers[0]


def test_the_loop_is_never_blocked(laboratory: Laboratory):
    """While both processes are at work, what needs no solving is answered at once."""

    def work(i: int) -> int:
        return asked(laboratory.url, "/api/verdicts", {"values": {"trust": i / 77}, "upto": 64}).status

    waits = []
    with concurrent.futures.ThreadPoolExecutor(6) as crowd:
        going = [crowd.submit(work, i) for i in range(1, 7)]
        while not all(x.done() for x in going):
            begun = time.perf_counter()
            asked(laboratory.url, "/api/status")
            waits.append(time.perf_counter() - begun)
            time.sleep(0.01)
        assert [x.result() for x in going] == [200] * 6
    assert sorted(waits)[len(waits) // 2] < 0.1
    assert len(waits) > 5


def test_a_full_run_from_its_start_to_its_report(laboratory: Laboratory):
    assert asked(laboratory.url, "/api/run", {"draws": 63}).status == 400
    begun = asked(laboratory.url, "/api/run", {"draws": 64, "values": {"trust": 0.7}})
    assert begun.status == 200, begun.content
    assert asked(laboratory.url, "/api/run", {"draws": 64}).data["problem"].startswith("a run is going on")
    end = time.monotonic() + 240
    while (run := asked(laboratory.url, "/api/run").data)["state"] == "going":
        assert time.monotonic() < end, run
        time.sleep(0.2)
    assert (run["state"], run["problem"]) == ("done", "")
    assert run["folder"].startswith(str(laboratory.file.parent))
    report = asked(laboratory.url, f"/runs/{run['number']}/report.html")
    assert report.status == 200
    policy = report.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "sandbox" in policy
    assert "A limit on a capability" in report.content.decode()
    assert asked(laboratory.url, f"/runs/{run['number'] + 1}/report.html").status == 404
    manifest = json.loads((Path(run["folder"]) / "manifest.json").read_text())
    assert manifest["resolved_case"]["parameters"]["trust"]["value"] == 0.7


# --- Elsewhere than on this machine ---------------------------------------------------------------


def test_elsewhere_a_token_is_needed(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(small_text(), encoding="utf-8")
    found = served(file, "--host", "0.0.0.0", "--port", "0", env={"DETENTE_LAB_TOKEN": "a-long-enough-token"})
    try:
        base, _, token = found.url.partition("?token=")
        assert token == "a-long-enough-token"
        for path in ("/", "/api/status", "/page/main.js"):
            assert asked(base, path).status == 403
        assert asked(base, "/?token=wrong").status == 403
        assert asked(base, "/api/status", Cookie="detente-laboratory=wrong").status == 403
        entry = asked(base, f"/?token={token}")
        assert (entry.status, entry.headers["location"]) == (303, "/")
        cookie = entry.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
        assert asked(base, "/api/status", Cookie=cookie.split(";")[0]).status == 200
    finally:
        found.stop()


# --- The command --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nothing-there"], "expected a file or one of"),
        (["--port", "70000"], "expected a whole number from 0 to 65535"),
        (["--host", "203.0.113.1"], "cannot be served there"),
    ],
)
def test_mistakes_of_the_command(words, says, capsys):
    assert main(["lab", *words]) == 2
    assert says in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(monkeypatch, capsys):
    import sys

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["lab"]) == 2
    said = capsys.readouterr().err
    assert "pip install 'detente[lab]'" in said and "Traceback" not in said


def test_a_changed_file_is_followed_and_a_faulty_one_is_not(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(small_text(), encoding="utf-8")
    found = served(file, "--port", "0")
    try:
        status = lambda: asked(found.url, "/api/status").data  # noqa: E731

        def until(good) -> dict:
            end = time.monotonic() + 30
            while not good(now := status()):
                assert time.monotonic() < end, now
                time.sleep(0.1)
            return now

        first = until(lambda s: s["current"])["current"]
        file.write_text(small_text().replace("value: 0.9", "value: nine", 1), encoding="utf-8")
        broken = until(lambda s: s["problem"])
        assert broken["current"] == first and "discount" in broken["problem"]
        file.write_text(small_text().replace("value: 0.9", "value: 0.85", 1), encoding="utf-8")
        mended = until(lambda s: s["current"] != first)
        assert mended["problem"] is None
        about = asked(found.url, "/api/case").data
        assert about["assumptions"]["discount"]["base"] == 0.85
        assert json.dumps(about)  # whole
    finally:
        found.stop()
