<#
.SYNOPSIS
    A test of software that sends mail, without sending any: a capturing server stands in for the world.
.DESCRIPTION
    The function in the middle is the software under test; put your own there. The checks are plain, so that the script
    runs anywhere; in Pester, Start-MailServer goes into BeforeAll and Stop-MailServer into AfterAll.
#>
$ErrorActionPreference = 'Stop'
$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

# The software under test: it knows a host and a port, and nothing of MailOps.
function Send-Newsletter([string] $SmtpHost, [int] $Port, [string[]] $Subscriber) {
    foreach ($address in $Subscriber) {
        $client = [Net.Mail.SmtpClient]::new($SmtpHost, $Port)
        try {
            $client.Send('news@example.org', $address, 'News of the week', "Dear $address,`r`nnothing happened.`r`n")
        }
        finally {
            $client.Dispose()
        }
    }
}

$store = Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))"
$server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0
try {
    $subscribers = 'ann@example.com', 'bob@example.net'
    Send-Newsletter $server.Server $server.SmtpPort $subscribers

    foreach ($subscriber in $subscribers) {
        $login = [pscredential]::new($subscriber, (ConvertTo-SecureString 'any password' -AsPlainText -Force))
        $message = @($server | Get-ImapMessage -Credential $login -Tls None -Body)

        if ($message.Count -ne 1) { throw "$subscriber got $($message.Count) messages instead of one." }
        if ($message[0].Subject -ne 'News of the week') { throw "$subscriber got the subject '$($message[0].Subject)'." }
        if ($message[0].Message.TextBody -notlike "Dear $subscriber,*") { throw "$subscriber is not addressed by name." }
        "$subscriber got: $($message[0].Subject)"
    }
}
finally {
    $server | Stop-MailServer
    Remove-Item -LiteralPath $store -Recurse -Force
}
