"""What the person at the terminal is told instead of a traceback."""


class Failure(Exception):
    """Something outside of this program is not as it must be: the text is one line that says what, and how to mend it. `details` are
    lines of somebody else, such as the end of a log."""

    def __init__(self, text: str, details: str = ""):
        super().__init__(text)
        self.details = details
