# On a Debian machine with Go, "make demo" and "make test" need no further setup. Builds that take
# long are kept in bin/, which git ignores.

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
BIN := $(CURDIR)/bin
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
# The URL of the project, for links in outputs. Without it, outputs have no links.
PROJECT_URL ?=
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.projectURL=$(PROJECT_URL)
PACKAGES ?= ./...
FUZZTIME ?= 30s
# A suite with real nodes or API servers takes minutes, and more if others run at the same time.
TIMEOUT := -timeout=30m
export CGO_ENABLED := 0

.PHONY: help
help: ## Show the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the four programs and the completion of the plugin into bin/
	go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/...
	@ln -sf kubectl-sluice $(BIN)/kubectl_complete-sluice

.PHONY: demo
demo: ## Show what Sluice does, with a real API server and three nodes; says first what it installs
	@./hack/demo.sh $(BIN)
	@$(MAKE) --no-print-directory controlplane packages
	@go run ./test/demo

.PHONY: demo-container
demo-container: ## Run the demo in a container, with podman or docker, and install nothing on this machine
	@./hack/demo-container.sh

# Suites with real parts wait half of their time, so two more of them run at once than there are cores. The slowest begin
# first: go test keeps the order of its arguments.
AT_ONCE ?= $(shell echo $$(($$(nproc) + 2)))
SLOWEST := $(addprefix ./test/e2e/,applier install certificates tenants splitter policies compiled hostile packaging admission images monitoring removal staleness profiles)
# The groups of tests that differ in a variable or a module, the longest first. Three of them run at once, and begin in this
# order: their parts are there already.
TEST_GROUPS := suites oldest applier-other versions page plots

.PHONY: test
test: ## Run all tests, including the end-to-end tests; bin/test.log has the output
	@$(MAKE) --no-print-directory --jobs=$(if $(filter 1,$(AT_ONCE)),1,2) parts || { echo "A part of the tests is missing; its error is above."; exit 1; }
	@$(MAKE) --no-print-directory --keep-going --jobs=3 PREPARED=1 $(TEST_GROUPS) 2>&1 | tee $(BIN)/test.log || { \
		echo "Failed; all output is in bin/test.log:"; grep -E '(^|: ) *(FAIL[[:space:]]+[^ ]|--- FAIL|panic:|make.*Error)' $(BIN)/test.log; exit 1; }

.PHONY: parts
parts: controlplane oldest-controlplane packages certmanager packaging chromium ## Build and install all that the tests need

.PHONY: suites
suites: $(if $(PREPARED),,controlplane packages certmanager packaging) ## Run the tests of the main module, with the newest Kubernetes
	go test $(TIMEOUT) -p $(AT_ONCE) $(if $(filter ./...,$(PACKAGES)),$(SLOWEST)) $(PACKAGES)

# These are separate modules: each .mod file has the libraries of another release. They read files
# outside of their modules, whose changes the cache of test results does not notice.
.PHONY: versions
versions: $(if $(PREPARED),,controlplane) ## Test the manifests with the libraries of other Kubernetes releases
	@status=0; try() { echo "$$*"; "$$@" 2>&1 | sed -u "s/^/$$name: /" || status=1; }; \
	for mod in go 1.30 1.32 1.33 1.34; do name="kustomize, $$mod.mod"; try go -C test/parts/kustomize test -count=1 -modfile=$$mod.mod ./...; done; \
	name="versions, go.mod"; try go -C test/parts/versions test -count=1 ./...; \
	name="versions, 1.31.mod"; try go -C test/parts/versions test -count=1 -modfile=1.31.mod ./...; \
	name="versions, 1.37.mod"; try go -C test/parts/versions test -count=1 -modfile=1.37.mod -tags=newest ./...; \
	exit $$status

# A module of its own, so that the driver of the browser is none of the product's dependencies. Its tests build the
# programs again, in a network where no module can be fetched, so the build comes first.
.PHONY: page
page: $(if $(PREPARED),,controlplane chromium) ## Test the page of "kubectl sluice ui" in Chromium
	go build ./cmd/...
	cd test/parts/page && go test -exec ../../../hack/alone.sh -count=1 ./...

.PHONY: pictures
pictures: controlplane chromium ## Write the pictures of the page in docs/images
	cd test/parts/page && go test -count=1 -run Pictures ./... -pictures ../../../docs/images

# A module of its own too. Its results change with the pages, so they are never taken from the cache.
.PHONY: plots
plots: ## Test the plots of the benchmarks
	cd hack/plots && go test -count=1 ./...

