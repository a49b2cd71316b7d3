"""What Prometheus reads of the language models."""

from contextlib import aclosing

from appliance.metrics import Metrics
from models.llm import Message
from models.openai_chat.client import OpenAiChat
from models.openai_chat.endpoint import Endpoint
from models.openai_chat.measurements import LanguageModelMeasurements
from models.simulated import SimulatedLanguageModel
from tests.models.openai_chat.server import Answer, Wait, chunk, says, serving


async def test_the_counters_are_those_of_the_model_at_the_moment_of_asking() -> None:
    metrics = Metrics()

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"appliance_llm_{name}", {"model": "llm", **labels})

    answers = [says("Yes.", usage=(520, 480, 3)), Answer([chunk({"content": "One"}), Wait(30)]), Answer([], status=429)]
    async with serving(lambda _: answers.pop(0)) as server:
        model = OpenAiChat(Endpoint.of(server.url), "receptionist")
        metrics.also(LanguageModelMeasurements({"llm": model, "other": SimulatedLanguageModel()}))
        assert value("available") == 0
        assert value("replies_total", outcome="aborted") == 0, "present before the first, for alerts"
        await model.warm_up()
        ask = [Message("user", "Hello")]
        async with aclosing(model.reply(ask)) as pieces:
            assert [piece async for piece in pieces]
        async with aclosing(model.reply(ask)) as pieces:
            await anext(pieces)
        try:
            async with aclosing(model.reply(ask)) as pieces:
                await anext(pieces)
        except Exception as error:
            assert "429" in str(error)
        assert value("available") == 1
        for outcome in ("completed", "aborted", "failed"):
            assert value("replies_total", outcome=outcome) == 1
        assert (value("prompt_tokens_total"), value("cached_tokens_total")) == (520, 480)
        assert value("completion_tokens_total") == 3
        assert value("prefills_total") == 0
        assert b'model="other"' not in metrics.exposition()
        model.close()
        assert value("available") == 0
