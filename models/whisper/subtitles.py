"""What Whisper writes over silence: the ends of subtitles it was trained on."""

from typing import Final

# Said by no caller of a clinic, whatever the audio.
_NEVER_SAID: Final = frozenset(
    """
    thank you for watching
    thanks for watching
    thank you so much for watching
    thank you very much for watching
    thanks for watching and see you next time
    thank you for watching please subscribe
    please subscribe
    please subscribe to my channel
    please like and subscribe
    like and subscribe
    dont forget to subscribe
    subscribe to my channel
    see you in the next video
    ill see you in the next video
    see you next time
    subtitles by the amaraorg community
    subtitles by
    transcription by castingwords
    gracias por ver el video
    gracias por ver
    muchas gracias por ver el video
    suscríbete
    suscríbete al canal
    no olvides suscribirte
    nos vemos en el próximo video
    subtítulos realizados por la comunidad de amaraorg
    subtítulos por la comunidad de amaraorg
    اشتركوا في القناة
    لا تنسوا الاشتراك في القناة
    شكرا للمشاهدة
    شكرا على المشاهدة
    شكرا لكم على المشاهدة
    ترجمة نانسي قنقر
    الى اللقاء في الحلقة القادمة
    """.strip().split("\n")
)
# Said by callers as well: not believed only where probably nobody spoke.
_SAID_TOO: Final = frozenset(
    """
    thank you
    thank you very much
    thanks
    you
    bye
    bye bye
    okay
    so
    the end
    gracias
    muchas gracias
    adiós
    شكرا
    """.strip().split("\n")
)
_NEVER: Final = frozenset(line.strip() for line in _NEVER_SAID)
_TOO: Final = frozenset(line.strip() for line in _SAID_TOO)
_MARKS: Final = ("amara.org", "castingwords", "www.", "http", "♪", "[music]", "(music)", "نانسي قنقر")


def is_from_subtitles(text: str, *, silent: bool) -> bool:
    """Whether the text is what Whisper is known to write over silence; `silent`: probably nobody spoke."""
    lower = text.casefold()
    if any(mark in lower for mark in _MARKS):
        return True
    sentences = [_bare(sentence) for sentence in _split(lower)]
    said = [sentence for sentence in sentences if sentence]
    if not said:
        return False
    known = _NEVER | _TOO if silent else _NEVER
    return all(sentence in known for sentence in said) or (silent and any(sentence in _NEVER for sentence in said))


def _split(text: str) -> list[str]:
    for mark in "!?؟\n":
        text = text.replace(mark, ".")
    return text.split(". ") if ". " in text else [text]


def _bare(sentence: str) -> str:
    kept = "".join(character for character in sentence if character.isalnum() or character.isspace())
    return " ".join(kept.split())
