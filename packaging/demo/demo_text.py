# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo's pictures show and how each task puts it into words.

A scene is a dict: place (index into PLACES), groups [(kind, number), ...] (one or two groups, in the
order in which they are said), relation ("left", "above" or None), and what demo_scene.py adds to draw it.
"""

from typing import NamedTuple


class Kind(NamedTuple):
    name: str
    plural: str
    pictogram: str
    chinese: str
    measure_word: str


class Place(NamedTuple):
    phrase: str
    chinese: str
    tag: str


KINDS = [
    Kind("cat", "cats", "\U0001F408", "猫", "只"),
    Kind("duck", "ducks", "\U0001F986", "鸭子", "只"),
    Kind("penguin", "penguins", "\U0001F427", "企鹅", "只"),
    Kind("turtle", "turtles", "\U0001F422", "乌龟", "只"),
    Kind("owl", "owls", "\U0001F989", "猫头鹰", "只"),
    Kind("elephant", "elephants", "\U0001F418", "大象", "头"),
    Kind("strawberry", "strawberries", "\U0001F353", "草莓", "个"),
    Kind("mushroom", "mushrooms", "\U0001F344", "蘑菇", "个"),
    Kind("pumpkin", "pumpkins", "\U0001F383", "南瓜", "个"),
    Kind("car", "cars", "\U0001F697", "汽车", "辆"),
    Kind("bus", "buses", "\U0001F68C", "公交车", "辆"),
    Kind("tractor", "tractors", "\U0001F69C", "拖拉机", "辆"),
]
MEADOW, BEACH, SNOW, NIGHT = range(4)
PLACES = [
    Place("in the meadow", "草地上", "meadow"),
    Place("on the beach", "沙滩上", "beach"),
    Place("in the snow", "雪地里", "snow"),
    Place("at night", "夜空下", "night"),
]
NUMBERS = [None, "a", "two"]
CHINESE_NUMBERS = [None, "一", "两"]
MAX_NUMBER = 2

BASE_PROMPTS = ["Describe the picture.", "What do you see?", "Write a caption."]
NOUN_PROMPT = "What is it in Chinese?"
TASK_PROMPTS = {"tags": "List the tags.", "chinese": "用中文描述图片。", "count": "How many things are there?"}
TASKS = list(TASK_PROMPTS)


def english(kind, number):
    k = KINDS[kind]
    if number == 1:
        return ("an " if k.name[0] in "aeiou" else "a ") + k.name
    return f"{NUMBERS[number]} {k.plural}"


def chinese(kind, number):
    k = KINDS[kind]
    return CHINESE_NUMBERS[number] + k.measure_word + k.chinese


def counted(kind, number):
    k = KINDS[kind]
    return f"{number} {k.name if number == 1 else k.plural}"


def capital(sentence):
    return sentence[0].upper() + sentence[1:]


def base_caption(scene):
    groups, place = scene["groups"], PLACES[scene["place"]]
    said = english(*groups[0])
    if len(groups) == 2:
        said += (" left of " if scene["relation"] == "left" else " above ") + english(*groups[1])
    return f"{capital(said)} {place.phrase}."


def tag_list(scene):
    tags = [f"{KINDS[k].name} x{n}" for k, n in scene["groups"]]
    return " | ".join(tags + [PLACES[scene["place"]].tag])


def chinese_sentence(scene):
    groups, place = scene["groups"], PLACES[scene["place"]].chinese
    if len(groups) == 1:
        return f"{place}有{chinese(*groups[0])}。"
    side = "左边" if scene["relation"] == "left" else "上面"
    return f"{place}，{chinese(*groups[0])}在{chinese(*groups[1])}的{side}。"


def count_line(scene):
    total = sum(n for _, n in scene["groups"])
    parts = " + ".join(counted(k, n) for k, n in scene["groups"])
    return f"{total} {'thing' if total == 1 else 'things'}: {parts}"


ANSWERS = {"base": base_caption, "tags": tag_list, "chinese": chinese_sentence, "count": count_line}


def answer(scene, task):
    return ANSWERS[task](scene)


def noun(scene):
    """Answer to NOUN_PROMPT; only for scenes with one group."""
    return KINDS[scene["groups"][0][0]].chinese


def dictionary():
    """Word and noun-phrase pairs of the base's `Translate:` lines; never a sentence."""
    pairs = []
    for i, k in enumerate(KINDS):
        pairs.append((k.name, k.chinese))
        for n in range(1, MAX_NUMBER + 1):
            pairs += [(english(i, n), chinese(i, n)), (counted(i, n), english(i, n))]
    for p in PLACES:
        pairs += [(p.phrase, p.chinese), (p.tag, p.chinese)]
    return pairs + [("left of", "的左边"), ("above", "的上面"), ("there are", "有")]
