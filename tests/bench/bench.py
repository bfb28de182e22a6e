# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the training benchmark: ours and the peer, interleaved in one run, parity checked in that run.

Standard library only; the peers run under the Python named by --peer-python. See README.md for the rules.
"""
import argparse
import json
import os
import pathlib
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PARITY = {"fp32": dict(loss=1e-5, norm=1e-4, cosine=0.99999), "bf16": dict(loss=2e-3, norm=2e-2, cosine=0.999)}
QUIET = 0.05  # share of the processors that others may use
TARGETS = {("lora", "step"): 2.5, ("moe", "step"): 2.8, ("lora", "layers"): 1.0, ("moe", "layers"): 1.2}
ADAPTERS = ["lora", "moe", "lora-all", "moe-all"]  # on q, k, v, o; on all seven linears of a layer
SYSTEMS = ["lora", "dora", "ia3", "soft", "topk-switch", "qwen3vl-moe-lora.intended", "qwen3vl-moe-lora.as-run",
           "qwen3vl-moe-lora.as-written", "moelora.global", "moelora.per-site", "mov.code", "mov.paper", "molora", "loramoe",
           "loramoe.code", "loramoe.paper", "mola.inverted-triangle", "mola.triangle", "mola.diamond", "mola.hourglass",
           "mola.rectangle", "mola.code", "mixlora", "mixlora.dynamic", "hydralora", "hydralora.paper", "hydralora.llava", "adamole",
           "goat", "goat.paper", "lime", "lime.code"]
PEER = {"lora": "transformers + PEFT", "moe": "transformers + a loop over experts"}


class Side:
    """A child process that answers one command at a time."""

    def __init__(self, command, threads):
        # Waiting threads sleep, so that processor time counts work only and a busy machine hurts less.
        env = dict(os.environ, OMP_WAIT_POLICY="passive", OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads), HF_HUB_OFFLINE="1",
                   TOKENIZERS_PARALLELISM="false")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
                                        bufsize=1)
        self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"bench: {self.process.args[0]} ended with {self.process.wait()}")
        return json.loads(line)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        return self.read()

    def quit(self):
        self.process.stdin.write("quit\n")
        self.process.stdin.close()
        self.process.wait()


class Others:
    """The share of the processors that others used: what was busy, less what our children took."""

    def __init__(self):
        self.busy, self.wall, self.own = self.now()

    @staticmethod
    def now():
        ticks = [int(x) for x in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        busy = sum(ticks) - ticks[3] - ticks[4]  # without idle and waiting for disks; with what a host took away
        usage = [resource.getrusage(who) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
        return busy / os.sysconf("SC_CLK_TCK"), time.monotonic(), sum(u.ru_utime + u.ru_stime for u in usage)

    def share(self):
        """Since the start; children count once they have ended."""
        busy, wall, own = self.now()
        return max(0.0, (busy - self.busy) - (own - self.own)) / ((wall - self.wall) * os.cpu_count())


def gradient_parity(folder, name, ours, theirs):
    file = folder / f"{name}.gradients.safetensors"
    ours.ask(f"gradients {file}")
    return theirs.ask(f"compare {file}")


def relative(a, b):
    return abs(a - b) / max(abs(b), 1e-30)


def verdict(numerator, denominator, goal, rounds=2000):
    """Median of the paired ratios, a bootstrap 95 % interval, and whether the goal is met (negative: at most; 0: there is none)."""
    ratios = [n / d for n, d in zip(numerator, denominator)]
    rng = random.Random(1)
    medians = sorted(statistics.median(rng.choices(ratios, k=len(ratios))) for _ in range(rounds))
    middle, low, high = statistics.median(ratios), medians[int(0.025 * rounds)], medians[int(0.975 * rounds)]
    met = middle >= goal if goal > 0 else middle <= -goal
    if goal == 0:
        return f"  ratio {middle:.2f} [{low:.2f}, {high:.2f}]"
    return f"  ratio {middle:.2f} [{low:.2f}, {high:.2f}]  goal {abs(goal)}: {'met' if met else 'MISSED'}"


def start_ours(options, folder, adapter, pack_tokens):
    file = folder / f"{adapter}.safetensors"
    return file, Side([options.program, "--model", str(folder), "--inputs", str(folder / "inputs.safetensors"),
                       "--adapter", adapter, "--save-adapter", str(file), "--dtype", options.dtype, "--threads",
                       str(options.threads), "--accumulate", str(options.accumulate), "--pack-tokens", str(pack_tokens)],
                      options.threads)


def measure(options, folder, adapter):
    """Both sides alive, one working at a time: A B A B. The first round warms up and is not counted."""
    others = Others()
    file, ours = start_ours(options, folder, adapter, options.pack_tokens)
    if options.against_unpacked:
        theirs = start_ours(options, folder, adapter, 1)[1]
    else:
        theirs = Side([options.peer_python, str(HERE / "peer.py"), "--model", str(folder), "--adapter", adapter,
                       "--adapter-file", str(file), "--dtype", options.dtype, "--threads", str(options.threads),
                       "--accumulate", str(options.accumulate)], options.threads)
    result = {"adapter": adapter, "loaded_kib": [s.ask("reset_memory")["kib"] for s in (ours, theirs)]}
    result["gradients"] = gradient_parity(folder, adapter, ours, theirs)
    for what in ("step",) if options.step_only else ("step", "layers"):
        pairs = [(ours.ask(what), theirs.ask(what)) for _ in range(options.rounds + 1)]
        result[what] = pairs
    if adapter.startswith("moe") and not options.step_only:  # paired with a step of our own
        result["tax"] = [(ours.ask("step"), ours.ask("frozen")) for _ in range(options.rounds + 1)]
    result["step_kib"] = [s.ask("memory")["kib"] for s in (ours, theirs)]
    ours.quit()
    theirs.quit()
    result["others"] = others.share()
    return result


def measure_decode(options, folder, adapter):
    """Ours in turn with the peer on the folder as it is, and on its weights unpacked to the dtype."""
    others = Others()
    file, ours = start_ours(options, folder, adapter, 1)
    command = [options.peer_python, str(HERE / "peer.py"), "--model", str(folder), "--adapter", adapter, "--adapter-file", str(file),
               "--dtype", options.dtype, "--threads", str(options.threads)]
    peers = {"as stored": Side(command, options.threads)}
    if "quantization_config" in json.loads((folder / "config.json").read_text()):
        peers["unpacked"] = Side([*command, "--unpacked"], options.threads)
    logits = folder / "logits.safetensors"
    result = {"adapter": adapter, "cosine": {}, "ours": {k: [] for k in ("base", "adapted", "pair")},
              "peers": {name: {k: [] for k in ("base", "adapted")} for name in peers}}
    for kind in ("base", "adapted"):
        ours.ask(f"decode {kind} {options.decode} {logits}")
        for name, peer in peers.items():
            result["cosine"][f"{kind}, {name}"] = peer.ask(f"decode {kind} {options.decode} {logits}")["cosine"]
    for _ in range(options.rounds):
        for kind, times in result["ours"].items():
            times.append(ours.ask(f"decode {kind} {options.decode}"))
            for name, peer in peers.items():
                if kind != "pair":
                    result["peers"][name][kind].append(peer.ask(f"decode {kind} {options.decode}"))
    for side in (ours, *peers.values()):
        side.quit()
    result["others"] = others.share()
    return result


def report_decode(result, failures, options):
    print(f"\n{result['adapter']}: {options.decode} tokens behind the sample, milliseconds a token")
    def times(found, clock="seconds"):
        return [m[clock] / options.decode * 1e3 for m in found]
    for kind in ("base", "adapted"):
        ours = times(result["ours"][kind])
        theirs = {name: times(found[kind]) for name, found in result["peers"].items()}
        fastest = min(theirs, key=lambda name: statistics.median(theirs[name]))
        print(f"  {kind:8s} ours {statistics.median(ours):7.1f}  "
              + "  ".join(f"peer {name} {statistics.median(t):7.1f}" for name, t in theirs.items())
              + ("" if failures else f"  against {fastest}:" + verdict(theirs[fastest], ours, 1.8)))
    for clock, unit in (("seconds", "wall"), ("cpu_seconds", "processor")):
        pair, single = (times(result["ours"][kind], clock) for kind in ("pair", "adapted"))
        print(f"  base and adapted in one batch / adapted alone, {unit:9s} {statistics.median(pair):7.1f} ms"
              + ("" if failures else verdict(pair, single, -1.35)))
    print("  smallest cosine of a step's logits: " + ", ".join(f"{c:.5f} ({name})" for name, c in result["cosine"].items()))


def decode_failures(result, options):
    limit = options.cosine or PARITY[options.dtype]["cosine"]
    return [f"{result['adapter']}: logits of {name} have cosine {c:.6f}" for name, c in result["cosine"].items() if not c >= limit]


def measure_preset(options, folder, preset):
    """Three sides in turn: the preset, a plain LoRA of its experts' ranks together, the loop over experts."""
    others = Others()
    native = folder / "preset" / preset
    common = ["--model", str(folder), "--inputs", str(folder / "inputs.safetensors"), "--dtype", options.dtype,
              "--threads", str(options.threads)]
    ours = Side([options.program, *common, "--adapter", "preset:" + preset, "--save-folder", str(native)], options.threads)
    lora = Side([options.program, *common, "--adapter", "lora-like:" + preset], options.threads)
    loop = Side([options.peer_python, str(HERE / "peer.py"), "--model", str(folder), "--adapter", "preset",
                 "--adapter-file", str(native), "--dtype", options.dtype, "--threads", str(options.threads)], options.threads)
    sides = (ours, lora, loop)
    found = gradient_parity(folder, preset, ours, loop)
    for side in sides:
        side.ask("reset_memory")
    rounds = [[side.ask("step") for side in sides] for _ in range(options.rounds + 1)]
    alone = [(ours.ask("layers"), lora.ask("layers")) for _ in range(options.rounds + 1)]
    result = {"adapter": preset, "alone": alone, "step": [(r[0], r[2]) for r in rounds], "lora": [(r[0], r[1]) for r in rounds],
              "kib": [side.ask("memory")["kib"] for side in sides], "gradients": found}
    for side in sides:
        side.quit()
    result["others"] = others.share()
    return result


