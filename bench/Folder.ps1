<#
.SYNOPSIS
Opening a large folder and listing its flags, from MailOps and from Dovecot, in the same run, from copies of the same Maildir; and
what an open folder costs in memory.
.DESCRIPTION
Cold: a server that has just started, with the list of UIDs but without what it keeps beside the messages. With index: a server
that has just started. Again: one more session of a server that runs. Dovecot has a new process for each session anyway.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Messages = 100000,
    [int] $Runs = 5,
    [int[]] $MemoryOf = (100000, 1000000)
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
foreach ($count in $MemoryOf) {
    $folder = New-BenchFolder 'memory'
    try {
        $used = [double](& dotnet $BenchProgram memory $folder $count)
        [pscustomobject]@{ Figure = "Memory of $count open messages in one session"; Server = 'MailOps'; Median = [math]::Round($used / 1MB, 1); Unit = 'MiB'; 'MailOps is' = ''; Runs = 1 }
    }
    finally { Remove-BenchFolders }
}

if (-not (Test-Peer dovecot)) { Write-Warning 'dovecot (Debian package dovecot-imapd) is missing: opening is not measured.'; return }

$folder = New-BenchFolder 'folder'
$inbox = "$folder/store/mail/example.com/reader"
& dotnet $BenchProgram maildir $inbox $Messages 200
[void](New-Item -ItemType Directory "$folder/dovecot")
& cp -r $inbox "$folder/dovecot/mail"
chown -R nobody "$folder/dovecot"
$dovecot = Start-DovecotPeer "$folder/dovecot" "$folder/dovecot/mail"
$mailops = $null
function Restart-MailOps {
    if ($script:mailops) { & $script:mailops.Stop }
    $script:mailops = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports '-ImapPort 0'
    # The first session of a process costs what its code costs; that of another folder pays for it.
    [void](& dotnet $BenchProgram read imap-select $script:mailops.ImapPort other@example.com 1)
}

try {
    $times = @{}
    function Measure-Session([string] $Kind, [string] $Mode, [int] $Seconds) {
        foreach ($server in @(@('MailOps', $script:mailops), @('Dovecot', $dovecot))) {
            $rate = [double](& dotnet $BenchProgram read $Mode $server[1].ImapPort reader@example.com $Messages $Seconds)
            if ($run) { $times["$Kind $($server[0])"] = @($times["$Kind $($server[0])"]) + 1000 * $Messages / $rate | Where-Object { $_ } }
        }
    }

    foreach ($run in 0..$Runs) {
        if ($mailops) { & $mailops.Stop; $mailops = $null }
        Remove-Item "$inbox/mailops-index", "$inbox/mailops-cache", "$folder/dovecot/mail/dovecot.index*" -Force -ErrorAction Ignore
        Restart-MailOps
        Measure-Session 'SELECT, cold' imap-select
        Measure-Session 'SELECT, again' imap-select
        # The last of some sessions: what the client itself takes for its first is more than the servers do.
        Measure-Session 'FETCH 1:* FLAGS' imap-flags -Seconds 1
        # The index is written when the directories stand still.
        for ($wait = 0; $wait -lt 100 -and -not (Test-Path "$inbox/mailops-index"); $wait++) { Start-Sleep -Milliseconds 100 }
        Restart-MailOps
        Measure-Session 'SELECT, with index' imap-select
    }

    foreach ($kind in 'SELECT, cold', 'SELECT, with index', 'SELECT, again', 'FETCH 1:* FLAGS') {
        $ours = Get-Median $times["$kind MailOps"]
        $theirs = Get-Median $times["$kind Dovecot"]
        $figure = "IMAP $kind, $Messages messages"
        [pscustomobject]@{ Figure = $figure; Server = 'MailOps'; Median = [math]::Round($ours, 1); Unit = 'ms'; 'MailOps is' = ''; Runs = $Runs }
        [pscustomobject]@{ Figure = $figure; Server = 'Dovecot'; Median = [math]::Round($theirs, 1); Unit = 'ms'; 'MailOps is' = '{0:n2} x' -f ($ours / $theirs); Runs = $Runs }
    }
}
finally {
    if ($mailops) { & $mailops.Stop }
    & $dovecot.Stop
    Remove-BenchFolders
}
