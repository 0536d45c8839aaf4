# SPDX-License-Identifier: GPL-3.0-or-later
"""A micrograph on the command line and the cells that `glazer infer` finds in it; what scripts about micrographs share."""
import argparse
import csv
import pathlib
import subprocess
import tempfile


def options(description, add_more=lambda parser: None):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image")
    parser.add_argument("--pixel-size", required=True, help="nm")
    parser.add_argument("--glazer", default=".build/release/glazer")
    add_more(parser)
    return parser.parse_args()


def cells(given):
    """One dictionary of strings a cell, with the columns of the program's CSV."""
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "cells.csv"
        command = [given.glazer, "infer", given.image, "--pixel-size", given.pixel_size, "--csv", str(table)]
        if getattr(given, "model", None):
            command += ["--model", given.model]
        subprocess.run(command, check=True, capture_output=True)
        with open(table, newline="") as file:
            return list(csv.DictReader(file))
