"""Gambit's files, written and read: what comes back, what is refused."""

import json
import math
import random
from fractions import Fraction

import numpy as np
import peers
import pytest

from detente.cli import main
from detente.errors import ModelError, UsageError
from detente.exchange import efg, nfg, read, read_tree
from detente.exchange.table import Table, as_table, as_tree
from detente.exchange.tree import Chance, End, Move, Outcome, Tree

POKER = """EFG 2 R "One card" { "First" "Second" }
"A game as Gambit writes it: pay-offs repeated, sets repeated, commas."

c "" 1 "(0,1)" { "high" 1/2 "low" 1/2 } 0
p "" 1 1 "(1,1)" { "raise" "fold" } 0
p "" 2 1 "(2,1)" { "meet" "pass" } 0
t "" 1 "Win big" { 2, -2 }
t "" 2 "Win" { 1, -1 }
t "" 2 "Win" { 1, -1 }
p "" 1 2 "(1,2)" { "raise" "fold" } 0
p "" 2 1 "(2,1)" { "meet" "pass" } 0
t "" 3 "Lose big" { -2, 2 }
t "" 2
t "" 4 "Lose" { -1, 1 }
"""


def random_tree(seed: int, depth: int = 4) -> Tree:
    """A tree with chance moves, shared information sets, payments on the way, and awkward numbers."""
    draw = random.Random(seed)
    players = ("Ost", 'We"st', "Süd")[: draw.choice((2, 3))]
    nodes, outcomes, sets = [], {}, {}

    def pay() -> int:
        if draw.random() < 0.4:
            return 0
        number = len(outcomes) + 1
        numbers = (0.1, 1 / 3, -2.0, 1e-300, 1e300, -0.0, 7.0, math.pi * 10 ** draw.randint(-9, 9))
        outcomes[number] = Outcome(
            number, tuple(draw.choice(numbers) for _ in players), draw.choice(("", "x y"))
        )
        return number

    def grow(level: int) -> None:
        kind = draw.random() if level else 1.0
        if kind > 0.85:
            nodes.append(End(pay()))
        elif kind > 0.65:
            parts = [draw.randint(1, 9) for _ in range(draw.randint(1, 3))]
            ways = tuple((f"w{i}", Fraction(x, sum(parts))) for i, x in enumerate(parts))
            nodes.append(Chance(len(nodes) + 1, ways, "draw", "", pay()))
            for _ in ways:
                grow(level - 1)
        else:
            player = draw.randrange(len(players))
            key = (player, level)
            actions = sets.setdefault(key, tuple(f"a{i}" for i in range(draw.randint(1, 3))))
            nodes.append(Move(player, level, actions, f"set {level}", f"node {len(nodes)}"))
            for _ in actions:
                grow(level - 1)

    grow(depth)
    return Tree(f"random {seed}", players, tuple(nodes), outcomes, "A comment\nof two lines")


@pytest.mark.parametrize("seed", range(40))
def test_a_tree_written_and_read_is_the_same(seed: int) -> None:
    tree = random_tree(seed)
    again = efg.parse(efg.write(tree))
    assert again == tree
    # -0.0 equals 0.0, so look at the digits too.
    assert repr(again.outcomes) == repr(tree.outcomes)


@pytest.mark.parametrize("seed", range(10))
def test_a_table_written_and_read_is_the_same(seed: int) -> None:
    draw = np.random.default_rng(seed)
    sizes = draw.integers(1, 4, size=draw.integers(1, 4))
    table = Table(
        "random",
        tuple(f"P{i}" for i in range(len(sizes))),
        tuple(tuple(f"s{k}" for k in range(n)) for n in sizes),
        draw.standard_normal((len(sizes), *sizes)),
        "comment",
    )
    again = nfg.parse(nfg.write(table))
    assert np.array_equal(again.pays, table.pays)
    assert (again.title, again.players, again.strategies) == (table.title, table.players, table.strategies)
    back = as_table(as_tree(table))
    assert np.array_equal(back.pays, table.pays) and back.strategies == table.strategies


