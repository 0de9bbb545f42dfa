#Requires -Version 7.6

<#
.SYNOPSIS
A server that starts with a long queue: the time until Start-MailServer returns, and the memory of its process before that, right after, and
after it has tried all destinations, none of which can be reached (no name server answers). The queue is on a store of its own; the files of
each run were read by no process before.
.PARAMETER Module
The module to measure.
.PARAMETER Messages
Messages in the queue.
.PARAMETER Domains
Domains that they go to, in turns.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [int] $Messages = 500000,
    [int] $Domains = 1000,
    [int] $Length = 1024,
    [int] $Runs = 3,
    [int] $Seconds = 30
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Peers.psm1" -Force
$folder = New-BenchFolder 'queue'
$bench = Join-Path $folder program
& dotnet publish "$PSScriptRoot/MailOps.Bench" -c Release -o $bench -v q -nologo | Out-Null
& dotnet "$bench/MailOps.Bench.dll" spool "$folder/store" $Messages $Domains $Length
if ($LASTEXITCODE) { throw 'The queue was not made.' }

$script = @'
$memory = { param($What) [int]([regex]::Match([IO.File]::ReadAllText('/proc/self/status'), "${What}:\s+(\d+)").Groups[1].Value) / 1KB }
Import-Module '{0}'
$before = & $memory VmRSS
$watch = [Diagnostics.Stopwatch]::StartNew()
$server = Start-MailServer -StorePath '{1}' -Domain example.com -SmtpPort 0 -Outbound -NameServer 127.0.0.1 -NameServerPort {2}
$start = $watch.Elapsed.TotalSeconds
$after = & $memory VmRSS
Start-Sleep {3}
$later = & $memory VmRSS
$watch.Restart()
$queues = @(Get-MailQueue)
$listed = $watch.Elapsed.TotalSeconds
$count = ($queues | Measure-Object MessageCount -Sum).Sum
$server | Stop-MailServer
[Console]::Out.WriteLine((@{ Start = $start; Before = $before; After = $after; Later = $later; Peak = & $memory VmHWM; Listed = $listed; Count = $count } | ConvertTo-Json -Compress))
'@ -replace '\{0\}', (Resolve-Path $Module) -replace '\{1\}', "$folder/store" -replace '\{2\}', (Get-FreePort) -replace '\{3\}', $Seconds

$found = foreach ($run in 1..$Runs) {
    if (Test-Path /proc/sys/vm/drop_caches) { & sync; try { [IO.File]::WriteAllText('/proc/sys/vm/drop_caches', '3') } catch { Write-Warning "The system's caches stay full: $_" } }
    $shell = [Environment]::ProcessPath
    $arguments = @(if ([IO.Path]::GetFileNameWithoutExtension($shell) -eq 'dotnet') { Join-Path $PSHOME pwsh.dll })
    & $shell @arguments -NoProfile -NonInteractive -Command $script | ConvertFrom-Json
}

if (@($found | Where-Object Count -NE $Messages)) { throw "The queue had $($found.Count -join ', ') messages instead of $Messages." }
foreach ($figure in @(
    @('Start-MailServer returns', 'Start', 's'), @('Memory before', 'Before', 'MiB'), @('Memory after', 'After', 'MiB'),
    @("Memory $Seconds s later", 'Later', 'MiB'), @('Most memory', 'Peak', 'MiB'), @("Get-MailQueue of $Domains destinations", 'Listed', 's'))) {
    [pscustomobject]@{ Figure = "$($figure[0]), $Messages messages queued"; Median = [math]::Round((Get-Median $found.($figure[1])), 2); Unit = $figure[2]; Runs = $Runs }
}
Remove-BenchFolders
