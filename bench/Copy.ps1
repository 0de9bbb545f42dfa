#Requires -Version 7.6

<#
.SYNOPSIS
Copies a mailbox from IMAP to IMAP, with Copy-Mailbox and with mbsync in turn, each time into an empty mailbox of the same Dovecot.
.DESCRIPTION
Half of each message is text with words as frequent as in a language, half an attachment in base64 whose octets are random: gzip makes 64 hundredths of a message of 8 KiB, and 57 of many one after the other.
Copy-Mailbox is measured in a process that has copied before: what PowerShell takes to start and to import the module is another figure. That there is nothing
to copy is also measured for the first cmdlet of a new process, from the end of the import; mbsync is a new process each time, and its time is the whole one. Both keep
what they did on disk, in a fresh folder for each run. How fast the server is by itself, four clients of the bench tell, which add as many messages from memory,
each waiting for the answer to one before it sends the next, and read none. The memory is the most that a new process with the copy alone ever had (VmHWM), less what one has that
only imports the module.
.PARAMETER Messages
How many messages, over all folders.
.PARAMETER Size
Octets of a message.
.PARAMETER Bandwidth
Mbit a second that go each way over the line with delay, of all connections together; 0 for any number.
.PARAMETER Compression
When Copy-Mailbox compresses its connections. mbsync always does where a server offers it, as Dovecot does here; with Never it is told not to.
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
    [double] $Bandwidth = 0,
    [ValidateSet('WhenSlow', 'Always', 'Never')] [string] $Compression = 'WhenSlow',
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
    & dotnet $BenchProgram maildir $path ([int]($Messages / $Folders)) $Size mail
    if ($number -gt 1) { [void](New-Item -ItemType File "$path/maildirfolder") }
}
chown -R nobody "$folder/mail"
try {
    $dovecot = Start-DovecotPeer $folder "$folder/mail/%u" -Deflates
    $port = $dovecot.ImapPort
    if ($Delay -or $Bandwidth) {
        $line = Start-BenchProgram $BenchProgram 'slow-line', $port, $Delay, ($Bandwidth * 125000)
        $port = $line.SmtpPort
    }

    $login = [pscredential]::new('source', (ConvertTo-SecureString secret -AsPlainText -Force))
    $copies = [ordered]@{
        MailOps = {
            param($target, $state)
            $to = [pscredential]::new($target, $login.Password)
            $result = Copy-Mailbox "imap+plain://source@127.0.0.1:${port}/" "imap+plain://$target@127.0.0.1:${port}/" -FromCredential $login -ToCredential $to -JournalPath "$state/journal" -Compression $Compression
            if ($result.Status -ne 'Completed') { throw "Copy-Mailbox: $($result.Status): $($result.Folders.Error)" }
        }
        mbsync  = {
            param($target, $state)
            $plain = $Compression -eq 'Never' ? 'DisableExtension COMPRESS=DEFLATE' : ''
            $stores = foreach ($user in 'source', $target) {
                "IMAPAccount $user`nHost 127.0.0.1`nPort $port`nUser $user`nPass secret`nSSLType None`nAuthMechs LOGIN`n$plain`n`nIMAPStore $user`nAccount $user`n"
            }
            Set-Content "$state/mbsyncrc" "$($stores -join "`n")`nChannel copy`nFar :source:`nNear :${target}:`nPatterns *`nCreate Near`nSync Pull`nSyncState $state/`n"
            & mbsync -q -q -c "$state/mbsyncrc" copy 2> $null
            if ($LASTEXITCODE) { throw "mbsync ended with $LASTEXITCODE." }
        }
    }
    # In a pwsh of its own, which has imported the module; the last line that it wrote, a number.
    function Invoke-NewPwsh([string] $Script) {
        $program = [IO.Path]::GetFileNameWithoutExtension([Environment]::ProcessPath) -eq 'dotnet' ? @((Join-Path $PSHOME pwsh.dll)) : @()
        $written = & ([Environment]::ProcessPath) @program -NoProfile -NonInteractive -Command "Import-Module '$(Resolve-Path $Module)'; $Script"
        [double]::Parse(@($written)[-1], [cultureinfo]::InvariantCulture)
    }

    # The most memory that it ever had, in MiB.
    function Get-PeakMemory([string] $Script) {
        (Invoke-NewPwsh "$Script; (Select-String '^VmHWM:\s+(\d+)' /proc/self/status).Matches[0].Groups[1].Value") / 1024
    }

    # For such a process: a copy into this mailbox, and a watch that ran meanwhile.
    function Get-CopyScript([string] $Target, [int] $Expected) {
        "`$login = { [pscredential]::new(`$args[0], (ConvertTo-SecureString secret -AsPlainText -Force)) }; `$from, `$to = (& `$login source), (& `$login $Target); `$watch = [Diagnostics.Stopwatch]::StartNew(); `$result = Copy-Mailbox imap+plain://source@127.0.0.1:${port}/ imap+plain://${Target}@127.0.0.1:${port}/ -FromCredential `$from -ToCredential `$to -JournalPath $folder/$Target; `$watch.Stop(); if (`$result.Copied -ne $Expected) { throw 'not copied' }"
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

    # The account is made before the four share it: Dovecot refuses some first commands that make one at the same moment.
    [void](& dotnet $BenchProgram imap-append one $port 1 $Size)
    $alone = foreach ($run in 1..$Runs) {
        $adding = 1..4 | ForEach-Object -Parallel { [double](& dotnet $using:BenchProgram imap-append one $using:port ([int]($using:Messages / 4)) $using:Size) }
        ($adding | Measure-Object -Sum).Sum
    }

    $memory = foreach ($run in 1..$Runs) {
        (Get-PeakMemory (Get-CopyScript "memory$run" $Messages)) - (Get-PeakMemory '$null')
    }

    $first = foreach ($run in 1..$Runs) {
        Invoke-NewPwsh "$(Get-CopyScript "memory$run" 0); `$watch.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)"
    }

    $what = "$Messages messages of $Size octets in $Folders folders, IMAP to IMAP$($Delay ? ", $Delay ms of delay" : '')$($Bandwidth ? ", $Bandwidth Mbit/s" : ''), compression $Compression"
    foreach ($figure in @(@("Copy of $what", '/s', $rates), @("Nothing to copy of $what", 'ms', $again))) {
        $ours, $theirs = (Get-Median $figure[2].MailOps), (Get-Median $figure[2].mbsync)
        [pscustomobject]@{ Figure = $figure[0]; Server = 'MailOps'; Median = [math]::Round($ours, 1); Unit = $figure[1]; 'MailOps is' = ''; Runs = $Runs }
        [pscustomobject]@{ Figure = $figure[0]; Server = 'mbsync'; Median = [math]::Round($theirs, 1); Unit = $figure[1]; 'MailOps is' = '{0:n2} x' -f ($ours / $theirs); Runs = $Runs }
    }

    [pscustomobject]@{ Figure = "The same by the first cmdlet of a new process"; Server = 'MailOps'; Median = [math]::Round((Get-Median $first), 1); Unit = 'ms'; 'MailOps is' = '{0:n2} x' -f ((Get-Median $first) / (Get-Median $again.mbsync)); Runs = $Runs }
    [pscustomobject]@{ Figure = "Adding alone of $Messages messages of $Size octets, four clients"; Server = 'Dovecot'; Median = [math]::Round((Get-Median $alone), 1); Unit = '/s'; 'MailOps is' = '{0:n2} x' -f ((Get-Median $rates.MailOps) / (Get-Median $alone)); Runs = $Runs }
    foreach ($name in $copies.Keys) {
        [pscustomobject]@{ Figure = "Octets of $what"; Server = $name; Median = [math]::Round((Get-Median $rates[$name]) * $Size / 1MB, 1); Unit = 'MiB/s'; 'MailOps is' = ''; Runs = $Runs }
    }

    [pscustomobject]@{ Figure = "Memory for a copy of $what"; Server = 'MailOps'; Median = [math]::Round((Get-Median $memory), 1); Unit = 'MiB'; 'MailOps is' = ''; Runs = $Runs }
}
finally {
    if (Test-Path variable:line) { & $line.Stop }
    if (Test-Path variable:dovecot) { & $dovecot.Stop }
    Remove-BenchFolders
}
