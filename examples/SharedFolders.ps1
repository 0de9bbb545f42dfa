<#
.SYNOPSIS
    Shared and public folders: ann lets bob read her INBOX, and makes a public folder that everybody reads.
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
$bob = New-Login bob@example.com 'battery staple'
New-MailAccount -StorePath $store -Credential (New-Login ann@example.com 'correct horse') | Out-Null
New-MailAccount -StorePath $store -Credential $bob | Out-Null

$server = Start-MailServer -StorePath $store -Domain example.com -SmtpPort 0 -ImapPort 0
try {
    $server | Send-RawSmtp -From joe@example.org -To ann@example.com -Subject Hello -Body 'Hi Ann.' | Out-Null

    # Bob sees ann's INBOX as user/ann@example.com/INBOX: l lists it, r reads it. Mail programs set the same permissions by IMAP.
    Set-MailFolderPermission INBOX bob@example.com -AccessRights lr -Account ann@example.com -StorePath $store
    $options = @{ Credential = $bob; Tls = 'StartTls'; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
    $message = $server | Get-ImapMessage @options -Folder user/ann@example.com/INBOX
    if ($message.Subject -ne 'Hello') { throw 'Bob does not see what ann got.' }
    "bob reads '$($message.Subject)' in ann's INBOX"

    # Nobody owns public folders. Who has k on Public makes folders there, which begin with the permissions of Public.
    Set-MailFolderPermission Public ann@example.com -AccessRights lrswipkxtea -StorePath $store
    Set-MailFolderPermission Public anyone -AccessRights lr -StorePath $store

    Get-MailFolderPermission -StorePath $store | Format-Table | Out-String -Width 120
    Get-MailFolderPermission -Account ann@example.com -StorePath $store | Format-Table | Out-String -Width 120

    # What was given is taken again, also from sessions that are open.
    Get-MailAccount -StorePath $store | Get-MailFolderPermission -User bob@example.com | Where-Object Account -NE bob@example.com | Remove-MailFolderPermission
    "left for ann's INBOX: $((Get-MailFolderPermission INBOX -Account ann@example.com -StorePath $store).User -join ', ')"
}
finally {
    $server | Stop-MailServer
    Remove-Item -LiteralPath $store -Recurse -Force
}
