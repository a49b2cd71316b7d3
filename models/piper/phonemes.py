"""Text into the phonemes that Piper voices were trained on, and where in them each word begins."""

import functools
import re
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from piper import espeakbridge
from piper.phonemize_espeak import ESPEAK_DATA_DIR

from models.errors import EngineError

GIVEN_PHONEMES: Final = re.compile(r"\[\[(.*?)\]\]")
"""Phonemes written into the text, in the International Phonetic Alphabet: "see Dr. [[ŋwˈɪən]]"."""

_WORD: Final = re.compile(r"\S+")
_POSSESSIVE: Final = re.compile(r"['’]s(?!\w)")
_SIBILANTS: Final = frozenset("szʃʒ")
_VOICELESS: Final = frozenset("ptkfθ")
_PUNCTUATION: Final = ".,;:!?"
_GOES_ON: Final = ",;:"
# "(en)" and "(es)" around what espeak-ng says in another language.
_LANGUAGE_MARK: Final = re.compile(r"\([^)]+\)")
_STRESS: Final = frozenset("ˈˌ")
# As for models.espeak_library: espeak-ng cuts longer paths.
_LONGEST_DATA_PATH: Final = 150

Clause = tuple[str, str, bool]
"""Phonemes, the mark that ends them ("" for none), and whether a sentence ends there."""


@dataclass(frozen=True, slots=True)
class WordPlace:
    """The word at `text_offset` characters into the text begins with the sentence's phoneme number `phoneme`."""

    text_offset: int
    phoneme: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is synthesised at once. `phonemes` are single code points, as Piper numbers them."""

    phonemes: tuple[str, ...]
    words: tuple[WordPlace, ...]


class EspeakPhonemes:
    """The espeak-ng inside the piper-tts package, of which a process has one. All methods may be called on any thread.

    It is another copy than `models.espeak_library` has, with the call that tells where clauses end.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        path = str(ESPEAK_DATA_DIR)
        if len(path.encode()) > _LONGEST_DATA_PATH:
            raise EngineError(
                f"espeak-ng cannot read its data below a path longer than {_LONGEST_DATA_PATH} bytes: {path}",
                "install the appliance in a directory with a shorter path",
            )
        try:
            espeakbridge.initialize(path)
        except RuntimeError as error:
            remedy = "reinstall it: pip install --force-reinstall --no-deps piper-tts"
            raise EngineError(f"espeak-ng cannot use its data in {path}", remedy) from error

    def clauses(self, texts: Sequence[str], voice: str) -> list[list[Clause]]:
        """The clauses of each text, as the espeak-ng `voice` says them. Raises `EngineError` for an unknown voice."""
        with self._lock:
            try:
                espeakbridge.set_voice(voice)
                return [espeakbridge.get_phonemes(text.replace("\0", " ")) for text in texts]
            except RuntimeError as error:
                raise EngineError(f"espeak-ng fails with the voice {voice!r}", "choose another Piper voice") from error


@functools.cache
def espeak_phonemes() -> EspeakPhonemes:
    """The process's one, initialised on first use. Raises `EngineError` when it cannot be."""
    return EspeakPhonemes()


def sentences_of(text: str, voice: str, prepare: Callable[[str], str] = str) -> list[Sentence]:
    """The sentences of `text`, none without anything to say. Raises `EngineError`.

    `prepare` may change what is said for the text, word by word, as by adding vowel signs.
    """
    builder = _Builder()
    position = 0
    for given in GIVEN_PHONEMES.finditer(text):
        _say(builder, text[position : given.start()], position, voice, prepare)
        builder.begin_word(given.start())
        builder.add(phonemes_in(given[1]))
        position = given.end()
    _say(builder, text[position:], position, voice, prepare)
    return builder.build()


def phonemes_in(given: str) -> list[str]:
    """The phonemes of what stands between [[ and ]]."""
    return _code_points(given.strip())


