<#
.SYNOPSIS
    Moves the mailboxes of a table from one server to another: a first pass, what came since, a last pass with a proof for each, and the way back.
#>
$ErrorActionPreference = 'Stop'
$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

# Two servers to try it on, which take any login. In real life users.csv has lines such as ann,imaps://ann@old.example.com/,imaps://ann@new.example.com/
$work = Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))"
$old = Start-MailServer -StorePath (Join-Path $work old) -Capture -SmtpPort 0 -ImapPort 0
$new = Start-MailServer -StorePath (Join-Path $work new) -Capture -SmtpPort 0 -ImapPort 0
try {
    $csv = Join-Path $work users.csv
    'ann', 'bob', 'cat' | ForEach-Object {
        $old | Send-RawSmtp -From joe@example.org -To "$_@example.com" -Subject "Welcome, $_" -Body 'Hi.' | Out-Null
        $from, $to = $old, $new | ForEach-Object { ($_.Endpoints | Where-Object Protocol -EQ Imap)[0].Port }
        [pscustomobject]@{ Identity = $_; From = "imap+plain://$_%40example.com@localhost:$from/"; To = "imap+plain://$_%40example.com@localhost:$to/" }
    } | Export-Csv $csv

    # Where the batch is kept, and who logs in: asked for each mailbox when it is begun, and kept nowhere.
    $store = @{ Store = Join-Path $work migrations.db }
    $password = ConvertTo-SecureString 'correct horse' -AsPlainText -Force
    $login = @{ FromCredential = { param($user) $password }; ToCredential = { param($user) $password } }

    # The first pass, days before: people go on working.
    Start-MailMigration school -CsvPath $csv -ReportPath (Join-Path $work proof) -Wait @store @login | Format-Table | Out-String -Width 120

    # What came meanwhile. With -SyncInterval a worker does this by itself.
    $old | Send-RawSmtp -From joe@example.org -To ann@example.com -Subject 'Late' -Body 'Hi.' | Out-Null
    Resume-MailMigration school @store -WarningAction SilentlyContinue
    Start-MailMigrationWorker school -UntilIdle @store @login | Format-Table | Out-String -Width 120

    # The cutover. In real life with -Domain and -MxHost, which look whether mail goes to the new server already.
    Complete-MailMigration school @store -WarningAction SilentlyContinue
    Start-MailMigrationWorker school -UntilIdle @store @login | Format-Table Status, Identity, Messages, Differences, ReportPath | Out-String -Width 200

    # The way back: what came to the new server, and nothing twice.
    $new | Send-RawSmtp -From joe@example.org -To bob@example.com -Subject 'To the new server' -Body 'Hi.' | Out-Null
    Import-Csv $csv | Select-Object Identity, @{ n = 'From'; e = 'To' }, @{ n = 'To'; e = 'From' } | Start-MailMigration school-back -Wait @store @login | Out-Null
    "copied back: $((Get-MailMigrationUser school-back @store | Measure-Object Copied -Sum).Sum)"
} finally {
    $old, $new | Stop-MailServer
    Remove-Item $work -Recurse
}
