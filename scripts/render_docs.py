"""Render the documentation to HTML with equations in MathML: ``make docs``. No script, no network.

Usage: python scripts/render_docs.py [FOLDER]    (default: site)
"""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**/*.md", "src/detente/cases/*/README.md")
TAG = re.compile(r"\\tag\{([^}]*)\}")

STYLE = """
:root { color-scheme: light dark }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.55 system-ui, sans-serif }
table { border-collapse: collapse; display: block; overflow-x: auto }
td, th { padding: .2rem .7rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #8884 }
pre { overflow-x: auto; padding: .7rem; background: #8881 }
.equation { display: flex; align-items: center; gap: 1rem; margin: 1rem 0; padding: .3rem 0;
  overflow: auto hidden }
.equation math { flex: 1 }
"""


def mathml(text: str, display: bool = False) -> str:
    """A formula in MathML.

    Raises:
        ValueError: Something in it is not understood and would be printed as it stands.
    """
    plain = re.sub(r"\\[bB]igg?[lr]?(?![a-zA-Z])", "", TAG.sub("", text)).strip()
    plain = re.sub(r"\\text\{[^}]*\}", lambda words: words[0].replace("\\_", "_"), plain)
    found = convert(plain, display="block" if display else "inline")
    if "\\" in html.unescape(found):
        raise ValueError(f"not understood: {plain}")
    return found


def equation(text: str, options: dict[str, bool]) -> str:
    """A formula in a line, or on a line of its own with its number."""
    if not options["display_mode"]:
        return mathml(text)
    tag = TAG.search(text)
    number = f'<span id="eq-{tag[1]}">({tag[1]})</span>' if tag else ""
    return f'<div class="equation">{mathml(text, display=True)}{number}</div>'


def renderer() -> MarkdownIt:
    """Markdown as on the pages of the repository: tables, formulas between dollars, anchors of headings."""
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .use(dollarmath_plugin, allow_space=True, double_inline=False, renderer=equation)
        .use(anchors_plugin, max_level=3)
    )


def page(text: str) -> str:
    """A page in HTML."""
    title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), "Détente")
    body = re.sub(r'(href="(?!https?:)[^"#]*)\.md(["#])', r"\1.html\2", renderer().render(text))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head += f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
    return f'<!doctype html>\n<html lang="en-GB"><head>{head}</head><body>\n{body}</body></html>\n'


def main(folder: Path) -> None:
    """Write all pages below a folder."""
    files = [file for pattern in PAGES for file in sorted(ROOT.glob(pattern))]
    for file in files:
        target = (folder / file.relative_to(ROOT)).with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page(file.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{len(files)} pages: {folder / 'docs' / 'README.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site")