def _say(builder: "_Builder", text: str, offset: int, voice: str, prepare: Callable[[str], str]) -> None:
    """Add ordinary text, which stands `offset` characters into the whole."""
    if builder.in_sentence:
        if (possessive := _POSSESSIVE.match(text)) is not None and voice.startswith("en"):
            builder.add_possessive()
            text, offset = text[possessive.end() :], offset + possessive.end()
        # What follows phonemes: their punctuation, which espeak-ng would drop at the beginning of a text.
        marks = text[: len(text) - len(text.lstrip(_PUNCTUATION))]
        builder.mark(marks)
        if text[len(marks) : len(marks) + 1].isspace():
            builder.space()
        text, offset = text[len(marks) :], offset + len(marks)
    spoken = prepare(text)
    words = _WORD.findall(spoken)
    clauses, *alone = espeak_phonemes().clauses([spoken, *words], voice)
    said = [_code_points(_plain(clause[0])) for clause in clauses]
    separate = [_code_points(" ".join(_plain(phonemes) for phonemes, _, _ in each)) for each in alone]
    written = list(_WORD.finditer(text))
    places = _places(said, separate) if len(written) == len(words) else [None] * len(written)
    starts = {place: offset + word.start() for word, place in zip(written, places, strict=True) if place is not None}
    for number, ((_, mark, ends), phonemes) in enumerate(zip(clauses, said, strict=True)):
        for index, phoneme in enumerate(phonemes):
            if (number, index) in starts:
                builder.begin_word(starts[number, index])
            builder.add([phoneme])
        builder.mark(mark)
        if ends and mark and number < len(clauses) - 1:
            builder.end_sentence()
    if text[-1:].isspace():
        builder.space()


def _places(said: Sequence[Sequence[str]], separate: Sequence[Sequence[str]]) -> list[tuple[int, int] | None]:
    """Where each word begins in what is said, as clause and phoneme; None where that cannot be told.

    Words sound a little different by themselves, and espeak-ng joins some ("of the"), so their own phonemes are matched
    with those of the sentence.
    """
    places = [(number, index) for number, phonemes in enumerate(said) for index in range(-1, len(phonemes))]
    heard = [" " if index < 0 else said[number][index] for number, index in places]
    expected = [phoneme for phonemes in separate for phoneme in (" ", *phonemes)]
    match: dict[int, int] = {}
    for block in SequenceMatcher(None, expected, heard, autojunk=False).get_matching_blocks():
        match.update((block.a + step, block.b + step) for step in range(block.size))
    found: list[tuple[int, int] | None] = []
    start = 0
    for phonemes in separate:
        found.append(_place(match, start, len(phonemes), places))
        start += 1 + len(phonemes)
    return found


def _place(match: dict[int, int], start: int, length: int, places: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Of the word that is expected at `start`, after its space."""
    if not length:
        return None
    at = match[start] + 1 if start in match else match.get(start + 1)
    if at is None or at >= len(places):
        return None
    number, index = places[at]
    return (number, max(index, 0))


def _plain(phonemes: str) -> str:
    return _LANGUAGE_MARK.sub("", phonemes)


def _code_points(phonemes: str) -> list[str]:
    return list(unicodedata.normalize("NFD", phonemes))


class _Builder:
    """Sentences in the making."""

    def __init__(self) -> None:
        self._sentences: list[Sentence] = []
        self._phonemes: list[str] = []
        self._words: list[WordPlace] = []

    @property
    def in_sentence(self) -> bool:
        return bool(self._phonemes)

    def begin_word(self, text_offset: int) -> None:
        self._words.append(WordPlace(text_offset, len(self._phonemes)))

    def add(self, phonemes: Sequence[str]) -> None:
        self._phonemes.extend(phonemes)

    def add_possessive(self) -> None:
        """English 's, as it is said after what is there."""
        last = next((phoneme for phoneme in reversed(self._phonemes) if phoneme.isalpha()), "")
        self.add(["ɪ", "z"] if last in _SIBILANTS else ["s"] if last in _VOICELESS else ["z"])

    def space(self) -> None:
        if self._phonemes and self._phonemes[-1] != " ":
            self._phonemes.append(" ")

    def mark(self, marks: str) -> None:
        """Punctuation, as Piper voices were trained with it: in place of the phonemes' pauses, without a repetition."""
        for mark in marks[:1]:
            self._phonemes.append(mark)
            if mark in _GOES_ON:
                self.space()

    def end_sentence(self) -> None:
        if any(map(_sounds, self._phonemes)):
            self._sentences.append(Sentence(tuple(self._phonemes), tuple(self._words)))
        self._phonemes, self._words = [], []

    def build(self) -> list[Sentence]:
        while self._phonemes and self._phonemes[-1] == " ":
            self._phonemes.pop()
        self.end_sentence()
        return self._sentences


def _sounds(phoneme: str) -> bool:
    return phoneme not in _PUNCTUATION and not phoneme.isspace() and phoneme not in _STRESS
