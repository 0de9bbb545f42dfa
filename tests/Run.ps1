<#
.SYNOPSIS
    Runs all tests that are built: xunit projects, Pester specs and interop specs. Called by build.ps1 Test.
.DESCRIPTION
    Each xunit project is its own process and so is each spec file, so that what one loads or leaves behind is not seen by
    the next. Ends with what failed and why, one line that sums the tests up, and exit code 1 if anything failed.
#>
param([string] $Filter = '*')

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
Import-Module (Join-Path $PSScriptRoot Pester Support.psm1)

$results = Join-Path $PSScriptRoot .. out test-results
if (Test-Path $results) {
    Remove-Item -LiteralPath $results -Recurse -Force
}

$null = New-Item -ItemType Directory -Path $results

function New-Row([string] $Suite, [int] $Passed, [int] $Failed, [int] $Skipped, [timespan] $Time, [string[]] $Failures) {
    [pscustomobject]@{ Suite = $Suite; Passed = $Passed; Failed = $Failed; Skipped = $Skipped; Seconds = [math]::Round($Time.TotalSeconds, 1); Failures = $Failures }
}

function Invoke-XunitProject([string] $Name) {
    $assembly = Join-Path $PSScriptRoot $Name bin Release net10.0 "$Name.dll"
    $report = Join-Path $results "$Name.xml"
    $watch = [Diagnostics.Stopwatch]::StartNew()
    & dotnet $assembly -noLogo -noColor -xml $report | Out-Host
    if (-not (Test-Path $report)) {
        return New-Row $Name 0 1 0 $watch.Elapsed "$Name ended with exit code $LASTEXITCODE and left no report."
    }

    $total = ([xml](Get-Content -Raw $report)).assemblies.assembly
    $errors = [int]$total.errors
    $failures = $total.SelectNodes('.//*[failure]') | ForEach-Object { "$($_.name)`n$($_['failure'].InnerText)" }
    New-Row $Name $total.passed ([int]$total.failed + $errors) ([int]$total.skipped + [int]$total.'not-run') $watch.Elapsed $failures
}

function Invoke-Spec([IO.FileInfo] $File) {
    $report = Join-Path $results "$($File.BaseName).json"
    $watch = [Diagnostics.Stopwatch]::StartNew()
    Invoke-Pwsh -File (Join-Path $PSScriptRoot Pester RunSpec.ps1) -Arguments '-Spec', $File.FullName, '-Report', $report | Out-Host
    if (-not (Test-Path $report)) {
        return New-Row $File.BaseName 0 1 0 $watch.Elapsed "$($File.Name) ended without a report."
    }

    $total = Get-Content -Raw $report | ConvertFrom-Json
    New-Row $File.BaseName $total.Passed $total.Failed $total.Skipped $watch.Elapsed $total.Failures
}

$rows = @(
    Get-ChildItem -LiteralPath $PSScriptRoot -Directory -Filter *.Tests |
        Where-Object Name -Like $Filter |
        ForEach-Object { Invoke-XunitProject $_.Name }
    Get-ChildItem -Path (Join-Path $PSScriptRoot Pester), (Join-Path $PSScriptRoot Interop) -Filter *.Tests.ps1 -File -ErrorAction Ignore |
        Where-Object Name -Like $Filter |
        ForEach-Object { Invoke-Spec $_ }
)

$rows | Format-Table -AutoSize -Property Suite, Passed, Failed, Skipped, Seconds | Out-Host
foreach ($row in $rows) {
    $row.Failures | Where-Object { $_ } | ForEach-Object { Write-Host "$($row.Suite): $_`n" }
}

$passed = ($rows | Measure-Object Passed -Sum).Sum ?? 0
$failed = ($rows | Measure-Object Failed -Sum).Sum ?? 0
$skipped = ($rows | Measure-Object Skipped -Sum).Sum ?? 0
if ($rows.Count -eq 0) {
    Write-Host "No test matches '$Filter'."
    $failed = 1
}

Write-Host ("$passed passed, $failed failed" + ($skipped -gt 0 ? ", $skipped skipped" : ''))
exit ($failed -gt 0 ? 1 : 0)
