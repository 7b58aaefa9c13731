"""Gambit's files of trees (.efg), written and read.

The format: a line ``EFG 2 R "title" { "player" … }``, a comment, then the nodes, the root first and
each node followed by the whole of its first branch, then of its second. A line begins with c (chance),
p (a player's move) or t (an end) and the node's name; then comes the information set by its number, with its
label and what can be done there; then the outcome by its number, with its name and pay-offs. A set or
an outcome that was described before may come by its number alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from detente.errors import ModelError, UsageError
from detente.exchange.tree import Chance, End, Move, Node, Outcome, Tree
from detente.exchange.words import Words, braced, plain, quoted, read_text

MOST_NODES = 1_000_000


def write(tree: Tree) -> str:
    """The text of a file that holds a tree; `parse` gives the same tree back.

    Raises:
        UsageError: A pay-off is not finite, or a label cannot be written.
    """
    lines = [
        f"EFG 2 R {quoted(tree.title)} {braced([quoted(x) for x in tree.players])}",
        quoted(tree.comment),
        "",
    ]
    for node in tree.nodes:
        if isinstance(node, End):
            line = f"t {quoted(node.name)}"
        elif isinstance(node, Chance):
            ways = [f"{quoted(label)} {probability}" for label, probability in node.branches]
            line = f"c {quoted(node.name)} {node.number} {quoted(node.label)} {braced(ways)}"
        else:
            ways = [quoted(x) for x in node.actions]
            line = (
                f"p {quoted(node.name)} {node.player + 1} {node.number} {quoted(node.label)} {braced(ways)}"
            )
        line += f" {node.outcome}"
        if node.outcome:
            outcome = tree.outcomes[node.outcome]
            line += f" {quoted(outcome.name)} {braced([plain(x) for x in outcome.pays], ', ')}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def read(path: str | Path) -> Tree:
    """Read a tree from a file.

    Raises:
        UsageError: It cannot be read or is no such file; the message names the line, what was found
            there and what was expected.
    """
    return parse(read_text(path), str(path))


def parse(text: str, where: str = "text") -> Tree:
    """A tree from the text of a file; see `read`."""
    words = Words(text, where)
    if words.plain("EFG, the first word of a Gambit tree") != "EFG":
        words.fail(f"a file that does not begin with EFG ({words.found[0][1][:20]})", "EFG 2 R")
    version = words.plain("the version 2")
    if version != "2":
        words.fail(f"version {version}", "version 2")
    if words.plain("R") not in ("R", "D"):
        words.fail("another number format", "R or D")
    title = words.text("the title")
    words.brace("{", "before the players")
    players: list[str] = []
    while words.ahead("text"):
        players.append(words.text("a player"))
    words.brace("}", "after the players")
    if not players:
        words.fail("a game without players", "at least one player")
    comment = words.text("a comment") if words.ahead("text") else ""
    found = _Found(len(players))
    nodes: list[Node] = []
    open_ways = 1
    while open_ways:
        if len(nodes) == MOST_NODES:
            words.fail("a node too many", f"at most {MOST_NODES:,}")
        nodes.append(_node(words, found))
        open_ways += nodes[-1].width - 1
    if not words.done:
        _, word = words.take("nothing more")
        words.fail(word[:40], "nothing more: every branch of the tree has ended")
    try:
        return Tree(title, tuple(players), tuple(nodes), found.outcomes, comment)
    except ModelError as problem:
        raise UsageError(f"{where}: {problem}") from None


@dataclass
class _Found:
    """What the file has described so far."""

    players: int
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    chances: dict[int, tuple[str, tuple[tuple[str, Fraction], ...]]] = field(default_factory=dict)
    sets: dict[tuple[int, int], tuple[str, tuple[str, ...]]] = field(default_factory=dict)


def _node(words: Words, found: _Found) -> Node:
    kind = words.plain("a node: c, p or t")
    if kind not in ("c", "p", "t"):
        words.fail(kind[:40], "a node: c (chance), p (a player's move) or t (an end)")
    name = words.text("the node's name")
    if kind == "t":
        return End(_outcome(words, found), name)
    if kind == "c":
        number = words.whole("the number of the chance move")
        if words.ahead("text", "{"):
            label = words.text("the label of the chance move") if words.ahead("text") else ""
            _remember(words, found.chances, number, label, _branches(words, number))
        elif number not in found.chances:
            words.fail(f"chance move {number} for the first time", "its branches and their probabilities")
        label, branches = found.chances[number]
        return Chance(number, branches, label, name, _outcome(words, found))
    player = words.whole("the number of the player")
    if not 1 <= player <= found.players:
        words.fail(f"player {player}", f"a player between 1 and {found.players}")
    number = words.whole("the number of the information set")
    key = (player - 1, number)
    if words.ahead("text", "{"):
        label = words.text("the label of the information set") if words.ahead("text") else ""
        _remember(words, found.sets, key, label, _actions(words))
    elif key not in found.sets:
        words.fail(f"information set {number} of player {player} for the first time", "its actions")
    label, actions = found.sets[key]
    return Move(player - 1, number, actions, label, name, _outcome(words, found))


def _actions(words: Words) -> tuple[str, ...]:
    words.brace("{", "before the actions")
    actions = []
    while words.ahead("text"):
        actions.append(words.text("an action"))
    words.brace("}", "after the actions")
    if not actions:
        words.fail("no actions", "at least one")
    return tuple(actions)


def _branches(words: Words, number: int) -> tuple[tuple[str, Fraction], ...]:
    words.brace("{", "before the branches")
    branches = []
    while words.ahead("text"):
        branches.append((words.text("a branch"), words.number("its probability")))
        if branches[-1][1] < 0:
            words.fail("a negative probability", "0 or more")
    words.brace("}", "after the branches")
    total = sum((p for _, p in branches), Fraction())
    if total != 1:
        shown = total if total.denominator < 10**9 else float(total)
        words.fail(
            f"probabilities that sum to {shown}" if branches else "no branches",
            f"branches of chance move {number} whose probabilities sum to 1 exactly (write a third as 1/3)",
        )
    return tuple(branches)


def _remember(words: Words, known: dict[Any, Any], key: Any, label: str, ways: Any) -> None:
    """Keep what a number stands for; the first description counts, the others must agree with it."""
    if known.setdefault(key, (label, ways))[1] != ways:
        words.fail("other branches or actions than before for the same number", "the same")


def _outcome(words: Words, found: _Found) -> int:
    number = words.whole("the number of the outcome (0: none)")
    if words.ahead("text", "{"):
        name = words.text("the outcome's name") if words.ahead("text") else ""
        words.brace("{", "before the pay-offs")
        pays = []
        while words.ahead("number", "plain"):
            pays.append(words.real("a pay-off"))
        words.brace("}", "after the pay-offs")
        if len(pays) != found.players:
            words.fail(f"{len(pays)} pay-offs", f"{found.players}, one for each player")
        outcome = Outcome(number, tuple(pays), name)
        if number == 0:
            words.fail("pay-offs of outcome 0", "a number of 1 or more for an outcome that pays")
        if found.outcomes.setdefault(number, outcome).pays != outcome.pays:
            words.fail(f"other pay-offs than before for outcome {number}", "the same")
    elif number and number not in found.outcomes:
        words.fail(f"outcome {number} for the first time", "its pay-offs")
    return number
