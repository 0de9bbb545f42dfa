<#
.SYNOPSIS
    A server with accounts of its own: makes two, logs in, changes a password while the server runs, and removes one.
#>
$ErrorActionPreference = 'Stop'
$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

function New-Login([string] $Name, [string] $Password) {
    [pscredential]::new($Name, (ConvertTo-SecureString $Password -AsPlainText -Force))
}

$store = Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))"
$ann = New-Login ann@example.com 'correct horse'
$bob = New-Login bob@example.com 'battery staple'

New-MailAccount -StorePath $store -Credential $ann | Out-Null
New-MailAccount -StorePath $store -Credential $bob | Out-Null
Get-MailAccount -StorePath $store | Format-Table | Out-String -Width 120

$server = Start-MailServer -StorePath $store -Domain example.com -SmtpPort 0 -ImapPort 0
try {
    # Without -Capture only accounts get mail: the stranger is refused, and that is a result, not an exception.
    $sent = $server | Send-RawSmtp -From joe@example.org -To ann@example.com, stranger@example.com -Subject Hello -Body 'Hi Ann.'
    $sent.Recipients | Format-Table | Out-String -Width 120

    $messages = @($server | Get-ImapMessage -Credential $ann -Tls StartTls -SkipCertificateCheck -WarningAction SilentlyContinue)
    if ($messages.Count -ne 1) { throw "ann has $($messages.Count) messages instead of one." }
    "ann has the message '$($messages[0].Subject)'"

    # Seen by the running server without a restart.
    $ann = New-Login ann@example.com 'a new password'
    Set-MailAccount -StorePath $store -Credential $ann
    $again = @($server | Get-ImapMessage -Credential $ann -Tls StartTls -SkipCertificateCheck -WarningAction SilentlyContinue)
    if ($again.Count -ne 1) { throw 'The new password does not work.' }
    'ann logged in with the new password'

    # The mail of a removed account stays unless -RemoveMail is given.
    Remove-MailAccount bob@example.com -StorePath $store -Confirm:$false
    "left: $((Get-MailAccount -StorePath $store).Name -join ', ')"
}
finally {
    $server | Stop-MailServer
    Remove-Item -LiteralPath $store -Recurse -Force
}
