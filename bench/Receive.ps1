<#
.SYNOPSIS
Durable receive: messages per second that MailOps, Postfix and the SmtpServer package take from smtp-source, in the same run.
.DESCRIPTION
Each run gives every server a fresh folder and the same load, one server after the other. Medians of the runs, and ratios.
The SmtpServer package writes one file per message and syncs it, without a sync of the directory.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Messages = 4000,
    [int] $Sessions = 20,
    [int] $Length = 4096,
    [int] $Runs = 5,
    [switch] $KeepConnections
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
if (-not (Test-Peer smtp-source)) { Write-Warning 'smtp-source (Debian package postfix) is missing: receiving is not measured.'; return }

$servers = [ordered]@{
    'MailOps' = { param($folder) Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports '-SmtpPort 0' }
    'SmtpServer package, fsync of the file' = { param($folder) Start-BenchProgram $BenchProgram 'smtpserver', "$folder/mail" }
    'Postfix' = { param($folder) Start-PostfixPeer $folder }
}
$rates = @{}
$keep = if ($KeepConnections) { , '-d' } else { @() }
foreach ($run in 1..$Runs) {
    foreach ($name in $servers.Keys) {
        $folder = New-BenchFolder 'receive'
        $server = & $servers[$name] $folder
        try {
            # Warm up: what is measured is a server that runs, not one that starts.
            & smtp-source -s $Sessions -l $Length -m 1000 -f a@example.org -t b@example.com "127.0.0.1:$($server.SmtpPort)"
            $watch = [Diagnostics.Stopwatch]::StartNew()
            & smtp-source @keep -s $Sessions -l $Length -m $Messages -f a@example.org -t b@example.com "127.0.0.1:$($server.SmtpPort)"
            if ($LASTEXITCODE) { throw "smtp-source failed against $name." }
            $rates[$name] = @($rates[$name]) + ($Messages / $watch.Elapsed.TotalSeconds) | Where-Object { $_ }
        }
        finally {
            & $server.Stop
            Remove-Item -Recurse -Force $folder
        }
    }
}
$ours = Get-Median $rates['MailOps']
$what = "Durable receive, $Sessions sessions, $Length octets, " + ($KeepConnections ? 'kept connections' : 'a connection each')
foreach ($name in $servers.Keys) {
    $median = Get-Median $rates[$name]
    [pscustomobject]@{ Figure = $what; Server = $name; Median = [math]::Round($median); Unit = 'messages/s'; 'MailOps is' = '{0:n2} x' -f ($ours / $median); Runs = $Runs }
}
