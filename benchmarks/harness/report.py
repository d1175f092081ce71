"""RESULTS.md and RESULTS.svg."""

import math
import os
import platform
import subprocess
from xml.sax.saxutils import escape


def write(folder, sections, rounds, quick):
    with open(os.path.join(folder, "RESULTS.md"), "w", encoding="utf-8") as file:
        file.write(markdown(sections, rounds, quick))
    with open(os.path.join(folder, "RESULTS.svg"), "w", encoding="utf-8") as file:
        file.write(svg([row for _, rows in sections for row in rows]))


def markdown(sections, rounds, quick):
    lines = [
        "# Measured side by side", "",
        f"Made by `make bench{'-quick' if quick else ''}`. Medians of {rounds} rounds in which all contestants ran by turns; ± is half of the way "
        "from the least to the most, as a part of the median. Goals are about the ratio, or the number where the unit says so.", "",
        *machine(), "", "![every ratio beside its goal](RESULTS.svg)",
    ]
    for title, rows in sections:
        lines += ["", f"## {title}", "", "| what | Bellhop | beside | there | number | ± | goal | |", "|---|---|---|---|---|---|---|---|"]
        for row in rows:
            lines.append(
                f"| {row.what} | {row.ours} | {row.peer} | {row.theirs} | {row.measured} | {row.spread:.0%} | {row.goal or ''} | {row.verdict} |")
        lines += [f"\n{row.what}: {row.note}" for row in rows if row.note]
    return "\n".join(lines) + "\n"


def machine():
    """Machine and versions."""
    def first_line(*command):
        try:
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            return ((result.stdout or result.stderr).strip().splitlines() or ["?"])[0]
        except OSError:
            return "not installed"

    def package(name):
        result = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=False)
        return result.stdout.strip() or "not installed"

    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown processor")
    packages = ["nginx", "webhook", "wrk", "libhyperscan-dev", "libpcre2-dev", "libsimdjson-dev", "libicu-dev", "python3-yaml", "jq"]
    return [
        f"- {os.cpu_count()} cores of {model}, {platform.system()} {platform.release()}",
        f"- {first_line('swift', '--version')}",
        "- Debian: " + ", ".join(f"{name} {package(name)}" for name in packages),
    ]


def svg(rows):
    """A bar for each number with a goal: how far it is from it, on a scale of powers of two."""
    rows = [row for row in rows if row.goal is not None and row.number > 0]
    height, left, width = 22, 430, 420
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{height * (len(rows) + 2)}" font-family="sans-serif" font-size="12">',
        f'<text x="{left + width / 2}" y="14" text-anchor="middle">worse than the goal ← | → better</text>',
    ]
    middle = left + width / 2
    for index, row in enumerate(rows):
        y = height * (index + 1) + 6
        better = _advantage(row)
        length = max(-1.0, min(1.0, math.log2(better) / 4)) * width / 2
        colour = "#2a7d4f" if row.verdict == "met" else "#b3402f"
        x, bar = (middle, length) if length >= 0 else (middle + length, -length)
        parts.append(f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{escape(row.what)} ({escape(row.peer)})</text>')
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="{max(bar, 1):.1f}" height="{height - 6}" fill="{colour}"/>')
        parts.append(f'<text x="{left + width + 6}" y="{y + 12}">{escape(row.measured)}</text>')
    parts.append(f'<line x1="{middle}" y1="20" x2="{middle}" y2="{height * (len(rows) + 1) + 6}" stroke="#444"/>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _advantage(row):
    return row.goal.at_most / row.number if row.goal.at_most is not None else row.number / row.goal.at_least
