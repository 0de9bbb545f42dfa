<#
.SYNOPSIS
Durable delivery by LMTP: messages per second that MailOps and Dovecot take from smtp-source, in the same run.
.DESCRIPTION
Each run gives every server a fresh folder and the same load, one server after the other. Medians of the runs, and ratios.
Without parameters it is measured with a connection for each message and with kept connections, and MailOps over a Unix socket too.
Dovecot delivers with mail_fsync = always, so that it, too, answers when the message is on disk.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [int] $Messages = 3000,
    [int] $Sessions = 20,
    [int] $Length = 4096,
    [int] $Runs = 5,
    [int] $WarmUpSeconds = 10
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
if (-not (Test-Peer smtp-source)) { Write-Warning 'smtp-source (Debian package postfix) is missing: LMTP is not measured.'; return }

$servers = [ordered]@{ 'MailOps' = { param($folder) Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports '-LmtpPort 0' } }
$servers['MailOps, Unix socket'] = {
    param($folder)
    $peer = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports "-LmtpPath '$folder/lmtp'"
    $peer | Add-Member LmtpPath "$folder/lmtp" -PassThru
}
if (Test-Path /usr/lib/dovecot/lmtp) { $servers['Dovecot'] = { param($folder) Start-DovecotLmtpPeer $folder } }
else { Write-Warning 'dovecot-lmtpd is missing: MailOps stands alone.' }

function Measure-Delivery([scriptblock] $Start, [string[]] $Keep) {
    $folder = New-BenchFolder 'lmtp'
    $server = & $Start $folder
    try {
        $target = $server.PSObject.Properties['LmtpPath'] ? "unix:$($server.LmtpPath)" : "127.0.0.1:$($server.LmtpPort)"
        $source = '-L', '-f', 'a@example.org', '-t', 'b@example.com', '-s', $Sessions, '-l', $Length
        Invoke-WarmUp { & smtp-source @Keep @source -m 500 $target } $WarmUpSeconds
        $watch = [Diagnostics.Stopwatch]::StartNew()
        & smtp-source @Keep @source -m $Messages $target
        if ($LASTEXITCODE) { throw 'smtp-source failed.' }
        $Messages / $watch.Elapsed.TotalSeconds
    }
    finally { & $server.Stop }
}

$size = $Length % 1KB ? "$Length octets" : "$($Length / 1KB) KiB"
foreach ($way in @{ Keep = @(); Name = 'a connection each' }, @{ Keep = @('-d'); Name = 'kept connections' }) {
    $rates = @{}
    foreach ($run in 1..$Runs) {
        foreach ($name in $servers.Keys) { $rates[$name] = @($rates[$name] | Where-Object { $_ }) + (Measure-Delivery $servers[$name] $way.Keep) }
    }

    $ours = Get-Median $rates['MailOps']
    foreach ($name in $servers.Keys) {
        $median = Get-Median $rates[$name]
        [pscustomobject]@{ Figure = "LMTP, $Sessions sessions, $size, $($way.Name)"; Server = $name; Median = [math]::Round($median); Unit = 'messages/s'; 'MailOps is' = '{0:n2} x' -f ($ours / $median); Runs = $Runs }
    }
}

Remove-BenchFolders
