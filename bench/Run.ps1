<#
.SYNOPSIS
Runs what the bench has and prints one table. Called by build.ps1 Bench.
#>
param([string] $Filter = '*')
$ErrorActionPreference = 'Stop'

$project = Join-Path $PSScriptRoot MailOps.Bench
& dotnet publish $project -c Release -o (Join-Path $PSScriptRoot .. out bench) -v quiet -nologo
if ($LASTEXITCODE -ne 0) {
    throw "The bench does not build."
}

$figures = foreach ($script in 'Import', 'Receive', 'Lmtp', 'Discard', 'Read', 'Tls', 'Folder', 'List', 'Sessions', 'Idle', 'Tracking', 'Journal', 'Copy') {
    if ($script -like $Filter) {
        Write-Host "Measuring: $script"
        & (Join-Path $PSScriptRoot "$script.ps1")
    }
}

$figures | Format-Table -AutoSize | Out-String -Width 160 | Write-Host
