# Bellhop. `make run` and `make test` are all that a fresh machine needs; both install what is missing.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

DESTDIR ?=
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= /lib/systemd/system

.PHONY: help build debug run test storm verdicts torture smuggling fuzz lint docs bench bench-quick profiles install deb deb-test clean packages toolchain

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

packages: ## Install missing Debian packages (does nothing when all is there)
	@scripts/install-packages.sh

toolchain:
	@command -v swift >/dev/null || { echo "swift 6.2 or later is not on the PATH: see https://www.swift.org/install/linux/" >&2; exit 1; }

build: packages toolchain ## Build the program: .build/release/bellhop
	swift build -c release --static-swift-stdlib --product bellhop

run: build ## Start the daemon with the sample rules, printing what it would send
	scripts/run-sample.sh .build/release/bellhop

test: packages toolchain ## All tests, and the tests of the sample rules
	swift build --build-tests
	scripts/run-tests.sh
	.build/debug/bellhop check --strict --config bellhop.yaml
	.build/debug/bellhop test --config bellhop.yaml

storm: packages toolchain ## 50,000 calls to vendors that misbehave, over TCP (about 5 minutes)
	swift build --build-tests
	BELLHOP_STORM_CALLS=50000 swift test --skip-build --disable-xctest --filter StormTests

verdicts: packages toolchain ## 10,000 rules folders made by chance: check and reload must agree on each (about 5 minutes)
	swift build --build-tests
	BELLHOP_ROUNDS=10000 swift test --skip-build --disable-xctest --filter RuleVerdictTests

ROUNDS ?= 200

torture: packages toolchain ## The tests of crashes, full disks and overload, longer: ROUNDS=200, SEED=n for other chances
	swift build --build-tests
	BELLHOP_ROUNDS=$(ROUNDS) BELLHOP_SEED=$(SEED) swift test --skip-build --disable-xctest --filter Torture

smuggling: packages toolchain ## Requests with others hidden in them, alone and behind nginx and haproxy (installs both)
	scripts/install-packages.sh --proxies
	swift build --build-tests
	BELLHOP_PROXIES="nginx haproxy" swift test --skip-build --disable-xctest --filter SmugglingTests

FUZZ_SECONDS ?= 60
TARGETS ?=

fuzz: packages toolchain ## Made-up input for every decoder, 60 s each: FUZZ_SECONDS=600, TARGETS="json payload"
	scripts/fuzz.sh $(FUZZ_SECONDS) $(TARGETS)

lint: packages toolchain ## Format and generated tables are as they should be
	swift format lint --strict --recursive --parallel Package.swift Sources Tests benchmarks
	swift build --product bellhop
	scripts/generate-docs.sh .build/debug/bellhop --check
	systemd-analyze --no-pager security --offline=true --threshold=12 systemd/bellhop.service | tail -1

docs: packages toolchain ## Write the generated tables into docs/
	swift build --product bellhop
	scripts/generate-docs.sh .build/debug/bellhop

bench: packages toolchain ## Measure beside peers and ceilings, which it installs: benchmarks/RESULTS.md
	benchmarks/bench.py

bench-quick: packages toolchain ## The same with less of everything, in some minutes
	benchmarks/bench.py --quick

profiles: packages toolchain ## What a webhook costs, and where time goes: benchmarks/PROFILE.md
	benchmarks/profiles.py

install: ## Install under DESTDIR (after `make build`)
	scripts/install.sh .build/release/bellhop "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)" "$(UNITDIR)"

deb: build ## A Debian package: .build/bellhop_VERSION_ARCHITECTURE.deb
	rm -f .build/bellhop_*.deb
	scripts/package-deb.sh .build/release/bellhop .build

deb-test: deb ## Install that package into a throw-away copy of this system, run it, and remove it (as root)
	scripts/test-package.sh .build/bellhop_*.deb

clean: ## Remove what was built
	rm -rf .build
