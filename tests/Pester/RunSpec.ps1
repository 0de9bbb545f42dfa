<#
.SYNOPSIS
    Runs one spec file in this process and, if asked, writes its counts and what failed as JSON.
.EXAMPLE
    dotnet pwsh -NoProfile tests/Pester/RunSpec.ps1 tests/Pester/Pump.Tests.ps1
#>
param(
    [Parameter(Mandatory, Position = 0)]
    [string] $Spec,

    [string] $Report
)

$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot Support.psm1)
Import-Module (Get-PackagePath pester 6.2.0 tools Pester.psd1)

$configuration = New-PesterConfiguration
$configuration.Run.Path = (Resolve-Path -LiteralPath $Spec).ProviderPath
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$configuration.Output.RenderMode = 'Plaintext'
$run = Invoke-Pester -Configuration $configuration

# A block or a file that could not run at all has no test that failed: it counts as one failure.
$failed = $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount
if ($Report) {
    $failures = @($run.Failed; $run.FailedBlocks; $run.FailedContainers) | ForEach-Object { "$_`n$($_.ErrorRecord -join "`n")" }
    @{ Passed = $run.PassedCount; Failed = $failed; Skipped = $run.SkippedCount + $run.NotRunCount; Failures = @($failures) } | ConvertTo-Json | Set-Content -LiteralPath $Report
}

exit ($failed -gt 0 ? 1 : 0)
