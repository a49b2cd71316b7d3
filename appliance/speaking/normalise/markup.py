"""What is written for the eye: Markdown, HTML, brackets and emoji are not spoken, but for the pauses they mean."""

import re
import unicodedata

from appliance.speaking.normalise.rules import PAUSE, Rule, fixed, rule

_UNSPOKEN = {"So", "Cn", "Co", "Cs", "Cf", "Cc", "Sk"}


def before_words() -> list[Rule]:
    """Markup that has to go before its content is looked at."""
    return [
        # Code fences with their language, and rules across the page.
        fixed(r"```[a-zA-Z]*|~~~", PAUSE),
        fixed(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", PAUSE, re.MULTILINE),
        # Of a link its text is spoken, without a pause; of a picture nothing.
        fixed(r"!\[[^\]\n]*\]\([^()\n]*\)", ""),
        fixed(r"\]\([^()\n]*\)", ""),
        fixed(r"\[(?=[^\[\]\n]+\]\()", ""),
        fixed(r"</?[A-Za-z][^<>\n]{0,200}>|<!--.*?-->", ""),
        fixed(r"^[ \t]*#{1,6}[ \t]+", PAUSE, re.MULTILINE),
        fixed(r"^[ \t]*(?:[-+*•‣◦▪·–—][ \t]+|>[ \t]+(?![\d ]))+(?:\[[ xX]\][ \t]+)?", PAUSE, re.MULTILINE),
        fixed(r"&(?:nbsp|quot|apos);", " "),
        fixed(r"(?<!\S)[:;=8]-?[)(DPp/|](?!\w)|(?<!\S)<3(?!\w)", ""),
        # Keycap emoji: the digit is a picture.
        fixed(r"[0-9#*]\ufe0f?\u20e3", ""),
        fixed(r"[\ufe00-\ufe0f\u20e3]+", ""),
    ]


def after_words() -> list[Rule]:
    """Signs that no other rule has use for."""
    return [
        fixed(r"[ \t]*\n\s*", PAUSE),
        fixed(r"\s*[(\[{|•‣◦▪·][(\[{|•‣◦▪·\s]*|[)\]}]+(?=\s*\w)", PAUSE),
        fixed(r"[)\]}*`~^\\_#<>]", ""),
        fixed(r"\.{2,}(?=\s*\w)", PAUSE),
        rule(r"[^\w\s.,;:!?'\"%$€£-]", _picture),
    ]


def _picture(match: re.Match[str]) -> str | None:
    return "" if unicodedata.category(match.group()) in _UNSPOKEN else None
