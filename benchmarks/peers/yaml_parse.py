"""What reading YAML costs by PyYAML with libyaml: `yaml_parse.py FOLDER`, run by the Python of Debian's python3-yaml.

Every .yaml file of the folder is parsed to Python's own values, which is less than loading rules: nothing is checked.
Prints {"seconds", "events_seconds"}, the second of which is for libyaml's events alone.
"""

import collections
import json
import os
import sys
import time

import yaml


def contents(folder):
    """Read before the clock runs."""
    names = sorted(name for name in os.listdir(folder) if name.endswith(".yaml"))
    texts = []
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            texts.append(file.read())
    return texts


def seconds(parse, texts):
    start = time.perf_counter()
    for text in texts:
        parse(text)
    return time.perf_counter() - start


def load(text):
    yaml.load(text, Loader=yaml.CSafeLoader)


def events(text):
    """A deque without room takes all from the generator and keeps nothing."""
    collections.deque(yaml.parse(text, Loader=yaml.CSafeLoader), maxlen=0)


def main():
    texts = contents(sys.argv[1])
    if not texts:
        sys.exit(f"{sys.argv[1]} holds no .yaml files")
    print(json.dumps({"seconds": seconds(load, texts), "events_seconds": seconds(events, texts)}))


if __name__ == "__main__":
    main()
