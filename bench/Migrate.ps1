#Requires -Version 7.6

<#
.SYNOPSIS
Carries out a batch of mailboxes from IMAP to IMAP with one worker and with several, on a PostgreSQL of its own.
.DESCRIPTION
The workers are there before the batch is, each a process of its own: what is measured is from Start-MailMigration until all is Synced. All have the same
machine: on a line without delay its processors are shared by the workers and the servers, and say how much faster several can be.
.PARAMETER Mailboxes
How many mailboxes.
.PARAMETER Messages
How many messages a mailbox has, of Size octets.
.PARAMETER Workers
How many workers are set beside one.
.PARAMETER Delay
Milliseconds that a round trip to Dovecot takes; 0 for loopback as it is.
#>
[CmdletBinding()]
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Mailboxes = 32,
    [int] $Messages = 250,
    [int] $Size = 8192,
    [int] $Workers = 4,
    [double] $Delay = 40,
    [int] $Runs = 3
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
$Module = (Resolve-Path $Module).Path
Import-Module $Module
if (-not (Test-Peer dovecot) -or -not (Test-Path /usr/lib/postgresql/*/bin/initdb)) { Write-Warning 'dovecot or postgresql is missing: batches are not measured.'; return }

$folder = New-BenchFolder 'migrate'
foreach ($number in 1..$Mailboxes) { & dotnet $BenchProgram maildir "$folder/mail/source$number" $Messages $Size }
chown -R nobody "$folder/mail"
$secret = ConvertTo-SecureString secret -AsPlainText -Force
try {
    $dovecot = Start-DovecotPeer $folder "$folder/mail/%u"
    $port = $dovecot.ImapPort
    if ($Delay) {
        $line = Start-BenchProgram $BenchProgram 'slow-line', $port, $Delay, 0
        $port = $line.SmtpPort
    }

    $postgres = Start-PostgresPeer "$folder/postgres"
    $store = $postgres.Store

    function Start-Worker($number, $run) {
        $script = "Import-Module '$Module'; `$p = ConvertTo-SecureString secret -AsPlainText -Force; Start-MailMigrationWorker -Store '$store' -FromCredential { `$p } -ToCredential { `$p } -Mailboxes 2 -WorkPath '$folder/work-$run-$number' | Out-Null"
        $program = [Environment]::ProcessPath
        # The .NET tool has no executable of its own: dotnet runs it.
        $first = @(if ([IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { Join-Path $PSHOME pwsh.dll })
        Start-Process $program -PassThru -ArgumentList ($first + '-NoProfile', '-EncodedCommand', [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))) -RedirectStandardOutput "$folder/worker-$run-$number.log" -RedirectStandardError "$folder/worker-$run-$number.err"
    }

    # The store is made by the first batch; it is empty.
    $null = [pscustomobject]@{ From = "maildir:$folder/mail/source1"; To = "maildir:$folder/first" } | Start-MailMigration first -Store $store -WarningAction Ignore
    Remove-MailMigration first -Store $store -Confirm:$false
    $seconds = @{ 1 = @(); $Workers = @() }
    foreach ($run in 1..$Runs) {
        foreach ($count in 1, $Workers) {
            $name = "run$run-$count"
            $started = 1..$count | ForEach-Object { Start-Worker $_ $name }
            try {
                $null = [pscustomobject]@{ From = "maildir:$folder/mail/source1"; To = "maildir:$folder/idle-$name" } | Start-MailMigration "wait-$name" -Store $store -WarningAction Ignore
                while ((Get-MailMigration "wait-$name" -Store $store).WorkerCount -lt $count -or (Get-MailMigration "wait-$name" -Store $store).Status -ne 'Synced') { Start-Sleep -Milliseconds 200 }
                $watch = [Diagnostics.Stopwatch]::StartNew()
                $null = 1..$Mailboxes | ForEach-Object { [pscustomobject]@{ Identity = "user$_"; From = "imap+plain://source$_@127.0.0.1:$port/"; To = "imap+plain://$name-$_@127.0.0.1:$port/" } } | Start-MailMigration $name -Store $store -MaximumPerServer 100
                while (($batch = Get-MailMigration $name -Store $store).Status -in 'Queued', 'Syncing') { Start-Sleep -Milliseconds 200 }
                $seconds[$count] += $watch.Elapsed.TotalSeconds
                if ($batch.Status -ne 'Synced' -or $batch.Done -ne $Mailboxes * $Messages) { throw "$count workers: $($batch.Status), $($batch.Done) messages: $((Get-MailMigrationUser $name -Store $store).Error | Select-Object -First 1)" }
                Write-Verbose "$count workers, run ${run}: $([math]::Round($watch.Elapsed.TotalSeconds, 1)) s"
            }
            finally {
                $started | ForEach-Object { $_.Kill(); $_.WaitForExit() }
                # Their places are free when they were not seen for a while.
                while ((Get-MailMigration "wait-$name" -Store $store).WorkerCount) { Start-Sleep -Milliseconds 500 }
            }
        }
    }

    $what = "$Mailboxes mailboxes of $Messages messages of $Size octets, IMAP to IMAP$($Delay ? ", $Delay ms of delay" : '')"
    foreach ($count in 1, $Workers) {
        $rate = $Mailboxes * $Messages / (Get-Median $seconds[$count])
        [pscustomobject]@{ Figure = $what; Workers = $count; Median = [math]::Round($rate); Unit = '/s'; 'Faster than one' = $count -eq 1 ? '' : '{0:n2} x' -f ((Get-Median $seconds[1]) / (Get-Median $seconds[$count])); Runs = $Runs }
    }
}
finally {
    if (Test-Path variable:postgres) { & $postgres.Stop }
    if (Test-Path variable:line) { & $line.Stop }
    if (Test-Path variable:dovecot) { & $dovecot.Stop }
    Remove-BenchFolders
}
