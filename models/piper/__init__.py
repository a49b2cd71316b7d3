"""Piper voices (VITS) through onnxruntime, with audio before the sentence is done."""
