"""What every transcript is told before it begins: a sentence and the clinic's names, as the text that came before."""

from collections.abc import Callable, Mapping, Sequence


def context_tokens(
    encode: Callable[[str], Sequence[int]],
    languages: Sequence[str],
    prompts: Mapping[str, str],
    hotwords: Sequence[str],
    limit: int,
) -> dict[str, tuple[int, ...]]:
    """Tokens by language, as many for each, so that calls in different languages can share a pass; at most `limit`.

    The sentence comes first and the names after it, next to what is transcribed. What is too much is left out from
    the front of the sentence, then from the end of the names.
    """
    names = ", ".join(hotwords)
    name_tokens = list(encode(f" {names}.")) if names else []
    if len(name_tokens) > limit:
        name_tokens = name_tokens[:limit]
    sentences = {language: list(encode(f" {prompts.get(language, '')}".rstrip())) for language in languages}
    room = min([limit - len(name_tokens), *map(len, sentences.values())])
    return {language: (*sentence[len(sentence) - room :], *name_tokens) for language, sentence in sentences.items()}