def measure_as_trained(options, folder, preset):
    """Ours in turn: with the preset's dropout and balance term, and without. Random numbers differ, so there is no parity."""
    others = Others()
    common = ["--model", str(folder), "--inputs", str(folder / "inputs.safetensors"), "--dtype", options.dtype,
              "--threads", str(options.threads)]
    sides = [Side([options.program, *common, "--adapter", kind + preset], options.threads) for kind in ("as-trained:", "preset:")]
    for side in sides:
        side.ask("reset_memory")
    rounds = [[side.ask("step") for side in sides] for _ in range(options.rounds + 1)]
    kib = [side.ask("memory")["kib"] for side in sides]
    for side in sides:
        side.quit()
    ratio = statistics.median(a["cpu_seconds"] / b["cpu_seconds"] for a, b in rounds[1:])
    print(f"| `{preset}` | {ratio:.2f} | {kib[0] / kib[1]:.2f} |", flush=True)
    return {"adapter": preset, "as_trained": rounds, "kib": kib, "others": others.share()}


def report_preset(result, failures):
    ours, lora, loop = result["kib"]
    if failures:
        print(f"| {result['adapter']} | parity FAILED | | | | |")
        return
    def ratio(key, a, b):
        values = [pair[a]["cpu_seconds"] / pair[b]["cpu_seconds"] for pair in result[key][1:]]
        return f"{statistics.median(values):.2f}"
    print(f"| `{result['adapter']}` | {ratio('alone', 0, 1)} | {ratio('lora', 0, 1)} | {ours / lora:.2f} | {ratio('step', 1, 0)} | {ours / loop:.2f} |",
          flush=True)


