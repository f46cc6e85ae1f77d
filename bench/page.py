"""The results as people read them: a table for the terminal, and docs/BENCHMARKS.md."""

from collections.abc import Sequence
from typing import Any, Final

import deploy_figures
import path_figures
from figures import Target, mib, ms, runs_rows, targets, us

_RATIO_BASE: Final = "Ratios are to Interlock's run in the same rounds: 2.0 takes twice as long."


def table(results: dict[str, Any]) -> str:
    """The figures of a run, for the terminal."""
    measured = [(row.name.replace("*", "").replace("`", ""), row.p50, row.p99, row.ratio) for row in runs_rows(results)]
    rows = [("", "p50 us", "p99 us", "ratio"), *measured]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}".rstrip()
        for row in rows
    ]
    more = [f"{name}: {value}" for name, value in [*_size_rows(results), *_operator_rows(results)]]
    missing = [f"{name}: {reason}" for name, reason in _missing(results)]
    verdicts = [
        f"{'met' if target.met else 'NOT MET'}: {target.text}: {target.measured}" for target in _promises(results)
    ]
    slow_rows = path_figures.waiting(results["slow"])
    flows = [
        f"{name}: {took}, {ratio}"
        for name, took, ratio in [*path_figures.flows(results["flows"]), *path_figures.legs(results["flows"])]
    ]
    path = [*path_figures.lines(results["path"]), *flows, *(f"{name}: {figure}" for name, figure in slow_rows)]
    deploys = [
        f"{name}: {first}, again {again or '-'}; a run {cold or '-'}, then {warm or '-'}"
        for name, first, again, cold, warm in deploy_figures.rows(results["deploys"])
    ]
    deploys += [
        f"until its handler has begun, {name}: first {cold}; then {warm}"
        for name, cold, warm in deploy_figures.starts(results["starting"])
    ]
    text = "\n".join(["", *lines, _RATIO_BASE, "", *more, "", *path, "", *deploys, "", *missing, *verdicts])
    return text.replace("**", "").replace("`", "")


def page(results: dict[str, Any]) -> str:
    """The whole page."""
    plan = results["plan"]
    runs = [(row.name, row.p50, row.p99, row.ratio, row.isolation) for row in runs_rows(results)]
    promised = [(one.text, one.measured, "met" if one.met else "**not met**") for one in _promises(results)]
    return f"""# Benchmarks

What one run of an action costs: beside the least that could be done on the same engine, and beside other ways to run
the same JavaScript from a program. And what an event costs on its whole way, over HTTP and the queue, beside a stock RQ
job that does nothing. `bench/run.py` writes this page; nothing in it is typed by hand.

The machine is small and may have been busy, so trust the ratios, which were taken side by side in one run, before the
microseconds. {_RATIO_BASE}

## One isolated run

The action is the recipe "roles and tier", two namespaced claims ([roles.js](../bench/payload/roles.js)); the event has
600 bytes. Every subject starts from nothing that another run has touched, runs the same text, and its commands are
checked. p50 and p99 are the median of {plan["rounds"]} rounds, with the lowest and the highest round in brackets.

{_markdown(("what", "p50 in us", "p99 in us", "ratio of p50", "isolation"), runs)}

- **The bare spike** is the engine with nothing around it: a fresh instance of the baked engine, the loaded script's
  pages restored, event in and answer out as JSON. No limits, no time slices, no console, no timers, no messages, no
  `api` beyond the one method. It bounds what a sandbox on this engine can reach ([bench/spike](../bench/spike)).
- **Interlock, one run** is `Sandbox.run` in the same process: the whole runtime and the worker's `api` recorder baked
  in, on a fibre under all limits. The two take turns, run by run. The rows marked "alone" go without turns.
- **A flow** is the worker around it: masking, the run, every command validated again, the outcome reduced. "Image
  kept" is what a server would do; "loading it" is what `interlock run` does, compiling and evaluating the action first.
- **Recorded** is what every execution of a server is: its clock, entropy, and answers kept and packed, so that it can
  be run again. Sealing and writing them is part of the whole path below, and no caller waits for it.
- **The peers** run in a process and an environment of their own; their ratios are to Interlock alone, measured right
  before each. They evaluate the script in each run, as they have nothing to restore; Node's `vm` is given it compiled.
  Where the table says no isolation, a hostile script owns the process.

{_missing_words(results)}## What was promised

{_markdown(("target", "measured here", ""), promised)}

{_path_words(results["path"])}
{_flow_words(results["flows"])}
{_slow_words(results["slow"])}
{_deploy_words(results["deploys"])}
{_start_words(results["starting"])}
## What a run touches

{_markdown(("what", "figure"), _size_rows(results))}

Pages are 4 KiB. The pool resets what was touched when an instance is closed, so a run pays for its pages twice.

## For operators

{_markdown(("what", "figure"), _operator_rows(results))}

The runs beside a busy action are measured from when they were due. One of them may wait behind a slice of 2 ms of the
busy one, which then gives three turns of the event loop to others; all at once, they also wait for each other, as one
thread runs them all.

## How to repeat it

    make bench                   # everything, some minutes
    make bench BENCH=--quick     # seconds, without peers: does it work?
    make bench BENCH=--write     # everything, and this page anew

The first time compiles the spike and installs the peers, from lock files with hashes, under `.bench/`. The raw figures
are in `.bench/results.json`. Let nothing else run on the machine.

{_markdown(("", ""), [*results["machine"].items(), ("peers", _peer_words(results))])}

## What this does not show

- One kind of machine, one small action. An action that computes for long is another matter: QuickJS interprets, V8
  compiles. That is not measured here.
- One run after the other. How many a process does beside each other is not measured here, as one thread enters wasm.
- The peers are measured from inside their own process; what it would take to hold them to the same limits is not.
- The whole path is measured on SQLite and the embedded Valkey, with client and server on the same cores.
"""


