"""The published JSON Schema is the one that the reader applies."""

import json
from pathlib import Path

import jsonschema
import pytest

from detente.case.read import CASES, packaged
from detente.case.schema import FILE, json_schema
from detente.case.text import parse

VALID = sorted((Path(__file__).parents[1] / "conformance" / "valid").glob("*.yaml"))
SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))


def test_the_file_is_up_to_date():
    assert FILE.read_text(encoding="utf-8") == json_schema()


@pytest.mark.parametrize("path", [*VALID, *(CASES / id / "case.yaml" for id in packaged())], ids=str)
def test_sound_cases_are_sound_by_the_schema(path):
    document, faults = parse(path.read_bytes())
    assert document and not faults
    jsonschema.validate(document.value, SCHEMA)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", 2),
        ("id", "No Slug"),
        ("claims", []),
        ("sources", {"Bad Id": {"citation": "x"}}),
        ("extra", 1),
    ],
)
def test_unsound_cases_are_refused_by_the_schema(key, value):
    document, _ = parse(VALID[0].read_bytes())
    assert document
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document.value, key: value}, SCHEMA)