def parity_failures(result, options):
    limits, failures = dict(PARITY[options.dtype]), []
    if options.cosine:
        limits["cosine"] = options.cosine
    found = result["gradients"]
    if not found["cosine"] >= limits["cosine"]:
        failures.append(f"{result['adapter']}: gradient of {found['tensor']} has cosine {found['cosine']:.6f}")
    for what in ("step", "layers"):
        if what not in result:
            continue
        for i, (ours, theirs) in enumerate(result[what]):
            for key, limit in (("loss", limits["loss"]), ("grad_norm", limits["norm"])):
                # The projection of `layers` is a sum of signed terms of which most cancel: a hundred times the limit.
                bound = limit * (100 if what == "layers" else 1)
                if relative(ours[key], theirs[key]) > bound and ours[key] != theirs[key]:
                    failures.append(f"{result['adapter']} {what} {i}: {key} {ours[key]!r} against {theirs[key]!r}")
    return failures


def busy(result, options):
    if result["others"] <= QUIET or options.busy:
        return []
    return [f"{result['adapter']}: others used {result['others']:.0%} of the processors (--busy reports all the same)"]


def report(result, failures, options):
    name, kind = result["adapter"], result["adapter"].partition("-")[0]
    print(f"\n{name}: ours{' packed' if options.pack_tokens > 1 else ''} against "
          f"{'ours, each micro-batch by itself' if options.against_unpacked else PEER[kind]}")
    for what, label in (("step", "whole step"), ("layers", "layers alone")):
        if what not in result:
            continue
        # In bf16 the whole step has the goal of fp32; that of the layers alone is of fp32.
        goal = 0 if options.against_unpacked or options.dtype == "bf16" and what == "layers" else TARGETS[kind, what]
        for clock, unit in (("seconds", "wall"), ("cpu_seconds", "processor")):
            ours, theirs = ([p[side][clock] for p in result[what][1:]] for side in (0, 1))
            print(f"  {label:13s}{unit:10s} ours {statistics.median(ours):6.3f} s  theirs "
                  f"{statistics.median(theirs):6.3f} s" + ("" if failures else verdict(theirs, ours, goal)))
    if "tax" in result and not failures:
        for clock, unit in (("seconds", "wall"), ("cpu_seconds", "processor")):
            steps, frozen = ([p[side][clock] for p in result["tax"][1:]] for side in (0, 1))
            print(f"  mixture step / frozen forward + backward, {unit:10s}" + verdict(steps, frozen, -1.2))
    found = result["gradients"]
    print(f"  gradients     smallest cosine of {found['tensors']} tensors {found['cosine']:.6f} ({found['tensor']})")
    a, b = result["step_kib"]
    la, lb = result["loaded_kib"]
    goal = "" if options.against_unpacked else f"   goal 0.80: {'met' if a / b <= 0.8 else 'MISSED'}"
    ratio = "" if failures else f"   ratio {a / b:.2f}{goal}"
    print(f"  peak memory   ours {a / 2**20:5.2f} GiB  theirs {b / 2**20:5.2f} GiB while training"
          f" ({la / 2**20:.2f} and {lb / 2**20:.2f} while loading){ratio}")


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def cpu_has_bf16():
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def environment(options):
    ask = ("import importlib.metadata as m; print(*(f'{name} {m.version(name)}' for name in ('torch', 'transformers', 'peft', "
           "'bitsandbytes') if any(d.name == name for d in m.distributions(name=name))), sep=', ')")
    versions = subprocess.run([options.peer_python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    commit = subprocess.run(["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"], capture_output=True,
                            text=True).stdout.strip()
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    isa = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if f" {name} " in flags]
    print(f"{cpu_model()} ({', '.join(isa)}), {os.cpu_count()} logical cores, {options.threads} threads both sides, {options.dtype}; "
          f"load {os.getloadavg()[0]:.1f} at the start\nours {commit}; peers {versions}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="moelora_bench")
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", nargs="+", choices=["fp32", "bf16"], help="one after the other; default: fp32, and bf16 where the "
                                                                              "CPU has its arithmetic")
    parser.add_argument("--adapters", nargs="+", choices=ADAPTERS, default=["lora", "moe"],
                        help="on q, k, v, o, or with -all on all seven linears of a layer")
    parser.add_argument("--presets", nargs="+", default=[], metavar="NAME[.FLAVOUR]",
                        help="whole steps of these presets against a LoRA of the same rank and the loop over experts, "
                             "instead of --adapters; all: one of each system")
    parser.add_argument("--as-trained", action="store_true",
                        help="with --presets: what their dropout and balance terms cost, which the comparison leaves out")
    parser.add_argument("--step-only", action="store_true", help="for whole models: neither layers alone nor the frozen pass")
    parser.add_argument("--cosine", type=float, help="smallest cosine of a tensor's gradients that counts as equal: bf16 loses "
                                                     "digits with every layer, 0.999 is for a slice of two")
    parser.add_argument("--accumulate", type=int, default=1, help="micro-batches of an update: the sample, and again without its "
                                                                  "first, second, ... token")
    parser.add_argument("--pack-tokens", type=int, default=1, help="as train.pack_tokens has it; of our side")
    parser.add_argument("--against-unpacked", action="store_true", help="the other side is ours, each micro-batch by itself")
    parser.add_argument("--decode", type=int, default=0, metavar="TOKENS", help="decoding of so many tokens instead of training steps")
    parser.add_argument("--busy", action="store_true", help="give ratios although others use the processors")
    parser.add_argument("--folder", help="keep model and inputs here, and use them again when they are there")
    parser.add_argument("--json", help="also append every measured value here, a line for each dtype")
    options = parser.parse_args()
    dtypes = options.dtype or (["fp32", "bf16"] if cpu_has_bf16() else ["fp32"])
    if "bf16" in dtypes and not cpu_has_bf16():
        raise SystemExit("bench: this CPU has no bf16 arithmetic; a bf16 run would measure an emulation")
    kept, code = options.folder, 0
    for options.dtype in dtypes:
        if kept and len(dtypes) > 1:
            options.folder = str(pathlib.Path(kept) / options.dtype)
        code = max(code, run(options))
    return code


def run(options):
    environment(options)
    everything, failed = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(options.folder or name)
        if not (folder / "inputs.safetensors").exists():
            subprocess.run([options.peer_python, str(HERE / "peer.py"), "--write", "--model", str(folder), "--dtype",
                            options.dtype], check=True)
        if options.as_trained:
            print("\n| preset | step with dropout and balance / without | memory |\n|---|---|---|", flush=True)
        elif options.presets:
            print("\n| preset | layers alone / LoRA's | step / LoRA's | memory / LoRA's | loop's step / ours | our memory / loop's |\n"
                  "|---|---|---|---|---|---|", flush=True)
        presets = SYSTEMS if options.presets == ["all"] else options.presets
        if options.as_trained:
            everything += [measure_as_trained(options, folder, preset) for preset in presets]
            presets = []
        for preset in presets:
            result = measure_preset(options, folder, preset)
            failures = parity_failures(result, options) + busy(result, options)
            report_preset(result, failures)
            everything.append(result)
            failed += failures
        for adapter in options.adapters if options.decode else []:
            result = measure_decode(options, folder, adapter)
            failures = decode_failures(result, options) + busy(result, options)
            report_decode(result, failures, options)
            everything.append(result)
            failed += failures
        for adapter in [] if options.presets or options.decode else options.adapters:
            result = measure(options, folder, adapter)
            failures = parity_failures(result, options) + busy(result, options)
            report(result, failures, options)
            everything.append(result)
            failed += failures
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")
    if options.json:
        with open(options.json, "a") as out:
            out.write(json.dumps({options.dtype: everything}) + "\n")
    if failed:
        print("no ratio is given where parity FAILED or others were at work:\n  " + "\n  ".join(failed[:10]))
        return 1
    print("parity held: every tensor's gradient, losses and gradient norms of every update, projections of every layer pass")
    print("others used " + ", ".join(f"{r['others']:.1%} ({r['adapter']})" for r in everything) + " of the processors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
