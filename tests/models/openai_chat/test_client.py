"""The language model over real HTTP: streaming, tool calls, aborts, time-outs, every way to fail, and coming back."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import EngineError
from models.llm import LanguagePiece, Message, TextPiece, ToolCallPiece, ToolSchema
from models.openai_chat.client import ChatSettings, OpenAiChat
from models.openai_chat.endpoint import Endpoint
from models.openai_chat.failures import ChatError, FailureKind
from tests.models.openai_chat.server import Answer, Drop, Script, Server, Wait, calls, chunk, says, serving

PATIENT = ChatSettings(connect_s=10.0, first_token_s=10.0, between_tokens_s=10.0, probe_s=10.0)
"""Longer than a busy machine stalls: what is no time-out must not become one."""
SOON_TIRED = replace(PATIENT, first_token_s=0.3, between_tokens_s=0.2)
ASK = (Message("system", "Be brief."), Message("user", "Hello"))
SLOTS = ToolSchema("find_slots", "Free times.", {"type": "object", "properties": {"doctor": {"type": "string"}}})


@asynccontextmanager
async def asking(
    script: Script | Answer, settings: ChatSettings = PATIENT, socket_path: str = "", api_key: str = ""
) -> AsyncIterator[tuple[OpenAiChat, Server]]:
    async with serving(script, socket_path) as server:
        model = OpenAiChat(Endpoint.of(server.url), "receptionist", settings, api_key)
        try:
            await model.warm_up()
            yield model, server
        finally:
            model.close()
            await asyncio.sleep(0)


async def whole(
    model: OpenAiChat, messages: Sequence[Message] = ASK, tools: Sequence[ToolSchema] = ()
) -> list[LanguagePiece]:
    async with aclosing(model.reply(messages, tools)) as pieces:
        return [piece async for piece in pieces]


async def failure(model: OpenAiChat) -> ChatError:
    with pytest.raises(ChatError) as caught:
        await whole(model)
    return caught.value


async def test_text_comes_piece_by_piece_over_one_warm_connection() -> None:
    async with asking(says("We are ", "open", "\u2028until", " five.")) as (model, server):
        for _ in range(3):
            pieces = await whole(model)
            assert pieces == [TextPiece(text) for text in ("We are ", "open", "\u2028until", " five.")]
        assert server.connections == 1
        assert model.statistics.completed == 3
        assert model.available


async def test_the_first_piece_is_there_before_the_last_is_made() -> None:
    endless = Answer([chunk({"content": "One"}), Wait(60), chunk({"content": " two"}), chunk({}, "stop"), "[DONE]"])
    async with asking(endless) as (model, _), aclosing(model.reply(ASK)) as pieces, asyncio.timeout(10):
        assert await anext(pieces) == TextPiece("One")


async def test_what_is_asked() -> None:
    settings = replace(PATIENT, temperature=0.1, max_tokens=99, stop=("\nCaller:",))
    async with asking(says("Yes."), settings, api_key="key") as (model, server):
        called = ToolCallPiece("find_slots", {"doctor": "patel"}, "call-1")
        await whole(
            model,
            (*ASK, Message("assistant", "", (called,)), Message("tool", '{"slots": []}', tool_call_id="call-1")),
            (SLOTS,),
        )
        request = server.requests[0]
        assert request["model"] == "receptionist"
        assert (request["temperature"], request["max_tokens"], request["stop"]) == (0.1, 99, ["\nCaller:"])
        assert request["chat_template_kwargs"] == {"enable_thinking": False}
        assert request["messages"][0] == {"role": "system", "content": "Be brief."}
        function = request["messages"][2]["tool_calls"][0]["function"]
        assert json.loads(function["arguments"]) == {"doctor": "patel"}
        assert request["messages"][3]["tool_call_id"] == "call-1"
        assert request["tools"][0]["function"]["parameters"] == SLOTS.parameters
        assert server.headers[0]["authorization"] == "Bearer key"


async def test_a_unix_socket(tmp_path: Path) -> None:
    async with asking(says("Yes."), socket_path=str(tmp_path / "llm.sock")) as (model, server):
        assert await whole(model) == [TextPiece("Yes.")]
        assert server.headers[0]["host"] == "localhost"


async def test_no_proxy_and_no_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with asking(says("Yes.")) as (model, _):
        assert await whole(model) == [TextPiece("Yes.")]


@pytest.mark.parametrize("fragment", [1, 3, 500])
async def test_tool_calls_are_put_together_from_their_fragments(fragment: int) -> None:
    wanted = (("find_slots", '{"doctor": "patel", "first": "2026-11-24"}'), ("end_call", "{}"))
    async with asking(calls(*wanted, fragment=fragment, text="One moment. ")) as (model, _):
        assert await whole(model, tools=(SLOTS,)) == [
            TextPiece("One moment. "),
            ToolCallPiece("find_slots", {"doctor": "patel", "first": "2026-11-24"}, "id-find_slots-0"),
            ToolCallPiece("end_call", {}, "id-end_call-1"),
        ]


async def test_servers_that_number_every_call_0_or_give_no_ids() -> None:
    def whole_call(name: str, number: str) -> str:
        return chunk({"tool_calls": [{"id": number, "function": {"name": name, "arguments": {"doctor": name}}}]})

    answer = Answer([whole_call("a", "1"), whole_call("b", "2"), chunk({}, "tool_calls"), "[DONE]"])
    async with asking(answer) as (model, _):
        assert await whole(model) == [
            ToolCallPiece("a", {"doctor": "a"}, "1"),
            ToolCallPiece("b", {"doctor": "b"}, "2"),
        ]
    nameless = Answer([chunk({"tool_calls": [{"index": 0, "function": {"name": "a"}}]}), chunk({}, "tool_calls")])
    async with asking(nameless) as (model, _):
        assert await whole(model) == [ToolCallPiece("a", {}, "call-1")]


@pytest.mark.parametrize("arguments", ['{"doctor": "pat', "[1]", "null", "patel"])
async def test_arguments_that_are_no_object_are_told_apart(arguments: str) -> None:
    async with asking(calls(("find_slots", arguments))) as (model, _):
        assert await whole(model) == [ToolCallPiece("find_slots", None, "id-find_slots-0")]


async def test_token_counts_are_the_servers() -> None:
    async with asking(says("Yes.", usage=(520, 480, 3))) as (model, _):
        await whole(model)
        await whole(model)
        figures = model.statistics
        assert (figures.prompt_tokens, figures.cached_tokens, figures.completion_tokens) == (1040, 960, 6)


async def test_the_log_gets_the_figures_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        async with asking(says("Yes.", usage=(520, 480, 3))) as (model, _):
            await whole(model)
    assert "1 replies completed, 0 aborted" in caplog.text
    assert "520 prompt tokens, 480 cached" in caplog.text


async def test_closing_the_iterator_closes_the_request_at_once() -> None:
    endless = Answer([chunk({"content": "One"}), Wait(30)])
    async with asking(endless, replace(PATIENT, between_tokens_s=60)) as (model, server):
        pieces = model.reply(ASK)
        await anext(pieces)
        await pieces.aclose()
        async with asyncio.timeout(10):
            await server.closed.wait()
        assert (server.closed_early, model.statistics.aborted) == (1, 1)
        assert model.available, "the caller's doing, not the server's"
        assert not model.statistics.failed


@pytest.mark.parametrize("parts", [[Wait(30)], [chunk({"content": "One"}), Wait(30)]], ids=["waiting", "streaming"])
async def test_cancelling_the_task_closes_the_request_at_once(parts: list[str | Wait]) -> None:
    async with asking(Answer(parts), replace(PATIENT, first_token_s=60, between_tokens_s=60)) as (model, server):
        task = asyncio.create_task(whole(model))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(10):
            await server.closed.wait()
        assert model.statistics.aborted == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer([], status=429), FailureKind.RATE_LIMITED),
        (Answer([], status=500), FailureKind.SERVER_ERROR),
        (Answer([], status=503), FailureKind.SERVER_ERROR),
        (Answer([], status=401), FailureKind.REFUSED),
        (Answer([], status=404), FailureKind.REFUSED),
        (Answer([], status=302), FailureKind.REFUSED),
        (Answer([Wait(30)]), FailureKind.TIMEOUT),
        (Answer([chunk({"role": "assistant", "content": ""}), Wait(30)]), FailureKind.TIMEOUT),
        (Answer([chunk({"content": "One"}), Wait(30)]), FailureKind.TIMEOUT),
        (Answer([chunk({"content": "One"}), Wait(0.01), Drop()]), FailureKind.CONNECTION),
        (Answer([chunk({"content": "One"}), "{broken"]), FailureKind.MALFORMED),
        (Answer(['{"choices": 5}']), FailureKind.MALFORMED),
        (Answer(["[]"]), FailureKind.MALFORMED),
        (Answer([chunk({"content": "One"}), "[DONE]"]), FailureKind.MALFORMED),
        (Answer([chunk({"content": "One"})]), FailureKind.MALFORMED),
        (Answer([b"data: \xff\xff\n\n"]), FailureKind.MALFORMED),
        (Answer([b"x" * (1 << 20), b"x" * 99]), FailureKind.MALFORMED),
        (Answer([b"<html>Welcome</html>"]), FailureKind.MALFORMED),
        (Answer(['{"error": {"message": "Maria Lopez", "code": 500}}']), FailureKind.SERVER_ERROR),
    ],
    ids=lambda value: str(value) if isinstance(value, FailureKind) else "",
)
async def test_every_failure_has_its_kind_and_quotes_nothing(answer: Answer, kind: FailureKind) -> None:
    async with asking(answer, SOON_TIRED if kind is FailureKind.TIMEOUT else PATIENT) as (model, _):
        error = await failure(model)
        assert error.kind is kind
        assert model.statistics.failed == {kind: 1}
        assert model.available is (kind in {FailureKind.RATE_LIMITED, FailureKind.REFUSED})
        assert "Maria" not in str(error)
        assert error.remedy


async def test_an_idle_connection_that_the_server_closed_costs_no_reply() -> None:
    async with asking(says("Yes.")) as (model, server):
        await whole(model)
        await server.hang_up_on_everybody()
        assert await whole(model) == [TextPiece("Yes.")]
        assert not model.statistics.failed


async def test_a_connection_closed_as_it_is_used_is_tried_once_more_and_no_more() -> None:
    async with asking(says("Yes.")) as (model, server):
        server.unanswered = 1
        assert await whole(model) == [TextPiece("Yes.")]
        assert model.statistics.repeated == 1
        assert not model.statistics.failed
        server.unanswered = 2
        assert (await failure(model)).kind is FailureKind.CONNECTION


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the model tells nobody
            await asyncio.sleep(0.01)


async def test_after_a_failure_it_is_back_once_a_probe_succeeds() -> None:
    broken = True

    def script(_: object) -> Answer:
        return Answer([], status=500) if broken else says("Yes.")

    async with asking(script, replace(PATIENT, probe_every_s=0.05)) as (model, server):
        server.probe_status = 500
        await failure(model)
        probes = server.probes
        await until(lambda: server.probes >= probes + 2)
        assert not model.available
        broken, server.probe_status = False, 200
        await until(lambda: model.available)
        assert await whole(model) == [TextPiece("Yes.")]


async def test_an_idle_server_that_dies_is_noticed_by_the_probe() -> None:
    async with asking(says("Yes."), replace(PATIENT, probe_every_s=0.05)) as (model, server):
        server.probe_status = 503
        await until(lambda: not model.available)
        assert server.probes >= 2


async def test_a_server_that_is_not_there() -> None:
    async with serving(says("Yes.")) as server:
        url = server.url
    model = OpenAiChat(Endpoint.of(url), "receptionist", PATIENT)
    with pytest.raises(ChatError) as caught:
        await model.warm_up()
    assert caught.value.kind is FailureKind.CONNECTION
    assert "start it" in caught.value.remedy
    assert not model.available
    model.close()
    await asyncio.sleep(0)


async def test_a_conversation_is_read_ahead_by_a_reply_of_one_token() -> None:
    async with asking(says("Yes.")) as (model, server):
        model.prefill(ASK, (SLOTS,))
        await until(lambda: model.statistics.prefilled == 1)
        await whole(model, tools=(SLOTS,))
        ahead, asked = server.short_requests[-1], server.requests[0]
        assert ahead["max_tokens"] == 1
        same = ("model", "messages", "tools", "chat_template_kwargs")
        assert [ahead[key] for key in same] == [asked[key] for key in same]


async def test_reading_ahead_that_fails_is_a_failure_like_any_other() -> None:
    async with asking(says("Yes.")) as (model, server):
        server.probe_status = 500
        model.prefill(ASK)
        await until(lambda: model.statistics.failed == {FailureKind.SERVER_ERROR: 1})
        assert not model.available
        model.prefill(ASK)
        assert model.statistics.prefilled == 0


async def test_no_more_is_read_ahead_at_once_than_there_are_lines_and_nothing_after_closing() -> None:
    async with asking(says("Yes."), replace(PATIENT, connections=2, first_token_s=60)) as (model, server):
        server.hold_short_requests = True
        for _ in range(5):
            model.prefill(ASK)
        before = server.probes
        await until(lambda: server.probes == before + 2)
        model.close()
        await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "prefill"])
        assert server.probes == before + 2


async def test_nothing_is_asked_of_a_closed_model() -> None:
    async with asking(says("Yes.")) as (model, server):
        model.close()
        await asyncio.sleep(0.01)
        with pytest.raises(EngineError, match="closed"):
            await whole(model)
        assert not model.available
        assert not server.requests
