<#
.SYNOPSIS
    What became of it? Follows messages through the tracking log of a server that runs in this process, in another, or not now.
.PARAMETER StorePath
    The folder that Start-MailServer was given. Without it the script makes a server of its own, with mail that was delivered and mail that waits.
#>
param([string] $StorePath)

$ErrorActionPreference = 'Stop'
$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

$server = $null
if (-not $StorePath) {
    $StorePath = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('N'))")).FullName
    $ann = [pscredential]::new('ann@example.com', (ConvertTo-SecureString ([guid]::NewGuid().ToString()) -AsPlainText -Force))
    New-MailAccount -StorePath $StorePath -Credential $ann | Out-Null
    # The smart host does not answer: what is for elsewhere waits.
    $server = Start-MailServer -StorePath $StorePath -HostName mail.example.com -Domain example.com -SubmissionPort 0 -AllowPlaintextLogin -Outbound -SmartHost '[127.0.0.1]:9'
    Send-RawSmtp -Server 127.0.0.1 -Port $server.SubmissionPort -Credential $ann -From ann@example.com -To ann@example.com -Subject 'Note to myself' -Body 'x' | Out-Null
    Send-RawSmtp -Server 127.0.0.1 -Port $server.SubmissionPort -Credential $ann -From ann@example.com -To bob@contoso.com -Subject 'Your order' -Body 'x' | Out-Null
    for ($i = 0; $i -lt 200 -and -not (Get-MailTrackingLog -StorePath $StorePath -EventId DEFER); $i++) { Start-Sleep -Milliseconds 50 }
}

try {
    # Where is the mail that ann sent to bob? Received, and why it is not gone yet: a DEFER without Id is about the whole destination.
    'What became of mail for bob@contoso.com:'
    Get-MailTrackingLog -StorePath $StorePath -Recipient bob@contoso.com -Start (Get-Date).AddDays(-1) | Format-Table -AutoSize Timestamp, EventId, Sender, ConnectorId, Status | Out-String -Width 200

    # The messages of the last day that have neither been sent nor failed nor been delivered, and what is known of each.
    'What came in the last day and has no end yet:'
    $rows = Get-MailTrackingLog -StorePath $StorePath -Start (Get-Date).AddDays(-1) -ResultSize Unlimited | Where-Object Id
    $rows | Group-Object Id | Where-Object { -not ($_.Group.EventId | Where-Object { $_ -in 'SEND', 'FAIL', 'DELIVER' }) } |
        ForEach-Object { $_.Group[0] } | Format-Table -AutoSize Timestamp, Id, Sender, @{ Name = 'Recipients'; Expression = { $_.Recipients -join ', ' } }, MessageSubject | Out-String -Width 200

    # How much came and went in each hour, as a spreadsheet takes it.
    'By hour and event:'
    Measure-MailTraffic -StorePath $StorePath -By Hour, EventId -Start (Get-Date).AddDays(-1) | Select-Object Hour, EventId, Count, Recipients, TotalBytes | ConvertTo-Csv

    # Who is slow: half of the mail was taken within the median, 95 of 100 within the other.
    Measure-MailTraffic -StorePath $StorePath -By RecipientDomain -EventId SEND, DELIVER | Select-Object -First 10
}
finally {
    if ($server) {
        $server | Stop-MailServer
        Remove-Item -Recurse -Force $StorePath
    }
}
