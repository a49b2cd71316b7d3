"""What the micro Qwen3 says of times that only the day of the test knows."""

import re
from collections.abc import Callable

from tests.engines.micro_qwen.phrases import HOUR_WORDS, MONTHS, spoken_start

_ANY = "2026-01-01T09:00"
_SOME_TIME = rf"({'|'.join(MONTHS)}) \d{{1,2}} at ({'|'.join(HOUR_WORDS.values())}) (o'clock|thirty)"


def at_some_time(said_of: Callable[[str], str]) -> re.Pattern[str]:
    """What is said of a start, whichever it is."""
    said = re.escape(said_of(_ANY))
    return re.compile(said.replace(re.escape(spoken_start(_ANY)), _SOME_TIME))
