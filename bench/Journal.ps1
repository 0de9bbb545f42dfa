#Requires -Version 7.6

<#
.SYNOPSIS
The journal of a copy: what it costs to note a million messages, each call on the disk when it returns, and to look them up in the next run.
.PARAMETER Messages
How many are copied.
.PARAMETER Batch
How many are begun, and completed, with one call.
#>
param(
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Messages = 1000000,
    [int[]] $Batch = (100, 1000)
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Peers.psm1" -Force
foreach ($size in $Batch) {
    $folder = New-BenchFolder 'journal'
    try {
        $lines = & dotnet $BenchProgram journal "$folder/copy.journal" $Messages $size
        if ($LASTEXITCODE) { throw 'The journal was not written.' }
        foreach ($line in $lines) {
            $name, $median, $unit = $line -split "`t"
            [pscustomobject]@{ Figure = "Journal of $('{0:n0}' -f $Messages) messages, noted $size at once: $name"; Server = 'MailOps'; Median = [double]::Parse($median, [cultureinfo]::InvariantCulture); Unit = $unit; 'MailOps is' = ''; Runs = 1 }
        }
    }
    finally {
        Remove-Item -LiteralPath $folder -Recurse -Force
    }
}
