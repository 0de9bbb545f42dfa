<#
.SYNOPSIS
    An account's folders over IMAP: one login for all that is done. Makes an archive by year, lists what is where, and tidies up.
#>
$ErrorActionPreference = 'Stop'
$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

# A server to try it on, which takes any login. In real life: $session = New-MailSession imap.example.com -Credential ann@example.com
$store = Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))"
$server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0
$login = [pscredential]::new('ann@example.com', (ConvertTo-SecureString 'correct horse' -AsPlainText -Force))
try {
    1..3 | ForEach-Object { $server | Send-RawSmtp -From joe@example.org -To ann@example.com -Subject "Report $_" -Body 'Hi.' | Out-Null }
    $session = $server | New-MailSession -Credential $login -SkipCertificateCheck -WarningAction SilentlyContinue

    # The folders above one that is made are made as well.
    $session | New-ImapFolder (2024..2026 | ForEach-Object { "Archive/$_" }) -Subscribe | Out-Null
    $session | New-ImapFolder Sent -SpecialUse Sent | Out-Null
    $session | Get-ImapFolder | Format-Table | Out-String -Width 120

    $session | Rename-ImapFolder Archive/2024 Archive/Old/2024
    "below Archive: $(($session | Get-ImapFolder Archive/*).Name -join ', ')"

    # The server looks for messages; what is done with them is done together.
    $session | Get-ImapMessage -Header @{ Subject = 'Report 1' } | Set-ImapMessage -Session $session -AddFlag Seen, Flagged
    $session | Get-ImapMessage -Flag Seen | Move-ImapMessage -Session $session -Destination Archive/2026 -PassThru | Format-Table | Out-String -Width 120

    # Message files and text go into folders as they are.
    "From: ann@example.com`nSubject: A note`n`nCall Joe.`n" | Add-ImapMessage -Session $session -Folder Drafts -CreateFolder -Flag Draft | Format-Table | Out-String -Width 120

    # One part of a message is read without the others.
    $parts = $session | Get-ImapMessage -First 1 -Part 1
    "the text of '$($parts.Subject)': $($parts.Parts[0].Text.Trim())"

    # Folders go down the pipeline, to be read and to be deleted.
    "all messages: $(($session | Get-ImapFolder | Get-ImapMessage -Session $session).Subject -join ', ')"
    $session | Get-ImapFolder Archive/Old* | Remove-ImapFolder -Session $session -Confirm:$false
    $session | Remove-MailSession
}
finally {
    $server | Stop-MailServer
    Remove-Item -LiteralPath $store -Recurse -Force
}
