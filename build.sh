#!/usr/bin/env bash
# ./build.sh TARGET [--option=value …]; without a target it lists them.
set -euo pipefail
export CALLER_FOLDER=$PWD DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
cd "$(dirname "${BASH_SOURCE[0]}")"
command -v dotnet >/dev/null || { echo "The .NET 10 SDK is missing: install it from https://dot.net and run this again." >&2; exit 1; }
dotnet tool restore --verbosity quiet >/dev/null || { echo "The build tool Cake could not be restored: is a NuGet feed reachable?" >&2; exit 1; }
exec dotnet cake build.cake --verbosity=normal --target="${1:-Help}" "${@:2}"
