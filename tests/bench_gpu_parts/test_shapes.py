import pytest

from tests.bench_gpu.shapes import DECODERS, VOICES, WHISPER


@pytest.mark.parametrize(
    ("shape", "millions"),
    [
        (WHISPER["whisper-large-v3-turbo"], 809),
        (WHISPER["whisper-medium"], 764),
        (WHISPER["whisper-small"], 242),
        (DECODERS["qwen3-4b"], 4022),
        (DECODERS["qwen3-8b"], 8191),
        (DECODERS["qwen3-14b"], 14768),
    ],
)
def test_the_shapes_have_as_many_parameters_as_published(shape: object, millions: int) -> None:
    assert round(shape.parameters / 1e6) == millions  # type: ignore[attr-defined]


def test_a_token_of_context_takes_what_the_catalogue_says() -> None:
    assert DECODERS["qwen3-8b"].cache_bytes_per_token == 147_456
    assert DECODERS["qwen3-14b"].cache_bytes_per_token == 163_840


def test_a_latent_frame_of_the_medium_voice_is_256_samples() -> None:
    assert VOICES["piper-medium"].hop == 256
