"""What a language model may write as a tool's arguments."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.tool_schemas import tool_schemas
from models.json_schema import problems_with

SCHEMAS = {schema.name: schema.parameters for schema in tool_schemas(ClinicProfile())}
ARGUMENTS = {"birth_date": "1980-03-05"}


def patterns() -> Iterator[str]:
    for parameters in SCHEMAS.values():
        properties: Mapping[str, Any] = parameters["properties"]
        yield from (each["pattern"] for each in properties.values() if "pattern" in each)


@pytest.mark.parametrize("pattern", sorted(set(patterns())))
def test_a_pattern_means_the_same_whether_it_is_searched_for_or_matched_whole(pattern: str) -> None:
    """JSON Schema has it searched for; the grammar that vLLM holds a model to has it match the whole text."""
    assert re.fullmatch(r"\^.*\$", pattern)


@pytest.mark.parametrize("name", ["Anna Miller", "Seán O'Brien-Smith", "José María García López", "ليلى حداد"])
def test_first_and_last_names_are_accepted(name: str) -> None:
    assert problems_with(ARGUMENTS | {"name": name}, SCHEMAS["find_appointment"]) == ()


@pytest.mark.parametrize("name", ["", "Anna", " ", "Anna ", 'Anna "Annie" Miller'])
def test_anything_else_is_not_a_name(name: str) -> None:
    assert problems_with(ARGUMENTS | {"name": name}, SCHEMAS["find_appointment"])
