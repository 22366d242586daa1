# "make" lists the targets. Tools are pinned in .tools/go.mod, a module of their own,
# and built by Go at first use.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)

# The race detector needs cgo, and so a C compiler. Without one, Go disables cgo, and the
# tests run without the race detector.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

# An empty build cache costs CI more than any test, so that packages are compiled in two
# forms only: STATIC is that of the program, of its image and of the tools, RACED that of
# the tests and of what reads all packages. Both add to the flags that Go has anyway.
# Without paths of this machine in it, what was compiled in one clone counts for the next.
# GOGC: these programs end before most of their garbage is worth collecting.
USUAL_FLAGS := $(shell go env GOFLAGS)
STATIC    := env GOGC=200 CGO_ENABLED=0 GOFLAGS='$(USUAL_FLAGS) -trimpath'
RACED     := env GOGC=200 GOFLAGS='$(USUAL_FLAGS) -trimpath $(RACE)'
TOOL      := $(STATIC) go tool -modfile=.tools/go.mod
FILECHECK := $(STATIC) go run -C .tools ./filecheck -C ..
# A tool that reads all packages, in the form of the tests.
ON_ALL    = tool=$$($(TOOL) -n $(1)); $(RACED) "$$tool"
SWAG_INIT := $(TOOL) swag init -g main.go --parseInternal --quiet --outputTypes json

FUZZTIME ?= 60s
COUNT    ?= 6
BENCH    ?= .
BENCHTIME ?= 0.3s
# Flags of the fleet: make bench FLEET='-sizes 100,1000 -only memory'
FLEET    ?=
# Flags of the viewers: make bench VIEWERS='-viewers 1000 -only small'
VIEWERS  ?=
# Flags of the traffic of routers: make bench TRAFFIC='-bin /tmp/before/mikronec -time 3m'
TRAFFIC  ?=
SOAK_TIME    ?= 30m
SOAK_ROUTERS ?= 500
ALERT_TIME   ?= 20m
ALERT_ROUTERS ?= 500
# Flags of the soak of a fleet: make soak-fleet FLEET_SOAK='-time 5m -routers 100 -viewers 50'
FLEET_SOAK   ?=
# Flags of the fleet at rest: make bench-fleet FLEET_REST='-routers 2000 -instances 2'
FLEET_REST   ?=
# What make release builds: GOOS/GOARCH, for arm with its version. Small boards next to
# the router are common.
PLATFORMS ?= linux/amd64 linux/arm64 linux/arm/7 darwin/amd64 darwin/arm64 windows/amd64
RELEASE   ?= dist/release
# Packages with benchmarks; linking the others would only take time.
BENCHED  = $(sort $(dir $(shell grep -rl --include='*_test.go' '^func Benchmark' internal | sed 's|^|./|')))
# An earlier result to compare with: make bench BASE=dist/before.txt
BASE     ?=

.PHONY: setup
setup: ## Download modules and tools, install the git hooks
	go mod download
	go -C .tools mod download
	@command -v pre-commit >/dev/null || { \
		echo 'The git hooks need pre-commit, which is a Python program and is not installed.'; \
		echo 'Install it with "pipx install pre-commit" or "apt install pre-commit", then run "make setup" again.'; \
		echo 'Without it everything else works; "make lint" makes the same checks.'; \
		exit 1; } >&2
	pre-commit install

.PHONY: run
run: ## Run the server; MY_API_KEY must be set
	go run -ldflags '$(LDFLAGS)' .

.PHONY: demo
demo: ## Run the server with simulated routers
	go run -ldflags '$(LDFLAGS)' . demo

.PHONY: demo-fleet
demo-fleet: build ## Run a fleet: NATS, three instances and ten simulated routers
	go run ./internal/fleettest/demo -bin bin/mikronec

.PHONY: build
build: ## Build ./bin/mikronec: static, stripped, stamped with VERSION
	$(STATIC) go build -ldflags '$(LDFLAGS)' -o bin/mikronec .

.PHONY: release
release: ## Static binaries for PLATFORMS in RELEASE, with SHA256SUMS and SBOMs
	@rm -rf '$(RELEASE)'; mkdir -p '$(RELEASE)'
	@for platform in $(PLATFORMS); do \
		IFS=/ read -r os arch arm <<<"$$platform"; \
		file="$(RELEASE)/mikronec_$(VERSION)_$${os}_$$arch$${arm:+v$$arm}"; \
		[[ $$os != windows ]] || file+=.exe; \
		echo "$$file"; \
		$(STATIC) GOOS=$$os GOARCH=$$arch GOARM=$$arm go build -ldflags '$(LDFLAGS)' -o "$$file" .; \
		$(STATIC) go run -C .tools ./sbom "$(abspath $(RELEASE))/$$(basename "$$file")" '$(VERSION)' >"$$file.cdx.json"; \
	done
	@cd '$(RELEASE)' && sha256sum mikronec_* >SHA256SUMS

