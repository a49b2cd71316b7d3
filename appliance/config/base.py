"""What every table of the configuration shares, and the types its values are made of."""

import ipaddress
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """One table of the file: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


def mistake(problem: str, remedy: str, key: str = "") -> PydanticCustomError:
    """A value that is wrong for a reason of ours. `key` names the key, where a whole table was checked."""
    context: dict[str, Any] = {"problem": problem, "remedy": remedy, "key": key}
    return PydanticCustomError("mistake", "{problem} — {remedy}", context)


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        remedy = 'write it as "192.0.2.0/24", or a single address as "192.0.2.7/32"'
        raise mistake(f"is not a network ({error})", remedy) from None


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise mistake("is not an IP address", 'give one of this machine\'s addresses, such as "127.0.0.1"') from None


def _loopback(value: str) -> str:
    if not ipaddress.ip_address(value).is_loopback:
        raise mistake("is not a loopback address", 'use "127.0.0.1" and reach it through an SSH tunnel or a proxy')
    return value


Network = Annotated[str, AfterValidator(_network)]
"""A network in CIDR notation."""

Address = Annotated[str, AfterValidator(_address)]
"""An IP address."""

LoopbackAddress = Annotated[str, AfterValidator(_address), AfterValidator(_loopback)]
"""An IP address that only this machine can reach."""
