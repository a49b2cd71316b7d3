"""What is said word for word, in the clinic's words and in each language that callers speak."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.prompt_words import PROMPT_WORDS, Phrases


@dataclass(frozen=True, slots=True)
class Prompts(Phrases):
    """The fixed phrases of one clinic in one language. `connecting` keeps its gap: see `connecting_with`."""

    @classmethod
    def of(cls, profile: ClinicProfile, language: str = "en") -> "Prompts":
        """The phrases in a language (ISO 639-1) that `PROMPT_WORDS` has."""
        words = PROMPT_WORDS[language]
        prompts = cls(**{field.name: getattr(words, field.name) for field in fields(words)})
        number = " ".join(words.digits[int(digit)] for digit in profile.emergency.number)
        return replace(
            prompts,
            greeting=words.greeting.format(clinic=profile.name),
            emergency=words.emergency.format(number=number),
        )

    @classmethod
    def in_all_languages(cls, profile: ClinicProfile) -> Mapping[str, "Prompts"]:
        """By language."""
        return {language: cls.of(profile, language) for language in PROMPT_WORDS}

    def connecting_with(self, destination: str) -> str:
        """Said before a caller is connected; not every language names the destination, whose name is the clinic's."""
        return self.connecting.format(destination=destination)

    def all(self) -> tuple[str, ...]:
        """Every phrase once, for synthesis ahead of time."""
        phrases = (
            self.greeting,
            self.idle_first,
            self.idle_second,
            self.idle_goodbye,
            self.say_again,
            self.apology,
            self.trouble_transfer,
            self.transfer_failed,
            self.emergency,
            self.connect_now,
            self.connecting_help,
            self.help_declined,
            self.goodbye,
            self.closing,
            self.filler,
            self.done_otherwise,
            *self.fillers.values(),
            *self.done.values(),
        )
        return tuple(dict.fromkeys(phrases))
