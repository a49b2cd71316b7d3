"""From a stream of text to frames on the line, and which of its words were heard."""
