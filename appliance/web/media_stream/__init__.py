"""Twilio Media Streams over a websocket, as a line: for PBXs and test tools that speak it instead of SIP."""