# Packages that take longest: they come first, so that none is left to run alone. Three at a
# time keep two processors busy. Some tests to run: make test TESTED=./internal/sse
LONGEST  := ./internal/fleettest ./internal/server ./internal/browser ./internal/api ./client/typescript ./internal/openapi ./internal/sse ./internal/fleet
TESTED   ?= $(LONGEST) ./...
PACKAGES ?= 3
PARALLEL ?= 5

# Without vet, which make lint runs. With the race detector, each test program sleeps for a
# second at its end, in which races may still be found; a tenth is enough when all tests are over.
.PHONY: test
test: ## Run all tests with the race detector
	@command -v "$${CHROMIUM:-chromium}" chromium-browser google-chrome >/dev/null || \
		echo 'Chromium is not installed: the pages are NOT TESTED IN A BROWSER.' >&2
	@for program in nginx caddy promtool prometheus-alertmanager; do \
		command -v $$program >/dev/null || echo "$$program is not installed: its configuration is NOT TESTED WITH it." >&2; \
	done
	@command -v buildah >/dev/null || echo 'buildah is not installed: the image is NOT BUILT.' >&2
	@[[ -n '$(RACE)' ]] || echo 'No C compiler: testing WITHOUT the race detector.' >&2
	GORACE=atexit_sleep_ms=100 go test -trimpath $(RACE) -count 1 -vet=off -p $(PACKAGES) -parallel $(PARALLEL) -timeout 20m $(TESTED)

# What make lint security and the tests run of .tools/go.mod.
TOOLS := revive staticcheck swag esbuild nats-server

.PHONY: tools
tools: ## Build the tools that the linters and the tests use
	@for tool in $(TOOLS); do $(TOOL) -n $$tool >/dev/null; done

LINTS := lint-gofmt lint-vet lint-fix lint-revive lint-staticcheck lint-platforms lint-mod lint-swag lint-page lint-files lint-tools

.PHONY: lint $(LINTS)
lint: $(LINTS) ## Run all linters, and check that go.mod, docs/swagger.json and the page are up to date

lint-gofmt:
	.tools/fail-if-output gofmt -l .

lint-vet:
	$(RACED) go vet ./...

lint-fix:
	$(RACED) go fix -diff ./...

lint-revive:
	$(call ON_ALL,revive) -config .tools/revive.toml -set_exit_status ./...

lint-staticcheck:
	$(call ON_ALL,staticcheck) -checks inherit,ST1023 ./...

# But for the platform of this machine, whose types vet has seen.
lint-platforms:
	$(STATIC) go run -C .tools ./platforms -C .. $(filter-out $(shell go env GOOS)/$(shell go env GOARCH),$(PLATFORMS))

lint-mod:
	go mod tidy -diff

lint-swag:
	@tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	echo '$(SWAG_INIT) -o '"$$tmp"; $(SWAG_INIT) -o "$$tmp"; \
	diff -u docs/swagger.json "$$tmp/swagger.json" || { echo 'docs/swagger.json is out of date: run "make swag".' >&2; exit 1; }

lint-page:
	@tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	echo '$(PAGE) --outdir='"$$tmp"; $(PAGE) --outdir="$$tmp"; \
	for file in main.js main.css; do cmp "internal/web/assets/$$file" "$$tmp/$$file" || { echo 'The page is out of date: run "make page".' >&2; exit 1; }; done

lint-files:
	git ls-files -z | xargs -0 $(FILECHECK) all

# The tools are a separate module, which ./... does not include. vet would read all that
# they are made of, which takes longer than all of their tests.
lint-tools:
	cd .tools && $(STATIC) go tool revive -config revive.toml -set_exit_status ./...
	cd .tools && $(STATIC) go tool staticcheck -checks inherit,ST1023 ./...
	$(STATIC) go test -C .tools -vet=off ./...

.PHONY: fmt
fmt: ## Format and modernize Go code, sort imports, trim white space
	go fix ./...
	$(TOOL) goimports -w -local github.com/aprakasa/mikronec main.go client internal .tools
	git ls-files -z | xargs -0 $(FILECHECK) -fix trailing-whitespace || true
	git ls-files -z | xargs -0 $(FILECHECK) -fix end-of-file || true

.PHONY: openapi
openapi: ## Make docs/openapi.json of docs/openapi
	go test ./internal/api -run TestOpenAPIIsUpToDate -update

