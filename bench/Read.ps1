<#
.SYNOPSIS
Reading 1,000 messages over POP3 and IMAP from MailOps and from Dovecot, in the same run, from copies of the same Maildir.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Messages = 1000,
    [int] $Length = 8192,
    [int] $Runs = 5
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
if (-not (Test-Peer dovecot)) { Write-Warning 'dovecot (Debian packages dovecot-imapd and dovecot-pop3d) is missing: reading is not measured.'; return }

$folder = New-BenchFolder 'read'
$inbox = "$folder/store/mail/example.com/reader"
& dotnet $BenchProgram maildir $inbox $Messages $Length
[void](New-Item -ItemType Directory "$folder/dovecot")
Copy-Item -Recurse $inbox "$folder/dovecot/mail"
chown -R nobody "$folder/dovecot"
$dovecot = Start-DovecotPeer "$folder/dovecot" "$folder/dovecot/mail"
$mailops = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports '-Pop3Port 0', '-ImapPort 0'
try {
    $figures = [ordered]@{ 'pop3' = 'POP3 RETR one by one'; 'pop3-pipelined' = 'POP3 RETR pipelined'; 'imap' = 'IMAP FETCH BODY[] one by one'; 'imap-range' = 'IMAP FETCH 1:* BODY[]' }
    $rates = @{}
    foreach ($run in 0..$Runs) {
        foreach ($mode in $figures.Keys) {
            foreach ($server in @(@('MailOps', $mailops), @('Dovecot', $dovecot))) {
                $port = $mode.StartsWith('pop3') ? $server[1].Pop3Port : $server[1].ImapPort
                $rate = [double](& dotnet $BenchProgram read $mode $port reader@example.com $Messages)
                # The first run warms both up.
                if ($run) { $rates["$mode $($server[0])"] = @($rates["$mode $($server[0])"]) + $rate | Where-Object { $_ } }
            }
        }
    }
    foreach ($mode in $figures.Keys) {
        $ours = Get-Median $rates["$mode MailOps"]
        $theirs = Get-Median $rates["$mode Dovecot"]
        [pscustomobject]@{ Figure = "$($figures[$mode]), $Messages of $Length octets"; Server = 'MailOps'; Median = [math]::Round($ours); Unit = 'messages/s'; 'MailOps is' = ''; Runs = $Runs }
        [pscustomobject]@{ Figure = "$($figures[$mode]), $Messages of $Length octets"; Server = 'Dovecot'; Median = [math]::Round($theirs); Unit = 'messages/s'; 'MailOps is' = '{0:n2} x' -f ($ours / $theirs); Runs = $Runs }
    }
}
finally {
    & $mailops.Stop
    & $dovecot.Stop
    Remove-BenchFolders
}