def _promises(results: dict[str, Any]) -> list[Target]:
    return [
        *targets(results),
        *path_figures.targets(results["path"]),
        *deploy_figures.targets(results["deploys"], results["starting"]),
    ]


def _path_words(path: dict[str, Any]) -> str:
    return f"""## The whole path

The same action and event as above: posted over HTTP to `interlock dev`, checked against an API key and the release in
force, queued, run by a worker with the tenant's secrets, reduced, answered, and recorded in SQL. Beside it stock RQ in
its best case: a job that does nothing, with RQ's own SimpleWorker on the same Valkey; it loses what it holds when it is
killed, and isolates nothing. Both take turns, {len(path["rounds"])} rounds.

{_markdown(("what, one after the other", "p50", "p99", "ratio of p50"), path_figures.trips(path))}

{_markdown(("what, as many as it does", "a second", "ratio to one worker"), path_figures.rates(path))}

### Where the time goes

What one event costs each process, in CPU time while {path["connections"]} connections keep all of them busy:

{_markdown(("part", "ms", "share"), path_figures.processes(path))}

And where one event is on its way, with nothing else under way:

{_markdown(("step", "p50 in ms"), path_figures.steps(path))}
"""


def _deploy_words(deploys: dict[str, Any]) -> str:
    return f"""## Deploys

From the call over HTTP to the answer that the version is in force: built by the builder of `interlock dev`, loaded once
in the sandbox, released. The first deploy of an action, its binding included, and the median of {deploys["count"]} with
other code. The packages of `pg` are those of a lock, kept from an earlier build: no registry is asked. A new machine
has an empty folder of builds and asks the registry.

Beside it what a worker is at an event of such an action: the first time, when it reads the image that the builder left,
and later. That is all of it, from the image to the outcome, for a handler that makes a claim.

{_markdown(("what", "first deploy", "again", "first run of a version", "later runs"), deploy_figures.rows(deploys))}
"""


def _flow_words(flows: dict[str, Any]) -> str:
    return f"""### Longer flows, those that wait, and replays

Over HTTP, one after the other, on another `interlock dev`. The actions of a flow have the same text; each is a fresh
instance with an image of its own. p50 is the median of {len(flows["flows"])} rounds.

{_markdown(("what", "p50", "ratio of p50 to one action"), path_figures.flows(flows))}

A flow that is suspended is sealed and kept in SQL before its caller is told, and taken out in two transactions when
the user is back. A replay is a job of its own: what is to be run is sealed and kept, run by a worker with the recorded
clock, entropy and answers, compared, and removed.

{_markdown(("what", "p50", "ratio of p50 to the event"), path_figures.legs(flows))}
"""


