#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what pycocoevalcap's scorers and tokenizer say (requirements.txt beside; the tokenizer needs Java).

Writes scores.json: corpora of texts that are tokenised already (tokens joined by one blank) with BLEU-1..4, ROUGE-L and
CIDEr-D, of the corpus and by sample; and tokens.json: lines with PTBTokenizer's tokens, punctuation dropped."""
import contextlib
import io
import json
import pathlib
import random

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

HERE = pathlib.Path(__file__).resolve().parent
DEMO = HERE.parents[2] / "resources" / "demo" / "held_out" / "data.jsonl"
WORDS = "a the two red blue bus dog cat on left of in snow meadow man 's with".split()

LINES = """A man's dog doesn't look at the cars.
Two cars left of a turtle in the snow.
"A well-known red-and-white bus" stops here!
A 1,000 year old tree; it's 3.5 m high...
A black/white cat & dog, 50% off $5
The U.S. flag at 5 p.m. near Mr. Smith's house.
cars x2 | turtle x1 | snow
2 things: 1 pumpkin + 1 car
Can't won't I'm you're they've he'll she'd
A man -- a woman - and a child
hot-dogs & fries #1 @home
A café in São Paulo. ÀÉ
the boys' toys
end. Another sentence? yes
8:30 pm on 12/05/2014
We cannot stop, they wanna go and he's gonna stay.
a "quoted" word, 'single' too
a (very) small [blue] {round} ball
St. Bernard, Dr. Who, etc.
a man, woman,child
two   spaces\tand tabs
A “smart” quote — dash – en ’s don’t man’s
a…b and … end
A person riding a skateboard down a street...
The 3 people are sitting on a bench; one is eating.
A T-shirt that says "I'm 21"!
A stop sign at the corner of 5th Ave. and Main St.
A plate with 1/2 of a sandwich and french-fries.
an old-fashioned clock shows 12:45
A woman's umbrella (it's red) is open
People are waiting -- some aren't -- for a bus
A cat, a dog, and a bird are on the sofa
BATHROOM WITH A SINK, TOILET AND BATHTUB
a kitchen that has a refrigerator.
A giraffe standing next to a tree
There's a bowl of fruit: apples, pears & bananas.
The man is about to hit the ball!
What is this? A zebra!
Some children's toys on the floor
a teddy bear holding a sign that reads 'hello'""".split("\n")


def scores_of(samples):
    gts = {i: s["references"] for i, s in enumerate(samples)}
    res = {i: [s["caption"]] for i, s in enumerate(samples)}
    with contextlib.redirect_stdout(io.StringIO()):
        bleu, _ = Bleu(4).compute_score(gts, res)
    rouge, rouge_each = Rouge().compute_score(gts, res)
    cider, cider_each = Cider().compute_score(gts, res)
    return {"bleu": [float(b) for b in bleu], "rouge_l": float(rouge), "rouge_l_each": [float(x) for x in rouge_each],
            "cider_d": float(cider), "cider_d_each": [float(x) for x in cider_each]}


def random_text(rng, longest):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randrange(1, longest)))


def random_corpus(seed, samples, longest):
    rng = random.Random(seed)
    out = []
    for _ in range(samples):
        references = [random_text(rng, longest) for _ in range(rng.randrange(1, 6))]
        caption = rng.choice(references).split(" ") if rng.random() < 0.7 else random_text(rng, longest).split(" ")
        for _ in range(rng.randrange(0, 4)):  # some words changed, dropped or doubled
            at = rng.randrange(len(caption))
            caption[at:at + 1] = rng.choice([[rng.choice(WORDS)], [], [caption[at]] * 2])
            caption = caption or ["a"]
        out.append({"caption": " ".join(caption), "references": references})
    return out


def demo_corpora():
    """The demo's Chinese answers by character and its counting answers, each against one word or character changed."""
    rng = random.Random(7)
    texts = {"chinese": [], "count": []}
    for line in DEMO.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record.get("task") in texts:
            answer = record["messages"][-1]["content"]
            texts[record["task"]].append(answer if isinstance(answer, str) else answer[0]["text"])
    out = {}
    for task, answers in texts.items():
        samples = []
        for answer in answers[:30]:
            tokens = [c for c in answer if c not in "，。"] if task == "chinese" else answer.split()
            caption = list(tokens)
            caption[rng.randrange(len(caption))] = rng.choice(tokens)
            samples.append({"caption": " ".join(caption), "references": [" ".join(tokens)]})
        out["demo " + task] = samples
    return out


def main():
    corpora = {
        "one sample": [{"caption": "a red bus", "references": ["a red bus on the left", "the bus"]}],
        "equal": [{"caption": t, "references": [t]} for t in ("a red bus in the snow", "two dogs", "a")],
        "nothing in common": [{"caption": "x y z", "references": ["a b"]}, {"caption": "q", "references": ["r s t u v"]}],
        "empty texts": [{"caption": "", "references": ["a red bus"]}, {"caption": "a bus", "references": ["", "a bus"]},
                        {"caption": "", "references": [""]}],
        "clipping": [{"caption": "the the the the the", "references": ["the cat the", "a the"]},
                     {"caption": "a cat a cat a cat a cat", "references": ["a cat a cat on a cat"]},
                     {"caption": "the cat sat", "references": ["the cat sat on a mat in the snow with two dogs"]}],
        "random short": random_corpus(1, 40, 8),
        "random long": random_corpus(2, 25, 30),
        **demo_corpora(),
    }
    written = [{"name": name, "samples": samples, **scores_of(samples)} for name, samples in corpora.items()]
    (HERE / "scores.json").write_text(json.dumps(written, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    tokens = PTBTokenizer().tokenize({i: [{"caption": line}] for i, line in enumerate(LINES)})
    pairs = [{"text": line, "tokens": tokens[i][0].split()} for i, line in enumerate(LINES)]
    (HERE / "tokens.json").write_text(json.dumps(pairs, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
