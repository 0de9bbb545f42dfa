<#
.SYNOPSIS
    Moves a mailbox from one server to another, proves that all of it arrived, and keeps a copy on disk.
#>
$ErrorActionPreference = 'Stop'
$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

# Two servers to try it on, which take any login. In real life $from and $to are like imaps://ann@mail.example.com/
$work = Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))"
$old = Start-MailServer -StorePath (Join-Path $work old) -Capture -SmtpPort 0 -ImapPort 0
$new = Start-MailServer -StorePath (Join-Path $work new) -Capture -SmtpPort 0 -ImapPort 0
$login = [pscredential]::new('ann@example.com', (ConvertTo-SecureString 'correct horse' -AsPlainText -Force))
try {
    $from, $to = $old, $new | ForEach-Object { "imap+plain://ann%40example.com@localhost:$(($_.Endpoints | Where-Object Protocol -EQ Imap)[0].Port)/" }
    1..5 | ForEach-Object { $old | Send-RawSmtp -From joe@example.org -To ann@example.com -Subject "Report $_" -Body 'Hi.' | Out-Null }

    # The first run, days before: people go on working.
    $copy = @{ From = $from; To = $to; FromCredential = $login; ToCredential = $login; JournalPath = (Join-Path $work ann.journal) }
    Copy-Mailbox @copy | Format-Table | Out-String -Width 120

    # What came meanwhile.
    $old | Send-RawSmtp -From joe@example.org -To ann@example.com -Subject 'The last one' -Body 'Hi.' | Out-Null
    $result = Copy-Mailbox @copy
    "copied now: $($result.Copied), there before: $($result.AlreadyThere)"
    $result.RefusedMessages | Format-Table Folder, Id, Reason, Path

    # The proof: no difference, no output.
    $differences = Compare-Mailbox $from $to -ReferenceCredential $login -DifferenceCredential $login
    if ($differences) {
        $differences | Format-Table
        throw 'Not all has arrived.'
    }

    'All has arrived.'

    # A backup is a copy into a Maildir; each run adds what is new.
    Copy-Mailbox $to "maildir:$(Join-Path $work backup)" -FromCredential $login -JournalPath (Join-Path $work backup.journal) -Exclude Trash, Junk | Format-Table | Out-String -Width 120
}
finally {
    $old, $new | Stop-MailServer
    Remove-Item $work -Recurse -Force
}
