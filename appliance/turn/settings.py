"""The numbers of turn-taking, in milliseconds unless named otherwise."""

from dataclasses import dataclass, field

from appliance.turn.facts import Language


@dataclass(frozen=True, slots=True)
class EndpointingSettings:
    """How much silence ends a turn.

    The score is first seen in the light of the words, where it is known how often a sentence ends after them: its
    odds are multiplied by that share over `usual_sentence_end` to the power of `words_weight` (0: not at all), by
    `most_gained_by_words` at most. At `confident_score` and above the turn ends at once, `hesitant_confident_score`
    after words that may go on and for a caller who has paused for `long_pause_ms` or more inside recent turns
    twice; just below, the wait is `doubt_wait_ms`, and grows linearly to `unsure_wait_ms` at score 0;
    `unscored_wait_ms` without a score. From `concluded_score` on no more is waited than `concluded_wait_ms` after
    words that may well be all (a question, "please", a time of day), and after a value that was asked for and is
    whole whatever the score; after a plain yes or no that was asked for no more than `complete_answer_wait_ms` from
    `complete_answer_score` on, else `doubted_answer_wait_ms`. Where speech-to-text tells how likely it is that
    nothing follows, `concluded_wait_ms` is the longest wait from `likely_end` on and `doubted_answer_wait_ms` from
    `possible_end` on, whatever the score. A score of `doubtful_score` or less, unless the words may well be all,
    makes any other wait at least `doubtful_wait_ms`. `unfinished_extra_ms` is added when the transcript looks
    unfinished, `naming_extra_ms` when it only names something. Whatever the score, the wait is at least
    `digits_wait_ms`, `date_wait_ms` or `name_wait_ms` where such a value was asked for and may go on, and
    `opening_wait_ms` after a greeting and nothing else. A caller's own pauses, with `own_pause_margin_ms`, prolong
    a wait by at most `own_pause_extra_ms`. `longest_wait_ms` always ends the wait, `longest_digits_wait_ms` while
    digits, a date or a spelling come in groups.
    """

    # docs/tuning.md has the sweep and how to repeat it. Of 1596 pauses of 400-900 ms in human English speech
    # these answer into 372 (of prompts into 6 of 171, of actors into 366 of 1425), of 161 in Spanish into 42, of 295
    # synthetic ones into 28. A step at .9: 61 % of the human ends and 4 % of the pauses are above it; what lies below
    # is told apart by silence, and 800-900 ms keep p95 near 900. Doubtful: .4 or less have 2 % of the ends and 30 %
    # of the pauses. Words need a score that agrees: callers pause after whole sentences too. Groups and unfinished
    # words: 0.8 and 1.2 s of pause, and up to 180 ms of VAD's own delays; what only names something: 1.1 s.
    words_weight: float = 2.0
    usual_sentence_end: float = 0.09
    most_gained_by_words: float = 5.0
    confident_score: float = 0.9
    hesitant_confident_score: float = 0.98
    long_pause_ms: int = 500
    doubt_wait_ms: int = 800
    unsure_wait_ms: int = 1000
    concluded_wait_ms: int = 150
    concluded_score: float = 0.89
    complete_answer_wait_ms: int = 150
    complete_answer_score: float = 0.6
    doubted_answer_wait_ms: int = 450
    likely_end: float = 0.5
    possible_end: float = 0.1
    doubtful_score: float = 0.4
    doubtful_wait_ms: int = 1380
    unfinished_extra_ms: int = 1100
    naming_extra_ms: int = 330
    digits_wait_ms: int = 1000
    date_wait_ms: int = 1000
    name_wait_ms: int = 900
    opening_wait_ms: int = 900
    unscored_wait_ms: int = 600
    longest_wait_ms: int = 1400
    longest_digits_wait_ms: int = 1700
    own_pause_margin_ms: int = 150
    own_pause_extra_ms: int = 30


@dataclass(frozen=True, slots=True)
class InterruptionSettings:
    """What speech over the agent means.

    `hush_ms`: a sudden sound over the agent silences it at once, for so long unless it proves to be a voice (0: it does
    not). Of 60 human prompts the VAD finds 19 in 20 within 100 ms of that, "sorry" within 140: after its "s" is a gap.
    `decision_ms`: a hold without words ends after this; `noise_limit_ms`: the same while the voice still sounds;
    `release_ms`: after a sound too short for a word the agent goes on when it has been silent for so long. Many words
    begin with a sound, a gap and then the rest ("sorry", "stop").
    `merge_window_ms`: a caller who goes on this soon after the last sound of a turn, or half a second into its answer,
    had not finished. `answer_near_end_ms`: "okay" this close to the end of a question is an answer, not a backchannel.
    `noise_release_ms`: speech without words shorter than this does not hold a prepared reply back.
    """

    hush_ms: int = 160
    decision_ms: int = 700
    noise_limit_ms: int = 1500
    release_ms: int = 250
    merge_window_ms: int = 1500
    answer_near_end_ms: int = 1500
    noise_release_ms: int = 400


@dataclass(frozen=True, slots=True)
class PatienceSettings:
    """Deadlines against dead air.

    `transcript_ms`: from the soft end to the final transcript; `filler_ms`: from the end of the turn to a filler;
    `tool_filler_ms`: the same once a tool runs; `filler_every_ms`: at most one filler in this time; `reply_ms`: from
    approval to the first audio before the reply counts as failed. `idle_ms`, `idle_waiting_ms`: silence of the caller
    before a prompt, and after "one moment". `idle_prompts`: prompts before the goodbye. `failures`: consecutive failed
    or unheard turns before a person is offered.
    """

    transcript_ms: int = 1000
    filler_ms: int = 1300
    tool_filler_ms: int = 700
    filler_every_ms: int = 4000
    reply_ms: int = 4300
    idle_ms: int = 6000
    idle_waiting_ms: int = 20000
    idle_prompts: int = 2
    digits_ms: int = 1500
    transfer_ms: int = 30000
    failures: int = 3
    shortest_speech_ms: int = 300


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """All of turn-taking.

    `draft_while_speaking`: a reply to the words so far is kept in the making, one clause, while the caller speaks.
    After the second draft of a turn the next waits `draft_spacing_ms`, then twice that and so on, or until the caller
    pauses: the last words of a short turn are drafted at once, and half a minute of talk makes 20 drafts, not 100.
    `language`: what callers speak, as long as no transcript says otherwise.
    """

    draft_while_speaking: bool = True
    draft_spacing_ms: int = 150
    endpointing: EndpointingSettings = field(default_factory=EndpointingSettings)
    interruption: InterruptionSettings = field(default_factory=InterruptionSettings)
    patience: PatienceSettings = field(default_factory=PatienceSettings)
    language: Language = Language.ENGLISH
