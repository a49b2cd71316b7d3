"""A transcript as words, whatever its language and however speech-to-text writes it."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
# Vowel marks and the lengthening stroke: some engines write them, most do not.
_ARABIC_MARKS: Final = re.compile("[\u0640\u064b-\u065f\u0670]")
# One spelling for letters that are written as people please, and for digits.
_ARABIC_LETTERS: Final = str.maketrans("أإآٱىة٠١٢٣٤٥٦٧٨٩", "اااايه0123456789")


def one_spelling(text: str) -> str:
    """`text` with straight apostrophes, composed accents, and Arabic letters and digits written in one way."""
    if text.isascii():
        return text
    return _ARABIC_MARKS.sub("", unicodedata.normalize("NFC", text)).translate(_ARABIC_LETTERS).replace("’", "'")


def words(text: str) -> tuple[str, ...]:
    """The words of `text`, in lower case and one spelling, without punctuation."""
    return tuple(_WORD.findall(one_spelling(text).lower()))


def same_words(one: str, other: str) -> bool:
    """Whether two transcripts differ in case, spacing and punctuation only."""
    return words(one) == words(other)


def join(first: str, second: str) -> str:
    """Two halves of one turn as one text."""
    return f"{first} {second}".strip()
