<#
.SYNOPSIS
    Fetches mail over POP3 as getmail, fetchmail and mpop do: what is new, each message as a file, and off the server after a while.
#>
$ErrorActionPreference = 'Stop'
$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

# A server to try it on, which takes any login. In real life: $session = New-MailSession pop.example.com -Protocol Pop3 -Credential ann@example.com
$folder = Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))"
$server = Start-MailServer -StorePath (Join-Path $folder store) -Capture -SmtpPort 0 -Pop3Port 0
$login = [pscredential]::new('ann@example.com', (ConvertTo-SecureString 'correct horse' -AsPlainText -Force))
try {
    1..3 | ForEach-Object { $server | Send-RawSmtp -From joe@example.org -To ann@example.com -Subject "Report $_" -Body 'Hi.' | Out-Null }
    $session = $server | New-MailSession -Protocol Pop3 -Credential $login -SkipCertificateCheck -WarningAction SilentlyContinue

    # The first run fetches all, the next what came since. It may be killed at any moment and run again.
    $fetch = @{ Path = Join-Path $folder inbox; StatePath = Join-Path $folder inbox.pop3; RemoveAfterDays = 14 }
    $session | Save-Pop3Message @fetch | Format-Table | Out-String -Width 120
    $server | Send-RawSmtp -From joe@example.org -To ann@example.com -Subject 'Report 4' -Body 'Hi.' | Out-Null
    "new: $(($session | Save-Pop3Message @fetch).Subject)"

    # The same into a Maildir, where programs of mail read it, and off the server at once.
    $session | Save-Pop3Message -Path (Join-Path $folder Maildir) -Maildir -StatePath (Join-Path $folder maildir.pop3) -First 2 -Remove | Out-Null
    "in the Maildir: $((Get-MaildirMessage (Join-Path $folder Maildir)).Subject -join ', ')"

    # What is left is looked at by its header, and some of it deleted.
    $session | Get-Pop3Message -HeadersOnly | Where-Object Subject -EQ 'Report 3' | Remove-Pop3Message -Session $session -Confirm:$false
    "on the server: $(($session | Get-Pop3Message -HeadersOnly).Subject -join ', ')"
    $session | Remove-MailSession
}
finally {
    $server | Stop-MailServer
    Remove-Item -LiteralPath $folder -Recurse -Force
}
