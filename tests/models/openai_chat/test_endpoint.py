"""What callers say stays in the building: which servers may be asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import EngineError
from models.openai_chat.endpoint import Endpoint
from models.openai_chat.failures import ChatError, FailureKind

LISTED = ("10.1.0.0/16", "gpu.clinic.example", "fd00::/8")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/v1",
        "http://127.8.9.1/v1/",
        "http://[::1]:8000/v1",
        "http://localhost:8000/v1",
        "unix:/run/vllm/vllm.sock",
        "http://10.1.2.3:8000/v1",
        "https://GPU.clinic.example/v1",
        "http://[fd00::7]/v1",
    ],
)
def test_this_machine_and_the_listed_ones_may_be_asked(url: str) -> None:
    assert Endpoint.of(url, LISTED).base_url.startswith("http")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1",
        "http://10.2.0.1/v1",
        "http://192.168.1.5/v1",
        "http://gpu.clinic.example.evil.example/v1",
        "http://127.0.0.1.evil.example/v1",
        "http://localhost.evil.example/v1",
        "http://0.0.0.0/v1",
    ],
)
def test_any_other_host_is_refused(url: str) -> None:
    with pytest.raises(EngineError, match="neither this machine nor listed") as caught:
        Endpoint.of(url, LISTED)
    assert "private_hosts" in caught.value.remedy


@pytest.mark.parametrize("host", ["8.8.8.8", "[2001:4860:4860::8888]", "[::ffff:8.8.8.8]"])
def test_a_public_address_cannot_be_listed(host: str) -> None:
    with pytest.raises(EngineError, match="has a public address") as caught:
        Endpoint.of(f"http://{host}/v1", ("8.8.8.8", "0.0.0.0/0", "::/0"))
    assert "private_hosts" not in caught.value.remedy


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8000", "ftp://127.0.0.1/v1", "unix:vllm.sock", "http:///v1", "http://user@127.0.0.1/v1",
     "http://127.0.0.1:99999/v1", "http://127.0.0.1/v1?key=1", "http://[::1/v1"],
)  # fmt: skip
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(EngineError, match="url is not one"):
        Endpoint.of(url, LISTED)


@given(st.text(max_size=40))
def test_any_text_is_either_an_endpoint_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"unix:{text}"):
        try:
            endpoint = Endpoint.of(url)
        except EngineError:
            continue
        assert endpoint.socket_path or endpoint.host is None


async def test_a_listed_name_that_leads_out_of_the_building_is_not_asked() -> None:
    await Endpoint("http://x/v1", host="127.0.0.1", port=80).check_address()
    with pytest.raises(ChatError) as caught:
        await Endpoint("http://x/v1", host="8.8.8.8", port=80).check_address()
    assert caught.value.kind is FailureKind.REFUSED
