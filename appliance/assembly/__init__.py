"""The one place where configuration becomes engines, lines and stores."""

from appliance.assembly.calls import CallParts, build_calls, build_switchboard
from appliance.assembly.clinic import Clinic, build_profile, open_clinic
from appliance.assembly.engines import Engines, build_engines, engine_loaders
from appliance.assembly.line_check import LineCheckParts, build_line_check_engines
from appliance.assembly.settings import build_sip_settings, build_turn_settings

__all__ = [
    "CallParts",
    "Clinic",
    "Engines",
    "LineCheckParts",
    "build_calls",
    "build_engines",
    "build_line_check_engines",
    "build_profile",
    "build_sip_settings",
    "build_switchboard",
    "build_turn_settings",
    "engine_loaders",
    "open_clinic",
]
