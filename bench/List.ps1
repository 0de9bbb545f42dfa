<#
.SYNOPSIS
What mail clients list, search, sort and thread a large folder by, from MailOps and from Dovecot, in the same run, from copies of the same
Maildir: cold, when both have deleted what they keep beside the messages, and again, in the last of the sessions of one second.
.PARAMETER Mode
Which lists, by the names that the client has for them; all if none is named.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Messages = 100000,
    [int] $Length = 4096,
    [int] $Runs = 3,
    [ValidateSet('imap-envelopes', 'imap-structures', 'imap-subject', 'imap-body', 'imap-sort-arrival', 'imap-sort-subject', 'imap-thread')]
    [string[]] $Mode = @()
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
if (-not (Test-Peer dovecot)) { Write-Warning 'dovecot (Debian package dovecot-imapd) is missing: listing is not measured.'; return }

$folder = New-BenchFolder 'list'
$inbox = "$folder/store/mail/example.com/reader"
& dotnet $BenchProgram maildir $inbox $Messages $Length
[void](New-Item -ItemType Directory "$folder/dovecot")
& cp -r $inbox "$folder/dovecot/mail"
chown -R nobody "$folder/dovecot"
$dovecot = Start-DovecotPeer "$folder/dovecot" "$folder/dovecot/mail"
$mailops = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports '-ImapPort 0'
try {
    $figures = [ordered]@{ 'imap-envelopes' = 'IMAP FETCH 1:* ENVELOPE'; 'imap-structures' = 'IMAP FETCH 1:* BODYSTRUCTURE'; 'imap-subject' = 'IMAP SEARCH SUBJECT'; 'imap-body' = 'IMAP SEARCH BODY'; 'imap-sort-arrival' = 'IMAP SORT (ARRIVAL)'; 'imap-sort-subject' = 'IMAP SORT (SUBJECT)'; 'imap-thread' = 'IMAP THREAD REFERENCES' }
    if ($Mode) { @($figures.Keys) | Where-Object { $_ -notin $Mode } | ForEach-Object { $figures.Remove($_) } }
    $times = @{}
    foreach ($run in 0..$Runs) {
        foreach ($list in $figures.Keys) {
            # Dovecot's file cannot be written by its owner while it is in use: without -Force PowerShell leaves it there.
            Get-ChildItem $inbox, "$folder/dovecot/mail" -File | Where-Object Name -In 'mailops-cache', 'dovecot.index.cache' | Remove-Item -Force
            foreach ($kept in 'cold', 'again') {
                # The last of some sessions: what the client itself takes for its first may be more than the servers do.
                $seconds = if ($kept -eq 'again') { 1 } else { 0 }
                foreach ($server in @(@('MailOps', $mailops), @('Dovecot', $dovecot))) {
                    $rate = [double](& dotnet $BenchProgram read $list $server[1].ImapPort reader@example.com $Messages $seconds)
                    # The first run warms both up.
                    if ($run) { $times["$list $kept $($server[0])"] = @($times["$list $kept $($server[0])"]) + 1e6 / $rate | Where-Object { $_ } }
                }
            }
        }
    }
    foreach ($list in $figures.Keys) {
        foreach ($kept in 'cold', 'again') {
            $ours = Get-Median $times["$list $kept MailOps"]
            $theirs = Get-Median $times["$list $kept Dovecot"]
            $figure = "$($figures[$list]), $Messages messages, $kept"
            [pscustomobject]@{ Figure = $figure; Server = 'MailOps'; Median = [math]::Round($ours, 2); Unit = 'us/message'; 'MailOps is' = ''; Runs = $Runs }
            [pscustomobject]@{ Figure = $figure; Server = 'Dovecot'; Median = [math]::Round($theirs, 2); Unit = 'us/message'; 'MailOps is' = '{0:n2} x' -f ($ours / $theirs); Runs = $Runs }
        }
    }
}
finally {
    & $mailops.Stop
    & $dovecot.Stop
    Remove-BenchFolders
}
