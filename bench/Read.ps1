<#
.SYNOPSIS
Reading 1,000 messages over POP3 and IMAP, and one of 50 MiB over POP3, from MailOps and from Dovecot, in the same run, from copies of the
same Maildir.
.DESCRIPTION
The client reads again and again for some seconds, and the last time counts: neither it nor a server is measured while .NET compiles it.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Messages = 1000,
    [int] $Length = 8192,
    [int] $Runs = 5,
    [int] $Seconds = 3
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
if (-not (Test-Peer dovecot)) { Write-Warning 'dovecot (Debian packages dovecot-imapd and dovecot-pop3d) is missing: reading is not measured.'; return }

function Measure-Reading([int] $Messages, [int] $Length, [Collections.IDictionary] $Figures) {
    $folder = New-BenchFolder 'read'
    $inbox = "$folder/store/mail/example.com/reader"
    & dotnet $BenchProgram maildir $inbox $Messages $Length
    [void](New-Item -ItemType Directory "$folder/dovecot")
    Copy-Item -Recurse $inbox "$folder/dovecot/mail"
    chown -R nobody "$folder/dovecot"
    $dovecot = Start-DovecotPeer "$folder/dovecot" "$folder/dovecot/mail"
    $mailops = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports '-Pop3Port 0', '-ImapPort 0'
    try {
        $rates = @{}
        foreach ($run in 0..$Runs) {
            foreach ($mode in $Figures.Keys) {
                foreach ($server in @(@('MailOps', $mailops), @('Dovecot', $dovecot))) {
                    $port = $mode.StartsWith('pop3') ? $server[1].Pop3Port : $server[1].ImapPort
                    # The first run is longer: it warms both up.
                    $rate = [double](& dotnet $BenchProgram read $mode $port reader@example.com $Messages ($run ? $Seconds : 10))
                    if ($run) { $rates["$mode $($server[0])"] = @($rates["$mode $($server[0])"]) + $rate | Where-Object { $_ } }
                }
            }
        }

        $size = $Length -ge 1MB ? "$($Length / 1MB) MiB" : "$Length octets"
        foreach ($mode in $Figures.Keys) {
            $ours = Get-Median $rates["$mode MailOps"]
            $theirs = Get-Median $rates["$mode Dovecot"]
            $figure = "$($Figures[$mode]), $Messages of $size"
            [pscustomobject]@{ Figure = $figure; Server = 'MailOps'; Median = [math]::Round($ours, 1); Unit = 'messages/s'; 'MailOps is' = ''; Runs = $Runs }
            [pscustomobject]@{ Figure = $figure; Server = 'Dovecot'; Median = [math]::Round($theirs, 1); Unit = 'messages/s'; 'MailOps is' = '{0:n2} x' -f ($ours / $theirs); Runs = $Runs }
        }
    }
    finally {
        & $mailops.Stop
        & $dovecot.Stop
    }
}

Measure-Reading $Messages $Length ([ordered]@{ 'pop3' = 'POP3 RETR one by one'; 'pop3-pipelined' = 'POP3 RETR pipelined'; 'imap' = 'IMAP FETCH BODY[] one by one'; 'imap-range' = 'IMAP FETCH 1:* BODY[]' })
Measure-Reading 1 50MB ([ordered]@{ 'pop3' = 'POP3 RETR' })
Remove-BenchFolders
