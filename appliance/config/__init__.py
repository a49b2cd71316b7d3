"""The one TOML file: what may be in it, what holds without it, and what to say when it is wrong."""

from appliance.config.clinic import ClinicConfig, DepartmentConfig, DoctorConfig, HoursConfig, time_spans
from appliance.config.engines import EnginesConfig, SimulatedConfig
from appliance.config.load import ConfigError, Problem, load_config, parse_config
from appliance.config.sections import (
    CALLS_PER_WORKER,
    Config,
    LogConfig,
    ModelsConfig,
    RecordsConfig,
    RegistrationConfig,
    SipConfig,
    WebConfig,
)
from appliance.config.turn import TurnConfig

__all__ = [
    "CALLS_PER_WORKER",
    "ClinicConfig",
    "Config",
    "ConfigError",
    "DepartmentConfig",
    "DoctorConfig",
    "EnginesConfig",
    "HoursConfig",
    "LogConfig",
    "ModelsConfig",
    "Problem",
    "RecordsConfig",
    "RegistrationConfig",
    "SimulatedConfig",
    "SipConfig",
    "TurnConfig",
    "WebConfig",
    "load_config",
    "parse_config",
    "time_spans",
]
