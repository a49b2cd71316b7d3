"""Figures of public frameworks that were published with this project's requirements; none was measured here."""

from typing import Final

COLUMNS: Final = (
    "",
    "response p50 / p95",
    "silence after barge-in p50 / p95",
    "answered into a mid-thought pause",
    "CPU s per call-minute",
)
# On 2 cores, through the media websocket, human 8 kHz speech, speech-to-text 100 ms after their own VAD, language model
# 100 ms and a word each 20 ms (24 words, first clause of 6), text-to-speech 80 ms, real Silero and end-of-turn model.
MEASURED_ELSEWHERE: Final = (
    (
        "Pipecat 1.14, its defaults (Smart Turn)",
        "787–813 / 1000–3646 ms",
        "367–377 / 532–630 ms",
        "57–70 %",
        "6.7–8.8",
    ),
    (
        "Pipecat 1.14, VAD only",
        "1268 / 1320 ms",
        "360 / 620 ms",
        "29–30 %",
        "4.4–7.9",
    ),
    (
        "LiveKit Agents 1.8, its defaults",
        "870 / 2651 ms",
        "522 / 542 ms",
        "39–57 %",
        "3.1–5.3",
    ),
)
