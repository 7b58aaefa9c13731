"""From the text of a claim to Python's syntax tree, within bounds that no text can get round.

Characters, length and brackets are checked before Python's grammar sees the text and the depth of
the tree after, so that neither the grammar nor what walks its tree can be exhausted. Nothing is run.
"""

from __future__ import annotations

import ast
import warnings

LONGEST = 1000  # characters
DEEPEST_BRACKET = 20
DEEPEST_TREE = 100  # a sum of a hundred terms is a tree a hundred deep


class ClaimError(ValueError):
    """A test or a formula that cannot be read.

    Attributes:
        message: What was found, what was expected, the nearest valid name.
        column: Where, in characters from 0.
    """

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


def cut(text: str, expected: str) -> ast.expr:
    """Cut a text by Python's grammar of expressions. Line breaks count as blanks.

    Args:
        text: What is read.
        expected: What it should have been, for messages.

    Raises:
        ClaimError: The text is too long, too deep, or no expression.
    """
    if len(text) > LONGEST:
        raise ClaimError(f"found {len(text)} characters, expected at most {LONGEST}: split the text", LONGEST)
    if not text.strip():
        raise ClaimError(f"found nothing, expected {expected}", 0)
    _check_characters(text)
    flat = "".join(" " if character.isspace() else character for character in text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python's on style, such as `1and`
            # Leading blanks would be an indentation, in brackets they are not. The text's own
            # brackets are known to match, so it cannot close ours.
            node = ast.parse(f"({flat})", mode="eval").body
    except SyntaxError as error:
        column = min(max((error.offset or 1) - 2, 0), len(text))
        raise ClaimError(f"found what cannot be read ({error.msg}), expected {expected}", column) from None
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        raise ClaimError(
            f"found what cannot be read ({type(error).__name__}), expected {expected}", 0
        ) from None
    _check_depth(node, text)
    return node


def column_of(node: ast.AST, text: str) -> int:
    """Where a node of `cut(text, …)` starts in the text, in characters."""
    # Python counts bytes of UTF-8, and the text stands behind one bracket.
    offset = max(getattr(node, "col_offset", 1) - 1, 0)
    return len(text.encode()[:offset].decode(errors="ignore"))


def _check_characters(text: str) -> None:
    """Refuse characters that mislead readers or the grammar, and brackets that do not match."""
    quote = ""
    closing: list[str] = []
    for column, character in enumerate(text):
        if character == "\\" or not (character.isprintable() or character in "\t\r\n"):
            raise ClaimError(f"found the character {character!a}, expected printable text", column)
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif not character.isascii() or character == "#":
            raise ClaimError(
                f"found the character {character} (U+{ord(character):04X}), "
                "expected plain letters, digits, signs and brackets",
                column,
            )
        elif character in "([{":
            closing.append(")]}"["([{".index(character)])
            if len(closing) > DEEPEST_BRACKET:
                raise ClaimError(
                    f"found more than {DEEPEST_BRACKET} brackets inside one another, expected fewer", column
                )
        elif character in ")]}" and (not closing or closing.pop() != character):
            raise ClaimError(f'found "{character}", expected its opening bracket before it', column)
    if quote or closing:
        raise ClaimError(f"found the end of the text, expected a closing {quote or closing[-1]}", len(text))


def _check_depth(node: ast.expr, text: str) -> None:
    """Bound the depth, level by level and without recursion."""
    level: list[ast.AST] = [node]
    for _ in range(DEEPEST_TREE):
        level = [child for parent in level for child in ast.iter_child_nodes(parent)]
        if not level:
            return
    raise ClaimError(
        f"found a text nested deeper than {DEEPEST_TREE}, expected a shallower one: split it",
        column_of(node, text),
    )
