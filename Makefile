# Everything a developer types. `make help` lists it; docs/operations.md has what an operator needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.installed
# The system's certificates: uv under its new and its old name, pip before 24.2 by file.
BUNDLE := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem))
export UV_SYSTEM_CERTS ?= 1
export UV_NATIVE_TLS   ?= 1
ifneq ($(BUNDLE),)
export PIP_CERT ?= $(BUNDLE)
endif

.DEFAULT_GOAL := help
.PHONY: help run test check bench soak format generate lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY) ## Start the broker and every service on SQLite; Ctrl-C stops them
	@exec $(BIN)/guildhall up

test: $(READY) ## Run the whole test suite: SQLite, PostgreSQL and a real NATS server
	@$(BIN)/python -m tests.everything

check: $(READY) ## Lint, types, import rules, generated files are current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/events.py | diff -u docs/events.md -
	$(BIN)/python docs/pii.py | diff -u docs/pii.md -
	$(BIN)/python deploy/grafana/overview.py | diff -u deploy/grafana/overview.json -
	$(BIN)/python -m services.gateway.openapi --check
	@$(BIN)/python -m pytest -q tests/architecture

bench: $(READY) ## Measure the ratios of the design; writes bench/results.json
	@$(BIN)/python -m bench

soak: $(READY) ## Run the long fault tests
	@$(BIN)/python -m pytest -m soak --timeout 7200

format: $(READY) ## Let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(READY) ## Write the generated files anew
	$(BIN)/python docs/events.py > docs/events.md
	$(BIN)/python docs/pii.py > docs/pii.md
	$(BIN)/python deploy/grafana/overview.py > deploy/grafana/overview.json
	$(BIN)/python -m services.gateway.openapi

lock: ## Resolve requirements.lock anew (needs uv)
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		--extra postgres --group dev pyproject.toml -o requirements.lock --upgrade

clean: ## Remove the environment and every cache; the data in .guildhall stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The project itself is put on the path by one line, so that nothing has to be built and no build tool fetched.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "guildhall needs Python 3.11 or newer as '$(PYTHON)'; try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Installing into $(VENV), once ..." >&2
	@if command -v uv >/dev/null; then \
		uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV) \
		&& uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock; \
	else \
		$(PYTHON) -m venv $(VENV) \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock; \
	fi
	@echo ../../../.. > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/guildhall.pth"
	@printf '%s\n' '#!/bin/sh' \
		"'''exec' \"\$$(dirname -- \"\$$(realpath -- \"\$$0\")\")/python\" \"\$$0\" \"\$$@\"" \
		"' '''" 'from cli.main import main' '' 'if __name__ == "__main__":' '    main()' > $(BIN)/guildhall
	@chmod +x $(BIN)/guildhall && touch $@