# The packages in which the Open vSwitch and OVN of a Debian release are chosen by SLUICE_DEBIAN.
.PHONY: applier-other
applier-other: $(if $(PREPARED),,controlplane packages) ## Test the applier with the Open vSwitch and OVN of another Debian release than this machine's
	@for folder in $(BIN)/packages-1[0-9]; do \
		[ -d "$$folder" ] || continue; \
		echo "With the Open vSwitch and OVN of Debian $${folder##*-}:"; \
		SLUICE_DEBIAN=$${folder##*-} go test $(TIMEOUT) -p 2 -count=1 ./test/e2e/applier ./applier/ovs 2>&1 | sed -u "s/^/Debian $${folder##*-}: /" || exit 1; \
	done

.PHONY: oldest-controlplane
oldest-controlplane: controlplane
	@SLUICE_KUBERNETES=1.30 $(MAKE) --no-print-directory controlplane

# The suites about what API servers do, on the oldest release that is supported. The cache of test
# results does not notice the variable, which is read before the tests run.
.PHONY: oldest
oldest: $(if $(PREPARED),,oldest-controlplane packages certmanager) ## Run the tests of what API servers do on the oldest supported Kubernetes
	SLUICE_KUBERNETES=1.30 go test $(TIMEOUT) -p 2 -count=1 ./test/e2e/install ./test/e2e/policies ./test/e2e/admission ./test/e2e/tenants ./test/e2e/compiled 2>&1 | sed -u 's/^/Kubernetes 1.30: /'

.PHONY: matrix
matrix: packages certmanager ## Run these tests on all supported releases of Kubernetes, and write docs/compatibility.md (hours)
	go run ./test/matrix -o docs/compatibility.md

.PHONY: e2e
e2e: controlplane packages certmanager ## Run only the tests with a real API server and real nodes
	go test $(TIMEOUT) -p $(AT_ONCE) -count=1 $(SLOWEST) ./test/e2e/...

.PHONY: race
race: controlplane ## Run the tests of the concurrent parts with the race detector
	CGO_ENABLED=1 go test -race ./applier/... ./certs/... ./cmd/... ./internal/... ./webhook/...

# The time is SOAK, and SLUICE_SOAK_SEED repeats the order of an earlier run.
SOAK ?= 30m
.PHONY: soak
soak: controlplane packages ## Disturb nodes for half an hour, and compare each report with what observers see
	SLUICE_SOAK=$(SOAK) go test -count=1 -v -timeout 0 -run '^TestSoak$$' ./test/e2e/applier

.PHONY: bench
bench: controlplane packages ## Measure, compare with the targets, and write docs/benchmarks*.md
	go run ./test/bench -o docs/benchmarks.md
	go run ./test/bench -what policies -o docs/benchmarks-policies.md
	go run ./test/bench -what applier -o docs/benchmarks-applier.md
	go run ./test/bench -what tenants -o docs/benchmarks-tenants.md
	cd hack/plots && go run .

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZTIME
	@set -e; for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package 2>/dev/null | grep '^Fuzz' || true); do \
			echo "== $$package $$target"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

.PHONY: controlplane
controlplane: ## Build kube-apiserver, etcd and kubectl into bin/, of another release with SLUICE_KUBERNETES=1.30 (once, about 6 minutes)
	@if [ -z "$$KUBEBUILDER_ASSETS" ]; then ./test/parts/controlplane/build.sh $(BIN)/controlplane$${SLUICE_KUBERNETES:+-$$SLUICE_KUBERNETES} $$SLUICE_KUBERNETES; fi

.PHONY: certmanager
certmanager: ## Build cert-manager's controllers into bin/ (once, about 4 minutes)
	@./test/parts/certmanager/build.sh $(BIN)/certmanager

.PHONY: chromium
chromium:
	@./hack/chromium.sh

.PHONY: packaging
packaging: $(BIN)/helm $(BIN)/operator-verify $(BIN)/cyclonedx-gomod ## Build Helm, the validator of OLM and the SBOM generator into bin/

.PHONY: packages
packages: ## Install Open vSwitch, OVN and collectors: as root with apt, otherwise into bin/; and those of another Debian release into bin/
	@./hack/packages.sh $(BIN)/packages
	@./hack/packages-other.sh $(BIN)/packages

# The tools are built from the versions that hack/tools/go.mod pins.
TOOLS := $(BIN)/golangci-lint $(BIN)/gofumpt
CONTROLLER_GEN := $(BIN)/controller-gen
PACKAGING := $(BIN)/helm $(BIN)/operator-verify
# The files of the Helm chart without values, as paths in manifests/.
CHART_FILES := crds/sluice.dev_*.yaml network-operator/networks.yaml network-operator/namespace.yaml \
	base/namespace.yaml base/viewer-rbac.yaml base/webhook-rbac.yaml base/webhook-service.yaml base/webhook-networkpolicy.yaml base/webhookconfiguration.yaml \
	base/removal-admissionpolicy.yaml base/tenants-rbac.yaml base/tenants-admissionpolicy.yaml base/controller-rbac.yaml base/controller-service.yaml base/controller-networkpolicy.yaml \
	components/certs-managed/rbac.yaml components/admission-policies/rbac.yaml components/netobserv/registration.yaml overlays/cert-manager/certificate.yaml components/openshift/scc.yaml \
	agent/namespace.yaml agent/rbac.yaml agent/admissionpolicy.yaml agent/verify-rbac.yaml agent/service.yaml \
	components/monitoring/rbac.yaml components/monitoring/servicemonitor.yaml \
	components/monitoring/prometheusrule.yaml components/monitoring/dashboard.json \
	components/console/samples.yaml components/console/quickstart.yaml