def test_what_gambit_writes_is_read() -> None:
    tree = efg.parse(POKER)
    assert tree.players == ("First", "Second")
    assert tree.sets == {(0, 1): (1,), (1, 1): (2, 7), (0, 2): (6,)}
    assert tree.children[0] == (1, 6)
    assert tree.paid[9].tolist() == [1.0, -1.0]  # an outcome by its number alone
    assert tree.nodes[0].branches == (("high", Fraction(1, 2)), ("low", Fraction(1, 2)))
    assert tree.forgets() is None


def test_the_reduced_table_of_a_tree() -> None:
    table = as_table(efg.parse(POKER))
    # Gambit's own table of this game (Myerson 1991, figure 2.2).
    assert table.strategies[0] == ("raise raise", "raise fold", "fold raise", "fold fold")
    assert table.pays[0].tolist() == [[0, 1], [0.5, 0], [-0.5, 1], [0, 0]]
    horse = Tree(
        "Reduced",
        ("A",),
        (
            Move(0, 1, ("out", "in")),
            End(1),
            Move(0, 2, ("l", "r")),
            End(2),
            End(3),
        ),
        {i: Outcome(i, (float(i),)) for i in (1, 2, 3)},
    )
    assert as_table(horse).strategies == (("out *", "in l", "in r"),)
    assert as_table(horse).pays.tolist() == [[1.0, 2.0, 3.0]]


def test_both_kinds_of_nfg() -> None:
    listed = """NFG 1 R "t" { "A" "B" } { { "u" "d" } { "l" "r" "m" } } ""
    { { "" 1, 2 } { "o" 3 4 } } 1 2 0 1 1 2"""
    numbers = """NFG 1 R "t" { "A" "B" } { 2 3 } 1 2  3 4  0 0  1 2  1 2  3 4"""
    a, b = nfg.parse(listed), nfg.parse(numbers)
    assert np.array_equal(a.pays, b.pays)
    assert a.pays[:, 1, 0].tolist() == [3, 4] and a.pays[:, 0, 1].tolist() == [
        0,
        0,
    ]  # the first player's move is fastest
    assert b.strategies == (("1", "2"), ("1", "2", "3"))


