"""Human telephone speech from a Debian package, unpacked into a temporary directory; none of it is kept."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sip.wav import read_speech, write_wav
from tests.bench.bench import NotPossibleError

PACKAGE: Final = "asterisk-core-sounds-en-wav"
SAMPLE_RATE: Final = 8000
_BLOCK: Final = SAMPLE_RATE // 100
_AUDIBLE: Final = 10 ** (-38 / 20) * 32768
_MARGIN_BLOCKS: Final = 2
_FETCH_LIMIT_S: Final = 60.0

# Whole sentences of 1.5 to 4 s by their names, chosen before anything was measured.
SENTENCES: Final = """
    agent-newlocation conf-getchannel conf-kicked conf-leaderhasleft conf-onlyperson conf-waitforleader
    confbridge-invalid confbridge-lock-no-join demo-echodone enter-num-blacklist feature-not-avail-line
    please-try-call-later privacy-incorrect something-terribly-wrong tt-somethingwrong tt-weasels vm-calldiffnum
    vm-incorrect-mailbox vm-nobodyavail vm-passchanged
""".split()


@dataclass(frozen=True, slots=True)
class Prompt:
    """A file that begins and ends with speech, and where in it a pause can be put."""

    file: Path
    pause_at_s: float


def unpacked_prompts(directory: Path) -> list[Prompt]:
    """The prompts, trimmed, in `directory`. Raises `NotPossibleError` when the package cannot be had."""
    _run("apt-get", "download", PACKAGE, directory=directory)
    packages = sorted(directory.glob(f"{PACKAGE}_*.deb"))
    if not packages:
        raise NotPossibleError(f"apt-get brought no {PACKAGE}; run apt-get update")
    _run("dpkg", "-x", str(packages[-1]), ".", directory=directory)
    found = {path.stem: path for path in (directory / "usr/share/asterisk/sounds").rglob("*.wav")}
    missing = [name for name in SENTENCES if name not in found]
    if missing:
        raise NotPossibleError(f"{PACKAGE} has no {', '.join(missing)}: it is another version of the package")
    return [_prompt(found[name], directory / f"{name}.wav") for name in SENTENCES]


def _run(*command: str, directory: Path) -> None:
    try:
        subprocess.run(command, cwd=directory, check=True, capture_output=True, timeout=_FETCH_LIMIT_S)
    except FileNotFoundError:
        raise NotPossibleError(f"{command[0]} is not there: human speech comes from a Debian package") from None
    except subprocess.TimeoutExpired:
        raise NotPossibleError(f"{' '.join(command[:2])} took over {_FETCH_LIMIT_S:.0f} s") from None
    except subprocess.CalledProcessError as error:
        last_words = error.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise NotPossibleError(f"{' '.join(command[:2])} failed: {last_words}; apt-get update may help") from None


def _prompt(source: Path, target: Path) -> Prompt:
    samples = trimmed(read_speech(source, SAMPLE_RATE))
    write_wav(target, [samples], SAMPLE_RATE)
    return Prompt(target, softest_place_s(samples))


def _block_levels(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """RMS of every whole 10 ms."""
    blocks = samples[: samples.size - samples.size % _BLOCK].astype(np.float64).reshape(-1, _BLOCK)
    levels: NDArray[np.float64] = np.sqrt((blocks**2).mean(axis=1))
    return levels


def trimmed(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """What lies within 20 ms of the first and last 10 ms above -38 dBFS."""
    audible = np.flatnonzero(_block_levels(samples) > _AUDIBLE)
    if not audible.size:
        return samples
    return samples[max(0, audible[0] - _MARGIN_BLOCKS) * _BLOCK : (audible[-1] + 1 + _MARGIN_BLOCKS) * _BLOCK]


def softest_place_s(samples: NDArray[np.int16]) -> float:
    """The middle of the softest 30 ms between 35 and 65 % of the samples, in seconds."""
    smoothed = np.convolve(_block_levels(samples), np.ones(3) / 3, mode="same")
    first, last = int(smoothed.size * 0.35), max(int(smoothed.size * 0.65), int(smoothed.size * 0.35) + 1)
    return (first + int(np.argmin(smoothed[first:last])) + 0.5) * _BLOCK / SAMPLE_RATE
