"""People's names as callers give them: said, or spelled letter by letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.dialogue.name_lists import FIRST_NAMES, LAST_NAMES
from appliance.dialogue.numbers import word_at
from appliance.dialogue.words import Tokens, find, without_hesitations

_LEADS: Final = (
    "my full name is",
    "my name is",
    "my name's",
    "the name is",
    "the name's",
    "name is",
    "i am called",
    "under the name of",
    "under the name",
    "the appointment is for",
    "it's for",
)
_WEAK_LEADS: Final = ("this is", "i'm", "i am", "it's", "it is", "that's", "that is", "should be", "i said")
_FIRST_LEADS: Final = ("first name is", "first name's", "first name", "given name is", "given name")
_LAST_LEADS: Final = (
    "last name is",
    "last name's",
    "last name",
    "surname is",
    "surname",
    "family name is",
    "family name",
)
_AROUND: Final = frozenset(
    "yes yeah yep sure ok please thanks thank you hi hello hey no sorry and of course right oh doctor mister missus"
    " miss mr mrs ms actually correct not it is was wrong".split()
)
_NOT_NAMES: Final = frozenset(
    "a about actually afternoon again all also am an and any anything anybody appointment are as ask at back bad be"
    " because been before birth birthday book booking born but by call calling can can't cancel change clinic confused"
    " connect correct could date day did different do doctor doesn't doing don't done dot double emergency everything"
    " evening fine first for free from get getting give go going good got had happy has hate have he hear heart hello"
    " help her here him his hold hours how i i'd i'll i'm i've if in interested into is isn't it it's just know last"
    " late leave let like line listening little looking make maybe me message mine minute moment morning move my name"
    " need new next no nobody not nothing now of off ok on one open or our out person phone please problem question"
    " ready really repeat right same say see she should sick so some somebody someone something sorry speak speaking"
    " spell spelled spelling still sure talk tell thank thanks that that's the their them then there they thing think"
    " this time to today tomorrow too trying two uh um understand unsure until up us very wait want wanted was we well"
    " were what what's when where which who whose why will with won't would wrong yeah year years yes yet you your"
    " monday tuesday wednesday thursday friday saturday sunday week month o'clock oclock dtmf number digits"
    " human agent robot operator receptionist available afraid old weird".split()
)
_LETTER_WORDS: Final = {
    "ay": "a",
    "bee": "b",
    "cee": "c",
    "see": "c",
    "dee": "d",
    "ee": "e",
    "ef": "f",
    "gee": "g",
    "aitch": "h",
    "jay": "j",
    "kay": "k",
    "el": "l",
    "em": "m",
    "en": "n",
    "pee": "p",
    "cue": "q",
    "queue": "q",
    "ar": "r",
    "ess": "s",
    "tee": "t",
    "you": "u",
    "vee": "v",
    "ex": "x",
    "why": "y",
    "zee": "z",
    "zed": "z",
}
_MAX_WORDS: Final = 4
_MAX_LETTERS: Final = 24


@dataclass(frozen=True, slots=True)
class NameHeard:
    """A name in title case, with which part of it is known when only one was given."""

    text: str
    part: str = "full"


def spelled_word(words: Tokens, start: int) -> tuple[str, int] | None:
    """A word spelled from `start` ("m i double l e r", "m as in mike"), and where it ends; three letters or more."""
    letters: list[str] = []
    index = start
    while index < len(words):
        w = word_at(words, index + 1) in {"u", "you"}
        repeat = 1 if w else {"double": 2, "triple": 3}.get(words[index], 1)
        letter, end = _letter(words, index + 1 if repeat > 1 else index, begun=bool(letters))
        if not letter:
            break
        letters.append(letter * repeat)
        index = end
    spelled = "".join(letters)
    return (spelled, index) if 2 <= len(spelled) <= _MAX_LETTERS and len(letters) >= 2 else None


def _letter(words: Tokens, index: int, *, begun: bool) -> tuple[str, int]:
    word = word_at(words, index)
    if word == "double" and word_at(words, index + 1) in {"u", "you"}:
        return "w", index + 2
    letter = word if len(word) == 1 and word.isalpha() else ""
    if not letter and begun:
        letter = _LETTER_WORDS.get(word, "")
    if not letter:
        return "", index
    end = index + 1
    if words[end : end + 2] == ("as", "in"):
        end += 3
    elif words[end : end + 1] == ("for",) and word_at(words, end + 1).startswith(letter):
        end += 2
    return letter, min(end, len(words))


def _first_spelling(words: Tokens) -> tuple[str, int, int] | None:
    for start in range(len(words)):
        read = spelled_word(words, start)
        # "i a m" can be a word and a pause: three letters at least unless the caller says only letters.
        if read is not None and (len(read[0]) >= 3 or (start == 0 and read[1] == len(words))):
            return read[0], start, read[1]
    return None


def name(words: Tokens, *, asked: bool = False) -> NameHeard | None:
    """The name in `words`. Without a lead such as "my name is" it counts only when a name was `asked` for."""
    spoken = without_hesitations(words)
    first, last = _labelled(spoken, _FIRST_LEADS), _labelled(spoken, _LAST_LEADS)
    if first or last:
        part = "full" if first and last else "first" if first else "last"
        return NameHeard(_title([*first, *last]), part)
    spelling = _first_spelling(spoken)
    if asked and spelling is not None:
        return _with_spelling(spoken, spelling)
    said = _after_lead(spoken, asked=asked)
    if not said and asked:
        said = _bare(spoken)
    return NameHeard(_title(said), "full" if len(said) > 1 else "unknown") if said else None


def _labelled(words: Tokens, leads: Sequence[str]) -> list[str]:
    for lead in leads:
        start = find(words, lead)
        if start is not None:
            after = start + len(lead.split())
            spelled = spelled_word(words, after)
            if spelled is not None:
                return [spelled[0]]
            return _run_of_names(words, after)[:2]
    return []


def _with_spelling(words: Tokens, spelling: tuple[str, int, int]) -> NameHeard:
    letters, start, _ = spelling
    before = _after_lead(words[:start], asked=True) or _bare(words[:start])
    if len(before) > 1:
        return NameHeard(_title([*before[:-1], letters]))
    return NameHeard(_title([letters]), "last" if before else "unknown")


def _after_lead(words: Tokens, *, asked: bool) -> list[str]:
    for lead in _LEADS:
        start = find(words, lead)
        if start is not None:
            return _run_of_names(words, start + len(lead.split()))
    for lead in _WEAK_LEADS:
        start = find(words, lead)
        if start is None:
            continue
        said = _run_of_names(words, start + len(lead.split()))
        # "This is anna" may be a name or anything else, unless a name was asked for.
        if said and (asked or (_is_common(said) and _ends_there(words, start, lead))):
            return said
    return []


def _is_common(said: Sequence[str]) -> bool:
    """First and last name, one of them well known: "I'm John Smith" is a name, "I'm totally lost" is not."""
    return len(said) == 2 and (said[0] in FIRST_NAMES or said[1] in LAST_NAMES)


def _ends_there(words: Tokens, start: int, lead: str) -> bool:
    end = start + len(lead.split()) + 2
    return end >= len(words) or words[end] in {
        "and",
        "here",
        "i",
        "i'd",
        "i'm",
        "born",
        "calling",
        ".",
        "my",
        "speaking",
    }


def _run_of_names(words: Tokens, start: int) -> list[str]:
    run: list[str] = []
    for word in words[start:]:
        if not _may_be_name(word) or len(run) == _MAX_WORDS:
            break
        run.append(word)
    return run


def _bare(words: Tokens) -> list[str]:
    """The whole answer, when it is nothing but a name and politeness."""
    kept = [word for word in words if word not in _AROUND]
    half = len(kept) // 2
    if kept[:half] == kept[half:]:
        # Said twice, as people do on the telephone.
        kept = kept[:half]
    return kept if 1 <= len(kept) <= _MAX_WORDS and all(_may_be_name(word) for word in kept) else []


def _may_be_name(word: str) -> bool:
    letters = word.replace("'", "")
    return len(letters) >= 2 and letters.isalpha() and word not in _NOT_NAMES and len(word) <= _MAX_LETTERS


def _title(parts: Sequence[str]) -> str:
    return " ".join("'".join(piece.capitalize() for piece in part.split("'")) for part in parts)
