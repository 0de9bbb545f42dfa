#Requires -Version 7.6

<#
.SYNOPSIS
Mail to many destinations while one is dead: how long each message that can be delivered is in the queue, with and without a long queue for a
destination that takes connections and never says a word, and the memory of the server's process. Delays are those of the tracking log.
.PARAMETER Module
The module to measure.
.PARAMETER Dead
Messages to the dead destination, all queued before the others come.
.PARAMETER Live
Destinations that take mail. Each has an address of its own.
.PARAMETER Each
Messages to each of them.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [int] $Dead = 50000,
    [int] $Live = 1000,
    [int] $Each = 20,
    [int] $Length = 2048,
    [int] $Runs = 3
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Peers.psm1" -Force
Import-Module $Module
foreach ($peer in 'smtp-source', 'smtp-sink') {
    if (-not (Test-Peer $peer)) { Write-Warning "$peer (Debian package postfix) is missing: the storm is not measured."; return }
}

function Send-Mail([int] $Port, [string] $Recipient, [int] $Count) {
    & smtp-source -s ([math]::Min(20, $Count)) -l $Length -f a@example.org -t $Recipient -m $Count "127.0.0.1:$Port"
    if ($LASTEXITCODE) { throw 'smtp-source failed.' }
}

function Get-Memory($Server) { [int]([regex]::Match([IO.File]::ReadAllText("/proc/$($Server.Process.Id)/status"), 'VmRSS:\s+(\d+)').Groups[1].Value) / 1KB }

function Measure-Storm([int] $DeadCount) {
    $folder = New-BenchFolder 'storm'
    $sinkPort = Get-FreePort
    $sink = Start-Process smtp-sink -ArgumentList '-u', 'nobody', "0.0.0.0:$sinkPort", '1000' -RedirectStandardError "$folder/sink.err" -PassThru

    # The system completes its connections, and nobody ever takes them.
    $silent = [System.Net.Sockets.TcpListener]::new([ipaddress]'127.2.0.1', 0)
    $silent.Start(1000)
    $routes = foreach ($number in 0..($Live - 1)) { "'d$number.example' = '[127.1.$([math]::Floor($number / 250)).$($number % 250 + 1)]:$sinkPort'" }
    Set-Content "$folder/routes.ps1" "@{ $($routes -join '; '); 'dead.example' = '[127.2.0.1]:$($silent.LocalEndpoint.Port)' }"
    $store = "$folder/store"
    $server = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath $store -WithAccounts -Ports '-SmtpPort 0', '-Outbound', '-RelayFrom 127.0.0.1', "-Route (& '$folder/routes.ps1')"
    try {
        Send-Mail $server.SmtpPort 'x@d0.example' 500
        $began = Get-Date
        $before = Get-Memory $server
        if ($DeadCount) { Send-Mail $server.SmtpPort 'x@dead.example' $DeadCount }
        $queued = Get-Memory $server
        $since = Get-Date
        foreach ($number in 0..($Live - 1)) { Send-Mail $server.SmtpPort "x@d$number.example" $Each }
        do {
            Start-Sleep -Milliseconds 200
            if ((Get-Date) - $since -gt [timespan]::FromMinutes(10)) { throw 'Mail that could be delivered was not, for ten minutes.' }
            $sent = @(Get-MailTrackingLog -StorePath $store -EventId Send -Start $since -ResultSize Unlimited)
        } until ($sent.Count -ge $Live * $Each)
        $waiting = 0
        Get-MailQueue -StorePath $store | ForEach-Object { $waiting += $_.MessageCount }
        $delays = $sent.MessageLatency.TotalMilliseconds | Sort-Object
        [pscustomobject]@{
            Median = $delays[[int]($delays.Count / 2)]; High = $delays[[int]($delays.Count * 0.99)]; Most = $delays[-1]
            Before = $before; Queued = $queued; After = Get-Memory $server; Waiting = $waiting
        }
    }
    finally {
        $silent.Stop()
        & $server.Stop
        $sink.Kill()
    }
}

$found = @{ 0 = @(); $Dead = @() }
foreach ($run in 1..$Runs) {
    foreach ($count in 0, $Dead) {
        $one = Measure-Storm $count
        if ($one.Waiting -ne $count) { throw "$($one.Waiting) messages wait, not $count." }
        $found[$count] += $one
    }
}

foreach ($figure in @(
    @('Median time in the queue', 'Median', 'ms'), @('99 of 100 are sent within', 'High', 'ms'), @('The longest', 'Most', 'ms'),
    @('Memory before', 'Before', 'MiB'), @('Memory with the dead queue', 'Queued', 'MiB'), @('Memory afterwards', 'After', 'MiB'))) {
    [pscustomobject]@{
        Figure = "$($figure[0]), $($Live * $Each) messages to $Live destinations"; Unit = $figure[2]
        'None dead' = [math]::Round((Get-Median $found[0].($figure[1])), 1); "$Dead to a dead one" = [math]::Round((Get-Median $found[$Dead].($figure[1])), 1); Runs = $Runs
    }
}
Remove-BenchFolders
