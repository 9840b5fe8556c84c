# Two commands do everything on a fresh machine: `make run` and `make test`.

.PHONY: help run test lint lock abuse bench load determinism failures setup

help:
	@echo "make run    set up and start Touchstone, with a demo to click through (Ctrl-C stops it)"
	@echo "make test   set up and run everything: lint, unit tests, real Docker, PostgreSQL, Redis, Chromium"
	@echo "make lint   ruff and mypy"
	@echo "make abuse  attacks on the sandbox and the grade, and what became of each"
	@echo "make bench  what a grading costs, beside bare pytest and plain docker"
	@echo "make load   200 people who type, run and submit, on an installation of their own (ARGUMENTS=--grown-up)"
	@echo "make failures  break every part at every step, on both kinds of installation"
	@echo "make determinism  the catalogue's submissions again and again on a busy machine (REPEATS=20)"

run:
	@bin/run

test:
	@bin/test

lint: .venv/locked-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .

abuse:
	@bin/setup test && trap 'bin/engine stop' EXIT && .venv/bin/python manage.py sandbox images \
		&& .venv/bin/python -m pytest tests/abuse -n 2 --dist loadfile

bench:
	@bin/setup test && trap 'bin/engine stop' EXIT && .venv/bin/python -m tests.bench

load:
	@bin/setup test && trap 'bin/engine stop' EXIT && .venv/bin/python -m tests.load $(ARGUMENTS)

failures:
	@bin/setup test && trap 'bin/engine stop' EXIT && .venv/bin/python manage.py sandbox images \
		&& .venv/bin/python -m pytest tests/failures

determinism:
	@bin/setup test && trap 'bin/engine stop' EXIT && .venv/bin/python -m tests.determinism --repeats $(or $(REPEATS),20)

# One lock for every Python that the project runs on: a dependency that only some of them need carries a marker.
lock: .venv/locked-dev
	for extra in "" dev; do .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
		--python-version 3.11 $${extra:+--extra $$extra} pyproject.toml --output-file requirements$${extra:+-$$extra}.lock || exit 1; done

setup:
	@bin/setup test

.venv/locked-dev:
	@bin/setup test
