# One line each; what needs more stands in scripts/. Times are of 2 cores, first run then later ones.
HOST = 127.0.0.1
PORT = 8080
DATA = data
STAFETTE = $(or $(CARGO_TARGET_DIR),target)/release/stafette

help:   ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

run:    ## start Stafette with the example program on http://127.0.0.1:8080 (HOST= PORT= DATA=; first build 11 min, then 1 s)
	@scripts/setup run && scripts/build && exec $(STAFETTE) serve --data $(DATA) --listen $(HOST):$(PORT) --example

test:   ## every check there is; installs what it needs (half an hour, then 15 min)
	@scripts/setup test && scripts/test

dev:    ## server and web app, built again on every change, on http://127.0.0.1:8081 (first build about 15 min)
	@scripts/setup dev && DATA=$(DATA) scripts/dev

build:  ## the server with the web app inside: target/release/stafette (first 12 min)
	@scripts/setup run && scripts/build --best

attack: ## generated calls to every endpoint of the release build, on both databases (10 min)
	@scripts/setup attack && cargo build --release -p server && scripts/postgres scripts/attack

chaos:  ## 24 processes killed, frozen, skewed and drained 200 times under 20,000 events; 10,000 waits and programs (about 40 min)
	@scripts/setup test && cargo build --release -p server && STAFETTE_CHAOS_FAULTS=200 STAFETTE_CHAOS_EVENTS=20000 \
	  STAFETTE_AWAITING_TOKENS=10000 STAFETTE_AWAITING_KILLS=60 STAFETTE_CASES=10000 \
	  scripts/postgres cargo test --release -p tests --test system -- --nocapture chaos:: four_runners_are_killed held::a_ \
	  same::on_

fuzz:   ## any input to every reader, on from tests/corpus/ (5 min each; FUZZ='60 cel' for one of them and another time)
	@scripts/fuzz $(FUZZ)

bench:  ## measure the engine on SQLite and PostgreSQL, as JSON
	@scripts/setup run && scripts/bench

fmt:    ## format the sources (2 s)
	@cargo fmt --all

lint:   ## format and clippy, warnings are errors
	@scripts/test format lint

.PHONY: help run test dev build attack chaos fuzz bench fmt lint
