"""Trains a small Whisper on lessons: run by the interpreter of the vLLM virtualenv, `train.py LESSONS WEIGHTS`.

LESSONS (npz): `features` [n, 80, most frames] with `frames` of each, `tokens` [n, most] of each with -1 after them,
`whole` where it does not break off, `context` that may come before, `start` (what begins every transcript), `end`,
`no_speech`, and `size`, how many tokens there are: their numbers are those of the few in use, in order. WEIGHTS (npz)
has an array for each parameter. Seeded, on two threads, CPU minutes.
"""

import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Threads that wait must not take the other threads' time. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch import nn
from torch.nn import functional

SEED, RATE, WARM_UP, STEPS, BATCH, ENOUGH = 3, 2e-3, 50, 800, 16, 0.97
WIDTH, HEADS, LAYERS, MELS, POSITIONS = 64, 2, 2, 80, 448
FRAMES_A_STEP = 100


class Attention(nn.Module):  # type: ignore[misc]
    """Layer norm, then attention to itself or to what was heard; added to what comes in."""

    def __init__(self, *, crossed: bool) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.crossed = crossed

    def forward(self, inputs: Any, heard: Any = None, *, causal: bool = False) -> Any:
        normed = self.norm(inputs)
        source = heard if self.crossed else normed
        query, key, value = (
            linear(given).view(given.shape[0], -1, HEADS, WIDTH // HEADS).transpose(1, 2)
            for linear, given in ((self.query, normed), (self.key, source), (self.value, source))
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
        return inputs + self.out(mixed.transpose(1, 2).reshape(inputs.shape))


class Layer(nn.Module):  # type: ignore[misc]
    """One layer of the encoder, or of the decoder when it is `crossed`."""

    def __init__(self, *, crossed: bool) -> None:
        super().__init__()
        self.attention = Attention(crossed=False)
        self.cross = Attention(crossed=True) if crossed else None
        self.norm = nn.LayerNorm(WIDTH)
        self.wide = nn.Linear(WIDTH, 4 * WIDTH)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, inputs: Any, heard: Any = None) -> Any:
        mixed = self.attention(inputs, causal=self.cross is not None)
        if self.cross is not None:
            mixed = self.cross(mixed, heard)
        return mixed + self.narrow(functional.gelu(self.wide(self.norm(mixed))))


class Whisper(nn.Module):  # type: ignore[misc]
    """Encoder and decoder as in Radford et al. 2022, in small."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.encoder = nn.ModuleList(Layer(crossed=False) for _ in range(LAYERS))
        self.encoder_norm = nn.LayerNorm(WIDTH)
        self.embeddings = nn.Parameter(torch.randn(tokens, WIDTH) * 0.1)
        self.positions = nn.Parameter(torch.randn(POSITIONS, WIDTH) * 0.02)
        self.decoder = nn.ModuleList(Layer(crossed=True) for _ in range(LAYERS))
        self.decoder_norm = nn.LayerNorm(WIDTH)

    def encode(self, features: Any) -> Any:
        heard = functional.gelu(self.conv2(functional.gelu(self.conv1(features)))).transpose(1, 2)
        heard = heard + sinusoids(heard.shape[1])
        for layer in self.encoder:
            heard = layer(heard)
        return self.encoder_norm(heard)

    def forward(self, features: Any, tokens: Any) -> Any:
        heard = self.encode(features)
        said = self.embeddings[tokens] + self.positions[: tokens.shape[1]]
        for layer in self.decoder:
            said = layer(said, heard)
        return self.decoder_norm(said) @ self.embeddings.T


def sinusoids(length: int) -> Any:
    """Whisper's positions of the encoder."""
    rates = torch.exp(-np.log(10000) / (WIDTH // 2 - 1) * torch.arange(WIDTH // 2))
    angles = torch.arange(length)[:, None] * rates[None, :]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def batches(lengths: list[int], chance: random.Random) -> Iterator[list[int]]:
    """Lessons of one length together, in a new order every time round."""
    while True:
        numbers = list(range(len(lengths)))
        chance.shuffle(numbers)
        numbers.sort(key=lambda number: lengths[number])
        groups = [numbers[at : at + BATCH] for at in range(0, len(numbers), BATCH)]
        same = [[each for each in group if lengths[each] == lengths[group[0]]] for group in groups]
        chance.shuffle(same)
        yield from same


class School:
    """The lessons as the network is given them."""

    def __init__(self, lessons: Any) -> None:
        self.features = torch.from_numpy(lessons["features"].astype(np.float32))
        self.frames: list[int] = lessons["frames"].tolist()
        self.texts = [[token for token in row if token >= 0] for row in lessons["tokens"].tolist()]
        self.context: list[int] = lessons["context"].tolist()
        self.start: list[int] = lessons["start"].tolist()
        self.end, self.no_speech = int(lessons["end"]), int(lessons["no_speech"])
        self.size = int(lessons["size"])
        self.whole: list[bool] = lessons["whole"].tolist()

    def batch(self, numbers: list[int], before: list[int]) -> tuple[Any, Any, Any]:
        """Features, tokens, and what is to follow each of them (-100: anything) after the context `before`."""
        rows, labels = [], []
        for number in numbers:
            text = self.texts[number]
            rows.append([*before, *self.start, *text, self.end])
            first = self.start[1] if text else self.no_speech
            quiet = [-100] * (len(self.start) - 2)
            labels.append([-100] * len(before) + [first, *quiet, *text, self.end, -100])
        longest = max(map(len, rows))
        features = self.features[numbers][:, :, : self.frames[numbers[0]]]
        filled = torch.tensor([row + [self.end] * (longest - len(row)) for row in rows])
        wanted = torch.tensor([row + [-100] * (longest - len(row)) for row in labels])
        return features, filled, wanted

    def any_context(self, chance: random.Random) -> list[int]:
        """All of it mostly, for that is what it is given; else its end, or none."""
        return self.context if chance.random() < 0.7 else self.context[chance.randrange(len(self.context)) + 1 :]


def train(model: Any, school: School, taught: list[int]) -> None:
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01)
    chance = random.Random(SEED)
    order = batches([school.frames[number] for number in taught], chance)
    for step, numbers in zip(range(STEPS), order, strict=False):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min((step + 1) / WARM_UP, 1 - step / STEPS)
        features, tokens, wanted = school.batch([taught[each] for each in numbers], school.any_context(chance))
        logits = model(features, tokens)
        loss = functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % 100 == 0:
            print(f"step {step}: loss {loss.item():.4f}, {time.process_time():.0f} CPU s", flush=True)


def accuracy(model: Any, school: School, numbers: list[int]) -> float:
    """The share of lessons of which it would choose every token itself."""
    right = 0
    with torch.no_grad():
        for number in numbers:
            features, tokens, wanted = school.batch([number], school.context)
            chosen, asked = model(features, tokens).argmax(-1), wanted != -100
            right += bool((chosen[asked] == wanted[asked]).all())
    return right / len(numbers)


def main(lessons: str, weights: str) -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    torch.set_flush_denormal(True)
    school = School(np.load(Path(lessons)))
    model = Whisper(school.size)
    everything = list(range(len(school.texts)))
    # Where speech was cut off, nobody knows whether the last word counts.
    held_out = [number for number in everything[::10] if school.whole[number]]
    train(model, school, [number for number in everything if number % 10])
    right = accuracy(model, school, held_out)
    print(f"{right:.1%} of unseen lessons right, {time.process_time():.0f} CPU s", flush=True)
    if right < ENOUGH:
        sys.exit("the network has not learnt its lessons")
    np.savez(weights, **{name: value.detach().numpy() for name, value in model.named_parameters()})


if __name__ == "__main__":
    main(*sys.argv[1:])
