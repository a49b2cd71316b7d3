"""Makes the demo caller's recordings: Debian's flite in the voice that pocketsphinx understands best.

    apt-get install flite
    python -m tests.voices.make_voices [DIRECTORY]

Each file is 8 kHz, 16-bit, mono, and begins and ends 20 ms outside its first and last sample above -38 dBFS, so that a
measured response time counts from real sound. flite's voices may be used for any purpose (Festvox and CMU licences).
"""

import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

VOICE: Final = "rms"
SAMPLE_RATE: Final = 8000
AUDIBLE: Final = 10 ** (-38 / 20) * 32768
MARGIN_SAMPLES: Final = SAMPLE_RATE * 20 // 1000
SPEECH_PEAK: Final = 12000
DEFAULT_DIRECTORY: Final = Path(__file__).parents[2] / "appliance" / "cli" / "demo_voice"

# The keys are those of `appliance.cli.demo_script.SAID`, then what a longer conversation needs.
TEXTS: Final = {
    "book_1": "I'd like to book an appointment with",
    "book_2": "doctor Patel please",
    "name": "my name is Anna Miller",
    "birth_date": "March the fifth nineteen eighty",
    "day_and_time": "Tuesday at ten in the morning",
    # A hum of pure tones would do for a listener, not for a VAD: it needs a voice.
    "mm_hm": "um hum",
    "yes": "yes please",
    "hours": "what are your opening hours",
    "interrupt": "sorry can you repeat that",
    "goodbye": "no thank you goodbye",
    "book": "I would like to book an appointment",
    "just_yes": "yes",
    "no": "no",
    "stop": "stop",
    "wait": "sorry wait",
    "okay": "okay",
    "right": "right",
}


def speak(text: str, voice: str = VOICE) -> NDArray[np.int16]:
    """`text` in flite's `voice` at 8 kHz. Raises `FileNotFoundError` without flite."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "speech.wav"
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
        with wave.open(str(path)) as recording:
            samples = np.frombuffer(recording.readframes(recording.getnframes()), np.int16)
            rate = recording.getframerate()
    return at_level(soxr.resample(samples.astype(np.float32), rate, SAMPLE_RATE))


def at_level(samples: NDArray[np.floating]) -> NDArray[np.int16]:
    """The samples with their peak at -8.7 dBFS."""
    scaled: NDArray[np.int16] = np.rint(samples * (SPEECH_PEAK / np.abs(samples).max())).astype(np.int16)
    return scaled


def trimmed(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """What lies within 20 ms of the first and last audible sample."""
    audible = np.flatnonzero(np.abs(samples.astype(np.int32)) > AUDIBLE)
    return samples[max(0, audible[0] - MARGIN_SAMPLES) : audible[-1] + MARGIN_SAMPLES]


def write(path: Path, samples: NDArray[np.int16]) -> None:
    """A WAV file."""
    with wave.open(str(path), "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(SAMPLE_RATE)
        recording.writeframes(samples.tobytes())


def main(directory: Path) -> None:
    """Write every recording."""
    directory.mkdir(parents=True, exist_ok=True)
    for key, text in TEXTS.items():
        write(directory / f"{key}.wav", trimmed(speak(text)))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_DIRECTORY)
