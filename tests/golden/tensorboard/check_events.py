#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a folder of event files with TensorBoard's own reader and prints "series step value" lines, sorted.
Versions: requirements.txt beside. Usage: check_events.py FOLDER"""
import sys

from tensorboard.backend.event_processing import event_accumulator


def main():
    reader = event_accumulator.EventAccumulator(sys.argv[1], size_guidance={event_accumulator.SCALARS: 0,
                                                                            event_accumulator.TENSORS: 0})
    reader.Reload()
    tags = reader.Tags()
    for tag in sorted(tags["scalars"]):
        for event in reader.Scalars(tag):
            print(tag, event.step, repr(float(event.value)))


if __name__ == "__main__":
    main()
