"""Arguments against the schema of their tool."""

from typing import Any

import pytest

from models.json_schema import problems_with

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 20},
        "birth_date": {"type": "string", "format": "date"},
        "part": {"type": "string", "enum": ["morning", "evening"]},
        "start": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d$"},
        "limit": {"type": "integer", "minimum": 1, "maximum": 5},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "arguments",
    [{"name": "Maria Lopez"}, {"name": "M", "birth_date": "1980-03-05", "part": "evening", "limit": 5},
     {"name": "M", "start": "2026-11-24T10:30"}],
)  # fmt: skip
def test_what_fits(arguments: dict[str, Any]) -> None:
    assert problems_with(arguments, SCHEMA) == ()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "name is missing"),
        ([], "arguments must be of type object"),
        (None, "arguments must be of type object"),
        ({"name": ""}, "name does not satisfy minLength 1"),
        ({"name": 7}, "name must be of type string"),
        ({"name": "M", "birth_date": "03/05/1980"}, "birth_date does not satisfy format date"),
        ({"name": "M", "birth_date": "19800305"}, "birth_date does not satisfy format date"),
        ({"name": "M", "birth_date": "1980-02-30"}, "birth_date does not satisfy format date"),
        ({"name": "M", "part": "noon"}, "part does not satisfy enum ['morning', 'evening']"),
        ({"name": "M", "limit": 0}, "limit does not satisfy minimum 1"),
        ({"name": "M", "limit": True}, "limit must be of type integer"),
        ({"name": "M", "doctor": "patel"}, "arguments may have only: name, birth_date, part, start, limit"),
    ],
)
def test_what_does_not_fit_is_named_without_its_value(arguments: Any, problem: str) -> None:
    assert problems_with(arguments, SCHEMA) == (problem,)


@pytest.mark.parametrize("schema", [{"type": "tuple"}, {"anyOf": []}, {"format": "email"}])
def test_a_schema_that_would_not_be_checked_is_no_schema(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown schema"):
        problems_with("x", schema)
