"""The clinic's own pronunciation dictionary."""

import re
from collections.abc import Mapping

from appliance.speaking.normalise.rules import Rule


def rules(pronunciations: Mapping[str, str]) -> list[Rule]:
    """Each word (or words) of the dictionary is spoken as its respelling, in upper or lower case."""
    respelled = {_folded(word): said for word, said in pronunciations.items() if word.strip()}
    if not respelled:
        return []
    words = "|".join(r"\s+".join(map(re.escape, word.split())) for word in sorted(respelled, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
    return [Rule(pattern, lambda match: respelled.get(_folded(match.group())))]


def _folded(word: str) -> str:
    return " ".join(word.lower().split())
