"""What the session says of its own accord, in the clinic's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.speech import say_digits


@dataclass(frozen=True, slots=True)
class Prompts:
    """Fixed phrases; `fillers` by tool name."""

    greeting: str
    idle_first: str
    idle_second: str
    idle_goodbye: str
    say_again: str
    apology: str
    trouble_transfer: str
    transfer_failed: str
    emergency: str
    closing: str
    filler: str
    fillers: Mapping[str, str]

    @classmethod
    def of(cls, profile: ClinicProfile) -> "Prompts":
        """The phrases of one clinic."""
        number = say_digits(profile.emergency.number).replace(",", "")
        return cls(
            greeting=f"Hello, you've reached {profile.name}. How can I help you?",
            idle_first="Are you still there?",
            idle_second="I can't hear you. If you are there, please say something.",
            idle_goodbye="I still can't hear you, so I'll hang up now. Please call again. Goodbye.",
            say_again="Sorry, could you say that again?",
            apology="I'm sorry, something went wrong on my side. Could you say that again?",
            trouble_transfer="I'm sorry, I'm having trouble right now. I'm connecting you with a person.",
            transfer_failed="I'm sorry, nobody is answering there. What else can I do for you?",
            emergency=f"If this is an emergency, hang up and call {number} right away.",
            closing="I'm sorry, our telephone service has to stop for a moment. Please call again shortly. Goodbye.",
            # Long enough that, repeated every four seconds, it leaves no silence of two and a half.
            filler="One moment, please, I'm checking.",
            fillers=MappingProxyType(
                {
                    "find_slots": "Let me check the calendar.",
                    "find_appointment": "Let me look that up.",
                    "book_appointment": "One moment, I'll book that.",
                    "move_appointment": "One moment, I'll move that.",
                    "cancel_appointment": "One moment, please, I'll take care of that.",
                    "leave_message": "Let me write that down.",
                }
            ),
        )

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
            self.closing,
            self.filler,
            *self.fillers.values(),
        )
        return tuple(dict.fromkeys(phrases))
