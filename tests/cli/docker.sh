#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The plugin conventions, seen through real docker CLIs; see docker_cli.py.
exec "${PYTHON:-python3}" tests/cli/docker_cli.py
