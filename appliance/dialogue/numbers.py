"""Numbers as callers say them: "twenty five", "fifth", "oh three", "nineteen eighty", "double four"."""

from typing import Final

from appliance.dialogue.words import Tokens

Read = tuple[int, int]
"""A value and the index of the token after it."""

_ONES: Final = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen".split()
    )
}
_TENS: Final = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_ORDINAL_ONES: Final = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
        " fifteenth sixteenth seventeenth eighteenth nineteenth".split(),
        start=1,
    )
}
_ORDINAL_TENS: Final = {"twentieth": 20, "thirtieth": 30}
_ZEROS: Final = frozenset({"oh", "o", "zero", "nought"})
_REPEATS: Final = {"double": 2, "triple": 3}


def word_at(words: Tokens, index: int) -> str:
    """The token at `index`, or nothing past the end."""
    return words[index] if 0 <= index < len(words) else ""


def _digits(word: str) -> bool:
    return word.isascii() and word.isdigit()


def cardinal(words: Tokens, index: int) -> Read | None:
    """A number from 0 to 99 at `index`."""
    word = word_at(words, index)
    if _digits(word) and len(word) <= 2:
        return int(word), index + 1
    if word in _ONES:
        return _ONES[word], index + 1
    if word in _TENS:
        following = _ONES.get(word_at(words, index + 1), 0)
        return (_TENS[word] + following, index + 2) if 1 <= following <= 9 else (_TENS[word], index + 1)
    return None


def ordinal(words: Tokens, index: int) -> Read | None:
    """An ordinal from 1st to 39th at `index`."""
    word = word_at(words, index)
    if word[:-2].isascii() and word[:-2].isdigit() and word[-2:] in {"st", "nd", "rd", "th"} and len(word) <= 4:
        return int(word[:-2]), index + 1
    if word in _ORDINAL_ONES:
        return _ORDINAL_ONES[word], index + 1
    if word in _ORDINAL_TENS:
        return _ORDINAL_TENS[word], index + 1
    following = _ORDINAL_ONES.get(word_at(words, index + 1), 10)
    if word in {"twenty", "thirty"} and following < 10:
        return _TENS[word] + following, index + 2
    return None


def full_year(words: Tokens, index: int) -> Read | None:
    """A year said in full: "1980", "nineteen eighty", "nineteen oh five", "two thousand (and) five", "twenty ten"."""
    word = word_at(words, index)
    if _digits(word) and len(word) == 4:
        return int(word), index + 1
    if word == "two" and word_at(words, index + 1) == "thousand":
        return _after(words, index + 2, 2000)
    if word in {"nineteen", "19"} and word_at(words, index + 1) == "hundred":
        return _after(words, index + 2, 1900)
    century = {"nineteen": 1900, "19": 1900, "twenty": 2000, "20": 2000}.get(word)
    if century is None:
        return None
    if word_at(words, index + 1) in _ZEROS:
        one = _ONES.get(word_at(words, index + 2))
        return (century + one, index + 3) if one is not None and one <= 9 else None
    rest = cardinal(words, index + 1)
    return (century + rest[0], rest[1]) if rest is not None and rest[0] >= 10 else None


def _after(words: Tokens, index: int, base: int) -> Read:
    start = index + 1 if word_at(words, index) == "and" else index
    rest = cardinal(words, start)
    return (base + rest[0], rest[1]) if rest is not None else (base, index)


def digit_groups(words: Tokens, start: int) -> tuple[tuple[str, ...], int]:
    """The run of spoken digits at `start`, as groups: "oh three oh five eighty" is 0 3 0 5 80. And where it ends."""
    groups: list[str] = []
    index = start
    while index < len(words):
        word = words[index]
        repeat = _REPEATS.get(word, 1)
        at = index + 1 if repeat > 1 else index
        one = _one_group(words, at)
        if one is None:
            break
        zeros = {"hundred": "00", "thousand": "000"}.get(word_at(words, one[1]), "")
        groups.append(one[0] * repeat + zeros)
        index = one[1] + (1 if zeros else 0)
    return tuple(groups), index


def _one_group(words: Tokens, index: int) -> tuple[str, int] | None:
    word = word_at(words, index)
    if word in _ZEROS:
        return "0", index + 1
    if _digits(word):
        return word, index + 1
    value = cardinal(words, index)
    return None if value is None else (str(value[0]), value[1])


def spoken_digits(words: Tokens) -> str:
    """All digits said anywhere in `words`, in order, as one string."""
    found: list[str] = []
    index = 0
    while index < len(words):
        groups, end = digit_groups(words, index)
        found.extend(groups)
        index = max(end, index + 1)
    return "".join(found)
