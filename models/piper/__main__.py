"""How espeak-ng says something, in the phonemes that Piper voices take: a start for the pronunciation dictionary.

python -m models.piper en-us "warfarin"
"""

import sys

from models.piper.phonemes import sentences_of

if __name__ == "__main__":
    for sentence in sentences_of(sys.argv[2], sys.argv[1]):
        sys.stdout.write(f"[[{''.join(sentence.phonemes)}]]\n")
