"""Reading and writing the words of Gambit's files: text in quotes, braces, numbers; with line numbers."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from detente.errors import UsageError

MOST_BYTES = 50_000_000

_WORD = re.compile(r'\s+|"((?:\\"|[^"])*)"|([{}])|,|([^\s{}",]+)')
_NUMBER = re.compile(r"[+-]?(\d+/\d+|(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?)")


def read_text(path: str | Path) -> str:
    """The text of a file.

    Raises:
        UsageError: It cannot be read, is too large or is not UTF-8.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise UsageError(f"{path}: cannot be read ({problem.strerror}); expected a Gambit file") from None
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path}: larger than {MOST_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise UsageError(f"{path}: not UTF-8 at byte {problem.start}") from None


class Words:
    """The words of a file, one after the other."""

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        self.line = 1
        self.found: list[tuple[str, str, int]] = []  # kind, word, line
        self.next = 0
        place = 0
        while place < len(text):
            match = _WORD.match(text, place)
            if match is None:
                rest = text[place : place + 20].splitlines()[0]
                self.fail(f"a quotation mark that is never closed: {rest}", "text between two of them")
            quoted, brace, plain = match.groups()
            if quoted is not None:
                self.found.append(("text", quoted.replace('\\"', '"'), self.line))
            elif brace or plain:
                self.found.append(("brace" if brace else "plain", brace or plain, self.line))
            self.line += match.group().count("\n")
            place = match.end()

    def fail(self, found: str, expected: str) -> NoReturn:
        """Say where, what was found and what was expected."""
        raise UsageError(f"{self.where}: line {self.line}: found {found}, expected {expected}")

    @property
    def done(self) -> bool:
        """Whether there are no more words."""
        return self.next >= len(self.found)

    def ahead(self, *kinds: str) -> bool:
        """Whether the next word is of one of these kinds: text, plain, {, }, number."""
        if self.done:
            return False
        kind, word, _ = self.found[self.next]
        return kind in kinds or (kind == "brace" and word in kinds) or ("number" in kinds and self._number())

    def _number(self) -> bool:
        kind, word, _ = self.found[self.next]
        return kind == "plain" and _NUMBER.fullmatch(word) is not None

    def take(self, expected: str) -> tuple[str, str]:
        """The next word, whatever it is: its kind and itself."""
        if self.done:
            self.line = self.found[-1][2] if self.found else 1
            self.fail("the end of the file", expected)
        kind, word, self.line = self.found[self.next]
        self.next += 1
        return kind, word

    def _refuse(self, kind: str, word: str, expected: str) -> NoReturn:
        short = word if len(word) <= 40 else word[:37] + "…"
        self.fail(f'"{short}"' if kind == "text" else short, expected)

    def text(self, what: str) -> str:
        """Text in quotation marks."""
        kind, word = self.take(f"{what} in quotation marks")
        if kind != "text":
            self._refuse(kind, word, f"{what} in quotation marks")
        return word

    def brace(self, which: str, what: str) -> None:
        """An opening or a closing brace."""
        kind, word = self.take(f"{which} {what}")
        if kind != "brace" or word != which:
            self._refuse(kind, word, f"{which} {what}")

    def plain(self, what: str) -> str:
        """A word without quotation marks."""
        kind, word = self.take(what)
        if kind != "plain":
            self._refuse(kind, word, what)
        return word

    def number(self, what: str) -> Fraction:
        """A number, exactly: 2, -0.25, 1e-3 or 1/3."""
        kind, word = self.take(f"{what}, a number")
        if kind != "plain" or not _NUMBER.fullmatch(word):
            self._refuse(kind, word, f"{what}, a number such as 2, -0.25 or 1/3")
        try:
            return Fraction(word)
        except ZeroDivisionError:
            self._refuse(kind, word, f"{what}, a number; this divides by 0")

    def real(self, what: str) -> float:
        """A number as the computer holds it; what `number` wrote comes back as it was."""
        kind, word = self.take(f"{what}, a number")
        self.next -= 1
        exact = self.number(what)
        try:
            return -0.0 if exact == 0 and word.startswith("-") else float(exact)
        except OverflowError:
            self._refuse(kind, word, f"{what}, a number below 1e308")

    def whole(self, what: str) -> int:
        """A whole number, 0 or more."""
        kind, word = self.take(f"{what}, a whole number")
        if kind != "plain" or not re.fullmatch(r"\d{1,12}", word):
            self._refuse(kind, word, f"{what}, a whole number")
        return int(word)


def quoted(text: str) -> str:
    """Text in quotation marks.

    Raises:
        UsageError: It has a backslash before a quotation mark, which would read back as another text.
    """
    if re.search(r'\\("|$)', text):
        raise UsageError(f"export: the text {text!r} has a backslash that would end it wrongly; leave it out")
    return '"' + text.replace('"', '\\"') + '"'


def plain(x: float) -> str:
    """A number in the fewest digits that read back as the same number.

    Raises:
        UsageError: It is not finite.
    """
    if not math.isfinite(x):
        raise UsageError(f"export: a pay-off is {x}; Gambit's files hold finite numbers only")
    return repr(float(x)).removesuffix(".0")


def braced(words: list[str], between: str = " ") -> str:
    """Words between braces."""
    return "{ " + between.join(words) + " }"
