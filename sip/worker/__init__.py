"""One pjsua2 process that answers calls: ``python -m sip.worker``, configured by one JSON object on standard input."""
