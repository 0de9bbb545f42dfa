#Requires -Version 7.6

<#
.SYNOPSIS
Copies a mailbox from IMAP to IMAP, with Copy-Mailbox and with mbsync in turn, each time into an empty mailbox of the same Dovecot.
.DESCRIPTION
Copy-Mailbox is measured in a process that has copied before: what PowerShell takes to start and to import the module is another figure. Both keep
what they did on disk, in a fresh folder for each run.
.PARAMETER Messages
How many messages, over all folders.
.PARAMETER Size
Octets of a message.
.PARAMETER Delay
Milliseconds that a round trip to Dovecot takes, for both programs, by a line of the bench's own in front of it; 0 for loopback as it is.
#>
[CmdletBinding()]
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Messages = 5000,
    [int] $Size = 8192,
    [int] $Folders = 20,
    [double] $Delay = 0,
    [int] $Runs = 3
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
Import-Module (Resolve-Path $Module)
foreach ($peer in 'dovecot', 'mbsync') {
    if (-not (Test-Peer $peer)) { Write-Warning "$peer is missing: copying is not measured."; return }
}

$folder = New-BenchFolder 'copy'
$source = "$folder/mail/source"
foreach ($number in 1..$Folders) {
    $path = $number -eq 1 ? $source : "$source/.Folder $number"
    & dotnet $BenchProgram maildir $path ([int]($Messages / $Folders)) $Size
    if ($number -gt 1) { [void](New-Item -ItemType File "$path/maildirfolder") }
}
chown -R nobody "$folder/mail"
try {
    $dovecot = Start-DovecotPeer $folder "$folder/mail/%u"
    $port = $dovecot.ImapPort
    if ($Delay) {
        $line = Start-BenchProgram $BenchProgram 'slow-line', $port, $Delay
        $port = $line.SmtpPort
    }

    $login = [pscredential]::new('source', (ConvertTo-SecureString secret -AsPlainText -Force))
    $copies = [ordered]@{
        MailOps = {
            param($target, $state)
            $to = [pscredential]::new($target, $login.Password)
            $result = Copy-Mailbox "imap+plain://source@127.0.0.1:${port}/" "imap+plain://$target@127.0.0.1:${port}/" -FromCredential $login -ToCredential $to -JournalPath "$state/journal"
            if ($result.Status -ne 'Completed') { throw "Copy-Mailbox: $($result.Status): $($result.Folders.Error)" }
        }
        mbsync  = {
            param($target, $state)
            $stores = foreach ($user in 'source', $target) {
                "IMAPAccount $user`nHost 127.0.0.1`nPort $port`nUser $user`nPass secret`nSSLType None`nAuthMechs LOGIN`n`nIMAPStore $user`nAccount $user`n"
            }
            Set-Content "$state/mbsyncrc" "$($stores -join "`n")`nChannel copy`nFar :source:`nNear :${target}:`nPatterns *`nCreate Near`nSync Pull`nSyncState $state/`n"
            & mbsync -q -q -c "$state/mbsyncrc" copy 2> $null
            if ($LASTEXITCODE) { throw "mbsync ended with $LASTEXITCODE." }
        }
    }
    $rates = @{ MailOps = @(); mbsync = @() }
    $again = @{ MailOps = @(); mbsync = @() }
    # The first run warms both up.
    foreach ($run in 0..$Runs) {
        foreach ($name in $copies.Keys) {
            $target = "$name$run".ToLowerInvariant()
            $state = (New-Item -ItemType Directory "$folder/state-$target").FullName
            $watch = [Diagnostics.Stopwatch]::StartNew()
            & $copies[$name] $target $state
            $copied = $watch.Elapsed.TotalSeconds
            $there = @(Get-ChildItem -Recurse -Force -File "$folder/mail/$target" | Where-Object { $_.Directory.Name -in 'cur', 'new' }).Count
            if ($there -ne $Messages) { throw "$name copied $there messages of $Messages." }
            $watch.Restart()
            & $copies[$name] $target $state
            Write-Verbose "$name, run ${run}: $([math]::Round($Messages / $copied)) messages/s, again $([math]::Round($watch.Elapsed.TotalMilliseconds)) ms"
            if ($run) {
                $rates[$name] += $Messages / $copied
                $again[$name] += $watch.Elapsed.TotalMilliseconds
            }
        }
    }

    $what = "$Messages messages of $Size octets in $Folders folders, IMAP to IMAP$($Delay ? ", $Delay ms of delay" : '')"
    foreach ($figure in @(@("Copy of $what", '/s', $rates), @("Nothing to copy of $what", 'ms', $again))) {
        $ours, $theirs = (Get-Median $figure[2].MailOps), (Get-Median $figure[2].mbsync)
        [pscustomobject]@{ Figure = $figure[0]; Server = 'MailOps'; Median = [math]::Round($ours, 1); Unit = $figure[1]; 'MailOps is' = ''; Runs = $Runs }
        [pscustomobject]@{ Figure = $figure[0]; Server = 'mbsync'; Median = [math]::Round($theirs, 1); Unit = $figure[1]; 'MailOps is' = '{0:n2} x' -f ($ours / $theirs); Runs = $Runs }
    }
}
finally {
    if (Test-Path variable:line) { & $line.Stop }
    if (Test-Path variable:dovecot) { & $dovecot.Stop }
    Remove-BenchFolders
}