HEAD = 'EFG 2 R "t" { "A" }\n'
SET = 'p "" 1 1 "" '
REFUSED = [
    ("", "found the end of the file, expected EFG"),
    ("NFG 1 R", "found a file that does not begin with EFG (NFG), expected EFG 2 R"),
    ("EFG 3 R", "line 1: found version 3, expected version 2"),
    ('EFG 2 R "t" { }', "line 1: found a game without players"),
    ('EFG 2 R "t" { "A"', "found the end of the file, expected } after the players"),
    ('EFG 2 R "t', "line 1: found a quotation mark that is never closed"),
    (HEAD + '\nq "" 1', "line 3: found q, expected a node: c (chance)"),
    (HEAD + 'p "" 2 1 "" { "a" } 0', "line 2: found player 2, expected a player between 1 and 1"),
    (HEAD + SET + "{ } 0", "line 2: found no actions"),
    (HEAD + 'p "" 1 1 0', "line 2: found information set 1 of player 1 for the first time"),
    (HEAD + SET + '{ "a" "b" } 0\nt "" 0', "line 3: found the end of the file, expected a node"),
    (HEAD + 't "" 0\nt "" 0', "line 3: found t, expected nothing more"),
    (HEAD + 't "" 1', "line 2: found outcome 1 for the first time, expected its pay-offs"),
    (HEAD + 't "" 1 "" { 1, 2 }', "line 2: found 2 pay-offs, expected 1"),
    (HEAD + 't "" 1 "" { one }', "line 2: found one, expected a pay-off, a number"),
    (HEAD + 't "" 1 "" { 1/0 }', "line 2: found 1/0, expected a pay-off, a number; this divides by 0"),
    (HEAD + 't "" 1 "" { 1e999 }', "line 2: found 1e999, expected a pay-off, a number below 1e308"),
    (HEAD + 't "" 1 "" { nan }', "line 2: found nan, expected a pay-off"),
    (HEAD + 'c "" 1 "" { "x" 0.3 "y" 0.3 } 0', "line 2: found probabilities that sum to 3/5"),
    (HEAD + 'c "" 1 "" { "x" -1 "y" 2 } 0', "line 2: found a negative probability"),
    (HEAD + 'c "" 1 "" { "x" } 0', "line 2: found }, expected its probability"),
    (HEAD + SET + '{ "a" } 0\n' + SET + '{ "b" } 0\nt "" 0', "line 3: found other branches or actions"),
    (HEAD + SET + '{ "a" "b" } 0\nt "" 1 "" { 1 }\nt "" 1 "" { 2 }', "line 4: found other pay-offs"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_is_no_tree_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(UsageError) as refusal:
        efg.parse(text, "g.efg")
    assert str(refusal.value).startswith("g.efg: ") and words in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('NFG 1 R "t" { "A" } { 2 }\n1', "found the end of the file, expected a pay-off"),
        (
            'NFG 1 R "t" { "A" } { 2 }\n1 2\n3',
            "line 3: found 3, expected nothing more after the pay-offs of 2",
        ),
        ('NFG 1 R "t" { "A" "B" } { 2 }', "strategies of 1 players, expected those of 2"),
        ('NFG 1 R "t" { "A" } { { } }', "found a player without strategies"),
        (
            'NFG 1 R "t" { "A" } { 1 } { { "" 1 } } 2',
            "found outcome 2, expected one of the 1 that are listed",
        ),
        ('NFG 1 R "t" { "A" "B" } { 2000 2000 }', "found 4,000,000 profiles, expected at most 1,000,000"),
    ],
)
def test_what_is_no_table_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=r"g\.nfg: line") as refusal:
        nfg.parse(text, "g.nfg")
    assert words in str(refusal.value)


def test_noise_in_a_file_never_ends_in_a_traceback() -> None:
    """Files cut anywhere, and with a word exchanged, are read or refused in words."""
    draw = random.Random(1)
    whole = efg.write(random_tree(3)) + POKER
    for _ in range(300):
        text = POKER if draw.random() < 0.5 else whole
        at = draw.randrange(len(text))
        text = (
            text[:at]
            + draw.choice(("", '"', "{", "}", "9", " -1 ", "c", "é", "1/"))
            + text[at + draw.randint(0, 9) :]
        )
        try:
            efg.parse(text)
        except UsageError as refusal:
            assert "found" in str(refusal) or "tree:" in str(refusal)


