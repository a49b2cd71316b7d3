"""Doctors and departments as callers name them."""

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.words import Tokens, find, tokens, without

_BEFORE_SURNAME = frozenset({"doctor", "with", "see", "doc", "professor"})


def doctor(words: Tokens, profile: ClinicProfile, *, asked: bool = False) -> tuple[str | None, Tokens]:
    """The doctor named in `words` (a key) and the words left over. A bare surname counts when `asked`.

    The last one named wins: "with doctor patel, no, doctor garcia".
    """
    for start in range(len(words) - 1, -1, -1):
        for candidate in profile.doctors:
            for spoken in (candidate.surname, *candidate.synonyms):
                end = start + len(spoken.split())
                if words[start:end] != tokens(spoken):
                    continue
                titled = start > 0 and words[start - 1] in _BEFORE_SURNAME
                if titled or asked:
                    return candidate.key, without(words, start - 1 if titled else start, end)
    return None, words


def department(words: Tokens, profile: ClinicProfile) -> tuple[str | None, Tokens]:
    """The department named in `words` (a key) and the words left over; the one named last, the longest name first."""
    best: tuple[int, int, str] | None = None
    for candidate in profile.departments:
        for spoken in (candidate.key, candidate.spoken_name, *candidate.synonyms):
            phrase = tokens(spoken)
            start = find(words, phrase)
            if phrase and start is not None:
                found = (start + len(phrase), len(phrase), candidate.key)
                best = max(best, found) if best is not None else found
    if best is None:
        return None, words
    return best[2], without(words, best[0] - best[1], best[0])
