from dataclasses import replace

from tests.bench_gpu.stacks import best_generations, best_passes, best_speeches, replayed, stacks
from tests.bench_gpu_parts.samples import RESULT

WHISPER = "whisper-large-v3-turbo"
PASS, GENERATION, SPEECH = RESULT.final_passes[0], RESULT.generations[0], RESULT.speeches[0]


def test_the_appliances_own_engines_come_before_their_stand_ins() -> None:
    own_pass = replace(PASS, engine="CTranslate2 4.8 float16")
    assert best_passes((PASS, own_pass), WHISPER) == (own_pass,)
    assert best_passes((PASS, replace(own_pass, model="whisper-small")), WHISPER) == (PASS,)
    own_writer = replace(GENERATION, engine="vLLM 0.32")
    assert best_generations((GENERATION, own_writer), "qwen3-8b") == (own_writer,)


def test_a_voice_on_the_cpu_has_one_thread() -> None:
    one = replace(SPEECH, threads=1)
    gpu = replace(SPEECH, threads=1, device="cuda", engine="torch")
    assert best_speeches((SPEECH, gpu, one)) == (one, gpu)


def test_a_stack_needs_all_three_engines() -> None:
    result = replace(RESULT, speeches=(replace(SPEECH, threads=1),))
    assert len(stacks(result, WHISPER, ("qwen3-8b", "qwen3-4b"))) == 1
    assert stacks(replace(result, speeches=()), WHISPER, ("qwen3-8b",)) == ()
    assert stacks(replace(result, final_passes=()), WHISPER, ("qwen3-8b",)) == ()


def test_loads_and_capacities_are_those_of_the_stack() -> None:
    result = replace(RESULT, speeches=(replace(SPEECH, threads=1),), loads=(), capacities=())
    times = stacks(result, WHISPER, ("qwen3-8b",))
    found = replayed(result, times, 8, lambda: True, shown=(1, 2), most=4)
    assert [load.calls for load in found.loads] == [1, 2]
    assert [(it.limit_ms, it.calls, it.at_least) for it in found.capacities] == [(500, 4, True), (800, 4, True)]
    assert replayed(result, times, 8, lambda: False).loads == ()
