"""Words and phrases that readers of our pages had to read twice, each with what to write instead."""

import re

from words import METAPHORS

# What is counted per unit of time, or per one of something.
COUNTED = (
    r"(?:\d[\d,.]*(?: (?!(?:as|at|by|for|from|in|is|of|on|or|to|with)\b)[a-zµKM]+)?|requests|orders|connections|spans|instructions"
    r"|allocations|bytes|KiB|MiB|ms|µs|ns|(?:one|each) (?:limit|line|charge|commit|idea|colour|row|coroutine)|once)"
)
PER = (
    r"(?:second|minute|hour|day|call|caller|client|request|connection|span|batch|loop|message|module|service|signal|order|trace|test"
    r"|method|file|process|record|address|column|stream)"
)

PHRASES = {
    r"mend(?:s|ed|ing)?": "fix, correct or check",
    r"lets? (?:\w+ ){0,3}in(?=[.,;:)]|$)": "accept, allow or log in",
    rf"{COUNTED} an? {PER}": "per instead of a",
    r"(?:is|are|was) (?:nobody's|nobody|no one's)": "who or what cannot do it: cannot be reached",
    r"whoever|whosoever": "anyone who, or name who",
    r"likewise": "also, or in the same way",
    r"(?:there|here|where)(?:of|in|by|upon|with)|whence|hence|lest|albeit|amid|thus": "an everyday word: of it, so, although",
    r"beside(?!s)": "next to, or as well as",
    r"besides": "also",
    r"anew": "again",
    r"vouch(?:es|ed)?": "is signed by, or confirms",
    r"heed(?:s|ed)?": "follow or respect",
    r"in vain": "without success",
    r"for good": "forever",
    r"in the clear": "without TLS, or unencrypted",
    r"(?:see|sees|saw) to(?: it)?": "make sure",
    r"but for|save for": "except",
    r"all but": "all except",
    r"no more than": "at most",
    r"(?:is|are) to be": "must be, or will be",
    r"nor": "and … not, in a sentence of its own",
    r"(?:brings?|brought|comes?|came) about": "cause, or happen",
    r"as a rule": "usually",
    r"mood|kin|newcomers?|crowds?": "what is meant: load, similar, new connections, many",
    r"giv(?:es?|ing) way|gave way": "is closed, or is replaced",
    r"there and back": "in both orders",
    r"shall": "must or will",
    r"till": "until",
    r"e\.g\.|i\.e\.|cf\.|viz\.": "for example, that is, compare",
    r"make up for|made up for|made good": "compensate",
    r"takes (?:root|Go|Maven|mounts|Docker)": "needs",
    r"is away|are away|went away": "cannot be reached",
    r"(?:stands?|stood) in (?:\w+ )*way": "block or slow down",
    r"answers? for(?! (?:an?|up|more|some|\d))": "accept requests for, or is responsible for",
    r"of a piece|in one piece": "whole, or together",
    r"a good deal|a great many": "much, or many",
    r"wants? (?:no|a) (?:word|part)": "what it needs",
}

INSTEAD = [
    *((re.compile(rf"(?<![\w-])(?:{phrase})(?![\w-])", re.IGNORECASE), instead) for phrase, instead in PHRASES.items()),
    *((re.compile(rf"\b{word}s?\b", re.IGNORECASE), instead) for word, instead in METAPHORS.items() if word not in ("board", "seat")),
    (re.compile(r" ?[—–] "), "two sentences, or a comma, instead of a dash"),
]
