"""What the pool tells a worker process when it starts it."""

import json
from dataclasses import asdict, dataclass

from sip.settings import JitterBuffer, Registration, SipSettings


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`line` with this worker's own port, RTP ports and registration; the orchestrator listens on `socket_path`."""

    worker: int
    socket_path: str
    line: SipSettings

    def to_json(self) -> str:
        """Read back by `from_json`. Holds the PBX password: give it on standard input, never as an argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "WorkerSettings":
        """Raises `SipError` for values that cannot work, `ValueError`, `KeyError` or `TypeError` for other input."""
        values = json.loads(text)
        line = dict(values["line"])
        registration = line.pop("registration", None)
        line["jitter_buffer"] = JitterBuffer(**line.get("jitter_buffer", {}))
        line["registration"] = None if registration is None else Registration(**registration)
        for key in ("transports", "allow", "codecs", "rtp_ports"):
            if key in line:
                line[key] = tuple(line[key])
        return cls(worker=values["worker"], socket_path=values["socket_path"], line=SipSettings(**line))
