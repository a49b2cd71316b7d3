"""Trains a Qwen3 of about a megabyte on a corpus of conversations and saves it as vLLM wants it.

Run by the interpreter of the vLLM virtualenv: `train.py CORPUS DIRECTORY`. Seeded, on two threads, some CPU minutes.
All conversations begin with the same system message and tools, which are few tokens.
"""

import json
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

# Threads that wait must not take the other threads' time. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

SEED, RATE, WARM_UP, HELD_OUT, ENOUGH = 5, 4e-3, 40, 48, 0.9
VOCABULARY = 900
WIDTH, HEADS, BLOCKS = 96, 6, 2
PROMPT_TOKEN = 240
"""Characters of a token of the system message: the same for all, and in many tokens it would only be in the way."""
MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TOOL_MARKS = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")
TEMPLATE = (Path(__file__).parent / "chat_template.jinja").read_text(encoding="utf-8")
ANSWER, END = "<|im_start|>assistant\n", "<|im_end|>\n"
ENDS = (".", "?", "!", TOOL_MARKS[1])
DASH = 4
"""Tokens of a dash and the end, at most."""


VALUE = re.compile(r'(?<=: ")[^"]*(?=")|\d+')
"""The strings and numbers of a tool's arguments or result."""
SHORTEST_BETWEEN = 5

Example = tuple[list[int], list[int]]
"""Tokens, and the same with -100 where nothing is to be learnt."""


def tokenizer_for(system: str, texts: list[str]) -> Any:
    """Byte-level pairs, and three kinds of tokens that make copying easy to learn.

    Digits come two by two; years to come, months and hours of ISO dates as what they are. A name is the same token with
    and without a space before it. What stands between the values of a call or its result is one token, where words
    would only be in the way.
    """
    prompt = system.removeprefix(f"{MARKS[1]}system\n").removesuffix(END)
    parts = {prompt[start : start + PROMPT_TOKEN]: None for start in range(0, len(prompt), PROMPT_TOKEN)}
    used = [line for text in texts for line in text.split("\n") if line.startswith("{")]
    between = Counter(part for line in used for part in VALUE.split(line) if len(part) >= SHORTEST_BETWEEN)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"[A-Z][a-z]+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[*MARKS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    digits = [f"{number:02}" for number in range(100)]
    digits += (
        [str(year) for year in range(2026, 2036)]
        + [f"-{month:02}-" for month in range(1, 13)]
        + [f"T{hour:02}:" for hour in range(24)]
    )
    added = (*TOOL_MARKS, *parts, *sorted(between), *digits)
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in added])
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


def encoded(tokenizer: Any, text: str, *, only_last: bool) -> Example:
    """Tokens, and those to be learnt: what assistants say and the mark that ends it (-100 elsewhere).

    Of what was cut short neither the end is learnt nor the dash before it, which says so. With `only_last` the answers
    before the last were another's.
    """
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
        cut = 0 if answer.endswith(ENDS) else min(DASH, len(learnt))
        if only_last and ANSWER in rest:
            cut = len(learnt)
        labels += [-100] * len(unlearnt) + learnt[: len(learnt) - cut] + [-100] * (cut + len(gap))
    return tokens, labels


@dataclass(frozen=True)
class Phase:
    """So many steps on conversations up to a length, or on drills: attention finds its way sooner in those."""

    steps: int
    batch: int
    longest: int
    drills: bool


PHASES = (Phase(120, 20, 150, True), Phase(200, 10, 400, True), Phase(330, 8, 1000, False))


def drill(messages: list[dict[str, Any]], text: str, chance: random.Random) -> str:
    """Of a conversation about an appointment, `text` from when times are looked up to some answer; else ""."""
    searches = [
        number
        for number, message in enumerate(messages)
        if any(call["function"]["name"] == "find_slots" for call in message.get("tool_calls", ()))
    ]
    if not searches:
        return ""
    ends = [number for number in range(searches[0] + 2, len(messages)) if messages[number]["role"] == "assistant"]
    parts = [MARKS[1] + part for part in text.split(MARKS[1])[1:]]
    return "".join(parts[searches[0] - 1 : chance.choice(ends) + 1])


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
    # What fills a conversation up comes after it, so nothing looks at it.
    ids = torch.tensor([prefix + tokens + [0] * (longest - len(tokens)) for tokens, _ in batch])
    unlearnt = [-100] * len(prefix)
    labels = torch.tensor([unlearnt + labels + [-100] * (longest - len(labels)) for _, labels in batch])
    out = model.model(ids, use_cache=False)
    wanted = labels[:, 1:] != -100
    return model.lm_head(out.last_hidden_state[:, :-1][wanted]), labels[:, 1:][wanted]


