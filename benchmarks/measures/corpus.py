"""Rules and messages to measure with, made from seeds: the same bytes in every run.

Words are made of syllables in the manner of English, Portuguese and Korean. Each language has common words, of which
messages consist, and rare ones, each of which belongs to one rule and is in no common word. So a message matches
exactly where a match was put into it: every tenth does.
"""

import dataclasses
import functools
import itertools
import os
import random
import unicodedata

SEED = 7
RULES_A_FILE = 1000
COMMON_WORDS = 2000
# Bytes of a message.
SHORTEST, LONGEST = 20, 300
# Of ten messages one matches, and one holds a rule's literal without matching, so that confirming is paid for too.
MATCHES_AT, ALMOST_AT = 7, 3


@dataclasses.dataclass(frozen=True)
class Rule:
    """A keyword or a regular expression. `literal` is in all that the rule matches, `sample` is what it matches."""

    number: int
    language: str
    literal: str
    sample: str
    regex: str | None = None

    @property
    def almost(self):
        """Text that holds the literal without a match; nothing for Korean keywords, which stand in longer words too."""
        if self.language == "ko" and self.regex is None:
            return ""
        return self.literal + LANGUAGES[self.language].ending


@dataclasses.dataclass(frozen=True)
class Language:
    """- ending: makes a longer word of a literal; the syllables below cannot make it.
    - templates: regular expressions and what they match; `@` is a rare word, `&` a common one and `#` a number."""

    ending: str
    templates: tuple


LANGUAGES = {
    "en": Language(
        ending="ux",
        templates=(
            (r"@\s+(?<number>\d+)", "@ #"),
            (r"\b@(ing|ed)?\b", "@ed"),
            (r"@\s*[#:]?\d+", "@ :#"),
            (r"\b(?:my|the|&)\s+@\b", "the @"),
        )),
    "pt": Language(
        ending="ux",
        templates=(
            (r"@\s+(?<number>\d+)", "@ #"),
            (r"\b@(ndo|nte)?\b", "@ndo"),
            (r"@\s*(?:n[º°o.]\s*)?\d+", "@ nº #"),
            (r"\b(?:meu|minha|&)\s+@\b", "minha @"),
        )),
    "ko": Language(
        ending="밖에",
        templates=(
            (r"@\s+(?<number>\d+)", "@ #"),
            (r"@(?:은|는|이|가)?\s*\d+", "@는 #"),
            (r"&\s*@(?:을|를)", "& @을"),
        )),
}

ONSETS = {
    "en": "b b bl c ch d d f g h j k l l m m n n p pr r r s s sh st t t th tr v w z".split(),
    "pt": "b b br c c ch d d f g gr j l l lh m m n n nh p p pr qu r r s s ç t t tr v z".split(),
}
NUCLEI = {"en": "a a e e e i i o o u ea ou".split(), "pt": "a a a e e e i i o o o u u ã é í ó ê á ão".split()}
CODAS = {"en": ["", "", "", "n", "r", "l", "st", "ck", "m"], "pt": ["", "", "", "", "s", "r", "m", "l"]}

# Places of letters within a syllable of Hangul, by Unicode's formula. A Korean keyword may stand within a longer word,
# so rare words begin and end with letters that nothing else has there: none is within another one.
KOREAN_INITIALS, KOREAN_FIRST_INITIALS = (0, 2, 3, 5, 6, 7, 9, 11, 12, 18), (14, 15, 16, 17)
KOREAN_FINALS, KOREAN_LAST_FINALS = (0, 0, 0, 1, 4, 8, 16, 17, 21), (7, 19, 22)
KOREAN_VOWELS = (0, 1, 4, 5, 6, 8, 12, 13, 18, 20)
KOREAN_PARTICLES = ("", "을", "이", "는", "에서", "해주세요")


def rules(count):
    """So many rules; fewer are the first of more. One in five is a regular expression, the rest are keywords of one to
    four words, one of which is rare."""
    chance = random.Random(SEED)
    used = {part for name in LANGUAGES for word in _common_words(name) for part in _parts(folded(word))}
    rare = {name: _rare_words(name, chance, used) for name in LANGUAGES}
    names = itertools.cycle(LANGUAGES)
    return [_rule(number, next(names), chance, rare) for number in range(count)]


def messages(count, rules):
    """So many texts of 20 to 300 bytes in three languages. What surrounds a match is the same for all sets of rules."""
    by_language = {name: [rule for rule in rules if rule.language == name] or rules for name in LANGUAGES}
    names = itertools.cycle(LANGUAGES)
    return [_message(number, next(names), by_language) for number in range(count)]


def folded(text):
    """As Bellhop folds it: true of the words that are made here, not of every text."""
    marks_off = "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))
    return unicodedata.normalize("NFC", marks_off).casefold()


def write_yaml(rules, folder):
    """Files of the rule language, a thousand rules each."""
    os.makedirs(folder, exist_ok=True)
    for start in range(0, len(rules), RULES_A_FILE):
        lines = ["version: 1", "rules:", *map(_yaml, rules[start : start + RULES_A_FILE])]
        _write(os.path.join(folder, f"rules-{start // RULES_A_FILE:03}.yaml"), lines)


