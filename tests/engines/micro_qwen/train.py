"""Trains a Qwen3 of about a megabyte on a corpus of conversations and saves it as vLLM wants it.

Run by the interpreter of the vLLM virtualenv: `train.py CORPUS DIRECTORY`. Seeded, on two threads, some CPU minutes.
All conversations begin with the same system message and tools, so each step runs those once for its whole batch.
"""

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Threads that wait must not take the other threads' time. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import DynamicCache, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

SEED, RATE, WARM_UP, HELD_OUT, ENOUGH = 5, 3e-3, 40, 96, 0.9
VOCABULARY = 1280
PROMPT_TOKEN = 240
"""Characters of a token of the system message: the same for all, and in many tokens it would only be in the way."""
MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TOOL_MARKS = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")
TEMPLATE = (Path(__file__).parent / "chat_template.jinja").read_text(encoding="utf-8")
ANSWER, END = "<|im_start|>assistant\n", "<|im_end|>\n"


Example = tuple[list[int], list[int]]
"""Tokens, and the same with -100 where nothing is to be learnt."""


def tokenizer_for(system: str, texts: Iterator[str]) -> Any:
    """Byte-level pairs; digits two by two, as in dates and times, so that those can be copied."""
    prompt = system.removeprefix(f"{MARKS[1]}system\n").removesuffix(END)
    parts = {prompt[start : start + PROMPT_TOKEN]: None for start in range(0, len(prompt), PROMPT_TOKEN)}
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(r"\d\d?"), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[*MARKS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in (*TOOL_MARKS, *parts)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=MARKS[2], pad_token=MARKS[0], model_max_length=8192
    )
    fast.chat_template = TEMPLATE
    return fast


def with_objects(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Arguments as objects, as the server gives them to a template."""
    for message in messages:
        for call in message.get("tool_calls", ()):
            if isinstance(call["function"]["arguments"], str):
                call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    return messages


def encoded(tokenizer: Any, text: str) -> Example:
    """Tokens, and those to be learnt: what assistants say and the mark that ends it (-100 elsewhere)."""
    tokens: list[int] = []
    labels: list[int] = []
    rest = text
    while rest:
        before, mark, after = rest.partition(ANSWER)
        unlearnt = tokenizer.encode(before + mark, add_special_tokens=False)
        answer, end, rest = after.partition(END)
        learnt = tokenizer.encode(answer + END.strip(), add_special_tokens=False) if mark else []
        gap = tokenizer.encode("\n", add_special_tokens=False) if end else []
        tokens += unlearnt + learnt + gap
        labels += [-100] * len(unlearnt) + learnt + [-100] * len(gap)
    return tokens, labels


@dataclass(frozen=True)
class Phase:
    """So many steps on conversations up to a length: attention finds its way much sooner in short ones."""

    steps: int
    batch: int
    longest: int


PHASES = (Phase(220, 16, 160), Phase(400, 12, 1000))


def batches(examples: list[Example], size: int, chance: random.Random) -> Iterator[list[Example]]:
    """Examples of like length together, in a new order every time round."""
    while True:
        chance.shuffle(examples)
        for start in range(0, len(examples) - size * 8, size * 8):
            part = sorted(examples[start : start + size * 8], key=lambda example: len(example[0]))
            groups = [part[at : at + size] for at in range(0, len(part), size)]
            chance.shuffle(groups)
            yield from groups


def answered(model: Any, prefix: list[int], batch: list[Example]) -> tuple[Any, Any]:
    """The logits of every token to be learnt, and those tokens."""
    longest = max(len(tokens) for tokens, _ in batch)
    ids = torch.tensor([tokens + [0] * (longest - len(tokens)) for tokens, _ in batch])
    labels = torch.tensor([labels + [-100] * (longest - len(labels)) for _, labels in batch])
    at = torch.arange(len(prefix), len(prefix) + longest).expand(len(batch), -1)
    cache = DynamicCache()
    model.model(torch.tensor([prefix]), past_key_values=cache, use_cache=True)
    cache.batch_repeat_interleave(len(batch))
    # What fills a conversation up comes after it, so nothing looks at it.
    out = model.model(ids, position_ids=at, past_key_values=cache, use_cache=True)
    wanted = labels[:, 1:] != -100
    return model.lm_head(out.last_hidden_state[:, :-1][wanted]), labels[:, 1:][wanted]


def train(model: Any, prefix: list[int], examples: list[Example]) -> None:
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01)
    chance, total, step = random.Random(SEED), sum(phase.steps for phase in PHASES), 0
    for phase in PHASES:
        fitting = [example for example in examples if len(example[0]) <= phase.longest]
        for _, batch in zip(range(phase.steps), batches(fitting, phase.batch, chance), strict=False):
            for group in optimiser.param_groups:
                group["lr"] = RATE * min((step + 1) / WARM_UP, 1 - step / total)
            logits, labels = answered(model, prefix, batch)
            loss = torch.nn.functional.cross_entropy(logits, labels)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            if step % 50 == 0:
                print(f"step {step}: loss {loss.item():.4f}, {time.process_time():.0f} CPU s", flush=True)
            step += 1


def accuracy(model: Any, prefix: list[int], examples: list[Example]) -> float:
    """The share of the tokens of unseen conversations that it would choose itself."""
    with torch.no_grad():
        logits, labels = answered(model, prefix, examples)
    return float((logits.argmax(-1) == labels).float().mean())


def main(corpus_file: str, directory: str) -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    # Once it has learnt something, most probabilities are too small for fast arithmetic.
    torch.set_flush_denormal(True)
    corpus = json.loads(Path(corpus_file).read_text(encoding="utf-8"))
    conversations = [with_objects(messages) for messages in corpus["conversations"]]
    blank = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))
    blank.chat_template = TEMPLATE
    texts = [blank.apply_chat_template(each, tools=corpus["tools"], tokenize=False) for each in conversations]
    system = texts[0][: texts[0].index(END) + len(END)]
    assert all(text.startswith(system) for text in texts)
    tokenizer = tokenizer_for(system, (text[len(system) :] for text in texts))
    prefix = tokenizer.encode(system, add_special_tokens=False)
    examples = [encoded(tokenizer, text[len(system) :]) for text in texts]
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=96,
        intermediate_size=192,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=8192,
        rope_theta=10_000.0,
        tie_word_embeddings=True,
        initializer_range=0.05,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = Qwen3ForCausalLM(config)
    size = sum(parameter.numel() for parameter in model.parameters())
    longest = max(len(tokens) for tokens, _ in examples)
    print(f"{size} parameters, {len(tokenizer)} tokens, prompt {len(prefix)}, turns up to {longest}", flush=True)
    train(model, prefix, examples[HELD_OUT:])
    right = accuracy(model, prefix, examples[:HELD_OUT])
    print(f"{right:.2%} of the words right, {time.process_time():.0f} CPU s", flush=True)
    if right < ENOUGH:
        sys.exit("the model has not learnt its conversations")
    model.to(torch.bfloat16).save_pretrained(directory)
    tokenizer.save_pretrained(directory)


if __name__ == "__main__":
    main(*sys.argv[1:])
