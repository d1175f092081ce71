"""What reading a vendor's payload costs, beside simdjson parsing it and Foundation's JSONDecoder reading it."""

import json
import os

from harness import Goal, Row

from . import corpus
from .contestant import Contestant, duration, measure

TITLE = "Reading a payload"
# Captured customers' messages, and where their text stands.
CAPTURED = "Tests/RuleFilesTests/Fixtures/good/payloads/captured"
SAMPLES = {
    "rocketchat": ("rocketchat-visitor-8.json", [["messages", 0, "msg"]]),
    "huggy": ("huggy-in-chat.json", [["messages", "receivedAllMessage", 0, "body"]]),
    "omnichat": ("omnichat-oi.json", [["payload", "text"]]),
    "channeltalk": ("channeltalk-user.json", [["entity", "plainText"], ["entity", "blocks", 0, "value"]]),
}
TEXTS = 64


def run(context):
    times = 50 if context.quick else 300
    texts = corpus.messages(TEXTS, corpus.rules(TEXTS))
    program = context.programs.swift("bellhop-bench")
    context.programs.header("/usr/include/simdjson.h", "libsimdjson-dev")
    simdjson = context.programs.compiled("simdjson_parse.cpp", "-lsimdjson")
    ours, peers = {}, {}
    for vendor in SAMPLES:
        path = write_payloads(context, vendor, texts)
        ours[vendor] = Contestant(program, "payload", vendor, path, times)
        # It is so much faster that the same number of times would be too short to measure.
        peers[vendor] = Contestant(simdjson, path, 20 * times)
    measure([*ours.values(), *peers.values()], context.rounds)
    return [row for vendor in SAMPLES for row in rows(vendor, ours[vendor], peers[vendor])]


def write_payloads(context, vendor, texts):
    """One payload a line, as vendors send them, without white space: the captured one with other texts of a message."""
    name, places = SAMPLES[vendor]
    with open(os.path.join(context.programs.root, CAPTURED, name), encoding="utf-8") as file:
        payload = json.load(file)
    path = os.path.join(context.folder, f"{vendor}.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        for text in texts:
            for place in places:
                put(payload, place, text)
            file.write(json.dumps(payload, ensure_ascii=False, separators=(",", ":")) + "\n")
    return path


def put(value, place, text):
    *way, last = place
    for step in way:
        value = value[step]
    if not isinstance(value[last], str):
        raise ValueError(f"no text stands at {place}")
    value[last] = text


def rows(vendor, ours, simdjson):
    mine = ours.series("ns_per_payload")
    parsing, decoding = simdjson.series("ns_per_payload"), ours.series("decoder_ns_per_payload")
    cost, gain = mine / parsing, decoding / mine
    return [
        Row(f"payload of {vendor}", duration(mine.median), "simdjson's DOM", duration(parsing.median),
            cost.median, cost.spread, Goal(at_most=5)),
        Row(f"payload of {vendor}", duration(mine.median), "JSONDecoder", duration(decoding.median),
            gain.median, gain.spread, Goal(at_least=4), "× faster"),
    ]