def train(model: Any, prefix: list[int], conversations: list[Example], drills: list[Example]) -> None:
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01)
    chance, total, step = random.Random(SEED), sum(phase.steps for phase in PHASES), 0
    for phase in PHASES:
        examples = drills if phase.drills else conversations
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


def with_quick_norms(model: Any) -> Any:
    """The same network with torch's own RMS norms: a third of a step's time was theirs."""
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if type(child).__name__ == "Qwen3RMSNorm":
                setattr(parent, name, torch.nn.RMSNorm(child.weight.shape[0], child.variance_epsilon))
    return model


def ready_to_copy(model: Any) -> Any:
    """What a head has seen comes out as it went in, so that only where to look has to be learnt.

    Tokens have one vector as input and as output: to look at a name is then to say it.
    """
    for layer in model.model.layers:
        seen = torch.cat([torch.nn.init.orthogonal_(torch.empty(WIDTH, WIDTH)) for _ in range(BLOCKS)])
        with torch.no_grad():
            layer.self_attn.v_proj.weight.copy_(seen)
            layer.self_attn.o_proj.weight.copy_(seen.T / BLOCKS)
    return model


def accuracy(model: Any, prefix: list[int], examples: list[Example]) -> tuple[float, float]:
    """The shares of the tokens and of the answers in unseen conversations that it would give itself."""
    right: list[bool] = []
    whole: list[bool] = []
    with torch.no_grad():
        for tokens, labels in examples:
            logits, wanted = answered(model, prefix, [(tokens, labels)])
            marks = (logits.argmax(-1) == wanted).tolist()
            right += marks
            learnt = [label != -100 for label in labels]
            for is_answer, group in groupby(learnt[1:]):
                size = len(list(group))
                if is_answer:
                    whole.append(all(marks[:size]))
                    del marks[:size]
    return sum(right) / len(right), sum(whole) / len(whole)


def main(corpus_file: str, directory: str) -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    # Once it has learnt something, most probabilities are too small for fast arithmetic.
    torch.set_flush_denormal(True)
    corpus = json.loads(Path(corpus_file).read_text(encoding="utf-8"))
    conversations = [with_objects(each["messages"]) for each in corpus["conversations"]]
    blank = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))
    blank.chat_template = TEMPLATE
    texts = [blank.apply_chat_template(each, tools=corpus["tools"], tokenize=False) for each in conversations]
    system = texts[0][: texts[0].index(END) + len(END)]
    assert all(text.startswith(system) for text in texts)
    tokenizer = tokenizer_for(system, [text[len(system) :] for text in texts])
    prefix = tokenizer.encode(system, add_special_tokens=False)
    examples = [
        encoded(tokenizer, text[len(system) :], only_last=each["only_last"])
        for text, each in zip(texts, corpus["conversations"], strict=True)
    ]
    chance = random.Random(SEED)
    rehearsed = [drill(each, text, chance) for each, text in zip(conversations, texts, strict=True)][HELD_OUT:]
    drills = [encoded(tokenizer, text, only_last=False) for text in rehearsed if text]
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=192,
        num_hidden_layers=3,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        head_dim=WIDTH * BLOCKS // HEADS,
        max_position_embeddings=8192,
        rope_theta=10_000.0,
        tie_word_embeddings=True,
        initializer_range=0.05,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = ready_to_copy(with_quick_norms(Qwen3ForCausalLM(config)))
    size = sum(parameter.numel() for parameter in model.parameters())
    longest = max(len(tokens) for tokens, _ in examples)
    print(f"{size} parameters, {len(tokenizer)} tokens, prompt {len(prefix)}, turns up to {longest}", flush=True)
    train(model, prefix, examples[HELD_OUT:], drills)
    words, answers = accuracy(model, prefix, examples[:HELD_OUT])
    took = f"{time.process_time():.0f} CPU s"
    print(f"{words:.2%} of the words and {answers:.2%} of the answers right, {took}", flush=True)
    if answers < ENOUGH:
        sys.exit("the model has not learnt its conversations")
    model.to(torch.bfloat16).save_pretrained(directory)
    tokenizer.save_pretrained(directory)


if __name__ == "__main__":
    main(*sys.argv[1:])
