<#
.SYNOPSIS
Tries the RemoteSigning libraries and agent on a real Windows, and writes what came of each step into a file.

.DESCRIPTION
This script has not been run on a Windows yet, nor read by a PowerShell: where it was written there is none. Expect to mend it.

Each step is "passed", "failed", "skipped" (with the reason) or "by hand" (see acceptance.md beside this file, which says what to do
and what one must see). Needs Windows 10 or later with Windows PowerShell 5.1 or PowerShell 7. Run it once at a normal prompt and once at
an elevated one, with an agent running and signed in (`virtual-card run`). Steps that need a card are skipped with -NoCard.

.PARAMETER Binaries
Folder with win-x64 and win-x86, as the build leaves them in artifacts.

.PARAMETER Install
Copies the libraries to System32 and SysWOW64 and registers the provider first; at the end removes the registration, looks that the other
providers are still there, and registers again. Needs an elevated prompt.

.PARAMETER NoCard
There is no agent: leaves out what needs one.

.PARAMETER Key
Name of an RSA key as "certutil -key" lists it; the first RSA key of the card by default.

.EXAMPLE
powershell -ExecutionPolicy Bypass -File tests\windows\acceptance.ps1 -Install
#>
[CmdletBinding()]
param(
    [string] $Binaries = (Join-Path $PSScriptRoot '..\..\artifacts'),
    [string] $Report = (Join-Path (Get-Location) 'acceptance-report.txt'),
    [string] $Key,
    [switch] $Install,
    [switch] $NoCard
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$ProviderName = 'RemoteSigning Key Storage Provider'
$MicrosoftProvider = 'Microsoft Software Key Storage Provider'
$CodeSigning = '1.3.6.1.5.5.7.3.3'
$system32 = Join-Path $env:SystemRoot 'System32'
$sysWow64 = Join-Path $env:SystemRoot 'SysWOW64'
$identity = [Security.Principal.WindowsIdentity]::GetCurrent()
$isElevated = (New-Object Security.Principal.WindowsPrincipal $identity).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
$scratch = Join-Path ([IO.Path]::GetTempPath()) ('remote-signing-' + [Guid]::NewGuid().ToString('N'))
$results = New-Object Collections.ArrayList
$card = @{ Name = $null; Certificate = $null }

# ---- how a step is reported ----

function Write-Result([string] $Outcome, [string] $Name, [string] $Detail) {
    $line = '{0,-8} {1}' -f $Outcome, $Name
    if ($Detail) {
        $line += ': ' + ($Detail -replace '\s+', ' ').Trim()
    }

    [void] $results.Add([pscustomobject] @{ Outcome = $Outcome; Line = $line })
    Write-Host $line
}

# The step's last output is the detail of its line. What it throws is a failure.
function Invoke-Step([string] $Name, [scriptblock] $Step, [string] $SkipBecause) {
    if ($SkipBecause) {
        Write-Result 'skipped' $Name $SkipBecause
        return
    }

    try {
        $detail = & $Step | Select-Object -Last 1
        Write-Result 'passed' $Name ([string] $detail)
    }
    catch {
        Write-Result 'failed' $Name $_.Exception.Message
    }
}

function Assert-That([bool] $Condition, [string] $Otherwise) {
    if (-not $Condition) {
        throw $Otherwise
    }
}

# Output of a program as one text. What it writes to standard error is part of it, and no error of PowerShell's.
function Invoke-Program([string] $Program, [string[]] $Arguments, [int[]] $Expected = @(0)) {
    $before = $ErrorActionPreference
    $ErrorActionPreference = 'Continue'
    try {
        $output = (& $Program @Arguments 2>&1 | Out-String)
    }
    finally {
        $ErrorActionPreference = $before
    }

    if ($Expected -notcontains $LASTEXITCODE) {
        throw "$Program $($Arguments -join ' ') ended with $LASTEXITCODE. $output"
    }

    return $output
}

function Get-ProviderNames {
    $output = Invoke-Program 'certutil.exe' @('-csplist')
    return @([regex]::Matches($output, '(?m)^\s*[^:\r\n]+:\s*(.+?(?:Provider|Verifier).*?)\s*$') | ForEach-Object { $_.Groups[1].Value })
}

function Find-Program([string] $Name) {
    $found = Get-Command $Name -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($found) {
        return $found.Source
    }

    # The Windows SDK is not in the path.
    $kits = Join-Path ${env:ProgramFiles(x86)} 'Windows Kits\10\bin'
    if (Test-Path $kits) {
        return Get-ChildItem $kits -Recurse -Filter $Name | Where-Object { $_.FullName -match '\\x64\\' } |
            Sort-Object FullName | Select-Object -Last 1 -ExpandProperty FullName
    }

    return $null
}

# ---- the card through .NET ----

function Open-CardKey([string] $Name) {
    return [Security.Cryptography.CngKey]::Open($Name, (New-Object Security.Cryptography.CngProvider $ProviderName))
}

function Get-CardKeyNames {
    $output = Invoke-Program 'certutil.exe' @('-user', '-csp', $ProviderName, '-key')
    # Our names end in four bytes of the CKA_ID in brackets.
    return @([regex]::Matches($output, '(?m)^\s*(\S.*? \[[0-9a-f]{8}\])\s*$') | ForEach-Object { $_.Groups[1].Value })
}

function Get-CardCertificate([Security.Cryptography.CngKey] $CngKey) {
    $property = $CngKey.GetProperty('SmartCardKeyCertificate', [Security.Cryptography.CngPropertyOptions]::None)
    return New-Object Security.Cryptography.X509Certificates.X509Certificate2 (, $property.GetValue())
}

function Test-RsaSignature([Security.Cryptography.RSASignaturePadding] $Padding) {
    $private = New-Object Security.Cryptography.RSACng (Open-CardKey $card.Name)
    $public = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPublicKey($card.Certificate)
    $sha256 = [Security.Cryptography.HashAlgorithmName]::SHA256
    $data = [Text.Encoding]::UTF8.GetBytes('RemoteSigning acceptance')
    foreach ($time in 1, 2) {
        $signature = $private.SignData($data, $sha256, $Padding)
        Assert-That $public.VerifyData($data, $signature, $sha256, $Padding) "Signature $time does not verify with the certificate's key."
    }

    $data[0] = $data[0] -bxor 1
    Assert-That (-not $public.VerifyData($data, $signature, $sha256, $Padding)) 'A signature over other data verifies.'
    return "$($signature.Length) bytes, twice"
}

function Has-CodeSigning {
    $usage = $card.Certificate.Extensions | Where-Object { $_ -is [Security.Cryptography.X509Certificates.X509EnhancedKeyUsageExtension] }
    return [bool] ($usage | ForEach-Object { $_.EnhancedKeyUsages } | Where-Object { $_.Value -eq $CodeSigning })
}

# ---- the steps ----

function Test-Registration {
    $needsElevation = if (-not $Install) { 'not asked for (-Install)' } elseif (-not $isElevated) { 'needs an elevated prompt' }
    $register = Join-Path $Binaries 'win-x64\card-register.exe'
    $before = Get-ProviderNames
    Invoke-Step 'libraries copied and provider registered' -SkipBecause $needsElevation {
        foreach ($library in 'remotesigning-ksp.dll', 'remotesigning-pkcs11.dll') {
            Copy-Item (Join-Path $Binaries "win-x64\$library") $system32 -Force
            Copy-Item (Join-Path $Binaries "win-x86\$library") $sysWow64 -Force
        }

        Invoke-Program $register @('install')
    }
    Invoke-Step 'card-register status: all in order' { Invoke-Program $register @('status') }
    Invoke-Step 'certutil lists our provider, and all others as before' {
        $now = Get-ProviderNames
        Assert-That ($now -contains $ProviderName) "certutil -csplist does not list it. It lists: $($now -join ', ')"
        Assert-That ($now -contains $MicrosoftProvider) "$MicrosoftProvider is missing."
        $lost = @($before | Where-Object { $now -notcontains $_ })
        Assert-That ($lost.Count -eq 0) "Lost: $($lost -join ', ')"
        "$($now.Count) providers"
    }
}

function Test-Removal {
    $needsElevation = if (-not $Install) { 'not asked for (-Install)' } elseif (-not $isElevated) { 'needs an elevated prompt' }
    $register = Join-Path $Binaries 'win-x64\card-register.exe'
    Invoke-Step 'removing takes our provider and no other' -SkipBecause $needsElevation {
        $before = Get-ProviderNames
        [void] (Invoke-Program $register @('remove'))
        $after = Get-ProviderNames
        [void] (Invoke-Program $register @('status') -Expected 3)
        [void] (Invoke-Program $register @('install'))
        Assert-That ($after -notcontains $ProviderName) 'It is still listed.'
        $lost = @($before | Where-Object { $_ -ne $ProviderName -and $after -notcontains $_ })
        Assert-That ($lost.Count -eq 0) "Lost: $($lost -join ', ')"
    }
}

function Test-WithoutAgent {
    Invoke-Step 'without an agent: a clear error at once, no crash' -SkipBecause $(if (-not $NoCard) { 'there is an agent' }) {
        try {
            [void] (Open-CardKey 'nobody [00000000]')
        }
        catch [Security.Cryptography.CryptographicException] {
            # NTE_DEVICE_NOT_READY
            Assert-That ($_.Exception.HResult -eq 0x80090030 -or $_.Exception.HResult -eq -2146893776) "The error is 0x$($_.Exception.HResult.ToString('x8'))."
            return '0x80090030'
        }

        throw 'A key was opened.'
    }
}

function Test-Card {
    $none = if ($NoCard) { 'no card (-NoCard)' }
    Invoke-Step 'certutil lists the keys of the card' -SkipBecause $none {
        $names = Get-CardKeyNames
        Assert-That ($names.Count -gt 0) 'It lists none.'
        $rsa = $names | Where-Object { (Open-CardKey $_).AlgorithmGroup.AlgorithmGroup -eq 'RSA' } | Select-Object -First 1
        $card.Name = if ($Key) { $Key } else { $rsa }
        $card.Certificate = Get-CardCertificate (Open-CardKey $card.Name)
        "$($names.Count) keys; the following steps use $($card.Name)"
    }
    if (-not $none -and -not $card.Certificate) {
        $none = 'no key to try it with'
    }

    Invoke-Step '.NET: RSACng signs, PKCS#1' -SkipBecause $none { Test-RsaSignature ([Security.Cryptography.RSASignaturePadding]::Pkcs1) }
    Invoke-Step '.NET: RSACng signs, PSS' -SkipBecause $none { Test-RsaSignature ([Security.Cryptography.RSASignaturePadding]::Pss) }
    Invoke-Step '.NET: the private key cannot be exported' -SkipBecause $none {
        try {
            [void] (Open-CardKey $card.Name).Export([Security.Cryptography.CngKeyBlobFormat]::Pkcs8PrivateBlob)
        }
        catch [Security.Cryptography.CryptographicException] {
            return $_.Exception.Message
        }

        throw 'It was exported.'
    }
    Invoke-Step '32 bits: the same key from a 32-bit program' -SkipBecause $none {
        $program = Join-Path $sysWow64 'WindowsPowerShell\v1.0\powershell.exe'
        $quoted = $card.Name.Replace("'", "''")
        $open = "[Security.Cryptography.CngKey]::Open('$quoted', " +
            "(New-Object Security.Cryptography.CngProvider '$ProviderName')).AlgorithmGroup.AlgorithmGroup + [IntPtr]::Size"
        $output = Invoke-Program $program @('-NoProfile', '-Command', $open)
        Assert-That ($output.Trim() -eq 'RSA4') "It said: $output"
    }
    return $none
}

function Test-Certificate([string] $SkipBecause) {
    $sample = Join-Path $scratch 'sample.exe'
    Invoke-Step 'certificate in CurrentUser\My, tied to its key' -SkipBecause $SkipBecause {
        $rsa = New-Object Security.Cryptography.RSACng (Open-CardKey $card.Name)
        $tied = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::CopyWithPrivateKey($card.Certificate, $rsa)
        $store = New-Object Security.Cryptography.X509Certificates.X509Store 'My', 'CurrentUser'
        $store.Open('ReadWrite')
        $store.Add($tied)
        $store.Close()
        $tied.Thumbprint
    }
    Invoke-Step 'certutil -store finds the key of the certificate and signs with it' -SkipBecause $SkipBecause {
        $output = Invoke-Program 'certutil.exe' @('-user', '-store', 'My', $card.Certificate.Thumbprint)
        Assert-That ($output -match [regex]::Escape($ProviderName)) "It does not name our provider. $output"
        # In English. In mode "protected" the agent asks for this signature.
        Assert-That ($output -match 'Signature test passed') "It did not sign. $output"
        $output
    }

    $noSigning = $SkipBecause
    if (-not $noSigning -and -not (Has-CodeSigning)) {
        $noSigning = 'the certificate is not for code signing; choose a key with -Key whose certificate is'
    }

    $signtool = Find-Program 'signtool.exe'
    $noTool = if ($noSigning) { $noSigning } elseif (-not $signtool) { 'signtool (Windows SDK) is not installed' }
    Invoke-Step 'signtool signs twice and verifies' -SkipBecause $noTool {
        Copy-Item (Join-Path $system32 'notepad.exe') $sample
        foreach ($time in 1, 2) {
            [void] (Invoke-Program $signtool @('sign', '/sha1', $card.Certificate.Thumbprint, '/fd', 'sha256', $sample))
        }

        Invoke-Program $signtool @('verify', '/pa', '/v', $sample)
    }
    Invoke-Step 'Set-AuthenticodeSignature signs a script' -SkipBecause $noSigning {
        $script = Join-Path $scratch 'sample.ps1'
        Set-Content $script "'hello'"
        $tied = Get-Item "Cert:\CurrentUser\My\$($card.Certificate.Thumbprint)"
        $set = Set-AuthenticodeSignature $script $tied -HashAlgorithm SHA256
        $found = Get-AuthenticodeSignature $script
        Assert-That ($found.SignerCertificate.Thumbprint -eq $card.Certificate.Thumbprint) "No signature: $($set.StatusMessage)"
        "$($found.Status)"
    }
    Invoke-Step 'certificate taken out of CurrentUser\My again' -SkipBecause $SkipBecause {
        Remove-Item "Cert:\CurrentUser\My\$($card.Certificate.Thumbprint)"
    }
}

function Test-Pkcs11([string] $SkipBecause) {
    $tool = Find-Program 'pkcs11-tool.exe'
    $because = if ($SkipBecause) { $SkipBecause } elseif (-not $tool) { 'pkcs11-tool (OpenSC) is not installed' }
    Invoke-Step 'pkcs11-tool lists the objects' -SkipBecause $because {
        $output = Invoke-Program $tool @('--module', (Join-Path $system32 'remotesigning-pkcs11.dll'), '-O')
        Assert-That ($output -match 'Certificate Object') $output
        "$([regex]::Matches($output, 'Certificate Object').Count) certificates"
    }
}

# Every heading "## H1 ..." of acceptance.md is a step for a person.
function Write-ByHand {
    foreach ($line in Get-Content (Join-Path $PSScriptRoot 'acceptance.md') | Where-Object { $_ -match '^## H\d+ ' }) {
        Write-Result 'by hand' ($line -replace '^## ', '') 'acceptance.md says what to do and what one must see'
    }
}

# ---- all of them ----

[void] (New-Item -ItemType Directory $scratch)
try {
    $os = Get-CimInstance Win32_OperatingSystem
    Test-Registration
    Test-WithoutAgent
    $noCard = Test-Card
    Test-Certificate $noCard
    Test-Pkcs11 $noCard
    Test-Removal
    Write-ByHand
    $failed = @($results | Where-Object { $_.Outcome -eq 'failed' }).Count
    $passed = @($results | Where-Object { $_.Outcome -eq 'passed' }).Count
    $head = @(
        "RemoteSigning on Windows, $(Get-Date -Format s)"
        "$($os.Caption) $($os.Version), $env:PROCESSOR_ARCHITECTURE, PowerShell $($PSVersionTable.PSVersion)"
        "elevated: $isElevated, session $((Get-Process -Id $PID).SessionId)"
        ''
    )
    $head + $results.Line + '' + "$passed passed, $failed failed" | Set-Content $Report -Encoding UTF8
    Write-Host "`n$passed passed, $failed failed. Report: $Report"
}
finally {
    Remove-Item $scratch -Recurse -Force
}

exit $(if ($failed -eq 0 -and $passed -gt 0) { 0 } else { 1 })
