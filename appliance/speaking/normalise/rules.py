"""Rules that say how a stretch of text is spoken, and the normaliser that applies them."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.speaking.normalise.alignment import Parts, Spoken, SpokenBuilder, as_written

Said = str | Parts
PAUSE: Final = ","
"""What a rule says for a pause that is left out where the phrase ends anyway."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What `pattern` matches is spoken as `say` tells; None leaves it to the rules that follow.

    Where the pattern has a group "said", only that group is spoken so, and the rest is context.
    """

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], Said | None]

    def span(self, match: re.Match[str]) -> tuple[int, int]:
        """What of a match is spoken."""
        return match.span("said" if "said" in self.pattern.groupindex else 0)


def rule(pattern: str, say: Callable[[re.Match[str]], Said | None], flags: int = 0) -> Rule:
    """A rule of a pattern's text."""
    return Rule(re.compile(pattern, flags), say)


def fixed(pattern: str, said: str, flags: int = 0) -> Rule:
    """What `pattern` matches is always spoken as `said`."""
    return rule(pattern, lambda _: said, flags)


@dataclass(frozen=True, slots=True)
class _Claim:
    start: int
    end: int
    said: Said


class Normaliser:
    """Readable text into spoken text, by rules of which the first that matches a stretch has it.

    Pure and total; shared by all calls.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)

    def normalise(self, text: str) -> Spoken:
        """How `text` (one clause or sentence) is spoken; unchanged where no rule has anything to say."""
        plain = in_plain_signs(text)
        claims = self._claims(plain)
        if not claims:
            return as_written(text)
        builder = SpokenBuilder(text)
        position = 0
        for claim in sorted(claims, key=lambda claim: claim.start):
            builder.copy(position, claim.start)
            if claim.said == PAUSE:
                builder.pause()
            else:
                builder.replace(claim.start, claim.end, claim.said)
            position = claim.end
        builder.copy(position, len(text))
        return builder.build()

    def _claims(self, text: str) -> list[_Claim]:
        taken = bytearray(len(text))
        claims: list[_Claim] = []
        for each in self._rules:
            position = 0
            while (match := each.pattern.search(text, position)) is not None:
                start, end = each.span(match)
                said = None if start == end or any(taken[start:end]) else each.say(match)
                if said is None:
                    position = match.start() + 1
                    continue
                claims.append(_Claim(start, end, said))
                taken[start:end] = b"\x01" * (end - start)
                position = end
        return claims


_SIGNS: Final = {
    **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
    **dict.fromkeys("‐‑‒−", "-"),
    "٫": ".",
    "٬": ",",
    "٪": "%",
    "’": "'",
    "＠": "@",
}


def in_plain_signs(text: str) -> str:
    """`text`, as long as before, with any script's digits as 0 to 9, and one kind of space, hyphen and apostrophe."""
    if text.isascii():
        return text
    return "".join(map(_plain, text))


def _plain(character: str) -> str:
    if character.isdigit():
        return str(unicodedata.digit(character))
    return _SIGNS.get(character, character)
