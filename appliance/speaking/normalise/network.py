"""E-mail addresses and web addresses, said the way they are dictated."""

import re

from appliance.speaking.normalise.figures import say_digits_briefly
from appliance.speaking.normalise.language import Language
from appliance.speaking.normalise.rules import Rule, rule

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
_SPELLED_ENDINGS = frozenset("uk us de es fr eu it nl ch at mx ar cl co pe uy ae sa eg jo ma tv io ai ie nz ca".split())
_ENDINGS = "com|org|net|edu|gov|info|health|clinic|care|doctor|hospital|med|app|" + "|".join(sorted(_SPELLED_ENDINGS))
_PARTS = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]")


def rules(language: Language) -> list[Rule]:
    """E-mail addresses; addresses with a scheme, "www." or a well-known ending."""
    path = r"(?::\d+)?(?:/[^\s<>()\[\]*`|\"]*[A-Za-z0-9/])?"
    return [
        rule(
            rf"(?<![\w.+-])(?:mailto:)?([\w.+-]+@{_HOST})(?!\w)",
            lambda match: _dictated(match[1], language),
            re.ASCII,
        ),
        rule(
            rf"(?<![\w@.])(?:https?://(?:www\.)?|www\.)({_HOST}{path})/?",
            lambda match: _dictated(match[1].rstrip("/"), language),
            re.ASCII,
        ),
        rule(
            rf"(?<![\w@./-])((?:[A-Za-z0-9][A-Za-z0-9-]*\.)+(?:{_ENDINGS})(?![\w-]|\.\w){path})/?",
            lambda match: _dictated(match[1].rstrip("/"), language) if match[1].islower() else None,
            re.ASCII,
        ),
    ]


def _dictated(address: str, language: Language) -> str:
    signs = language.signs
    names = {
        "@": signs.at,
        ".": signs.dot,
        "/": signs.slash,
        "-": signs.dash,
        "_": signs.underscore,
        "+": signs.plus,
        "=": signs.equals,
        "&": signs.and_,
        "%": signs.percent,
    }
    said = []
    parts = _PARTS.findall(address)
    for number, part in enumerate(parts):
        ending = number == len(parts) - 1 or parts[number + 1] in "/:"
        if part.isdigit():
            said.append(say_digits_briefly(part, language))
        elif not part.isalpha():
            said.append(names.get(part, ""))
        elif (ending and number and parts[number - 1] == "." and part in _SPELLED_ENDINGS) or _unpronounceable(part):
            said.append(language.spelled(part))
        else:
            said.append(part)
    return " ".join(filter(None, said))


def _unpronounceable(word: str) -> bool:
    return len(word) == 1 or not re.search("[aeiouy]", word, re.IGNORECASE)
