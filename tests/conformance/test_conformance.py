"""Case files that must be read and case files that must be refused, as a user meets them.

Every file of ``valid`` is a case. Every file of ``invalid`` is refused; its first line says how:
``# expect: line 12; trust; caret zon()``. The items, separated by semicolons, are ``line N`` (a fault is
reported in that line), ``N faults`` (how many are reported; 1 if left out), ``caret TEXT`` (a caret stands
under the start of that text, or ``caret end`` under its end), and otherwise words that the message contains.
"""

from __future__ import annotations

import itertools
import re
import shutil
import sys
import time
from pathlib import Path

import pytest

from detente.case.read import packaged, read
from detente.cli import main

HERE = Path(__file__).parent
VALID = sorted(HERE.glob("valid/*.yaml"))
INVALID = sorted(HERE.glob("invalid/*.yaml"))
MINIMAL = (HERE / "valid" / "minimal.yaml").read_bytes()
SECONDS = 10.0  # of this process; a file that grows when it is read would take longer


def contents(folder):
    """Every file below a folder with its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Check bytes as a file of a folder of its own, which must stay as it is; give status and texts."""
    monkeypatch.chdir(tmp_path)

    def run(data):
        file = tmp_path / "case.yaml"
        file.write_bytes(data)
        start = time.process_time()
        status = main(["check", str(file)])
        assert time.process_time() - start < SECONDS
        assert contents(tmp_path) == {file: data}, "checking a case wrote something"
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return status, said.out, said.err.replace(str(file), "FILE")

    return run


def refused(check, data):
    """Check bytes that are no case; give the message without the name of the file."""
    status, out, message = check(data)
    assert (status, out) == (2, ""), message
    return message


def faults(message):
    """The lines that report a fault, after making sure that the message has its form."""
    first, *rest = message.rstrip("\n").split("\n")
    head = re.fullmatch(r"detente: FILE: (\d+) faults?", first)
    assert head, message
    found = [line for line in rest if line.startswith("  FILE")]
    hidden = re.fullmatch(r"  and (\d+) more", rest[-1])
    assert len(found) + (int(hidden[1]) if hidden else 0) == int(head[1]), message
    for line in found:
        assert "found " in line and "expected " in line, line
    return found


def carets(message):
    """For every caret of the message, what stands above it, to the end of the line."""
    lines = message.split("\n")
    return [
        above[below.index("^") :].strip() or "end"
        for above, below in itertools.pairwise(lines)
        if below.strip() == "^"
    ]


def expectations(data):
    """Items of a file's first line."""
    first = data.decode().split("\n", 1)[0]
    assert first.startswith("# expect: "), first
    return [item.strip() for item in first.removeprefix("# expect: ").split(";")]


# --- Files of the folders -------------------------------------------------------------------------


def test_there_are_enough_files():
    assert len(VALID) >= 5 and len(INVALID) >= 45


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid(path, check):
    data = path.read_bytes()
    message = refused(check, data)
    reported = faults(message)
    for fault in reported:
        assert re.match(r"  FILE:[1-9]\d*: ", fault), fault
    expected = expectations(data)
    if not any(re.fullmatch(r"\d+ faults", item) for item in expected):
        assert len(reported) == 1, message
    for item in expected:
        what, _, rest = item.partition(" ")
        if what == "line":
            assert f"FILE:{rest}: " in message, f"{item!r} is not in\n{message}"
        elif what == "caret":
            assert any(text.startswith(rest) for text in carets(message)), f"{item!r} is not in\n{message}"
        else:
            assert item in message, f"{item!r} is not in\n{message}"


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid(path, check):
    status, out, error = check(path.read_bytes())
    assert (status, error) == (0, "")
    assert out.strip()


@pytest.mark.parametrize("name", packaged())
def test_packaged(name, capsys):
    assert main(["check", name]) == 0
    assert capsys.readouterr().err == ""


def test_a_new_case(tmp_path, capsys):
    file = tmp_path / "new.yaml"
    assert main(["new", "small-dispute", "--out", str(file)]) == 0
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().err == ""
    assert read(file).id == "small-dispute"


# --- What valid files say -------------------------------------------------------------------------


def test_scalars_are_typed_by_yaml_1_2():
    case = read(HERE / "valid" / "norway.yaml")
    assert (case.holder, case.demander, case.title, case.id) == ("NO", "no", "Yes", "on")
    assert case.sources["y"].citation == "12:30:45"
    values = {name: case.parameters[name].value for name in ("noise", "discount", "horizon", "arsenal")}
    assert values == {"noise": 0.1, "discount": 0.9, "horizon": 20.0, "arsenal": 3.0}
    assert [episode.kept for episode in case.experience["support"].episodes] == [True, False]


def test_the_same_content_has_the_same_digest():
    one, other = (read(HERE / "valid" / f"{name}.yaml") for name in ("minimal", "same-as-json"))
    assert one.digest == other.digest
    assert one.digest != read(HERE / "valid" / "other-scripts.yaml").digest


def test_a_byte_order_mark_and_other_line_ends_change_nothing(check, tmp_path):
    digests = set()
    for data in (MINIMAL, b"\xef\xbb\xbf" + MINIMAL, MINIMAL.replace(b"\n", b"\r\n")):
        assert check(data)[0] == 0
        digests.add(read(tmp_path / "case.yaml").digest)
    assert len(digests) == 1


def test_lines_are_counted_with_other_line_ends(check):
    data = MINIMAL.replace(b"model: redline", b"model: redlin").replace(b"\n", b"\r\n")
    assert "FILE:6: model" in refused(check, data)


# --- Files that cannot be kept as text ------------------------------------------------------------