$(BIN)/golangci-lint: TOOL := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(BIN)/gofumpt: TOOL := mvdan.cc/gofumpt
$(CONTROLLER_GEN): TOOL := sigs.k8s.io/controller-tools/cmd/controller-gen
$(BIN)/helm: TOOL := helm.sh/helm/v3/cmd/helm
$(BIN)/operator-verify: TOOL := github.com/operator-framework/api/cmd/operator-verify
$(BIN)/cyclonedx-gomod: TOOL := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
$(TOOLS) $(CONTROLLER_GEN) $(PACKAGING) $(BIN)/cyclonedx-gomod: hack/tools/go.mod hack/tools/go.sum
	@echo "Building $(notdir $@) (once, about 2 minutes)."
	@cd hack/tools && go build -o $@ $(TOOL)

.PHONY: lint
lint: $(TOOLS) ## Check style and architecture
	GOLANGCI_LINT_CACHE=$(BIN)/lint-cache $(BIN)/golangci-lint run ./...
	go run ./hack/words
	@! $(BIN)/gofumpt -l . | grep . || { echo "gofumpt would change these; run: make format"; exit 1; }

.PHONY: format
format: $(TOOLS) ## Format the code
	$(BIN)/golangci-lint fmt ./...
	$(BIN)/gofumpt -w .

.PHONY: generate
generate: $(CONTROLLER_GEN) controlplane ## Write all generated files: deep copies, CRDs, packages, golden files and go.sum
	$(CONTROLLER_GEN) object paths=./api/...
	$(CONTROLLER_GEN) crd paths=./api/... output:crd:dir=manifests/crds
	install -m 644 "$$(go list -m -f '{{.Dir}}' github.com/openshift/api)/operator/v1/zz_generated.crd-manifests/0000_70_network_01_networks-Default.crd.yaml" manifests/network-operator/networks.yaml
	go run ./hack/removal >manifests/base/removal-admissionpolicy.yaml.new && mv manifests/base/removal-admissionpolicy.yaml.new manifests/base/removal-admissionpolicy.yaml
	rm -rf manifests/helm/sluice/files && mkdir manifests/helm/sluice/files
	cd manifests && cp --parents $(CHART_FILES) helm/sluice/files
	"$${KUBEBUILDER_ASSETS:-$(BIN)/controlplane}"/kubectl kustomize manifests/overlays/openshift | go run ./hack/bundle
	go run ./hack/layers/lint
	go run ./hack/rules >docs/rules.md.new && mv docs/rules.md.new docs/rules.md
	go run ./hack/reference
	go test ./test/e2e/packaging -run Documented -update
	go mod tidy
	cd test/parts/controlplane && go mod tidy
	cd test/parts/certmanager && go mod tidy
	cd test/parts/page && go mod tidy
	cd test/parts/kustomize && for mod in go 1.30 1.32 1.33 1.34; do go mod tidy -modfile=$$mod.mod || exit 1; done
	cd test/parts/versions && go mod tidy && go mod tidy -modfile=1.31.mod && go mod tidy -modfile=1.37.mod
	cd hack/tools && go mod tidy
	cd hack/plots && go mod tidy && go run .
	go test ./test/fixtures ./cmd/sluice/internal/report ./validation/policy -update

# The modules of the other releases are large, so "make generate" leaves them alone.
.PHONY: tidy-releases
tidy-releases: ## Write the .mod and .sum files of the other Kubernetes releases
	cd test/parts/controlplane/releases && for mod in *.mod; do go mod tidy -modfile=$$mod || exit 1; done

.PHONY: verify
verify: ## Check that "make generate" would change nothing
	./hack/verify.sh

.PHONY: image
image: ## Build both container images, with docker, podman or buildah
	./hack/image.sh $(VERSION)

.PHONY: image-base
image-base: ## Build a base for the image of the agent from Debian packages, as root, if none can be pulled
	./hack/image-base.sh $(BIN)/image-base

.PHONY: release
release: controlplane $(BIN)/cyclonedx-gomod ## Write the files of VERSION, with the pushed IMAGE and AGENT_IMAGE, to bin/release
	./hack/release.sh $(VERSION) $(BIN)/release $(BIN)/controlplane/kubectl $(BIN)/cyclonedx-gomod

.PHONY: clean
clean: ## Remove bin/
	rm -rf $(BIN)
