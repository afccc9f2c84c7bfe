#!/usr/bin/env bash
# ./build.sh TARGET [--option=value …]; without a target it lists them.
set -euo pipefail
export CALLER_FOLDER=$PWD DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
cd "$(dirname "${BASH_SOURCE[0]}")"
stop() { echo "$*" >&2; exit 1; }
command -v dotnet >/dev/null || stop "The .NET 10 SDK is missing: install it from https://dot.net and run this again."
[ -w artifacts ] || mkdir artifacts 2>/dev/null ||
  stop "$(id -un) cannot write to $PWD/artifacts, where all output goes: make a clone of your own, or have the owner of this one run it."
dotnet tool restore --verbosity quiet >/dev/null ||
  stop "The build tool Cake could not be restored: the reason is above. It needs a home directory that you can write to and a NuGet feed."
exec dotnet cake build.cake --verbosity=normal --target="${1:-Help}" "${@:2}"
