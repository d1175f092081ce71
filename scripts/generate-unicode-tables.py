#!/usr/bin/env python3
"""Writes Sources/Matching/Unicode/UnicodeTableText.swift from the Unicode Character Database.

usage: scripts/generate-unicode-tables.py UCD_DIRECTORY > Sources/Matching/Unicode/UnicodeTableText.swift

UCD_DIRECTORY holds UnicodeData.txt, CaseFolding.txt, PropList.txt, DerivedCoreProperties.txt, Scripts.txt,
ScriptExtensions.txt and DerivedNormalizationProps.txt; Debian's package unicode-data installs them in
/usr/share/unicode.

The standard library of Swift has neither NFKC nor case folding nor scripts, and Foundation's are slow. So the folding of
texts has tables of its own. What is folded to what, and why, is told here; TextFolder.swift applies it.
"""
import os
import sys

# Typographic quotes and guillemets. Primes are in, because phones write 5″ for 5", and the modifier letter apostrophe,
# because it is the apostrophe of Ukrainian. The accents ` and ´ and the corner brackets of CJK are no quotes here.
SINGLE_QUOTES = [0x2018, 0x2019, 0x201A, 0x201B, 0x2032, 0x2035, 0x2039, 0x203A, 0x02BC,
                 0x275B, 0x275C, 0x275F, 0x276E, 0x276F]
DOUBLE_QUOTES = [0x201C, 0x201D, 0x201E, 0x201F, 0x2033, 0x2036, 0x00AB, 0x00BB,
                 0x275D, 0x275E, 0x2760, 0x2E42, 0x301D, 0x301E, 0x301F, 0x1F676, 0x1F677, 0x1F678]
# Hyphens and dashes, and the minus sign. Hyphens that belong to one script (Armenian, Hebrew maqaf) and the wave dash stay.
DASHES = [0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0x2E3A, 0x2E3B]

# Default ignorable characters that are letters or marks of their script: they stay.
KEPT_IGNORABLES = {0x115F, 0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5}

# Scripts without spaces between words, or with particles glued to words: no edge is asked for next to them.
SPACELESS = {"Hani", "Hira", "Kana", "Hang", "Thai", "Laoo", "Khmr", "Mymr"}
LONG_NAMES = {"Han": "Hani", "Hiragana": "Hira", "Katakana": "Kana", "Hangul": "Hang", "Thai": "Thai", "Lao": "Laoo",
              "Khmer": "Khmr", "Myanmar": "Mymr", "Latin": "Latn", "Greek": "Grek", "Cyrillic": "Cyrl",
              "Common": "Zyyy", "Inherited": "Zinh"}
ACCENTED = {"Latn", "Grek", "Cyrl"}
YPOGEGRAMMENI = 0x345

WORD, SPACELESS_FLAG, MARK, ACCENT_BASE, DIACRITIC, IGNORABLE, SPACE, JOINS_BACK = (1 << bit for bit in range(8))

directory = sys.argv[1]


def rows(name):
    with open(os.path.join(directory, name), encoding="utf-8") as file:
        for line in file:
            line = line.split("#")[0].strip()
            if line:
                yield [field.strip() for field in line.split(";")]


def span(field):
    first, _, last = field.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


category, combining, decomposition = {}, {}, {}
pending = None
for fields in rows("UnicodeData.txt"):
    code = int(fields[0], 16)
    codes = [code]
    if fields[1].endswith(", First>"):
        pending = code
        continue
    if pending is not None:
        codes, pending = range(pending, code + 1), None
    for each in codes:
        category[each] = fields[2]
    if int(fields[3]):
        combining[code] = int(fields[3])
    if fields[5]:
        parts = fields[5].split()
        compatible = parts[0].startswith("<")
        decomposition[code] = (compatible, [int(part, 16) for part in parts[compatible:]])

case_folding = {}
simple_folding = {}
for fields in rows("CaseFolding.txt"):
    code, target = int(fields[0], 16), [int(part, 16) for part in fields[2].split()]
    if fields[1] in "CF":
        case_folding[code] = target
    if fields[1] in "CS":
        simple_folding[code] = target[0]

white_space = {code for fields in rows("PropList.txt") if fields[1] == "White_Space" for code in span(fields[0])}
ignorable = {code for fields in rows("DerivedCoreProperties.txt") if fields[1] == "Default_Ignorable_Code_Point"
             for code in span(fields[0])} - KEPT_IGNORABLES
excluded = {code for fields in rows("DerivedNormalizationProps.txt") if fields[1] == "Full_Composition_Exclusion"
            for code in span(fields[0])}
script = {code: LONG_NAMES.get(fields[1], fields[1]) for fields in rows("Scripts.txt") for code in span(fields[0])}
extensions = {code: set(fields[1].split()) for fields in rows("ScriptExtensions.txt") for code in span(fields[0])}

punctuation = {code: [0x27] for code in SINGLE_QUOTES}
punctuation.update({code: [0x22] for code in DOUBLE_QUOTES})
punctuation.update({code: [0x2D] for code in DASHES})
punctuation.update({code: [0x20] for code in white_space})