def write_literals(rules, path, fold=False):
    """For the peers: `K<TAB>keyword` or `R<TAB>literal<TAB>regular expression`, keywords and literals folded or not."""
    change = folded if fold else str
    _write(path, (
        f"K\t{change(rule.literal)}" if rule.regex is None else f"R\t{change(rule.literal)}\t{rule.regex}"
        for rule in rules))


def write_messages(texts, path):
    """One a line."""
    _write(path, texts)


def _rule(number, language, chance, rare):
    word = next(rare[language])
    if number % 5 == 4:
        return _expression(number, language, word, chance)
    words = [_common_word(language, chance) for _ in range(chance.randint(0, 3))]
    words.insert(chance.randint(0, len(words)), word)
    keyword = " ".join(words)
    return Rule(number, language, keyword, keyword)


def _expression(number, language, word, chance):
    regex, sample = chance.choice(LANGUAGES[language].templates)
    common = _common_word(language, chance)
    digits = str(chance.randint(10, 99_999))
    sample = sample.replace("#", digits).replace("@", word).replace("&", common)
    return Rule(number, language, word, sample, regex.replace("@", word).replace("&", common))


def _message(number, language, by_language):
    chance = random.Random(f"{SEED} message {number}")
    words = _sentence(language, chance.randint(SHORTEST, LONGEST), chance)
    phrase = _phrase(number, language, chance.choice(by_language[language]), chance)
    if phrase:
        _make_room(words, len(phrase.encode()))
        words.insert(chance.randint(0, len(words)), phrase)
    text = " ".join(words)
    return text[0].upper() + text[1:] + chance.choice(["", ".", "!", "?", " 😊"])


def _phrase(number, language, rule, chance):
    """What a message holds of a rule, mostly nothing; in a letter case that people write."""
    if number % 10 == MATCHES_AT:
        particle = chance.choice(KOREAN_PARTICLES) if rule.language == "ko" and rule.regex is None else ""
        return chance.choice([str, str, str.upper, str.capitalize])(rule.sample) + particle
    return rule.almost if number % 10 == ALMOST_AT else ""


def _sentence(language, size, chance):
    """Common words, numbers and commas of about so many bytes, at least the shortest and below the longest."""
    words, length = [], 0
    while length <= SHORTEST or length < size - 30:
        word = str(chance.randint(1, 9999)) if chance.random() < 0.05 else _common_word(language, chance)
        words.append(word + ("," if chance.random() < 0.1 else ""))
        length += len(words[-1].encode()) + 1
    return words


def _make_room(words, size):
    while len(words) > 1 and len(" ".join(words).encode()) + size > LONGEST - 10:
        words.pop()


def _common_word(language, chance):
    """The first are the most frequent, as in any language."""
    return _common_words(language)[int(COMMON_WORDS * chance.random() ** 2)]


@functools.cache
def _common_words(language):
    chance = random.Random(f"{SEED} words {language}")
    found = {}
    while len(found) < COMMON_WORDS:
        found[_word(language, chance.choice([1, 2, 2, 3]), chance)] = True
    return tuple(found)


def _rare_words(language, chance, used):
    """Endlessly words that no language uses when folded: not as a rare word and not within a common one."""
    while True:
        word = _word(language, chance.choice([2, 3, 3, 4]), chance, rare=True)
        if folded(word) not in used:
            used.add(folded(word))
            yield word


def _parts(word):
    return (word[start:end] for start in range(len(word)) for end in range(start + 1, len(word) + 1))


def _word(language, syllables, chance, rare=False):
    if language == "ko":
        return _korean_word(syllables, chance, rare)
    return "".join(
        chance.choice(ONSETS[language]) + chance.choice(NUCLEI[language]) + chance.choice(CODAS[language])
        for _ in range(syllables))


def _korean_word(syllables, chance, rare):
    initials = [KOREAN_INITIALS] * syllables
    finals = [KOREAN_FINALS] * syllables
    if rare:
        initials[0], finals[-1] = KOREAN_FIRST_INITIALS, KOREAN_LAST_FINALS
    return "".join(
        chr(0xAC00 + (chance.choice(initial) * 21 + chance.choice(KOREAN_VOWELS)) * 28 + chance.choice(final))
        for initial, final in zip(initials, finals))


def _yaml(rule):
    matcher = _quoted(rule.literal) if rule.regex is None else "{ regex: " + _quoted(rule.regex) + " }"
    reply = _quoted(f"Hello {{{{contact.first_name}}}}, this is rule {rule.number}")
    return f"  - id: rule-{rule.number}\n    when: [ {{ text: {matcher} }} ]\n    do: [ {{ reply: {reply} }} ]"


def _quoted(text):
    """In single quotes nothing but the quote itself has a meaning, backslashes least of all."""
    return "'" + text.replace("'", "''") + "'"


def _write(path, lines):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
