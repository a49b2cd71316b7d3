"""Streaming speech to text with faster-whisper: one engine for all lines.

`engine.Whisper` is the engine; `batching.BatchQueue` the pure policy by which waiting segments share a pass through the
network, `decode_threads.DecodeThreads` the threads that run it. Everything that needs CTranslate2 is in `recogniser`.
"""
