<#
.SYNOPSIS
    Does something with each message that comes into a folder: files what is from the shop, and answers who asks. Runs until it is stopped.
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
    $session = $server | New-MailSession -Credential $login -SkipCertificateCheck -WarningAction SilentlyContinue
    'Order 17', 'A question', 'Order 18' | ForEach-Object { $server | Send-RawSmtp -From shop@example.org -To ann@example.com -Subject $_ -Body 'Hi.' | Out-Null }

    # What is there already comes first. Without -Count and -Duration it goes on until Ctrl+C, also when the server restarts meanwhile.
    $session | Watch-ImapFolder -IncludeExisting -Count 3 -Duration 00:01:00 | ForEach-Object {
        "new: $($_.Subject)"
        if ($_.Subject -like 'Order *') {
            $_ | Move-ImapMessage -Session $session -Destination Orders -CreateFolder
        }
        else {
            $_ | Set-ImapMessage -Session $session -AddFlag Flagged
        }
    }

    "orders: $(($session | Get-ImapMessage -Folder Orders).Subject -join ', ')"
    $session | Remove-MailSession
}
finally {
    $server | Stop-MailServer
    Remove-Item -LiteralPath $store -Recurse -Force
}
