"""Every model has a theory page; equations have numbers and can be rendered; links lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

from detente.models import NAMES

ROOT = Path(__file__).parents[2]
THEORY = ROOT / "docs" / "theory"
PAGES = sorted(THEORY.glob("*.md"))
OLDER = {"preventive_war": "preventive-war"}
BLOCK = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)

_spec = importlib.util.spec_from_file_location("render_docs", ROOT / "scripts" / "render_docs.py")
assert _spec is not None and _spec.loader is not None
render_docs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(render_docs)


@pytest.mark.parametrize("name", NAMES)
def test_every_model_has_a_theory_page_that_names_its_file_and_its_sources(name):
    text = (THEORY / f"{OLDER.get(name, name)}.md").read_text(encoding="utf-8")
    assert f"src/detente/gallery/{name}" in text
    assert "## Sources" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda x: x.stem)
def test_equations_are_numbered_in_order_and_can_be_rendered(page):
    text = page.read_text(encoding="utf-8")
    tags = [re.findall(r"\\tag\{(\w+)\}", block) for block in BLOCK.findall(text)]
    assert all(len(t) == 1 for t in tags), "one number for each equation"
    assert [t[0] for t in tags] == [str(i + 1) for i in range(len(tags))]
    rendered = render_docs.page(text)
    assert rendered.count("<math") >= len(tags)
    assert "$$" not in rendered


def test_what_cannot_be_rendered_is_refused_and_not_printed_as_it_stands():
    with pytest.raises(ValueError, match="not understood"):
        render_docs.mathml(r"a \nosuchcommand b")


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda x: str(x.relative_to(ROOT))
)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
