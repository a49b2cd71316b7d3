"""Guards for methods that pjsua calls from C++."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

_log = logging.getLogger(__name__)
P = ParamSpec("P")


def guarded(callback: Callable[P, None]) -> Callable[P, None]:
    """Log an exception instead of letting it reach C++, where it would end the process and every call in it."""

    @functools.wraps(callback)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception:
            _log.exception("%s failed", callback.__qualname__)

    return call
