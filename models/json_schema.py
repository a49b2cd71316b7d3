"""The part of JSON Schema that tool arguments need: enough to say in words what is wrong with them.

Known: `type` (object, string, integer, number, boolean), `properties`, `required`, `additionalProperties: false`,
`enum`, `pattern`, `minLength`, `maxLength`, `minimum`, `maximum`, `format: date`, `description`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_IGNORED: Final = frozenset({"type", "description", "required", "additionalProperties"})


def problems_with(value: Any, schema: Mapping[str, Any], where: str = "arguments") -> tuple[str, ...]:
    """What keeps `value` from fitting `schema`, a sentence each, naming keys but no values; empty when it fits.

    Raises `ValueError` for a schema with a keyword that is not known here.
    """
    return tuple(_problems(value, schema, where))


def _problems(value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:
    wanted = schema.get("type")
    if wanted is not None and not _is_of_type(value, wanted):
        yield f"{where} must be of type {wanted}"
        return
    for keyword, limit in schema.items():
        if keyword == "properties":
            yield from _of_object(value, schema, where)
        elif keyword not in _IGNORED:
            check = _CHECKS.get(keyword)
            if check is None:
                raise ValueError(f"unknown schema keyword {keyword}")
            if not check(value, limit):
                yield f"{where} does not satisfy {keyword} {limit}"


def _is_of_type(value: Any, wanted: str) -> bool:
    if wanted not in _TYPES:
        raise ValueError(f"unknown schema type {wanted}")
    # To Python a bool is an int; to JSON it is not.
    return isinstance(value, _TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))


def _of_object(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> Iterator[str]:
    properties = schema["properties"]
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{name} is missing"
    for name, item in value.items():
        if name in properties:
            yield from _problems(item, properties[name], name)
        elif schema.get("additionalProperties", True) is False:
            yield f"{where} may have only: {', '.join(properties) or 'nothing'}"


def _is_date(value: str, kind: str) -> bool:
    if kind != "date":
        raise ValueError(f"unknown schema format {kind}")
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_CHECKS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "enum": lambda value, limit: value in limit,
    "pattern": lambda value, limit: re.search(limit, value) is not None,
    "minLength": lambda value, limit: len(value) >= limit,
    "maxLength": lambda value, limit: len(value) <= limit,
    "minimum": lambda value, limit: value >= limit,
    "maximum": lambda value, limit: value <= limit,
    "format": _is_date,
}