def test_files_that_are_not_there_or_no_text(tmp_path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read \(No such file"):
        read(tmp_path / "none.efg")
    (tmp_path / "x.efg").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8 at byte 0"):
        read(tmp_path / "x.efg")
    with pytest.raises(UsageError, match=r"expected a file called .efg"):
        read(tmp_path / "x.txt")


def test_what_cannot_be_written_is_said() -> None:
    with pytest.raises(UsageError, match="finite numbers only"):
        efg.write(Tree("t", ("A",), (End(1),), {1: Outcome(1, (math.inf,))}))
    with pytest.raises(UsageError, match="backslash"):
        efg.write(Tree('back\\"slash', ("A",), (End(),)))
    with pytest.raises(ModelError, match="sum to 1 exactly"):
        Tree("t", ("A",), (Chance(1, (("x", Fraction(1, 3)), ("y", Fraction(1, 3)))), End(), End()))
    forgetful = Tree(
        "forgets",
        ("A",),
        (Move(0, 1, ("a", "b")), Move(0, 2, ("c", "d")), End(), End(), Move(0, 2, ("c", "d")), End(), End()),
    )
    assert forgetful.forgets() == (0, 2)
    with pytest.raises(ModelError, match="does not remember its own moves at information set 2"):
        as_table(forgetful)
    many = [Chance(1, tuple((str(i), Fraction(1, 21)) for i in range(21)))]
    for i in range(21):
        many += [Move(0, i + 1, ("a", "b")), End(), End()]
    with pytest.raises(ModelError, match="more than 1,000,000 profiles"):
        as_table(Tree("large", ("A",), tuple(many)))


def test_a_tree_that_cannot_be_cut_into_stages_is_refused(tmp_path) -> None:
    twice = (Move(0, 1, ("on", "off")), Move(0, 1, ("on", "off")), End(), End(), End())
    path = tmp_path / "driver.efg"
    path.write_text(efg.write(Tree("The absent-minded driver", ("Driver",), twice)))
    with pytest.raises(UsageError, match="information set 1 of Driver can come before itself"):
        read(path)


def test_export_on_the_command_line(tmp_path, capsys) -> None:
    point, tree, table = (tmp_path / x for x in ("point.json", "g.efg", "g.nfg"))
    point.write_text(json.dumps({"discount": 0.8, "horizon": 2, "noise": 0.5}))
    assert main(["export", "preventive_war", str(point), "--to", str(tree)]) == 0
    said = capsys.readouterr().out
    # λ = 1 / (noise · (1 − δ)).
    assert "2 players" in said and "precision (lambda) of 10" in said
    read_back = read_tree(tree)
    assert read_back.players == ("decliner", "challenger")
    assert main(["export", "preventive_war", str(point), "--to", str(table)]) == 0
    assert nfg.read(table).pays.shape[0] == 2
    tree.write_text("mine")
    capsys.readouterr()
    assert main(["export", "preventive_war", str(point), "--to", str(tree)]) == 2
    assert "exists already and is left as it is" in capsys.readouterr().err and tree.read_text() == "mine"
    assert main(["export", "preventive_war", str(point), "--to", str(tree), "--force"]) == 0
    assert read_tree(tree).players == read_back.players


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["redline", "--to", "x.efg"], "cannot be laid out as a tree"),
        (["preventive_war", "--to", "x.gbt"], "expected a file called .efg"),
        (["no_such", "--to", "x.efg"], 'model: found "no_such"'),
        (["preventive_war", "missing.json", "--to", "x.efg"], "missing.json: cannot be read"),
        (["preventive_war", "--to", "no/such/folder/x.efg"], "cannot be written"),
    ],
)
def test_what_export_refuses(words, expected, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", *words]) == 2
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "x.efg").exists()


@peers.needed
def test_gambit_reads_what_is_written_and_the_other_way_round(tmp_path) -> None:
    jobs, trees = [], [random_tree(seed) for seed in range(6)]
    trees = [t for t in trees if all(abs(x) < 1e200 for o in t.outcomes.values() for x in o.pays)] or trees[
        :1
    ]
    poker = efg.parse(POKER)
    for i, tree in enumerate([poker, *trees]):
        path = tmp_path / f"{i}.efg"
        path.write_text(efg.write(tree), encoding="utf-8")
        jobs.append({"ask": "rewrite", "efg": str(path)})
    path = tmp_path / "t.nfg"
    path.write_text(nfg.write(as_table(poker)))
    jobs.append({"ask": "rewrite", "nfg": str(path)})
    *written, table = peers.ask(tmp_path, jobs)
    for tree, text in zip([poker, *trees], written, strict=True):
        again = efg.parse(text)
        assert again.players == tree.players
        assert np.array_equal(again.paid, tree.paid)
        assert list(again.sets.values()) == list(tree.sets.values())
    assert np.array_equal(nfg.parse(table).pays, as_table(poker).pays)
