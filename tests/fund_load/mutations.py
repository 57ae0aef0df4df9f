# SPDX-License-Identifier: Apache-2.0
"""The registry of mutations: oracles with one rule of RULES.md broken.

A mutation names the scene, which is a configuration in which the rule matters, and where the mistake
shows: in the output, or only in the reasons, which the output does not hold.
"""

from oracle import Oracle, configure

WIDE = ("evaluate_policies.limits.daily_amount=50000",
        "evaluate_policies.limits.weekly_amount=200000")
LIMITS = "compute_features.monday_multiplier.apply_to=limits"
HALF = "compute_features.monday_multiplier.multiplier=0.5"
THREE_HALVES = "compute_features.monday_multiplier.multiplier=1.5"

SCENES = {
    "baseline": configure("baseline"),
    "sunday": configure("baseline", ["compute_time_keys.week_start=SUN"]),
    "other limits": configure("baseline", [
        "evaluate_policies.limits.daily_amount=4999.99",
        "evaluate_policies.limits.weekly_amount=15000.0",
        "evaluate_policies.limits.daily_attempts=2",
    ]),
    "no attempts window": configure("baseline", ["update_windows.daily_attempts.enabled=false"]),
    "no daily window": configure("baseline",
                                 ["update_windows.daily_accepted_amount.enabled=false"]),
    "no weekly window": configure("baseline",
                                  ["update_windows.weekly_accepted_amount.enabled=false"]),
    "experiment": configure("experiment"),
    "no monday": configure("experiment", ["compute_features.monday_multiplier.enabled=false"]),
    "no prime feature": configure("experiment", ["compute_features.prime_gate.enabled=false"]),
    "no prime gate": configure("experiment", ["evaluate_policies.prime_gate.enabled=false"]),
    "no prime window": configure("experiment", ["update_windows.daily_prime_gate.enabled=false"]),
    "two primes": configure("experiment", ["evaluate_policies.prime_gate.global_per_day=2"]),
    # The default daily amount hides the prime cap, which lies above it.
    "wide": configure("experiment", WIDE),
    "wide, lower cap": configure("experiment",
                                 [*WIDE, "evaluate_policies.prime_gate.amount_cap=9998.99"]),
    "wide, half": configure("experiment", [*WIDE, HALF]),
    "wide, half, limits": configure("experiment", [*WIDE, HALF, LIMITS]),
    "half": configure("experiment", [HALF]),
    "half, limits": configure("experiment", [HALF, LIMITS]),
    "three halves": configure("experiment", [THREE_HALVES]),
    "limits": configure("experiment", [LIMITS]),
    "friday, limits": configure("experiment", [LIMITS, "compute_time_keys.week_start=FRI"]),
}

MUTATIONS = []


def mutate(rule, name, scene="baseline", by="output", **members):
    """Registers the oracle with some members replaced. `by` says where the mistake shows."""
    mutant = type("Mutant", (Oracle,), members)
    MUTATIONS.append((rule, name, scene, by, mutant))


def mutation(rule, name, scene="baseline", by="output"):
    """The same for a class that overrides members of the oracle."""

    def register(mutant):
        MUTATIONS.append((rule, name, scene, by, mutant))
        return mutant

    return register


def reordered(table, *positions):
    return tuple(table[position] for position in positions)
