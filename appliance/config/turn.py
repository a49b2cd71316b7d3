"""`[turn]`: when a caller has finished, what speech over the agent means, and what silence leads to.

The keys are those of `appliance.turn.settings`, where what each does is written down; a test keeps the two alike.
"""

from typing import Annotated

from pydantic import Field

from appliance.config.base import Section

Milliseconds = Annotated[int, Field(ge=0, le=120_000)]
Count = Annotated[int, Field(ge=0, le=20)]
Probability = Annotated[float, Field(ge=0, le=1)]
Windows = Annotated[int, Field(ge=1, le=20)]


class VoiceConfig(Section):
    """Where speech begins and pauses. A window is 32 ms."""

    sure_probability: Probability = Field(default=0.5, description="VAD probability at which one window begins speech.")
    start_probability: Probability = Field(default=0.35, description="VAD probability that counts as speech.")
    start_windows: Windows = Field(default=2, description="Windows of it in a row that begin speech.")
    pause_probability: Probability = Field(default=0.5, description="VAD probability below which it is silence.")
    pause_windows: Windows = Field(default=1, description="Windows of it in a row that make a soft end.")


class EndpointingConfig(Section):
    """How much silence ends a turn. All in ms after the caller's last sound, but for the score."""

    words_weight: Annotated[float, Field(ge=0, le=5)] = Field(
        default=2.0,
        description="What it counts how often a sentence ends after the caller's last words (English, Spanish): the "
        "odds of the end-of-turn score are multiplied by that share over usual_sentence_end to this power. "
        "0: not at all.",
    )
    usual_sentence_end: Annotated[float, Field(ge=0.001, le=1)] = Field(
        default=0.09, description="The share at which the words say nothing about the score."
    )
    most_gained_by_words: Annotated[float, Field(ge=1)] = Field(
        default=5.0, description="The odds are multiplied by this at most."
    )
    confident_score: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.9, description="End-of-turn score at which the turn ends at once."
    )
    hesitant_confident_score: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.98,
        description="The same for a caller who has made two long pauses inside recent turns, and for words that may go "
        "on.",
    )
    long_pause_ms: Milliseconds = Field(default=500, description="A pause of this or more is a long one.")
    doubt_wait_ms: Milliseconds = Field(default=800, description="The wait just below that score.")
    unsure_wait_ms: Milliseconds = Field(
        default=1000, description="The wait at score 0; in between it is proportional."
    )
    concluded_wait_ms: Milliseconds = Field(
        default=150,
        description="At most this after words that may well be all (a question, please, a time of day), or after a "
        "whole value that was asked for.",
    )
    concluded_score: Probability = Field(
        default=0.89,
        description="Words that may be all need this score.",
    )
    complete_answer_wait_ms: Milliseconds = Field(
        default=150, description="At most this after a plain yes or no that was asked for."
    )
    complete_answer_score: Probability = Field(default=0.6, description="A yes or no needs this score.")
    doubted_answer_wait_ms: Milliseconds = Field(
        default=450, description="At most this after a yes or no that was asked for with a lower score."
    )
    likely_end: Probability = Field(
        default=0.5,
        description="From this probability on that nothing follows the words (pocketsphinx tells it), the wait is "
        "concluded_wait_ms at most.",
    )
    possible_end: Probability = Field(
        default=0.1, description="From this one on, it is doubted_answer_wait_ms at most."
    )
    doubtful_score: Probability = Field(
        default=0.4, description="A score of this or less waits longer, unless the words may well be all."
    )
    doubtful_wait_ms: Milliseconds = Field(default=1380, description="At least this long.")
    unfinished_extra_ms: Milliseconds = Field(
        default=1100, description="Added when the words look unfinished (a trailing and)."
    )
    naming_extra_ms: Milliseconds = Field(
        default=330, description="Added when the words only name something and have no verb yet (your appointment)."
    )
    digits_wait_ms: Milliseconds = Field(
        default=1000, description="At least this where digits or a spelling were asked for and may go on."
    )
    date_wait_ms: Milliseconds = Field(
        default=1000, description="At least this where a date was asked for and is not whole yet."
    )
    name_wait_ms: Milliseconds = Field(
        default=900, description="At least this where a name was asked for and one word has come."
    )
    opening_wait_ms: Milliseconds = Field(
        default=900, description="At least this after a greeting and nothing else (hello), whatever the score."
    )
    unscored_wait_ms: Milliseconds = Field(default=600, description="The wait while there is no score.")
    longest_wait_ms: Milliseconds = Field(default=1400, description="No wait is longer than this.")
    longest_digits_wait_ms: Milliseconds = Field(
        default=1700, description="The same where digits, a date or a spelling come."
    )
    own_pause_margin_ms: Milliseconds = Field(default=150, description="Waited beyond this caller's own usual pause.")
    own_pause_extra_ms: Milliseconds = Field(
        default=30, description="A caller's own pauses prolong a wait by at most this."
    )


