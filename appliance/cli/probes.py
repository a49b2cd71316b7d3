"""What `appliance check` looks at, one probe each."""

import asyncio
import errno
import os
import shutil
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.config import Config, ConfigError, RecordsConfig, SipConfig, load_config
from appliance.config.secret import read_secret

EngineLoaders = Mapping[str, Callable[[], Awaitable[str]]]
"""By role ("vad", "stt", …): builds the configured engine and warms it up, or raises an error with a remedy. Gives what
the engine is, or nothing."""

_PRIVATE = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` is empty when it is well."""

    subject: str
    ok: bool
    detail: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{'OK  ' if self.ok else 'FAIL'}  {self.subject}: {self.detail}"
        return f"{line} — {self.remedy}" if self.remedy else line


async def check_file(
    path: Path | None,
    loaders_for: Callable[[Config], EngineLoaders],
    gpus: Callable[[], Awaitable[Sequence[str]]],
    show: Callable[[Finding], None],
) -> list[Finding]:
    """Every finding about the configuration in `path`, each handed to `show` as soon as it is known.

    `gpus` tells what GPUs there are, and is asked when the engines have been tried.
    """
    findings: list[Finding] = []

    def add(finding: Finding) -> None:
        findings.append(finding)
        show(finding)

    try:
        config = load_config(path)
    except ConfigError as error:
        for problem in error.problems:
            add(Finding("configuration", ok=False, detail=problem.message, remedy=problem.remedy))
        return findings
    add(Finding("configuration", ok=True, detail=str(path) if path else "no file: the demo's setting"))
    for finding in [*secrets(config), *records(config.records), *ports(config)]:
        add(finding)
    async for finding in engines(loaders_for(config)):
        add(finding)
    for gpu in await gpus() or ("none that nvidia-smi tells of",):
        add(Finding("gpu", ok=True, detail=gpu))
    return findings


def secrets(config: Config) -> Iterator[Finding]:
    """The files that hold secrets, where they are needed."""
    registration = config.sip.registration
    if not registration.enabled:
        return
    try:
        read_secret(registration.password_file)
    except ConfigError as error:
        problem = error.problems[0]
        yield Finding("sip.registration.password_file", ok=False, detail=problem.message, remedy=problem.remedy)
    else:
        yield Finding("sip.registration.password_file", ok=True, detail=f"{registration.password_file} is private")


def records(config: RecordsConfig) -> Iterator[Finding]:
    """The records directory: there or can be made, private, writable, with room on its disk."""
    subject, directory = "records.directory", config.directory.absolute()
    existing = next(place for place in (directory, *directory.parents) if place.exists())
    if not existing.is_dir():
        yield Finding(subject, ok=False, detail=f"{existing} is not a directory", remedy="move it or set another one")
    elif not os.access(existing, os.W_OK | os.X_OK):
        remedy = f"give it to the appliance's user (chown) or set another {subject}"
        yield Finding(subject, ok=False, detail=f"{existing} may not be written by this user", remedy=remedy)
    elif existing == directory and (mode := stat.S_IMODE(directory.stat().st_mode)) & _PRIVATE:
        detail = f"others may enter {directory} (mode {mode:04o})"
        yield Finding(subject, ok=False, detail=detail, remedy=f"chmod 700 {directory}")
    else:
        detail = f"{directory} is private" if existing == directory else f"{directory} can be made"
        yield Finding(subject, ok=True, detail=detail)
    free_mb = shutil.disk_usage(existing).free // 2**20
    if free_mb < config.min_free_mb:
        detail = f"{free_mb} MB free, less than {config.min_free_mb} MB"
        yield Finding("disk", ok=False, detail=detail, remedy="free space there or set another records.directory")
    else:
        yield Finding("disk", ok=True, detail=f"{free_mb} MB free for records")


def ports(config: Config) -> Iterator[Finding]:
    """Every port that the appliance listens on, and the ports of the media."""
    kinds = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}
    for port in range(config.sip.port, config.sip.port + config.sip.workers):
        for transport in config.sip.transport:
            yield _port("sip.port", f"{port}/{transport}", config.sip.host, port, kinds[transport])
    yield _media_ports(config.sip)
    yield _port("web.port", f"{config.web.port}/tcp", config.web.host, config.web.port, socket.SOCK_STREAM)


async def engines(loaders: EngineLoaders) -> AsyncIterator[Finding]:
    """Each engine, loaded and warmed up, with the time that took."""
    loop = asyncio.get_running_loop()
    for role, load in loaders.items():
        began = loop.time()
        try:
            what = await load()
        except Exception as error:
            detail = getattr(error, "message", f"internal error: {type(error).__name__}")
            remedy = getattr(error, "remedy", "report it, with the engine's table of the configuration")
            yield Finding(f"engines.{role}", ok=False, detail=detail, remedy=remedy)
        else:
            ready = f"ready in {loop.time() - began:.2f} s"
            yield Finding(f"engines.{role}", ok=True, detail=f"{what}, {ready}" if what else ready)


def _port(key: str, name: str, host: str, port: int, kind: socket.SocketKind) -> Finding:
    fault = _bind_fault(host, port, kind)
    if fault is None:
        return Finding(key, ok=True, detail=f"{name} on {host} is free")
    if fault == errno.EADDRINUSE:
        flag = "u" if kind == socket.SOCK_DGRAM else "t"
        remedy = f"stop the other program (ss -ln{flag}p 'sport = :{port}' shows it) or set another {key}"
        return Finding(key, ok=False, detail=f"{name} on {host} is in use", remedy=remedy)
    if fault == errno.EADDRNOTAVAIL:
        host_key = key.replace("port", "host")
        remedy = f"set {host_key} to one of this machine's addresses (ip address shows them)"
        return Finding(key, ok=False, detail=f"{host} is not an address of this machine", remedy=remedy)
    return Finding(
        key, ok=False, detail=f"{name} on {host}: {os.strerror(fault)}", remedy=f"set another {key}, above 1023"
    )


def _media_ports(config: SipConfig) -> Finding:
    first, last = config.rtp_port_first, config.rtp_port_last
    taken = sum(_bind_fault(config.host, port, socket.SOCK_DGRAM) is not None for port in range(first, last + 1))
    free, needed = last - first + 1 - taken, 4 * (max(config.max_calls, 3) + 1)
    detail = f"{free} of the media ports {first}-{last} are free, {needed} are needed"
    if free >= needed:
        return Finding("sip.rtp_port_first", ok=True, detail=detail)
    return Finding(
        "sip.rtp_port_first", ok=False, detail=detail, remedy="set sip.rtp_port_first and rtp_port_last to others"
    )


def _bind_fault(host: str, port: int, kind: socket.SocketKind) -> int | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # A port whose last connection has just ended can be listened on; one that is listened on cannot.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno
    return None
