#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that the generated data would notice a mistake in any rule.

    test_mutations.py [--seed N] [--lines N]

Each mutation runs over the generated data and must give another answer than the right oracle. Every row
of RULES.md must have a mutation.
"""

import argparse
import re
import sys

import mutations_deciding  # noqa: F401, registers its mutations
import mutations_reading  # noqa: F401
import oracle
import tap
from mutations import MUTATIONS, SCENES
from oracle import Oracle

SEED = 1
LINES = 20000
STAGES = (1000, 4000, 8000)  # most mutations show early, which saves the whole run


class Data:
    """The generated input, its beginnings and the whole, and the right answers in every scene."""

    def __init__(self, lines):
        stages = [stage for stage in STAGES if stage < len(lines)] + [len(lines)]
        self.inputs = [b"".join(lines[:stage]) for stage in stages]
        self.answers = {}

    def right(self, scene, part):
        if (scene, part) not in self.answers:
            self.answers[scene, part] = Oracle(SCENES[scene]).run(self.inputs[part])
        return self.answers[scene, part]

    def notices(self, mutant, scene, by):
        position = {"output": 0, "reasons": 1}[by]
        for part, data in enumerate(self.inputs):
            if mutant(SCENES[scene]).run(data)[position] != self.right(scene, part)[position]:
                return True
        return False


def rules_of_the_page():
    text = (tap.EXAMPLE / "RULES.md").read_text(encoding="utf-8")
    return re.findall(r"^\| ([A-Z][0-9]+) \|", text, flags=re.MULTILINE)


def check_rules_have_mutations(report):
    broken = {rule for rule, *_rest in MUTATIONS}
    rules = rules_of_the_page()
    missing = [rule for rule in rules if rule not in broken]
    report.equal(missing, [], "every rule of RULES.md has a mutation")
    report.equal(sorted(broken - set(rules)), [], "every mutation breaks a rule of RULES.md")


def check_generator(report, generator):
    def lines(seed):
        return list(generator.generate(seed, 500))

    report.equal(lines(7), lines(7), "a seed gives the same data again")
    report.check(lines(7) != lines(8), "another seed gives other data")
    for scenario in generator.MIXTURES:
        data = b"".join(generator.generate(SEED, 3000, scenario))
        report.equal(len(Oracle(SCENES["baseline"]).run(data)[1]), 3000,
                     f"the generator writes as many lines as asked for ({scenario})")


def check_all_reasons_occur(report, data):
    reasons = set(data.right("experiment", len(data.inputs) - 1)[1])
    every = {value for name, value in vars(oracle).items() if name == value}
    report.equal(sorted(every - reasons), [], "every reason occurs in the generated data")


def check_mutations(report, data):
    for rule, name, scene, by, mutant in MUTATIONS:
        suffix = "" if by == "output" else ", by the reasons"
        report.check(data.notices(mutant, scene, by), f"{rule}: {name} ({scene}{suffix})",
                     "the generated data does not notice this")


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--lines", type=int, default=LINES)
    options = parser.parse_args(arguments)
    report = tap.Tap()
    generator = tap.load_generator()
    check_rules_have_mutations(report)
    check_generator(report, generator)
    data = Data(list(generator.generate(options.seed, options.lines)))
    check_all_reasons_occur(report, data)
    check_mutations(report, data)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