def _start_words(starting: dict[str, Any]) -> str:
    return f"""### Until a handler has begun

From the moment a worker has taken the job off the queue to the first statement of the action's handler, both noted on
the host: the handler's first statement asks for random bytes. Between them lie the claim of the job in Valkey, its
release, its secrets in SQL, the action's image, and the guest's way to the handler. Of {starting["count"]} deploys each
was run once as this worker had never had it, and 10 times more.

{_markdown(("what", "first run of a version", "later runs"), deploy_figures.starts(starting))}
"""


def _slow_words(slow: dict[str, Any]) -> str:
    return f"""### Waiting for a slow server

{slow["executions"]:,} events at once, each with an action that awaits a `fetch`, in one worker process. The server
answers nobody until all have asked.

{_markdown(("what", "figure"), path_figures.waiting(slow))}
"""


def _size_rows(results: dict[str, Any]) -> list[tuple[str, str]]:
    touched, spike, footprint = results["touched"], results["spike_image"], results["footprint"]
    return [
        ("base image", f"{mib(touched['base_bytes'])} (the spike's: {mib(spike['bytes'])})"),
        (
            "pages written to restore the action's image",
            f"{touched['restored']} (the spike's: {spike['restored_pages']})",
        ),
        ("pages that the run itself changes", str(touched["by_run"])),
        ("pages that differ from the base at the end", str(touched["together"])),
        ("page faults a run", f"{results['faults_a_run']:.2f}"),
        ("compiled engine", mib(footprint["compiled_bytes"])),
        ("process: imports alone", mib(footprint["imported_bytes"])),
        ("process: sandbox open", mib(footprint["opened_bytes"])),
        ("process: after 1,000 runs", mib(footprint["after_runs_bytes"])),
    ]


def _operator_rows(results: dict[str, Any]) -> list[tuple[str, str]]:
    opening, load, beside, waiting = (results[key] for key in ("opening", "load", "beside", "waiting"))
    others = results["plan"]["others"]
    rows = [
        ("`Sandbox.open`, nothing cached: bakes and compiles", ms(opening["open_baking"]["p50_us"])),
        ("`Sandbox.open`, cached", ms(opening["open_cached"]["p50_us"])),
        ("a new process, from its imports to its first answer", f"{results['footprint']['first_answer_ms']:.0f} ms"),
        ("loading the action into an image", f"p50 {ms(load['p50_us'])}, p99 {ms(load['p99_us'])}"),
    ]
    for key, how in (("beside_busy_arriving", "one every 5 ms"), ("beside_busy_at_once", "all at once")):
        figures = f"p50 {ms(beside[key]['p50_us'])}, p95 {ms(beside[key]['p95_us'])}"
        rows.append((f"{others} runs, {how}, while one action loops for its whole CPU limit", figures))
    if waiting["parked_runs"]:
        rows += [
            ("parking a waiting run", us(waiting["park_us"])),
            ("its pages into a fresh instance", us(waiting["unpark_us"])),
            ("what a parked run holds", f"{waiting['parked_bytes'] / 1024:.0f} KiB"),
        ]
    sizes = [mib(waiting[when]) for when in ("before_bytes", "pool_bytes", "waiting_bytes", "after_bytes")]
    many = f"{waiting['count']:,} runs that wait at the same time, in {waiting['slots']} slots: the process"
    return [
        *rows,
        (
            many,
            f"{sizes[0]} at first, {sizes[1]} once all slots were used, {sizes[2]} meanwhile, {sizes[3]} afterwards",
        ),
    ]


def _missing(results: dict[str, Any]) -> list[tuple[str, str]]:
    peers = [(name, peer["missing"]) for name, peer in results["peers"].items() if "missing" in peer]
    return [*peers, *deploy_figures.missing(results["deploys"])]


def _missing_words(results: dict[str, Any]) -> str:
    rows = _missing(results)
    return "Not measured here: " + "; ".join(f"{name} {reason}" for name, reason in rows) + ".\n\n" if rows else ""


def _peer_words(results: dict[str, Any]) -> str:
    versions = [peer["version"] for peer in results["peers"].values() if "version" in peer]
    return "; ".join(versions) or "none was measured"


def _markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
