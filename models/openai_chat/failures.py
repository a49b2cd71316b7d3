"""What goes wrong between the appliance and the language model's server."""

from enum import StrEnum
from typing import Final

import httpx

from models.errors import EngineError


class FailureKind(StrEnum):
    """How a request failed, in one word for a metric."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    MALFORMED = "malformed"


class ChatError(EngineError):
    """A request that failed. Names the server and the kind, never what was said."""

    def __init__(self, kind: FailureKind, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.kind = kind

    @property
    def server_is_down(self) -> bool:
        """Whether the next request can be expected to fail as well; a full or refusing server answers others."""
        return self.kind not in {FailureKind.RATE_LIMITED, FailureKind.REFUSED}


_UNAUTHORISED: Final = (401, 403)
_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429


def from_status(status: int, server: str) -> ChatError:
    """An answer other than 200. The body is not read: a server may quote the request in it."""
    message = f"the language model's server {server} answered {status}"
    if status == _TOO_MANY:
        return ChatError(FailureKind.RATE_LIMITED, message, "let it take more requests at once, or fewer calls in")
    if status >= 500:
        return ChatError(FailureKind.SERVER_ERROR, message, "look into its log")
    if status in _UNAUTHORISED:
        return ChatError(FailureKind.REFUSED, message, "set api_key_file to the key that it was started with")
    if status == _NOT_FOUND:
        remedy = "set model to a name that it serves (GET /v1/models lists them) and url to end in /v1"
        return ChatError(FailureKind.REFUSED, message, remedy)
    remedy = "look into its log; with vLLM, start it with --enable-auto-tool-choice and a --tool-call-parser"
    return ChatError(FailureKind.REFUSED, message, remedy)


def from_transport(error: httpx.HTTPError, server: str) -> ChatError:
    """A connection that could not be made or broke."""
    if isinstance(error, httpx.TimeoutException):
        return timed_out("the connection", server)
    how = "cannot be reached" if isinstance(error, httpx.ConnectError) else "broke the connection"
    remedy = "start it, or set engines.openai.url to where it listens"
    return ChatError(FailureKind.CONNECTION, f"the language model's server {server} {how}", remedy)


def timed_out(stage: str, server: str) -> ChatError:
    """`stage` took too long."""
    message = f"{stage} of the language model's server {server} took too long"
    return ChatError(FailureKind.TIMEOUT, message, "see whether it is overloaded, or raise the limit in the file")


def malformed(what: str, server: str) -> ChatError:
    """The answer is not a stream of chat completion chunks."""
    message = f"the language model's server {server} sent {what}"
    return ChatError(FailureKind.MALFORMED, message, "check that url leads to an OpenAI-compatible API")
