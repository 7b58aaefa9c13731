"""Gambit's files of tables (.nfg), written and read.

The format: a line ``NFG 1 R "title" { "player" … }``, the strategies of each player by their labels or their
number, a comment, and the pay-offs of every profile, the first player's strategy changing
fastest: either the numbers themselves, or a list of outcomes and for each profile the number of one.
"""

from __future__ import annotations

from math import prod
from pathlib import Path

import numpy as np

from detente.errors import UsageError
from detente.exchange.table import MOST_PROFILES, Table
from detente.exchange.words import Words, braced, plain, quoted, read_text


def write(table: Table) -> str:
    """The text of a file that holds a table; `parse` gives the same numbers back."""
    lines = [
        f"NFG 1 R {quoted(table.title)} {braced([quoted(x) for x in table.players])}",
        "",
        braced([braced([quoted(x) for x in labels]) for labels in table.strategies], "\n"),
        quoted(table.comment),
        "",
    ]
    for profile in table.profiles():
        lines.append(" ".join(plain(float(x)) for x in table.pays[(slice(None), *profile)]))
    return "\n".join(lines) + "\n"


def read(path: str | Path) -> Table:
    """Read a table from a file.

    Raises:
        UsageError: It cannot be read or is no such file; the message names the line, what was found
            there and what was expected.
    """
    return parse(read_text(path), str(path))


def parse(text: str, where: str = "text") -> Table:
    """A table from the text of a file; see `read`."""
    words = Words(text, where)
    if words.plain("NFG, the first word of a Gambit table") != "NFG":
        words.fail(f"a file that does not begin with NFG ({words.found[0][1][:20]})", "NFG 1 R")
    version = words.plain("the version 1")
    if version != "1":
        words.fail(f"version {version}", "version 1")
    if words.plain("R") not in ("R", "D"):
        words.fail("another number format", "R or D")
    title = words.text("the title")
    words.brace("{", "before the players")
    players = []
    while words.ahead("text"):
        players.append(words.text("a player"))
    words.brace("}", "after the players")
    if not players:
        words.fail("a game without players", "at least one player")
    strategies = _strategies(words, len(players))
    comment = words.text("a comment") if words.ahead("text") else ""
    size = prod(len(x) for x in strategies)
    if size > MOST_PROFILES:
        words.fail(f"{size:,} profiles", f"at most {MOST_PROFILES:,}")
    rows = _outcomes(words, len(players), size) if words.ahead("{") else _numbers(words, len(players), size)
    if not words.done:
        _, word = words.take("nothing more")
        words.fail(word[:40], f"nothing more after the pay-offs of {size} profiles")
    shape = (*reversed([len(x) for x in strategies]), len(players))
    pays = np.array(rows).reshape(shape).transpose(tuple(reversed(range(len(shape)))))
    return Table(title, tuple(players), strategies, np.ascontiguousarray(pays), comment)


def _strategies(words: Words, players: int) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    words.brace("{", "before the strategies")
    while not words.ahead("}"):
        if words.ahead("{"):
            words.brace("{", "before a player's strategies")
            labels = []
            while words.ahead("text"):
                labels.append(words.text("a strategy"))
            words.brace("}", "after a player's strategies")
        else:
            number = words.whole("a player's strategies, or how many there are")
            if number > MOST_PROFILES:
                words.fail(f"{number:,} strategies", f"at most {MOST_PROFILES:,}")
            labels = [str(i + 1) for i in range(number)]
        if not labels:
            words.fail("a player without strategies", "at least one")
        found.append(tuple(labels))
    words.brace("}", "after the strategies")
    if len(found) != players:
        words.fail(f"strategies of {len(found)} players", f"those of {players}")
    return tuple(found)


def _numbers(words: Words, players: int, size: int) -> list[list[float]]:
    return [[words.real("a pay-off") for _ in range(players)] for _ in range(size)]


def _outcomes(words: Words, players: int, size: int) -> list[list[float]]:
    listed = [[0.0] * players]
    words.brace("{", "before the outcomes")
    while words.ahead("{"):
        words.brace("{", "before an outcome")
        words.text("an outcome's name")
        listed.append([words.real("a pay-off") for _ in range(players)])
        words.brace("}", f"after the {players} pay-offs of an outcome")
    words.brace("}", "after the outcomes")
    rows = []
    for _ in range(size):
        number = words.whole("the number of an outcome")
        if number >= len(listed):
            words.fail(f"outcome {number}", f"one of the {len(listed) - 1} that are listed, or 0 for none")
        rows.append(listed[number])
    return rows


def check_suffix(path: str | Path) -> str:
    """``.efg`` or ``.nfg``.

    Raises:
        UsageError: The file is called otherwise.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".efg", ".nfg"):
        raise UsageError(f"{path}: expected a file called .efg (a tree) or .nfg (a table)")
    return suffix
