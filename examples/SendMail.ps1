<#
.SYNOPSIS
    Writes messages, sends them over one login, answers one and sends it on, saves what is attached, and keeps a mailbox as a file.
#>
$ErrorActionPreference = 'Stop'
$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

# A server to try it on, which takes any login and keeps all mail. In real life: $session = New-MailSession smtp.example.com -Protocol Smtp -Credential ann@example.com

$folder = [IO.Directory]::CreateTempSubdirectory('mail-').FullName
$server = Start-MailServer (Join-Path $folder store) -Capture -SmtpPort 0 -SubmissionPort 0 -ImapPort 0
$ann = [pscredential]::new('ann@example.com', (ConvertTo-SecureString 'any password will do' -AsPlainText -Force))
$login = @{ Credential = $ann; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
try {
    # One login for all messages.
    $session = $server | New-MailSession -Protocol Smtp @login

    # A message to each of a list, with a file attached; each recipient has a result.
    Set-Content (Join-Path $folder plan.txt) 'All of it.'
    $members = @{ Mail = 'bob@example.com'; Name = 'Bob' }, @{ Mail = 'eve@example.com'; Name = 'Eve' }
    $members | ForEach-Object { New-MimeMessage -From 'Ann <ann@example.com>' -To $_.Mail -Cc ann@example.com -Subject 'The plan' -Body "Dear $($_.Name), see below." -Attachments (Join-Path $folder plan.txt) } |
        Send-MimeMessage -Session $session | Format-Table

    # An answer to all, and the same message sent on as it is.
    $message = $server | Get-ImapMessage -Body @login | Select-Object -First 1
    New-MimeMessage -ReplyAll $message -From bob@example.com -Body 'I agree.' -Quote | Send-MimeMessage -Session $session | Format-Table
    New-MimeMessage -Forward $message -AsAttachment -From ann@example.com -To joe@example.com -Body 'For you.' | Send-MimeMessage -Session $session | Format-Table

    # What is attached to the messages of a mailbox, under names that are safe; and the mailbox as one file.
    $server | Get-ImapMessage -Body @login | Save-MimePart (Join-Path $folder attachments) | Format-Table
    $server | Get-ImapMessage -Body @login | Export-MimeMessage (Join-Path $folder ann.mbox)
    Import-MimeMessage (Join-Path $folder ann.mbox) | Format-Table
}
finally {
    Get-MailSession | Remove-MailSession
    $server | Stop-MailServer
    Remove-Item -LiteralPath $folder -Recurse -Force
}
