<#
.SYNOPSIS
Durable receive: messages per second that MailOps, Postfix and the SmtpServer package take from smtp-source, in the same run.
.DESCRIPTION
Each run gives every server a fresh folder, the same seconds to warm up under the load, and the same load, one server after the other. Medians of the runs, and ratios.
Without parameters several loads are measured: 20 sessions of 4 KiB, 1 and 100 sessions, and messages of 64 KiB and 10 MiB; and
the machine's floor: what its disk gives without any server.
The SmtpServer package writes one file per message and syncs it, without a sync of the directory.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Messages,
    [int] $Sessions = 20,
    [int] $Length = 4096,
    [int] $Runs = 5,
    [int] $WarmUpSeconds = 10,
    [switch] $KeepConnections
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
if (-not (Test-Peer smtp-source)) { Write-Warning 'smtp-source (Debian package postfix) is missing: receiving is not measured.'; return }

$loads = if ($Messages) {
    @{ Sessions = $Sessions; Length = $Length; Messages = $Messages; Runs = $Runs }
}
else {
    @{ Sessions = 20; Length = 4KB; Messages = 8000; Runs = $Runs }
    @{ Sessions = 1; Length = 4KB; Messages = 2000; Runs = 3 }
    @{ Sessions = 100; Length = 4KB; Messages = 8000; Runs = 3 }
    @{ Sessions = 20; Length = 64KB; Messages = 1000; Runs = 3 }
    @{ Sessions = 4; Length = 10MB; Messages = 20; Runs = 3 }
}
$servers = [ordered]@{
    'MailOps' = { param($folder) Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports '-SmtpPort 0' }
    'SmtpServer package, fsync of the file' = { param($folder) Start-BenchProgram $BenchProgram 'smtpserver', "$folder/mail" }
    'Postfix' = { param($folder) Start-PostfixPeer $folder }
}
[string[]] $keep = $KeepConnections ? '-d' : @()

function Measure-Receiving([scriptblock] $Start, [hashtable] $Load) {
    $folder = New-BenchFolder 'receive'
    $server = & $Start $folder
    try {
        $source = '-f', 'a@example.org', '-t', 'b@example.com', "127.0.0.1:$($server.SmtpPort)"
        $some = [math]::Max(2 * $Load.Sessions, [int][math]::Min(500, 64MB / $Load.Length))
        Invoke-WarmUp { & smtp-source @keep -s $Load.Sessions -l $Load.Length -m $some @source } $WarmUpSeconds
        $watch = [Diagnostics.Stopwatch]::StartNew()
        & smtp-source @keep -s $Load.Sessions -l $Load.Length -m $Load.Messages @source
        if ($LASTEXITCODE) { throw 'smtp-source failed.' }
        $Load.Messages / $watch.Elapsed.TotalSeconds
    }
    finally { & $server.Stop }
}

foreach ($load in $loads) {
    $rates = @{}
    foreach ($run in 1..$load.Runs) {
        foreach ($name in $servers.Keys) { $rates[$name] = @($rates[$name] | Where-Object { $_ }) + (Measure-Receiving $servers[$name] $load) }
    }
    $ours = Get-Median $rates['MailOps']
    $size = $load.Length -ge 1MB ? "$($load.Length / 1MB) MiB" : $load.Length % 1KB ? "$($load.Length) octets" : "$($load.Length / 1KB) KiB"
    $what = "Durable receive, $($load.Sessions) sessions, $size, " + ($KeepConnections ? 'kept connections' : 'a connection each')
    foreach ($name in $servers.Keys) {
        $median = Get-Median $rates[$name]
        [pscustomobject]@{ Figure = $what; Server = $name; Median = [math]::Round($median, $median -lt 10 ? 1 : 0); Unit = 'messages/s'; 'MailOps is' = '{0:n2} x' -f ($ours / $median); Runs = $load.Runs }
    }
}

$folder = New-BenchFolder 'floor'
$floor = @{}
foreach ($run in 1..3) {
    foreach ($line in & dotnet $BenchProgram floor $folder 2) {
        $name, $rate = $line -split "`t"
        $floor[$name] = @($floor[$name] | Where-Object { $_ }) + [double]$rate
    }
}
Remove-BenchFolders
foreach ($name in $floor.Keys) {
    [pscustomobject]@{ Figure = "The machine's disk, 4 KiB: $name"; Server = 'none'; Median = [math]::Round((Get-Median $floor[$name])); Unit = 'messages/s'; 'MailOps is' = ''; Runs = 3 }
}
