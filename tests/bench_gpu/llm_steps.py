"""The language model's first token and the next ones, with a cached prefix, by vLLM and by torch."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import torch

from tests.bench_gpu.results import Generation, Memory
from tests.bench_gpu.setting import FRESH_TOKENS, PREFIX_TOKENS, REPLY_TOKENS, Found, NotHereError, Setting
from tests.bench_gpu.shapes import DECODERS, DecoderShape
from tests.bench_gpu.timing import Graphed, measured, peak_memory, timed_ms, timing
from tests.bench_gpu.torch_decoder import TorchDecoder

_SPARE_TOKENS: Final = 16
# vLLM refuses to start where less of the machine's memory is free than it is told to take; a tiny model needs little.
_SHARE_OF_MEMORY: Final = 0.1


def by_torch(setting: Setting, name: str) -> Found:
    """Every number of lines by `TorchDecoder`."""
    shape = DECODERS[setting.decoder(name)]
    dtype = torch.float32 if setting.device == "cpu" else torch.bfloat16
    reply = 8 if setting.tiny else REPLY_TOKENS
    rows: list[Generation] = []
    peak: list[float] = []
    reasons: set[str] = set()
    with torch.inference_mode(), peak_memory(setting.device, peak):
        length = PREFIX_TOKENS + FRESH_TOKENS + reply + _SPARE_TOKENS
        decoder = TorchDecoder(shape, max(setting.lines), length, setting.device, dtype)
        decoder.fill_prefix(PREFIX_TOKENS)
        for lines in setting.lines:
            begin, step = recorded(decoder, lines)
            reasons |= {graph.reason for graph in (begin, step) if graph.reason}
            first = measured(lambda begin=begin: on_host(begin, decoder), setting.device, setting.repeats)  # type: ignore[misc]
            begin()
            steps = timing([timed_ms(lambda step=step: on_host(step, decoder), setting.device) for _ in range(reply)])  # type: ignore[misc]
            engine = f"torch {torch.__version__}"
            rows.append(
                Generation(
                    shape.name,
                    engine,
                    lines,
                    PREFIX_TOKENS,
                    FRESH_TOKENS,
                    first.p50_ms,
                    first.p95_ms,
                    steps.p50_ms,
                    steps.p95_ms,
                )
            )
    memory = [Memory(shape.name, 2 * shape.parameters / 1e9, peak_gb) for peak_gb in peak]
    return Found(
        {"generations": rows, "memory": memory}, tuple(f"{name}: no CUDA graph: {why}" for why in sorted(reasons))
    )


def recorded(decoder: TorchDecoder, lines: int) -> tuple[Graphed, Graphed]:
    """The first token of `lines` replies, and one more of each."""
    fresh = torch.randint(0, decoder.shape.vocabulary, (lines, FRESH_TOKENS), device=decoder.device)

    def begin() -> None:
        decoder.position.fill_(PREFIX_TOKENS)
        decoder.first_tokens(fresh)

    first = Graphed(begin, decoder.device)
    decoder.position.fill_(PREFIX_TOKENS + FRESH_TOKENS)
    return first, Graphed(lambda: decoder.next_tokens(lines), decoder.device)


def on_host(work: Graphed, decoder: TorchDecoder) -> object:
    """The work, and its tokens on the host, from where they would be streamed."""
    work()
    return decoder.tokens.tolist()


def by_vllm(setting: Setting, name: str) -> Found:
    """Every number of lines by vLLM's own engine, step by step, with random weights of its own."""
    for variable in ("HF_HUB_OFFLINE", "DO_NOT_TRACK", "VLLM_NO_USAGE_STATS", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ[variable] = "1"
    # In this process, or steps could not be told apart.
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    try:
        import vllm
    except ImportError as error:
        raise NotHereError(f"vLLM is not installed ({error})") from None
    shape = DECODERS[setting.decoder(name)]
    reply = 8 if setting.tiny else REPLY_TOKENS
    with tempfile.TemporaryDirectory(prefix="bench-gpu-") as directory:
        (Path(directory) / "config.json").write_text(json.dumps(_configuration(shape)))
        model = vllm.LLM(
            model=directory,
            load_format="dummy",
            skip_tokenizer_init=True,
            max_model_len=2048,
            max_num_seqs=64,
            gpu_memory_utilization=0.85 if setting.device != "cpu" else _SHARE_OF_MEMORY,
            enable_prefix_caching=True,
        )
        rows = [_generation(vllm, model, shape, lines, reply, setting.repeats) for lines in setting.lines]
    return Found({"generations": rows})


def _generation(vllm: Any, model: Any, shape: DecoderShape, lines: int, reply: int, repeats: int) -> Generation:
    # Half the repeats of the torch engine: each makes whole replies.
    rounds = [_round(vllm, model.llm_engine, shape, lines, reply, number) for number in range(2 + repeats // 2)][2:]
    first = timing([first_ms for first_ms, _ in rounds])
    steps = timing([step_ms for _, steps_ms in rounds for step_ms in steps_ms])
    return Generation(
        shape.name,
        f"vLLM {vllm.__version__}",
        lines,
        PREFIX_TOKENS,
        FRESH_TOKENS,
        first.p50_ms,
        first.p95_ms,
        steps.p50_ms,
        steps.p95_ms,
    )


def _round(
    vllm: Any, engine: Any, shape: DecoderShape, lines: int, reply: int, number: int
) -> tuple[float, list[float]]:
    """ms until all of `lines` requests that come at once have a token, and of every step after that."""
    sampling = vllm.SamplingParams(temperature=0.0, max_tokens=reply, ignore_eos=True, detokenize=False)
    began = time.perf_counter()
    for line, prompt in enumerate(_prompts(shape, lines, number)):
        engine.add_request(f"{lines}-{number}-{line}", {"prompt_token_ids": prompt}, sampling)
    begun: set[str] = set()
    first_ms, steps_ms = 0.0, []
    while engine.has_unfinished_requests():
        step_began = time.perf_counter()
        begun |= {output.request_id for output in engine.step() if output.outputs[0].token_ids}
        now = time.perf_counter()
        if first_ms:
            steps_ms.append((now - step_began) * 1000)
        elif len(begun) == lines:
            first_ms = (now - began) * 1000
    return first_ms, steps_ms


def _prompts(shape: DecoderShape, lines: int, number: int) -> Iterator[list[int]]:
    """The same prefix every time, and then tokens that never were there before."""
    prefix = [7 + index % 250 for index in range(PREFIX_TOKENS)]
    for line in range(lines):
        seed = 1 + line + 64 * number + 4096 * lines
        yield prefix + [
            (seed * (index + 3) * 2654435761 >> 7) % (shape.vocabulary - 16) for index in range(FRESH_TOKENS)
        ]


def _configuration(shape: DecoderShape) -> dict[str, Any]:
    """As in the model's config.json; vLLM makes random weights for it."""
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "hidden_size": shape.width,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_width,
        "intermediate_size": shape.feed_forward,
        "vocab_size": shape.vocabulary,
        "tie_word_embeddings": shape.tied,
        "hidden_act": "silu",
        "max_position_embeddings": 40960,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1000000.0,
        "attention_bias": False,
        "torch_dtype": "bfloat16",
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
