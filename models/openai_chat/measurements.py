"""What Prometheus reads of the language models: their own counters, at the moment it asks."""

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from models.llm import LanguageModel
from models.openai_chat.client import OpenAiChat

_TOKENS: Final = {
    "prompt_tokens": "Tokens of the prompts of completed replies, as the server counts them.",
    "cached_tokens": "Those of them that were in the server's prefix cache.",
    "completion_tokens": "Tokens of completed replies.",
}


class LanguageModelMeasurements(Collector):
    """Reads the statistics of the models that have a server; label `model` is the role ("llm", "llm_second")."""

    def __init__(self, models: Mapping[str, LanguageModel]) -> None:
        self._models = {role: model for role, model in models.items() if isinstance(model, OpenAiChat)}

    def collect(self) -> Iterator[Metric]:
        """Every counter of every model."""
        available = GaugeMetricFamily("appliance_llm_available", "1 while it answers.", labels=["model"])
        replies = CounterMetricFamily(
            "appliance_llm_replies", "Replies by how they ended.", labels=["model", "outcome"]
        )
        prefills = CounterMetricFamily(
            "appliance_llm_prefills", "Conversations read ahead while the caller spoke.", labels=["model"]
        )
        tokens = {
            name: CounterMetricFamily(f"appliance_llm_{name}", text, labels=["model"]) for name, text in _TOKENS.items()
        }
        for role, model in self._models.items():
            figures = model.statistics
            available.add_metric([role], float(model.available))
            for outcome, count in figures.outcomes.items():
                replies.add_metric([role, outcome], count)
            prefills.add_metric([role], figures.prefilled)
            for name, family in tokens.items():
                family.add_metric([role], getattr(figures, name))
        yield from (available, replies, prefills, *tokens.values())
