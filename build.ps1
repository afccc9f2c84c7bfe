# .\build.ps1 TARGET [--option=value ...]; without a target it lists them.
$env:CALLER_FOLDER = (Get-Location).Path; Set-Location $PSScriptRoot; dotnet tool restore | Out-Null
dotnet cake build.cake --verbosity=normal --target=$(if ($args) { $args[0] } else { 'Help' }) @($args | Select-Object -Skip 1); exit $LASTEXITCODE
