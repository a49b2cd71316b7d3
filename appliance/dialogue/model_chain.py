"""Several language models, of which the first that can answers."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from models.errors import EngineError
from models.llm import LanguageModel, LanguagePiece, Message, ToolSchema


class ModelChain:
    """One call's way to its language models, in order of preference. `failed` is told of every failure."""

    def __init__(
        self, models: Sequence[LanguageModel], failed: Callable[[EngineError], None] = lambda error: None
    ) -> None:
        self._models = tuple(models)
        self._failed = failed

    @property
    def available(self) -> bool:
        """Whether one of them can be expected to answer."""
        return any(model.available for model in self._models)

    def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> None:
        """Have the model that would reply read the conversation ahead of time."""
        for model in self._models:
            if model.available:
                model.prefill(messages, tools)
                return

    async def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema]
    ) -> AsyncGenerator[LanguagePiece, None]:
        """The reply of the first available model; the next one takes over from one that fails before its first piece.

        Raises `EngineError`: the failure of the last that was asked, or that none is available.
        """
        failure = EngineError("no language model is available", "see what the probes of the models say in the log")
        for model in self._models:
            if not model.available:
                continue
            begun = False
            try:
                async with aclosing(_generator(model, messages, tools)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
            except EngineError as error:
                self._failed(error)
                if begun:
                    raise
                failure = error
            else:
                return
        raise failure


async def _generator(
    model: LanguageModel, messages: Sequence[Message], tools: Sequence[ToolSchema]
) -> AsyncGenerator[LanguagePiece, None]:
    """The model's iterator as one that can be closed, whatever it is."""
    pieces = model.reply(messages, tools)
    try:
        async for piece in pieces:
            yield piece
    finally:
        if (close := getattr(pieces, "aclose", None)) is not None:
            await close()
