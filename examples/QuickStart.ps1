<#
.SYNOPSIS
    A mail server from start to stop in a few seconds: starts one, sends through it, reads the message back over POP3
    and IMAP, grades its TLS and stops it.
.DESCRIPTION
    build.ps1 Quickstart runs this on the module that was just built. With MailOps installed it runs as it is.
#>
$ErrorActionPreference = 'Stop'

$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

$store = Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))"
# A capturing server takes any login, so any password will do.
$ann = [pscredential]::new('ann@example.com', (ConvertTo-SecureString 'any password' -AsPlainText -Force))

'1. Start a server on free ports. It captures: it takes mail for everybody and lets everybody read it.'
$server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Pop3Port 0 -ImapPort 0
$server | Format-Table | Out-String -Width 120

try {
    '2. Send a message, and see every line of the dialogue.'
    $sent = $server | Send-RawSmtp -From joe@example.org -To ann@example.com -Subject 'Hello from MailOps' -Body 'It works.' -Tls StartTls -SkipCertificateCheck -WarningAction SilentlyContinue
    $sent.Transcript | Format-Table | Out-String -Width 120
    if (-not $sent.Accepted) {
        throw "The message was not accepted: $($sent.Reply)"
    }

    '3. Read it back over POP3,'
    $pop3 = $server | Get-Pop3Message -Credential $ann -Tls None
    $pop3 | Format-Table | Out-String -Width 120

    '4. and over IMAP under TLS.'
    $imap = $server | Get-ImapMessage -Body -Credential $ann -Tls StartTls -SkipCertificateCheck -WarningAction SilentlyContinue
    $imap | Format-Table | Out-String -Width 120
    if ($pop3.Subject -ne 'Hello from MailOps' -or $imap.Message.TextBody.Trim() -ne 'It works.') {
        throw 'What was read back is not what was sent.'
    }

    '5. Grade the TLS of every endpoint. The certificate is the server''s own, so nobody else trusts it.'
    $server | Test-MailTls | Format-Table | Out-String -Width 120
}
finally {
    '6. Stop the server.'
    $server | Stop-MailServer
    Remove-Item -LiteralPath $store -Recurse -Force
}

'Done.'
