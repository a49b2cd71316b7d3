"""The tools as a language model is told of them. Dates are ISO, doctors and departments the profile's keys."""

from collections.abc import Mapping
from typing import Any, Final

from appliance.clinic.profile import ClinicProfile
from appliance.clinic.slot_search import PARTS_OF_DAY
from models.llm import ToolSchema

TRANSFER: Final = "transfer_call"
END: Final = "end_call"
OPERATOR: Final = "operator"
NEEDS_REQUEST_KEY: Final = frozenset({"book_appointment", "leave_message"})
"""Tools with a `request_key`, which is the dialogue's to give and not the model's."""

_DATE: Final = {"type": "string", "format": "date"}
_TIME: Final = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}
_START: Final = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d$"}
# Patterns are anchored: JSON Schema searches for them, and vLLM has the whole argument match them as it is written.
_NAME: Final = {
    "type": "string",
    "pattern": r'^[^\s"\\]+( [^\s"\\]+)+$',
    "maxLength": 100,
    "description": "first and last name",
}
_ID: Final = {"type": "integer", "minimum": 1}
_PATIENT: Final = {"name": _NAME, "birth_date": _DATE}


def tool_schemas(profile: ClinicProfile) -> tuple[ToolSchema, ...]:
    """Every tool of the clinic, and the two that end the conversation."""
    doctor = {"type": "string", "enum": [doctor.key for doctor in profile.doctors]}
    department = {"type": "string", "enum": [department.key for department in profile.departments]}
    search = {
        "doctor": doctor,
        "department": department,
        "first": {**_DATE, "description": "first day"},
        "last": {**_DATE, "description": "last day"},
        "part": {"type": "string", "enum": list(PARTS_OF_DAY)},
        "time": {**_TIME, "description": "preferred time"},
    }
    slot = {"doctor": doctor, "start": _START}
    message = {
        "name": _NAME,
        "callback": {"type": "string", "pattern": r"^\+?\d{5,15}$"},
        "text": {"type": "string", "minLength": 1, "maxLength": 1000},
    }
    target = {"department": {"type": "string", "enum": [*department["enum"], OPERATOR]}}
    return (
        _tool("find_slots", "Free appointment times. Give the days the caller wishes.", search),
        _tool("find_appointment", "The caller's appointments.", _PATIENT, all_required=True),
        _tool(
            "book_appointment",
            "Book a time from find_slots, once the caller has agreed to it.",
            {**_PATIENT, **slot},
            all_required=True,
        ),
        _tool(
            "move_appointment",
            "Move an appointment from find_appointment, once the caller has agreed.",
            {**_PATIENT, "id": _ID, **slot},
            all_required=True,
        ),
        _tool(
            "cancel_appointment",
            "Cancel an appointment from find_appointment, once the caller has agreed.",
            {**_PATIENT, "id": _ID},
            all_required=True,
        ),
        _tool("leave_message", "Pass a message on; callback is a telephone number.", message, all_required=True),
        _tool(TRANSFER, "Connect the caller with a department or a person.", target, all_required=True),
        _tool(END, "Hang up, after the caller has said goodbye.", {}),
    )


def _tool(name: str, description: str, properties: Mapping[str, Any], *, all_required: bool = False) -> ToolSchema:
    parameters = {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties) if all_required else [],
        "additionalProperties": False,
    }
    return ToolSchema(name, description, parameters)
