"""Whether the benchmark's own engines compute what they should: with a cache and graphs the same as without."""

from typing import Any

import torch

from tests.bench_gpu.setting import Found, Setting
from tests.bench_gpu.shapes import DECODERS, WHISPER
from tests.bench_gpu.timing import Graphed
from tests.bench_gpu.torch_decoder import TorchDecoder
from tests.bench_gpu.torch_whisper import TorchPass, TorchWhisper

_LINES = 3
_PROMPT = 20
_STEPS = 6


class WrongResultError(Exception):
    """The timings would be those of a wrong computation."""


def check(setting: Setting) -> Found:
    """With tiny models in 32 bits. Raises `WrongResultError`."""
    torch.manual_seed(0)
    with torch.inference_mode():
        _check_decoder(setting.device)
        _check_whisper(setting.device)
    return Found()


def _check_decoder(device: str) -> None:
    """Token by token after a prompt, recorded: the same as the whole so far in one go, not recorded."""
    decoder = TorchDecoder(DECODERS["tiny-qwen3"], _LINES, 64, device, torch.float32)
    text = torch.randint(0, decoder.shape.vocabulary, (_LINES, _PROMPT), device=device)

    def begin() -> None:
        decoder.position.fill_(0)
        decoder.first_tokens(text)

    first, step = Graphed(begin, device), Graphed(lambda: decoder.next_tokens(_LINES), device)
    first()
    written = [decoder.tokens.clone()]
    for _ in range(_STEPS):
        step()
        written.append(decoder.tokens.clone())
    for count, token in enumerate(written):
        decoder.position.fill_(0)
        _expect("language model", token, decoder.forward(torch.cat((text, *written[:count]), dim=1)))


def _check_whisper(device: str) -> None:
    """The token after a prompt that was written token by token: the same as after it in one go."""
    model = TorchWhisper(WHISPER["tiny-whisper"], device, torch.float32)
    steps = TorchPass(model, _LINES, 200, _PROMPT, _STEPS)
    written = torch.tensor(steps.run(), device=device)
    for count in range(_STEPS):
        whole = TorchPass(model, _LINES, 200, _PROMPT + count, 1)
        whole.mels.copy_(steps.mels)
        whole.prompt.copy_(torch.cat((steps.prompt, written[:, :count]), dim=1))
        _expect("Whisper", written[:, count], torch.tensor(whole.run(), device=device)[:, 0])


def _expect(engine: str, found: Any, wanted: Any) -> None:
    if not torch.equal(found, wanted):
        raise WrongResultError(
            f"{engine}: {found.flatten().tolist()} with the cache, {wanted.flatten().tolist()} without"
        )
