"""The shape of a case file, as `detente.case.check` applies it and as JSON Schema for editors.

``python -m detente.case.schema`` writes ``case-schema.json`` anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

FILE = Path(__file__).with_name("case-schema.json")

Text = Annotated[str, StringConstraints(pattern=r"\S", max_length=2000)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]
Value = Annotated[Any, WithJsonSchema({"type": ["number", "string"]})]
Numbers = Annotated[list[Number], Field(min_length=2)]
Values = Annotated[
    list[Any], Field(min_length=2, max_length=100), WithJsonSchema({"type": "array", "minItems": 2})
]
Experience = Literal["support", "promises"]


class Entry(BaseModel):
    """A mapping of a case file: these keys and no others, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SourceEntry(Entry):
    """A reference."""

    citation: Text = Field(description="Full reference.")
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=500)] | None = None


class PriorEntry(Entry):
    """What is believed about a number: exactly one kind, and bounds for those without their own."""

    uniform: Numbers | None = Field(None, description="[low, high]")
    triangular: Numbers | None = Field(None, description="[low, mode, high]")
    beta: Numbers | None = Field(None, description="[a, b], on [0, 1] or on `within`")
    normal: Numbers | None = Field(None, description="[mean, sd], truncated to `within` or the domain")
    lognormal: Numbers | None = Field(
        None, description="[median, sigma of the logarithm], truncated likewise"
    )
    choice: Values | None = Field(None, description="Values that are equally likely")
    within: Numbers | None = Field(None, description="[low, high], for beta, normal and lognormal")


class ParameterEntry(Entry):
    """A parameter of the model: exactly one of value, prior, learned."""

    value: Value = Field(None, description="A fixed number, or a word where the model offers words")
    prior: PriorEntry | None = None
    learned: Experience | None = Field(None, description="Learned from this experience")
    source: Text | None = Field(None, description='Id of a source, or "assumed"')
    why: Text | None = Field(None, description="The argument for the number; needed if it is assumed")


class QuantityEntry(Entry):
    """A number of the case's own, for its claims: value or prior."""

    value: Number | None = None
    prior: PriorEntry | None = None
    unit: Text
    source: Text
    why: Text | None = None


class FormulaEntry(Entry):
    """Documented arithmetic over parameters and quantities, called in claims by the name of a variant."""

    says: Text
    unit: Text
    variants: Annotated[dict[Text, Text], Field(min_length=1)]


class CorrelationEntry(Entry):
    """A rank correlation between two uncertain numbers."""

    between: Annotated[list[Word], Field(min_length=2, max_length=2)]
    rank: Annotated[float, Field(gt=-1, lt=1, allow_inf_nan=False)] = Field(
        description="Spearman's, in (−1, 1)"
    )


class EpisodeEntry(Entry):
    """Something that happened: expected support, or a promise, kept or not."""

    name: Text
    year: Annotated[int, Field(ge=1000, le=3000)]
    kept: bool
    weight: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    source: Text


class BetaEntry(Entry):
    """A beta prior."""

    beta: Annotated[
        list[Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]], Field(min_length=2, max_length=2)
    ]


class ExperienceEntry(Entry):
    """What history taught: a beta prior and the episodes that move it."""

    prior: BetaEntry
    episodes: list[EpisodeEntry]


class BesideEntry(Entry):
    """A second test reported beside a claim, without a verdict of its own."""

    says: Text
    test: Text


class ClaimEntry(Entry):
    """A statement of the argument or of a rival reading, with the test that decides it."""

    id: Slug
    side: Literal["argument", "rival"]
    section: Text
    says: Text
    test: Text
    beside: list[BesideEntry] = Field([], description="Further tests shown beside it")


class ChangeEntry(Entry):
    """What a lever does to one parameter at full dose: exactly one of set, add, scale."""

    set: Number | None = None
    add: Number | None = None
    scale: Number | None = None


class LeverEntry(Entry):
    """Something that a player could do differently."""

    id: Slug
    who: Text
    says: Text
    changes: Annotated[dict[Word, ChangeEntry], Field(min_length=1)]


class CaseEntry(Entry):
    """A case of Détente: a dispute, its parameters with priors and sources, claims and levers."""

    schema_: Literal[1] = Field(alias="schema", description="Version of this format")
    id: Slug
    title: Text
    question: Text
    model: Word
    holder: Text
    demander: Text
    as_of: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    sources: dict[Slug, SourceEntry] = {}
    parameters: dict[Word, ParameterEntry]
    quantities: dict[Word, QuantityEntry] = {}
    formulas: dict[Word, FormulaEntry] = {}
    correlations: list[CorrelationEntry] = []
    experience: dict[Experience, ExperienceEntry] = {}
    claims: Annotated[list[ClaimEntry], Field(min_length=1)]
    levers: list[LeverEntry] = []


SECTIONS: dict[str, type[Entry]] = {
    "sources": SourceEntry,
    "parameters": ParameterEntry,
    "quantities": QuantityEntry,
    "formulas": FormulaEntry,
    "correlations": CorrelationEntry,
    "experience": ExperienceEntry,
    "claims": ClaimEntry,
    "levers": LeverEntry,
}
"""What the entries of each section look like; a mapping or a list, as in `CaseEntry`."""

LISTS = ("correlations", "claims", "levers")


def json_schema() -> str:
    """The published JSON Schema, as text."""
    found = CaseEntry.model_json_schema(by_alias=True)
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
    return json.dumps(_without_null(found), indent=1, ensure_ascii=False) + "\n"


def _without_null(node: Any) -> Any:
    """Leave out null: in a case file a key is left out instead."""
    if isinstance(node, list):
        return [_without_null(x) for x in node]
    if not isinstance(node, dict):
        return node
    if "patternProperties" in node:
        node = {"additionalProperties": False, **node}
    node = {k: _without_null(v) for k, v in node.items() if not (k == "default" and v is None)}
    kinds = [x for x in node.get("anyOf", []) if x != {"type": "null"}]
    if "anyOf" in node and len(kinds) == 1:
        del node["anyOf"]
        node = {**kinds[0], **node}
    return node


if __name__ == "__main__":
    FILE.write_text(json_schema(), encoding="utf-8")
