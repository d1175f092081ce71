"""What a loop over rules of PyPI's rule-engine costs: `rule_engine_loop.py LITERALS MESSAGES LIMIT`.

Every rule is an expression `text =~~ '…'`, tried in order until one holds, as rules that stop are. Both files are of
`measures/corpus.py`. Prints {"ns_per_message", "matches"} of the first LIMIT messages, and matches are messages.
"""

import json
import re
import sys
import time

import rule_engine


def lines(path, limit=None):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()[:limit]


def is_hangul(character):
    return "가" <= character <= "힣"


def pattern(line):
    """A keyword is a literal between edges of words, but for Korean ones. Python spells named groups unlike PCRE2."""
    kind, literal, *regex = line.split("\t")
    if kind == "R":
        return regex[0].replace("(?<", "(?P<")
    before, after = ("" if is_hangul(edge) else r"\b" for edge in (literal[0], literal[-1]))
    return before + re.escape(literal) + after


def expression(source):
    """In the literals of expressions a backslash escapes."""
    return "text =~~ '" + source.replace("\\", "\\\\").replace("'", "\\'") + "'"


def main():
    literals, messages, limit = sys.argv[1:]
    context = rule_engine.Context(regex_flags=re.IGNORECASE)
    rules = [rule_engine.Rule(expression(pattern(line)), context=context) for line in lines(literals)]
    things = [{"text": text} for text in lines(messages, int(limit))]
    start = time.perf_counter_ns()
    matches = sum(any(rule.matches(thing) for rule in rules) for thing in things)
    taken = time.perf_counter_ns() - start
    print(json.dumps({"ns_per_message": taken / len(things), "matches": matches}))


if __name__ == "__main__":
    main()
