"""Makes text from outside safe to show: in a terminal, in a table, on a page."""

import re

# Terminal escape sequences, such as colors, and control characters that no page can show.
_ESCAPES = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]?|[\x00-\x08\x0b-\x1f\x7f]")


def one_line(text: str, most: int = 200) -> str:
    """Turn a text into one line that a terminal can print safely.

    Args:
        text: any text. Unprintable characters become spaces, and several spaces become one.
        most: the line is cut after this many characters. Defaults to 200.
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:most]


def without_escapes(text: str) -> str:
    """Remove colors and other control characters from a text. Tabs and line ends stay."""
    return _ESCAPES.sub("", text)


def cut(text: str, most: int) -> tuple[str, str]:
    """Cut a text after `most` characters.

    Returns:
        The text, and a note that says how much of it is shown: "" where nothing was cut.
    """
    if len(text) <= most:
        return text, ""
    return text[: max(0, most)], cut_note(max(0, most), len(text))


def cut_note(shown: int, total: int) -> str:
    """The note below a text that was cut."""
    return f"[This page shows {shown:,} of {total:,} characters.]"
