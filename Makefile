# Everything that a person runs. Needs Python 3.11 or newer and make; uses uv where it is installed.

PYTHON ?= python3
SERVE ?= 1
WORKERS ?= 3

PY := .venv/bin/python
UV := $(shell command -v uv)
# uv is many times faster; where it fails (an old one, say), pip does the same.
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check
UV_INSTALL := UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 uv pip install --quiet --python $(PY)

RUNTIME := .venv/requirements.done
DEV := .venv/requirements-dev.done
BENCH := .venv/requirements-bench.done

# The checks that load the settings do so on the defaults, never on the developer's .env.
DEFAULTS := env VAR_DIR=.venv/checks DATABASE_URL= CELERY_BROKER_URL= DEBUG= SECURE_SSL=
PRODUCTION := env VAR_DIR=.venv/checks DATABASE_URL=postgres://crm@localhost/crm DEBUG= SECURE_SSL= \
	ALLOWED_HOSTS=crm.example.com CELERY_BROKER_URL=redis://localhost \
	SECRET_KEY=for-this-check-alone-0123456789-abcdefghijklmnopqrstuvwxyz \
	CREDENTIALS_KEYS=Zm9yIHRoaXMgY2hlY2sgYWxvbmUsIG5vdCBhIGtleS4= \
	ERASURE_KEY=for-this-check-alone-9876543210-abcdefghijklmnopqrstuvwxyz

.PHONY: help install demo test lint check test-sqlite test-postgres soak bench bench-desk bench-match bench-histories lock messages clean

help:
	@echo "make demo      five vendors' customers pulled into one list, then the admin (SERVE=0: without)"
	@echo "make test      every check, then the tests on SQLite and on PostgreSQL"
	@echo "make soak      the long proofs at their full size"
	@echo "make bench     the speed figures, against a peer, on PostgreSQL"
	@echo "make bench-desk  the desk's lists and search, against the stock admin, on a million customers"
	@echo "make bench-histories  edits lost in silence, under three ways to keep two sides in step"
	@echo "make bench-match  how well and how fast records are matched, against peers"
	@echo "make install   the environment in .venv, for work on the code"
	@echo "make lock      requirements*.txt from requirements*.in"
	@echo "make messages  the translations: gather, compile"
	@echo "make clean     take away .venv (var/, which holds data and keys, stays)"

install: $(DEV)

demo: $(RUNTIME)
	$(PY) manage.py demo $(if $(filter 0,$(SERVE)),--no-serve)

test: lint check test-sqlite test-postgres

lint: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(DEFAULTS) $(PY) -m mypy
	.venv/bin/lint-imports

check: $(DEV)
	$(DEFAULTS) $(PY) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

test-sqlite: $(DEV)
	$(PY) -m pytest --db sqlite -n $(WORKERS)

# The browser looks at the pages once: what it tests is the same on both databases.
test-postgres: $(DEV)
	$(PY) -m pytest --db postgres -n $(WORKERS) -m "not soak and not browser"

soak: $(DEV)
	SOAK=1 $(PY) -m pytest -m soak --db sqlite --timeout 0 -s
	SOAK=1 $(PY) -m pytest -m soak --db postgres --timeout 0 -s

bench: $(DEV) $(BENCH)
	$(PY) -m benchmarks.pull

bench-desk: $(DEV)
	$(PY) -m benchmarks.desk

bench-histories: $(DEV)
	$(DEFAULTS) $(PY) -m benchmarks.histories

bench-match: $(DEV) $(BENCH)
	$(PY) -m benchmarks.match

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: $(PYTHON) -m pip install uv" >&2; exit 1; }
	for name in requirements requirements-dev requirements-bench; do \
		uv pip compile --quiet --no-config --upgrade --generate-hashes --universal \
			--python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links \
			$$name.in --output-file $$name.txt || exit 1; \
	done

messages: $(RUNTIME)
	$(PY) manage.py makemessages --locale es --locale pt_BR --no-obsolete --no-location \
		$(foreach folder,.venv var crm connectors tests benchmarks,--ignore $(folder))
	$(PY) manage.py compilemessages --locale es --locale pt_BR --ignore .venv

clean:
	rm -rf .venv

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# A lock file is installed once: the .done file is as new as what was installed.
.venv/%.done: %.txt | $(PY)
	$(if $(UV),$(UV_INSTALL) --require-hashes -r $< ||) $(PIP_INSTALL) --require-hashes -r $<
	@touch $@
