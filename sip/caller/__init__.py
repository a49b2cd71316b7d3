"""The test caller: a small SIP user agent that is its own measuring instrument.

It runs as a process of its own (`python -m sip.caller`), sends RTP on an absolute clock from a thread of its own,
and timestamps every packet sent and received on CLOCK_MONOTONIC. It shares no code with the SIP worker, so that a
misunderstanding of the protocol cannot hide on both ends.
"""
