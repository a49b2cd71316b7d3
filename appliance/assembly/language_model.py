"""Configuration becomes language models, and a call's dialogue with them."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.assembly.clinic import Clinic
from appliance.config import Config
from appliance.config.secret import read_secret
from appliance.dialogue.briefing import Briefing
from appliance.dialogue.fallback import FallbackDialogue
from appliance.dialogue.model import ModelDialogue
from appliance.dialogue.model_chain import ModelChain
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Dialogue
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.line import CallInfo
from models.errors import EngineError
from models.llm import LanguageModel
from models.openai_chat.client import ChatSettings, OpenAiChat
from models.openai_chat.endpoint import Endpoint
from models.openai_chat.failures import ChatError
from models.simulated import SimulatedLanguageModel

logger = logging.getLogger(__name__)


def model_builders(config: Config) -> Mapping[str, Callable[[], LanguageModel]]:
    """By role ("llm", "llm_second"), in order of preference: what builds the model; none for the scripted dialogue."""
    engines, openai = config.engines, config.engines.openai
    if engines.llm == "simulated":
        simulated = engines.simulated
        return {"llm": lambda: SimulatedLanguageModel(simulated.llm_ttft_ms, simulated.llm_token_ms, simulated.reply)}
    if engines.llm != "openai":
        return {}
    builders: dict[str, Callable[[], LanguageModel]] = {"llm": lambda: _openai(config, openai.url, openai.model)}
    if openai.second_url:
        builders["llm_second"] = lambda: _openai(config, openai.second_url, openai.second_model)
    return builders


def _openai(config: Config, url: str, model: str) -> OpenAiChat:
    """Raises `EngineError` for a server that may not be asked, `ConfigError` for a key that cannot be read."""
    openai = config.engines.openai
    settings = ChatSettings(
        temperature=openai.temperature,
        max_tokens=openai.max_tokens,
        stop=openai.stop,
        thinking=openai.thinking,
        connect_s=openai.connect_ms / 1000,
        first_token_s=openai.first_token_ms / 1000,
        between_tokens_s=openai.between_tokens_ms / 1000,
        probe_every_s=openai.probe_every_s,
        connections=config.sip.max_calls + 1,
        ca_file=openai.ca_file,
    )
    key = read_secret(Path(openai.api_key_file)) if openai.api_key_file else ""
    return OpenAiChat(Endpoint.of(url, openai.private_hosts), model, settings, key)


async def warm_up_or_do_without(role: str, model: LanguageModel) -> None:
    """Warm the model up. One that does not answer yet is no reason not to take calls: another answers until it does."""
    try:
        await model.warm_up()
    except EngineError as error:
        logger.warning("%s is not ready: %s", role, error)


@dataclass(frozen=True, slots=True)
class DialogueParts:
    """What the dialogues of all calls share; without `models` the scripted receptionist answers."""

    clinic: Clinic
    models: Sequence[LanguageModel]
    briefing: Briefing
    language: str
    others: Mapping[str, Prompts]

    @classmethod
    def of(
        cls, config: Config, clinic: Clinic, models: Sequence[LanguageModel], other_languages: Sequence[str] = ()
    ) -> "DialogueParts":
        """For one clinic and its models, in order of preference; `other_languages` have voices of their own."""
        openai = config.engines.openai
        briefing = Briefing.of(
            clinic.profile, clinic.tools, openai.context_tokens, config.clinic.language, openai.prefill_words
        )
        return cls(clinic, models, briefing, config.clinic.language, clinic.prompts_in(other_languages))

    def dialogue(self, info: CallInfo, engine_failed: Callable[[str, str], None]) -> Dialogue:
        """The mind of one call; `engine_failed` is told the engine ("llm") and the kind of each failure."""
        clinic = self.clinic
        scripted = ScriptedDialogue(
            clinic.profile,
            clinic.today,
            info.call_id,
            caller_number=info.caller,
            prompts=clinic.prompts,
            language=self.language,
            others=self.others,
        )
        if not self.models:
            return scripted

        def failed(error: EngineError) -> None:
            kind = str(error.kind) if isinstance(error, ChatError) else "failed"
            logger.warning("llm failed: %s", kind, extra={"call_id": info.call_id})
            engine_failed("llm", kind)

        chain = ModelChain(self.models, failed)
        model = ModelDialogue(chain, self.briefing, clinic.prompts, clinic.today, info.call_id, self.others)
        return FallbackDialogue(model, scripted, self.briefing.changing)
