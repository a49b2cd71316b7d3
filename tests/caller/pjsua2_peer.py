"""A pjsua2 phone that answers, echoes audio and notes what it was sent. Prints `port` and, at the end, `seen`."""

import json
import time
from typing import Any

import pjsua2 as pj


class EchoCall(pj.Call):  # type: ignore[misc]
    def __init__(self, account: pj.Account, call_id: int, seen: dict[str, Any]) -> None:
        super().__init__(account, call_id)
        self.seen = seen

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802 - pjsua2's name
        info = self.getInfo()
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                self.seen["media"].append(int(media.status))
                if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                    audio = self.getAudioMedia(index)
                    audio.startTransmit(audio)

    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802
        info = self.getInfo()
        self.seen["states"].append(info.stateText)
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.seen["over"] = True

    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802
        self.seen["digits"] += prm.digit


class EchoAccount(pj.Account):  # type: ignore[misc]
    def __init__(self, seen: dict[str, Any]) -> None:
        super().__init__()
        self.seen = seen
        self.calls: list[EchoCall] = []

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802
        call = EchoCall(self, prm.callId, self.seen)
        self.calls.append(call)
        answer = pj.CallOpParam()
        answer.statusCode = 200
        call.answer(answer)


def main() -> None:
    seen: dict[str, Any] = {"states": [], "media": [], "digits": "", "over": False}
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    config.medConfig.clockRate = 8000
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = transport.publicAddress = "127.0.0.1"
    transport_id = endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    account_config = pj.AccountConfig()
    account_config.idUri = "sip:echo@127.0.0.1"
    account_config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account_config.mediaConfig.transportConfig.publicAddress = "127.0.0.1"
    account = EchoAccount(seen)
    account.create(account_config)
    print("port", endpoint.transportGetInfo(transport_id).localAddress.rpartition(":")[2], flush=True)
    until = time.monotonic() + 30
    while not seen["over"] and time.monotonic() < until:
        endpoint.libHandleEvents(20)
    print("seen", json.dumps(seen), flush=True)
    account.calls.clear()
    account.shutdown()
    endpoint.libDestroy()


if __name__ == "__main__":
    main()
