<#
.SYNOPSIS
    Addresses of a server: a team, a domain that stands for another, what nobody else gets, what is sent on to another server, and who may
    send as whom.
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
$ann, $bob | ForEach-Object { New-MailAccount -StorePath $store -Credential $_ } | Out-Null

# A team; all addresses of a second domain; what nobody else gets; who reads what is written to the postmaster.
New-MailAlias sales@example.com $store -Target ann@example.com, bob@example.com | Out-Null
New-MailAlias '@example.net' $store -Target '@example.com' | Out-Null
New-MailAlias '@example.com' $store -Target bob@example.com | Out-Null
New-MailAlias postmaster@example.com $store -Target ann@example.com | Out-Null
Get-MailAlias -StorePath $store | Format-Table | Out-String -Width 120

# Domains whose rules are not the usual ones have a line: here ann-lists@ is ann's too, beside ann+lists@.
Set-Content -LiteralPath (Join-Path $store domains) -Value 'example.com separator=+- case=ignored dots=kept'

$elsewhere = Start-MailServer -StorePath "$store-elsewhere" -Capture -SmtpPort 0
$server = Start-MailServer -StorePath $store -Domain example.com, example.net -SmtpPort 0 -SubmissionPort 0 -ImapPort 0 -Outbound -Route @{ 'example.org' = "[127.0.0.1]:$($elsewhere.SmtpPort)" }
try {
    # Ann gets one copy, although three addresses lead to her.
    $sent = $server | Send-RawSmtp -Port $server.SmtpPort -From joe@example.org -To sales@example.net, ann-lists@example.com, ann@example.com -Subject Offer -Body 'Hi.'
    if (-not $sent.Accepted) { throw 'The server did not take the message.' }
    foreach ($login in $ann, $bob) {
        $messages = @($server | Get-ImapMessage -Credential $login -Tls StartTls -SkipCertificateCheck -WarningAction SilentlyContinue)
        if ($messages.Count -ne 1) { throw "$($login.UserName) has $($messages.Count) messages instead of one." }
    }

    'ann and bob have one copy each'

    # A login sends as the addresses that lead to it, and as no other.
    $submit = @{ Port = $server.SubmissionPort; Credential = $ann; Tls = 'StartTls'; SkipCertificateCheck = $true; To = 'bob@example.com'; Body = 'Hi.'; WarningAction = 'SilentlyContinue' }
    $own = $server | Send-RawSmtp @submit -From sales@example.com
    $other = $server | Send-RawSmtp @submit -From bob@example.com
    "as sales: $($own.Accepted); as bob: $($other.Accepted)"
    if (-not $own.Accepted -or $other.Accepted) { throw 'Ann sends as others than herself.' }

    # An alias may lead to another server, too: a capturing one stands for it here. The sender becomes an address of ours (SRS), so that SPF passes there.
    New-MailAlias joe@example.com $store -Target ann@example.com, joe@example.org -AllowExternal -WarningAction SilentlyContinue | Out-Null
    $forwarded = $server | Send-RawSmtp -Port $server.SmtpPort -From eve@example.edu -To joe@example.com -Subject Minutes -Body 'Hi.'
    if (-not $forwarded.Accepted) { throw "The server did not take what it should send on: $($forwarded.Recipients[0])" }
    $there = Wait-MailMessage -Id $elsewhere.Id -To joe@example.org -TimeoutSeconds 20
    "sent on to $($there.Recipient) in the name of $($there.Sender)"

    # Before somebody leaves: which addresses lead there?
    Get-MailAlias -StorePath $store | Where-Object DeliversTo -Contains bob@example.com | ForEach-Object { "bob gets mail for $($_.Name)" }
}
finally {
    $server, $elsewhere | Stop-MailServer
    Remove-Item -LiteralPath $store, "$store-elsewhere" -Recurse -Force
}