class InterruptionConfig(Section):
    """What speech over the agent means."""

    hush_ms: Annotated[int, Field(ge=0, le=500)] = Field(
        default=160,
        description="A sudden sound over the agent silences it at once, and for this long unless it proves to be a "
        "voice; 0: the agent waits for the voice detector.",
    )
    decision_ms: Milliseconds = Field(default=700, description="A hold without words ends after this.")
    noise_limit_ms: Milliseconds = Field(default=1500, description="The same while the voice still sounds.")
    release_ms: Milliseconds = Field(
        default=250, description="After a sound over the agent too short for a word: silence until the agent goes on."
    )
    merge_window_ms: Milliseconds = Field(
        default=1500,
        description="A caller who goes on this soon after the last sound of a turn, or half a second into its answer, "
        "had not finished.",
    )
    answer_near_end_ms: Milliseconds = Field(
        default=1500,
        description='"Okay" this close to the end of a yes-or-no question answers it.',
    )
    noise_release_ms: Milliseconds = Field(
        default=400,
        description="Wordless sound shorter than this does not delay a prepared reply further.",
    )


class PatienceConfig(Section):
    """Deadlines against dead air, and the caller who says nothing."""

    transcript_ms: Milliseconds = Field(default=1000, description="From the soft end to the final transcript, at most.")
    filler_ms: Milliseconds = Field(default=1300, description="From the end of the turn to a spoken filler.")
    tool_filler_ms: Milliseconds = Field(default=700, description="The same while a tool runs.")
    filler_every_ms: Milliseconds = Field(default=4000, description="At most one filler in this time.")
    reply_ms: Milliseconds = Field(default=4300, description="From approval to first audio before a reply has failed.")
    idle_ms: Milliseconds = Field(
        default=6000, description="Silence before the agent asks whether the caller is there."
    )
    idle_waiting_ms: Milliseconds = Field(default=20000, description='The same after "one moment".')
    idle_prompts: Count = Field(default=2, description="How often it asks before it says goodbye and hangs up.")
    digits_ms: Milliseconds = Field(
        default=1500, description="Without a further key for this long, the number is complete."
    )
    transfer_ms: Milliseconds = Field(default=30000, description="How long a transfer may take before it has failed.")
    failures: Annotated[int, Field(ge=1, le=20)] = Field(
        default=3, description="Failed replies in a row before a person takes over."
    )
    shortest_speech_ms: Milliseconds = Field(default=300, description="Shorter sound without words is not asked about.")


class TurnConfig(Section):
    """Turn-taking on every call."""

    draft_while_speaking: bool = Field(
        default=True,
        description="Keep a reply to the words so far in the making while the caller speaks, as text of one clause: "
        "quicker answers for more work of the language model.",
    )
    draft_spacing_ms: Milliseconds = Field(
        default=150,
        description="After the second such reply of a turn the next waits this, then twice this and so on, or until "
        "the caller pauses.",
    )
    voice: VoiceConfig = VoiceConfig()
    endpointing: EndpointingConfig = EndpointingConfig()
    interruption: InterruptionConfig = InterruptionConfig()
    patience: PatienceConfig = PatienceConfig()
