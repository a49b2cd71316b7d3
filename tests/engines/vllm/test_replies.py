"""The client and the real vLLM: streaming, tools, aborts, the prefix cache, failures by kind."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from appliance.dialogue.briefing import say_today
from models.llm import LanguagePiece, Message, TextPiece, ToolCallPiece, ToolSchema
from models.openai_chat.client import OpenAiChat
from models.openai_chat.endpoint import Endpoint
from models.openai_chat.failures import ChatError, FailureKind
from tests.engines.micro_qwen.clinic_turns import PROMPTS, briefing
from tests.engines.micro_qwen.phrases import ADDRESS, ENDLESS, EVERYTHING, HOURS, HOURS_IN_SPANISH
from tests.engines.vllm.conftest import PATIENT, PROBING
from tests.engines.vllm.dated_appliance import TODAY
from tests.engines.vllm.server import BLOCK, NAME, VllmServer
from tests.engines.vllm.waiting import closed, until

pytestmark = [pytest.mark.engines, pytest.mark.timeout(2400)]

BRIEFING = briefing()
MOST_TOKENS = 6000
OPENING = (
    Message("system", BRIEFING.system_prompt),
    Message("user", f"[The phone was answered on {say_today(TODAY)}.]"),
    Message("assistant", PROMPTS.greeting),
)


def asked(text: str) -> tuple[Message, ...]:
    return (*OPENING, Message("user", text))


async def whole(
    model: OpenAiChat, messages: tuple[Message, ...], tools: tuple[ToolSchema, ...] = BRIEFING.tools
) -> list[LanguagePiece]:
    async with aclosing(model.reply(messages, tools)) as pieces:
        return [piece async for piece in pieces]


def text_of(pieces: list[LanguagePiece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))


def calls_of(pieces: list[LanguagePiece]) -> list[tuple[str, Any]]:
    return [(piece.name, piece.arguments) for piece in pieces if isinstance(piece, ToolCallPiece)]


async def test_a_reply_is_streamed_word_by_word(model: OpenAiChat) -> None:
    for question, answer in (("When are you open?", HOURS), ("What is your address?", ADDRESS)):
        pieces = await whole(model, asked(question))
        assert text_of(pieces) == answer
        # How many words come at once is up to the server: a busy one puts those together that nobody has fetched yet.
        assert len(pieces) > 1
    assert model.statistics.completed == 2
    assert model.statistics.completion_tokens > len((HOURS + ADDRESS).split())


async def test_the_note_on_the_caller_s_language_reaches_the_model(model: OpenAiChat) -> None:
    assert text_of(await whole(model, asked("[in Spanish] ¿A qué hora abren?"))) == HOURS_IN_SPANISH


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("I need an appointment with Dr. Patel.", ("find_slots", {"doctor": "patel"})),
        ("Can I see Dr. Kim?", ("find_slots", {"doctor": "kim"})),
        ("Can I talk to somebody?", ("transfer_call", {"department": "operator"})),
        ("Connect me with billing.", ("transfer_call", {"department": "billing"})),
        ("No, that is all. Goodbye.", ("end_call", {})),
    ],
)
async def test_tool_calls(model: OpenAiChat, said: str, call: tuple[str, Any]) -> None:
    assert calls_of(await whole(model, asked(said))) == [call]


async def test_arguments_are_held_to_their_schema(model: OpenAiChat) -> None:
    """The model would say "patel"; the schema lets it say another name only."""
    find = next(tool for tool in BRIEFING.tools if tool.name == "find_slots")
    others = tuple(tool for tool in BRIEFING.tools if tool.name != "find_slots")
    only = {
        "type": "object",
        "properties": {"doctor": {"type": "string", "enum": ["kim"]}},
        "additionalProperties": False,
    }
    question = asked("I need an appointment with Dr. Patel.")
    assert calls_of(await whole(model, question)) == [("find_slots", {"doctor": "patel"})]
    held = (replace(find, parameters=only), *others)
    assert calls_of(await whole(model, question, held)) in ([("find_slots", {"doctor": "kim"})], [("find_slots", {})])


async def test_closing_a_reply_frees_its_place(vllm: VllmServer, model: OpenAiChat) -> None:
    """An endless answer is made up to its last token if nobody closes it, and no further if somebody does."""
    assert ENDLESS.startswith(text_of(await whole(model, asked(EVERYTHING)))[:100])
    assert model.statistics.completion_tokens == PATIENT.max_tokens

    before = vllm.metric("generation_tokens_total")
    talkative = OpenAiChat(Endpoint.of(vllm.url), NAME, replace(PATIENT, max_tokens=MOST_TOKENS))
    await talkative.warm_up()
    long_answers = vllm.long_answers()
    async with aclosing(talkative.reply(asked(EVERYTHING), BRIEFING.tools)) as pieces:
        await anext(pieces)
    await until(lambda: vllm.metric("num_requests_running") == 0)
    assert vllm.metric("generation_tokens_total") - before < MOST_TOKENS
    assert vllm.long_answers() == long_answers
    await whole(talkative, asked(EVERYTHING))
    await until(lambda: vllm.long_answers() == long_answers + 1)
    assert (talkative.statistics.completed, talkative.statistics.aborted) == (1, 1)
    assert talkative.available
    assert not talkative.statistics.failed
    await closed(talkative)


async def test_cancelling_many_replies_at_once_frees_all_their_places(vllm: VllmServer, model: OpenAiChat) -> None:
    begun = asyncio.Queue[None]()

    async def talk() -> None:
        async with aclosing(model.reply(asked(EVERYTHING), BRIEFING.tools)) as pieces:
            async for _ in pieces:
                begun.put_nowait(None)

    tasks = [asyncio.create_task(talk()) for _ in range(6)]
    await begun.get()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await until(lambda: vllm.metric("num_requests_running") + vllm.metric("num_requests_waiting") == 0)
    assert model.statistics.aborted + model.statistics.completed == 6
    assert model.statistics.aborted >= 1


async def test_a_later_turn_finds_the_earlier_ones_in_the_prefix_cache(vllm: VllmServer, model: OpenAiChat) -> None:
    await whole(model, asked("What are your hours?"))
    prompt, cached = model.statistics.prompt_tokens, model.statistics.cached_tokens
    hits, queries = vllm.metric("prefix_cache_hits_total"), vllm.metric("prefix_cache_queries_total")
    later = (*asked("What are your hours?"), Message("assistant", HOURS), Message("user", "How do I get there?"))
    await whole(model, later)
    found, asked_for = model.statistics.cached_tokens - cached, model.statistics.prompt_tokens - prompt
    assert found >= prompt // BLOCK * BLOCK - BLOCK
    # Or more: what was asked before may be counted after it.
    await until(lambda: vllm.metric("prefix_cache_hits_total") - hits >= found)
    await until(lambda: vllm.metric("prefix_cache_queries_total") - queries >= asked_for)


async def test_what_was_read_ahead_while_the_caller_spoke_need_not_be_read_again(
    model: OpenAiChat,
) -> None:
    """The same long turn twice, in words of its own each time: once unprepared, once read ahead all but its end."""

    def turn(name: str) -> str:
        return " ".join(f"{name} and {number}" for number in range(40)) + " When are you open?"

    await whole(model, asked(turn("alpha")))
    unprepared = model.statistics.cached_tokens
    part = turn("gamma")[:-20]
    model.prefill(asked(part), BRIEFING.tools)
    await until(lambda: model.statistics.prefilled == 1)
    await whole(model, asked(turn("gamma")))
    prepared = model.statistics.cached_tokens - unprepared
    assert prepared >= unprepared + 100


async def failure_of(model: OpenAiChat, messages: tuple[Message, ...]) -> ChatError:
    with pytest.raises(ChatError) as caught:
        await whole(model, messages)
    return caught.value


async def test_a_model_that_is_not_served_and_a_prompt_that_is_too_long_are_refused(
    vllm: VllmServer, model: OpenAiChat
) -> None:
    other = OpenAiChat(Endpoint.of(vllm.url), "another", PATIENT)
    with pytest.raises(ChatError) as caught:
        await other.warm_up()
    await closed(other)
    assert caught.value.kind is FailureKind.REFUSED
    assert "GET /v1/models" in caught.value.remedy
    assert (await failure_of(model, asked("so " * 9000))).kind is FailureKind.REFUSED
    assert model.available, "others' replies are not concerned"


async def test_a_server_that_stands_still_times_out_and_is_back_when_it_goes_on(vllm: VllmServer) -> None:
    settings = replace(PROBING, first_token_s=2, probe_s=2)
    model = OpenAiChat(Endpoint.of(vllm.url), NAME, settings)
    await model.warm_up()
    try:
        vllm.freeze()
        try:
            assert (await failure_of(model, asked("When are you open?"))).kind is FailureKind.TIMEOUT
            assert not model.available
        finally:
            vllm.thaw()
        await until(lambda: model.available)
    finally:
        await closed(model)
