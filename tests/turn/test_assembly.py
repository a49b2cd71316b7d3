"""What the configuration file makes of turn-taking."""

from appliance.assembly import build_turn_settings
from appliance.config import Config
from appliance.turn.settings import EndpointingSettings


def endpointing(stt: str, **keys: float) -> EndpointingSettings:
    config = Config.model_validate({"engines": {"stt": stt}, "turn": {"endpointing": keys}})
    return build_turn_settings(config)[0].endpointing


def test_whole_words_need_a_score_that_agrees() -> None:
    assert endpointing("simulated") == EndpointingSettings()


def test_where_phrases_from_a_list_are_heard_a_whole_one_is_enough() -> None:
    heard = endpointing("pocketsphinx")
    assert (heard.concluded_score, heard.complete_answer_score) == (0, 0)


def test_what_the_file_says_holds() -> None:
    assert endpointing("pocketsphinx", concluded_score=0.5).concluded_score == 0.5
