"""Piper voices (VITS) through onnxruntime, with audio before the sentence is done."""

from models.piper.voice import PiperVoice
from models.piper.workers import Workers

__all__ = ["PiperVoice", "Workers"]
