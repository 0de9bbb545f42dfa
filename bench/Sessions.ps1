<#
.SYNOPSIS
IMAP sessions of twenty clients at once, short ones and long ones, and APPENDs, from MailOps and from Dovecot in the same run.
.DESCRIPTION
Dovecot is tuned for logins (service_count = 0 and processes that are kept), and both know the passwords from the same passwd-file. Each
client has an account of its own with 100 messages. Dovecot syncs what it appends; MailOps syncs every change before it says OK.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Clients = 20,
    [int] $Seconds = 10,
    [int] $Appends = 5000,
    [int] $Runs = 3
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
if (-not (Test-Peer dovecot)) { Write-Warning 'dovecot (Debian package dovecot-imapd) is missing: sessions are not measured.'; return }

$folder = New-BenchFolder 'sessions'
$mail = "$folder/store/mail/example.com"
$users = foreach ($client in 0..($Clients - 1)) {
    & dotnet $BenchProgram maildir "$mail/c$client" 100 4096
    & dotnet $BenchProgram maildir "$mail/c$client/.Sent" 1 4096
    New-Item -ItemType File "$mail/c$client/.Sent/maildirfolder" | Out-Null
    "c$client@example.com:{PLAIN}secret::::::"
}
Set-Content "$folder/store/users" $users
[void](New-Item -ItemType Directory "$folder/dovecot/mail")
& cp -r $mail "$folder/dovecot/mail/example.com"
Copy-Item "$folder/store/users" "$folder/dovecot/users"
chown -R nobody "$folder/dovecot"
$dovecot = Start-DovecotImapPeer "$folder/dovecot" "$folder/dovecot/mail" "$folder/dovecot/users" $Clients
$mailops = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports '-ImapPort 0', '-AllowPlaintextLogin' -WithAccounts
try {
    $figures = [ordered]@{
        "IMAP logins, $Clients clients (connect, LOGIN, SELECT of 100, FETCH, LOGOUT)" = 'imap-load', 'logins', '{0}', "$Clients", "$Seconds"
        "IMAP long sessions, $Clients clients, pipelined" = 'imap-load', 'mixed', '{0}', "$Clients", "$Seconds"
        "IMAP APPEND of $Appends messages of 4 KiB one by one" = 'imap-append', 'one', '{0}', "$Appends", '4096'
        "IMAP APPEND of $Appends messages of 4 KiB together" = 'imap-append', 'together', '{0}', "$Appends", '4096'
    }
    foreach ($figure in $figures.Keys) {
        $rates = @{ MailOps = @(); Dovecot = @() }
        # The first run warms both up.
        foreach ($run in 0..$Runs) {
            foreach ($server in @(@('MailOps', $mailops), @('Dovecot', $dovecot))) {
                $arguments = $figures[$figure] | ForEach-Object { $_ -f $server[1].ImapPort }
                $rate = [double](& dotnet $BenchProgram @arguments)
                if ($run) { $rates[$server[0]] += $rate }
            }
        }

        $ours = Get-Median $rates.MailOps
        $theirs = Get-Median $rates.Dovecot
        [pscustomobject]@{ Figure = $figure; Server = 'MailOps'; Median = [math]::Round($ours, 1); Unit = '/s'; 'MailOps is' = ''; Runs = $Runs }
        [pscustomobject]@{ Figure = $figure; Server = 'Dovecot'; Median = [math]::Round($theirs, 1); Unit = '/s'; 'MailOps is' = '{0:n2} x' -f ($ours / $theirs); Runs = $Runs }
    }
}
finally {
    & $mailops.Stop
    & $dovecot.Stop
    Remove-BenchFolders
}
