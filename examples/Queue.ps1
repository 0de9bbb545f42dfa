<#
.SYNOPSIS
    Mail that waits for other servers: why it does, and how to hold it, save it, send it another way or give it back.
#>
$ErrorActionPreference = 'Stop'
$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

function New-Folder { (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))")).FullName }

# A server whose smart host is down, and another that could stand in for it.
$store, $standInStore, $saved = (New-Folder), (New-Folder), (New-Folder)
$ann = [pscredential]::new('ann@example.com', (ConvertTo-SecureString ([guid]::NewGuid().ToString()) -AsPlainText -Force))
New-MailAccount -StorePath $store -Credential $ann | Out-Null
$server = Start-MailServer -StorePath $store -HostName mail.example.com -Domain example.com -SubmissionPort 0 -AllowPlaintextLogin -Outbound -SmartHost '[127.0.0.1]:9'
$standIn = Start-MailServer -StorePath $standInStore -Capture -SmtpPort 0

try {
    foreach ($to in 'bob@contoso.com', 'carol@contoso.com', 'dave@fabrikam.com', 'typo@contoso.con') {
        Send-RawSmtp -Server 127.0.0.1 -Port $server.SubmissionPort -Credential $ann -From ann@example.com -To $to -Subject "For $to" -Body 'Hello.' | Out-Null
    }
    for ($i = 0; $i -lt 200 -and (Get-MailQueue -StorePath $store).Status -ne 'Retry'; $i++) { Start-Sleep -Milliseconds 50 }

    # What waits for whom, and why. -StorePath finds the server that runs on the store in whatever process, or the files if none does.
    'What waits:'
    Get-MailQueue -StorePath $store | Format-List NextHopDomain, MessageCount, Status, LastError, NextRetryTime | Out-String -Width 160
    Get-MailQueueMessage -StorePath $store | Format-Table | Out-String -Width 120

    # Why would it go there? Nothing is sent.
    'The way of mail for bob:'
    Test-MailRoute bob@contoso.com -StorePath $store | Format-Table Step, Status, Detail -Wrap | Out-String -Width 120

    # Hold one and let it go on.
    Get-MailQueueMessage -StorePath $store -Recipient dave@* | Suspend-MailQueueMessage
    "Held: $((Get-MailQueueMessage -StorePath $store | Where-Object Status -EQ Suspended).Subject)"
    Get-MailQueueMessage -StorePath $store -Recipient dave@* | Resume-MailQueueMessage

    # Save what waits, as it would be sent; each has its envelope beside it.
    'Saved:'
    Get-MailQueueMessage -StorePath $store | Export-MailQueueMessage -Path $saved | ForEach-Object Name

    # What can never arrive goes back to its sender now, with a report.
    Get-MailQueueMessage -StorePath $store -Recipient *@contoso.con | Remove-MailQueueMessage -WithNdr -Confirm:$false

    # The rest goes by way of the stand-in, at once.
    Get-MailQueueMessage -StorePath $store -Sender ann@example.com | Move-MailQueueMessage -Route "[127.0.0.1]:$($standIn.SmtpPort)"
    for ($i = 0; $i -lt 200 -and (Get-MailQueueMessage -StorePath $store); $i++) { Start-Sleep -Milliseconds 50 }
    'What the stand-in has taken:'
    'bob@contoso.com', 'carol@contoso.com', 'dave@fabrikam.com' | ForEach-Object { Wait-MailMessage -Id $standIn.Id -To $_ -TimeoutSeconds 20 } | ForEach-Object Subject

    # And all of that is written down.
    'The story of the message that came back:'
    Get-MailTrackingLog -StorePath $store -Recipient *@contoso.con | Format-Table EventId, ConnectorId, Status -Wrap | Out-String -Width 120
}
finally {
    $server, $standIn | Stop-MailServer
    Remove-Item -Recurse -Force $store, $standInStore, $saved
}
