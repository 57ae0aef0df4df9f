#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copies an ELF file as one for another architecture: foreign_arch.py IN OUT.

Only e_machine is changed (offset 18, two bytes; ELF specification, "ELF Header").
"""
import sys

EM_S390 = 22
EM_SPARCV9 = 43


def main():
    source, target = sys.argv[1:]
    with open(source, "rb") as file:
        data = bytearray(file.read())
    if data[:4] != b"\x7fELF":
        sys.exit(f"{source} is no ELF file")
    order = "little" if data[5] == 1 else "big"
    machine = int.from_bytes(data[18:20], order)
    data[18:20] = (EM_SPARCV9 if machine == EM_S390 else EM_S390).to_bytes(2, order)
    with open(target, "wb") as file:
        file.write(data)


main()
