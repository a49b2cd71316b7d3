"""Vowel signs for Arabic, which is written without them: libtashkeel's model from the piper-tts package."""

from pathlib import Path

from piper.tashkeel import TASHKEEL_DIR, TashkeelDiacritizer, TashkeelError

from models.errors import EngineError
from models.onnx import open_session


class VowelSigns:
    """One loaded model, on one thread; about 5 MB. Raises `EngineError` when it cannot be loaded."""

    def __init__(self) -> None:
        self._model = TashkeelDiacritizer()
        # Its own session would take every core.
        self._model.session = open_session(Path(TASHKEEL_DIR) / "model.onnx")

    def __call__(self, text: str) -> str:
        """`text` with vowel signs, word by word. Raises `EngineError` when it is too long."""
        if not text.strip():
            return text
        try:
            signed: str = self._model.diacritize(text)
        except TashkeelError as error:
            raise EngineError(
                "the text is too long to be spoken at once", "have the model answer in sentences"
            ) from error
        return signed
