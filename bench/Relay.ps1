#Requires -Version 7.6

<#
.SYNOPSIS
Mail through the queue: smtp-source sends to MailOps and to Postfix in the same run, and both send on to the same smtp-sink. The time goes from
the first message in to the last one out; both have each message on disk before they take it.
.PARAMETER Module
The module to measure.
.PARAMETER Messages
Messages of a run.
.PARAMETER Runs
Runs of each server, by turns; the median counts.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [int] $Messages = 3000,
    [int] $Sessions = 20,
    [int] $Length = 4096,
    [int] $Runs = 5,
    [int] $WarmUpSeconds = 10
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Peers.psm1" -Force
foreach ($peer in 'smtp-source', 'smtp-sink', 'postfix') {
    if (-not (Test-Peer $peer)) { Write-Warning "$peer (Debian package postfix) is missing: relaying is not measured."; return }
}

# Counts on standard output as it goes: "... mesg=17".
function Start-Sink([string] $Folder) {
    $port = Get-FreePort
    $counts = "$Folder/sink"
    $process = Start-Process smtp-sink -ArgumentList '-c', '-u', 'nobody', "127.0.0.1:$port", '1000' -RedirectStandardOutput $counts -RedirectStandardError "$Folder/sink.err" -PassThru
    Wait-Port $port
    [pscustomobject]@{
        Port = $port
        Count = {
            $text = [IO.File]::ReadAllText($counts)
            $at = $text.LastIndexOf('mesg=')
            $at -lt 0 ? 0 : [int](($text.Substring($at + 5) -split '\D')[0])
        }.GetNewClosure()
        Stop = { $process.Kill(); $process.WaitForExit() }.GetNewClosure()
    }
}

$servers = [ordered]@{
    'MailOps' = { param($folder, $port) Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -WithAccounts -Ports '-SmtpPort 0', '-Outbound', '-RelayFrom 127.0.0.1', "-SmartHost '[127.0.0.1]:$port'" }
    'Postfix' = { param($folder, $port) Start-PostfixPeer $folder -Settings "relayhost = [127.0.0.1]:$port" }
}

function Wait-Sink($Sink, [int] $Count) {
    $until = [DateTime]::UtcNow.AddMinutes(5)
    while ((& $Sink.Count) -lt $Count) {
        if ([DateTime]::UtcNow -gt $until) { throw "Only $(& $Sink.Count) of $Count messages came through." }
        Start-Sleep -Milliseconds 20
    }
}

function Measure-Relaying([scriptblock] $Start) {
    $folder = New-BenchFolder 'relay'
    $sink = Start-Sink $folder
    $server = & $Start $folder $sink.Port
    try {
        $source = '-s', $Sessions, '-l', $Length, '-f', 'a@example.org', '-t', 'b@example.net'
        $sent = 0
        $watch = [Diagnostics.Stopwatch]::StartNew()
        while ($watch.Elapsed.TotalSeconds -lt $WarmUpSeconds) {
            & smtp-source @source -m 200 "127.0.0.1:$($server.SmtpPort)"
            if ($LASTEXITCODE) { throw 'smtp-source failed.' }
            $sent += 200
            Wait-Sink $sink $sent
        }

        $watch.Restart()
        & smtp-source @source -m $Messages "127.0.0.1:$($server.SmtpPort)"
        if ($LASTEXITCODE) { throw 'smtp-source failed.' }
        $taken = $watch.Elapsed.TotalSeconds
        Wait-Sink $sink ($sent + $Messages)
        [pscustomobject]@{ Rate = $Messages / $watch.Elapsed.TotalSeconds; Taken = $Messages / $taken }
    }
    finally {
        & $server.Stop
        & $sink.Stop
    }
}

$found = @{}
foreach ($run in 1..$Runs) {
    foreach ($name in $servers.Keys) { $found[$name] = @($found[$name] | Where-Object { $_ }) + (Measure-Relaying $servers[$name]) }
}

$ours = Get-Median $found['MailOps'].Rate
foreach ($name in $servers.Keys) {
    $rate = Get-Median $found[$name].Rate
    [pscustomobject]@{ Figure = "Relay through the queue, $Sessions sessions, $($Length / 1KB) KiB"; Server = $name; Median = [math]::Round($rate); Unit = 'messages/s'; 'MailOps is' = '{0:n2} x' -f ($ours / $rate); Runs = $Runs }
}
foreach ($name in $servers.Keys) {
    [pscustomobject]@{ Figure = 'Taken meanwhile'; Server = $name; Median = [math]::Round((Get-Median $found[$name].Taken)); Unit = 'messages/s'; 'MailOps is' = ''; Runs = $Runs }
}
Remove-BenchFolders
