"""Programs that are measured: our own, which are built, and peers, installed or compiled where they are missing."""

import glob
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Programs:
    """- cache: a folder for what is compiled or installed for measuring alone."""

    def __init__(self, cache=None):
        self.root = ROOT
        self.cache = cache or os.path.join(ROOT, ".build", "benchmarks")
        os.makedirs(self.cache, exist_ok=True)
        self.built = set()

    def peer(self, name):
        """The path of a file beside the peers."""
        return os.path.join(ROOT, "benchmarks", "peers", name)

    def swift(self, product, package="."):
        """A product of the package in a folder, built for release at the first call."""
        # What is fetched and built stands where nobody looks for sources of ours.
        scratch = os.path.join(ROOT, ".build") if package == "." else os.path.join(self.cache, product)
        if product not in self.built:
            command = [
                "swift", "build", "-c", "release", "--static-swift-stdlib", "--product", product,
                "--package-path", os.path.join(ROOT, package), "--scratch-path", scratch]
            subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
            self.built.add(product)
        return os.path.join(scratch, "release", product)

    def debian(self, **packages):
        """Installs what is missing, by the program or file that each brings: `debian(wrk="wrk", nginx="nginx-light")`."""
        missing = [package for brings, package in packages.items() if not self._has(brings)]
        if missing:
            sudo = [] if os.geteuid() == 0 else ["sudo"]
            environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
            command = [*sudo, "apt-get", "install", "-y", "--no-install-recommends", *missing]
            subprocess.run(command, check=True, env=environment, stdout=sys.stderr)

    @staticmethod
    def _has(brings):
        return os.path.exists(brings) if brings.startswith("/") else shutil.which(brings) is not None

    def header(self, path, package):
        """Installs a library for the sake of a header file."""
        self.debian(**{path: package})

    def python(self, *packages):
        """A Python with packages of PyPI, apart from the machine's."""
        folder = os.path.join(self.cache, "python")
        program = os.path.join(folder, "bin", "python")
        if not os.path.exists(program):
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, stdout=sys.stderr)
        stamp = os.path.join(folder, "has-" + "-".join(sorted(packages)))
        if not os.path.exists(stamp):
            subprocess.run([program, "-m", "pip", "install", "--quiet", *packages], check=True, stdout=sys.stderr)
            open(stamp, "w").close()
        return program

    def compiled(self, source, *libraries):
        """A peer in C or C++, compiled for this machine where it is newer than what there is."""
        source = self.peer(source)
        program = os.path.join(self.cache, os.path.splitext(os.path.basename(source))[0])
        headers = glob.glob(os.path.join(os.path.dirname(source), "*.h"))
        newest = max(os.path.getmtime(path) for path in [source, *headers])
        if not os.path.exists(program) or os.path.getmtime(program) < newest:
            compiler = ["g++", "-std=c++17"] if source.endswith((".cpp", ".cc")) else ["gcc", "-std=c11"]
            command = [*compiler, "-O2", "-Wall", "-o", program, source, *libraries]
            subprocess.run(command, check=True, stdout=sys.stderr)
        return program