def is_syllable(code):
    return 0xAC00 <= code <= 0xD7A3


def decomposed(code):
    """NFKD of one character, quotes, dashes and white space made ASCII. Hangul syllables are computed at run time."""
    if code in punctuation:
        return punctuation[code]
    if code in decomposition:
        return [each for part in decomposition[code][1] for each in decomposed(part)]
    return [code]


def folded(code):
    """The same, with full case folding. U+0345 waits: it turns into a letter only after marks have been put in order."""
    result = decomposed(code)
    while True:
        step = [each for part in result
                for target in ([part] if part == YPOGEGRAMMENI else case_folding.get(part, [part]))
                for each in decomposed(target)]
        if step == result:
            return result
        result = step


compositions = {}
for code, (compatible, parts) in decomposition.items():
    if not compatible and code not in excluded:
        assert len(parts) == 2
        compositions[tuple(parts)] = code
joins_back = {second for _, second in compositions} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))


def scripts_of(code):
    return extensions.get(code, {script.get(code, "Zzzz")})


def flags(code):
    result = 0
    general = category.get(code, "Cn")
    own = script.get(code, "Zzzz")
    if general[0] in "LMN":
        result |= WORD
        if scripts_of(code) & SPACELESS:
            result |= SPACELESS_FLAG
    if general[0] == "M":
        result |= MARK
        general_mark = own in ACCENTED | {"Zyyy", "Zinh"} and scripts_of(code) & (ACCENTED | {"Zyyy", "Zinh"})
        if general_mark and code != YPOGEGRAMMENI:
            result |= DIACRITIC
    elif own in ACCENTED:
        result |= ACCENT_BASE
    if code in ignorable:
        result |= IGNORABLE
    if code in white_space:
        result |= SPACE
    if code in joins_back:
        result |= JOINS_BACK
    return result


mappings = {}
for code in sorted(set(decomposition) | set(case_folding) | set(punctuation)):
    plain, folding = decomposed(code), folded(code)
    if code in ignorable or (plain == [code] and folding == [code]):
        continue
    mappings[code] = (plain, folding)

# The folding must be stable: what comes out is left alone when it goes in again.
for plain, folding in mappings.values():
    assert not any(code in ignorable or is_syllable(code) for code in plain + folding)
    assert all(decomposed(code) == [code] for code in plain)
    assert all(code == YPOGEGRAMMENI or folded(code) == [code] for code in folding)
# Marks are in canonical order before case folding, and case folding must not disturb it (U+0345 is the exception).
for code, target in case_folding.items():
    assert code == YPOGEGRAMMENI or (code not in combining)
# What a caseless regular expression takes for equal must fold alike: literals of regular expressions rely on it.
for code, target in simple_folding.items():
    assert code == YPOGEGRAMMENI or folded(code) == folded(target)


def ranges(values):
    """Runs of equal values other than 0, as (gap since the end of the run before, length, value)."""
    end, runs = 0, []
    for code in sorted(values):
        if runs and runs[-1][0] + runs[-1][1] == code and runs[-1][2] == values[code]:
            runs[-1][1] += 1
        else:
            runs.append([code, 1, values[code]])
    for start, length, value in runs:
        yield f"{start - end:x},{length:x},{value:x}"
        end = start + length


def gaps(codes):
    before = 0
    for code in codes:
        yield code, f"{code - before:x}"
        before = code


def sequence(codes):
    return ",".join(f"{code:x}" for code in codes)


def mapping_tokens():
    for code, gap in gaps(sorted(mappings)):
        plain, folding = mappings[code]
        yield f"{gap}={sequence(plain)}" + ("" if plain == folding else f"/{sequence(folding)}")


def constant(name, comment, tokens):
    print(f"\n    /// {comment}")
    print(f'    static let {name}: StaticString = """')
    line = "       "
    for token in tokens:
        if len(line) + 1 + len(token) > 128:
            print(line)
            line = "       "
        line += " " + token
    print(line)
    print('        """')


properties = {code: value for code in range(0x110000) if not 0xD800 <= code < 0xE000 and (value := flags(code))}
version = next(open(os.path.join(directory, "CaseFolding.txt"), encoding="utf-8")).strip("# \n").removesuffix(".txt")

print("// Generated by scripts/generate-unicode-tables.py from " + version.replace("CaseFolding-", "Unicode ")
      + ". Do not edit.")
print("\n/// The tables of folding as text: long literals of text compile at once, long literals of numbers do not.")
print("/// All numbers are hexadecimal. UnicodeTables.swift reads them.")
print("enum UnicodeTableText {", end="")
constant("properties", "Gap, length, `CharacterTraits` of runs of characters.", ranges(properties))
constant("combiningClasses", "Gap, length, canonical combining class of runs of characters.", ranges(combining))
constant("mappings", "Gap = decomposition, and after a slash the case-folded one where it differs.", mapping_tokens())
constant("compositions", "First, second, composed character.",
         (sequence((*pair, code)) for pair, code in sorted(compositions.items())))
print("}")
