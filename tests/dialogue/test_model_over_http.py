"""One conversation in real time: session, dialogue, tools, and a language model behind a real HTTP server."""

import json
from pathlib import Path
from typing import Any

from appliance.assembly import build_calls, open_clinic
from appliance.assembly.engines import Engines
from appliance.assembly.language_model import model_builders
from appliance.config import parse_config
from appliance.metrics import Metrics
from appliance.session.journal import Journal
from appliance.simulator.line import SimulatedLine, Sound
from appliance.trace import TraceRecorder
from models.openai_chat.client import OpenAiChat
from models.simulated import SimulatedEndOfTurn, SimulatedSpeechToText, SimulatedTextToSpeech
from models.simulated_vad import SimulatedVad
from tests.models.openai_chat.server import Answer, Wait, calls, chunk, says, serving

HOURS = "We are open from eight in the morning until six in the evening, and on Saturdays from nine until one,"


def receptionist(request: dict[str, Any]) -> Answer:
    """Never comes to the end of the hours, looks slots up, and fails at the address."""
    last = request["messages"][-1]
    if last["role"] == "tool":
        count = len(json.loads(last["content"])["slots"])
        return says(f"I have {count} times, ", "the first at nine ", "in the morning. ", "Which would you like?")
    text = last["content"].rpartition("\n")[2]
    if "address" in text:
        return Answer([], status=500)
    if "appointment" in text:
        return calls(("find_slots", '{"doctor": "patel"}'))
    if "hours" in text:
        return Answer([*(chunk({"content": f"{word} "}) for word in HOURS.split()), Wait(30)])
    return says("Yes?")


async def test_a_call_with_a_barge_in_a_tool_and_a_server_that_fails(tmp_path: Path) -> None:
    async with serving(receptionist) as server:
        openai = {"url": server.url, "between_tokens_ms": 60_000}
        config = parse_config(
            {"engines": {"llm": "openai", "openai": openai}, "records": {"directory": "records"}}, "test", tmp_path
        )
        model = model_builders(config)["llm"]()
        assert isinstance(model, OpenAiChat)
        heard = ["what are your hours", "no wait I need an appointment with doctor patel", "what is your address"]
        engines = Engines(
            {8000: SimulatedVad()},
            SimulatedEndOfTurn(0.95),
            SimulatedSpeechToText(50, heard),
            SimulatedTextToSpeech(30, 30),
            {"llm": model},
        )
        clinic = await open_clinic(config)
        try:
            await engines.warm_up()
            metrics, recorder = Metrics(), TraceRecorder("simulated", "", "")
            line = SimulatedLine([Sound(2000, 2800), Sound(5000, 6000), Sound(9000, 9800)], ends_ms=12_500)
            session = (await build_calls(config, engines, clinic)).session(line, Journal(recorder, metrics), None)
            reason = await session.run()
        finally:
            engines.close()
            await clinic.close()
    trace = recorder.ended(str(reason), 0, None)
    answers = [utterance for utterance in trace.utterances if utterance.kind == "answer"]
    assert [turn.text for turn in trace.turns] == heard

    assert answers[0].cut
    assert HOURS.startswith(answers[0].heard.strip())
    assert server.closed_early >= 1, "the request was closed while the server still had more to say"
    assert model.statistics.aborted >= 1

    assert answers[1].heard.startswith("I have 3 times, the first at nine")
    told = [message["content"] for message in server.requests[-1]["messages"]]
    assert any(text.endswith("—") and HOURS.startswith(text[:-1].strip()) for text in told if text)

    assert "River Street" in answers[2].heard, "the script's answer"
    errors = {"engine": "llm", "kind": "server_error"}
    assert (metrics.registry.get_sample_value("appliance_engine_errors_total", errors) or 0) >= 1