# The page is built by the module of esbuild, so that it needs no npm. Names are not
# shortened: they stand in the errors that a browser reports.
PAGE := $(TOOL) esbuild internal/web/src/main.js internal/web/src/main.css --bundle --format=esm --minify-whitespace --minify-syntax --line-limit=160 \
	--alias:@mikronec/client=./client/typescript/dist/client.js --external:icon.svg --log-level=warning

.PHONY: page
page: ## Build the page from its modules and style sheets
	$(PAGE) --outdir=internal/web/assets

.PHONY: swag
swag: ## Generate docs/swagger.json from the swag annotations
	$(SWAG_INIT) -o docs

.PHONY: client
client: ## Build the TypeScript client from its sources and docs/openapi.json; needs npm
	cd client/typescript && npm ci --no-audit --no-fund --ignore-scripts && npm run build

.PHONY: swag-fmt
swag-fmt: ## Format the swag annotations
	$(TOOL) swag fmt -g main.go

.PHONY: bench
bench: build ## Run benchmarks matching BENCH COUNT times, then measure the cost of routers and viewers (11 min)
	@mkdir -p dist
	@echo 'The benchmarks take about two minutes, the fleet of simulated routers about four, the viewers as long, the traffic of routers one.'
	go test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) -count $(COUNT) $(BENCHED) | tee dist/bench.txt
	$(TOOL) benchstat $(BASE) dist/bench.txt
	go build -o bin/fleet ./internal/bench/fleet
	bin/fleet -bin bin/mikronec $(FLEET) | tee dist/fleet.md
	go build -o bin/viewers ./internal/bench/viewers
	ulimit -n 20000 2>/dev/null || true; bin/viewers -bin bin/mikronec $(VIEWERS) | tee dist/viewers.md
	go build -o bin/traffic ./internal/bench/traffic
	bin/traffic -bin bin/mikronec $(TRAFFIC) | tee dist/traffic.md

.PHONY: soak
soak: build ## Run SOAK_ROUTERS simulated routers with faults, and hostile clients, for SOAK_TIME
	go build -o bin/soak ./internal/bench/soak
	bin/soak -bin bin/mikronec -time $(SOAK_TIME) -routers $(SOAK_ROUTERS)

.PHONY: soak-alerts
soak-alerts: build ## Run ALERT_ROUTERS simulated routers that flap, reboot and lose users for ALERT_TIME, and check what is told
	go build -o bin/alerts ./internal/bench/alerts
	bin/alerts -bin bin/mikronec -time $(ALERT_TIME) -routers $(ALERT_ROUTERS)

.PHONY: soak-fleet
soak-fleet: build ## Kill the instances of a fleet one after the other for 20 minutes, and check its streams
	@mkdir -p dist
	go build -o bin/fleetsoak ./internal/bench/fleetsoak
	ulimit -n 20000 2>/dev/null || true; bin/fleetsoak -bin bin/mikronec $(FLEET_SOAK) | tee dist/fleetsoak.md

.PHONY: bench-fleet
bench-fleet: build ## Measure a fleet of 10,000 routers at rest, and how long routers take to move
	@mkdir -p dist
	go build -o bin/fleetrest ./internal/bench/fleetrest
	ulimit -n 60000 2>/dev/null || true; bin/fleetrest -bin bin/mikronec $(FLEET_REST) | tee dist/fleetrest.md

.PHONY: lighthouse
lighthouse: ## Ask Lighthouse about the page; needs npm and Chromium, and a machine without other work
	go test -count 1 -tags measure -run TestLighthouse -v ./internal/browser

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' internal | sort | \
	while IFS=: read -r file name; do \
		echo "== $${name#func } in $$(dirname "$$file")"; \
		go test -run '^$$' -fuzz "^$${name#func }\$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")" </dev/null; \
	done

# Without G404: math/rand is used for jitter only; keys, ids and tickets come from
# crypto/rand. Without G601: since Go 1.22 each round of a loop has a variable of its own, and
# the rule asks the go command for its version at each loop, which takes three quarters
# of all the time. The programs under internal/bench are not shipped. A false positive is
# marked in the code: // #nosec RULE -- reason
.PHONY: security
security: ## Check the code with the security rules of gosec
	$(STATIC) go build -C .tools -o ../bin/security ./security
	$(RACED) bin/security -exclude G404,G601 -exclude-dir internal/bench

# A copy of the database: make vuln VULNDB=file:///path
VULNDB ?= https://vuln.go.dev

.PHONY: vuln
vuln: ## Check for known vulnerabilities in VULNDB; needs the network
	@$(TOOL) govulncheck -db '$(VULNDB)' ./... || { status=$$?; \
		[[ $$status == 3 ]] || echo 'govulncheck failed, which says nothing about the program. It needs $(VULNDB), or a copy as VULNDB=file:///path.' >&2; \
		exit $$status; }

.PHONY: clean
clean: ## Remove bin and dist
	rm -rf bin dist

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