DEEP = 100_000
MADE = {
    "empty": (b"", ["empty"]),
    "blank": (b" \n\n  \n", ["empty"]),
    "only-a-comment": (b"# A case, one day.\n", ["found "]),
    "only-a-marker": (b"---\n", ["found "]),
    "ten-megabytes": (MINIMAL + b"# " + b"x" * 10_000_000, ["1,048,576"]),
    "ten-megabytes-of-claims": (MINIMAL + b"  - {id: a}\n" * 900_000, ["1,048,576"]),
    "just-too-large": (MINIMAL.ljust((1 << 20) + 1, b"\n"), ["1,048,577", "1,048,576"]),
    "binary": (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", ["text"]),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ["text"]),
    "zero-byte-inside": (MINIMAL.replace(b"no deal", b"no\x00deal"), ["text"]),
    "control-character": (MINIMAL.replace(b"no deal", b"no\x1bdeal"), ["YAML"]),
    "latin-1": (
        MINIMAL.replace(b"holder: Holder", "holder: Türkei".encode("latin-1")),
        ["FILE:7: ", "UTF-8"],
    ),
    "utf-16": (MINIMAL.decode().encode("utf-16"), ["text"]),
    "surrogates": (MINIMAL.replace(b"holder: Holder", b"holder: \xed\xa0\x80"), ["FILE:7: ", "UTF-8"]),
    "deep-lists": (MINIMAL + b"levers: " + b"[" * DEEP + b"]" * DEEP + b"\n", ["FILE:17: ", "nesting"]),
    "deep-mappings": (MINIMAL + b"levers: " + b"{a: " * DEEP + b"1" + b"}" * DEEP + b"\n", ["nesting"]),
    "deep-and-not-closed": (MINIMAL + b"levers: " + b"[" * DEEP, ["nesting"]),
    "deep-dashes": (MINIMAL + b"levers:\n  " + b"- " * DEEP + b"a\n", ["FILE:18: ", "nesting"]),
    "too-many-values": (MINIMAL + b"levers: [" + b"1, " * 25_000 + b"1]\n", ["FILE:17: ", "20,000"]),
    "number-of-5000-digits": (
        MINIMAL.replace(b"{}", b"{noise: {value: 1" + b"0" * 5000 + b", source: assumed, why: So.}}"),
        ["FILE:10: ", "parameters.noise.value"],
    ),
    "year-of-5000-digits": (
        MINIMAL.replace(b"schema: 1", b"schema: 1" + b"0" * 5000),
        ["FILE:2: ", "schema"],
    ),
    "key-of-many-characters": (MINIMAL + b"x" * 900 + b": 1\n", ["FILE:17: "]),
}


@pytest.mark.parametrize(("data", "words"), MADE.values(), ids=MADE)
def test_made(data, words, check):
    message = refused(check, data)
    assert len(faults(message)) == 1, message
    assert len(message) < 5000
    for word in words:
        assert word in message, f"{word!r} is not in\n{message}"


def test_the_largest_file_is_read(check):
    assert check(MINIMAL.ljust(1 << 20, b"\n"))[0] == 0


def test_of_many_faults_a_hundred_are_shown(check):
    lines = "".join(f"  wrong_{i}: {{value: 1, source: assumed, why: So.}}\n" for i in range(150))
    message = refused(check, MINIMAL.replace(b"parameters: {}\n", b"parameters:\n" + lines.encode()))
    shown = faults(message)
    assert "150 faults" in message and "and 50 more" in message
    assert [int(line.split(":")[1]) for line in shown] == list(range(11, 111))


def test_faults_are_sorted_by_line(check):
    message = refused(check, (HERE / "invalid" / "many-faults-in-all-sections.yaml").read_bytes())
    lines = [int(line.split(":")[1]) for line in faults(message)]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    "data",
    [
        MINIMAL.replace(b"The least that is a case", rb'"\e]0;owned\a\e[31mred"'),
        MINIMAL.replace(b"The least that is a case", rb'"zero \0 byte, \x9b31m"'),
        MINIMAL.replace(b"The least that is a case", rb'"left to right \u202E and back"'),
        MINIMAL.replace(b"parameters: {}", rb'parameters: {"noi\e[31mse": {value: 1, source: x}}'),
        MINIMAL.replace(b"test: zone() < 0", rb'test: "zone() < \e[31m0"'),
    ],
    ids=["title", "title-8-bit", "title-direction", "key", "test"],
)
def test_nothing_steers_the_terminal(data, check):
    _, out, message = check(data)
    for character in (out + message).replace("\n", ""):
        assert character.isprintable(), ascii(character)


def test_a_key_with_a_line_break_is_reported_in_one_line(check):
    data = MINIMAL.replace(
        b"parameters: {}", rb'parameters: {"noi\nse": {value: 1, source: assumed, why: x}}'
    )
    lines = refused(check, data).rstrip("\n").split("\n")
    assert len(lines) == 2 and lines[1].startswith("  FILE:10: "), lines


# --- Files that are not there ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.yaml", ["missing.yaml", "found", "expected"]),
        ("missile-limit", ['"missile-limits"']),
        ("", ["found", "expected"]),
        (".", ["folder"]),
        ("../../etc", ["found", "expected"]),
    ],
)
def test_no_such_file(name, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check", name]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("detente: ")
    for word in words:
        assert word in said.err
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_link_to_itself_and_to_a_file(tmp_path, capsys):
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert main(["check", str(tmp_path / "loop.yaml")]) == 2
    (tmp_path / "link.yaml").symlink_to(shutil.copy(HERE / "valid" / "minimal.yaml", tmp_path))
    assert main(["check", str(tmp_path / "link.yaml")]) == 0
    assert "Traceback" not in capsys.readouterr().err
