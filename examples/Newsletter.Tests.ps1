<#
.SYNOPSIS
    A Pester test of software that sends mail: a server of its own on free ports, messages that are waited for, and faults.
.DESCRIPTION
    Run it with Invoke-Pester. The function at the top is the software under test; put your own there. One server is
    started for all tests here, which takes some milliseconds, as each test could have its own; a test that wants to be
    alone has a mailbox of its own instead, since a capturing server makes one for every address.
#>
BeforeAll {
    $built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
    Import-Module ((Test-Path $built) ? $built : 'MailOps')

    # The software under test: sends a letter to each subscriber, and tries again what was only deferred.
    function Send-Newsletter {
        [CmdletBinding()]
        param([string] $SmtpHost, [int] $Port, [string[]] $Subscriber, [int] $Tries = 3)

        foreach ($address in $Subscriber) {
            for ($try = 1; $try -le $Tries; $try++) {
                $client = [Net.Mail.SmtpClient]::new($SmtpHost, $Port)
                try {
                    $client.Send('news@example.org', $address, 'News of the week', "Dear $address,`r`nnothing happened.`r`n")
                    break
                }
                catch [Net.Mail.SmtpException] {
                    if ($try -eq $Tries) { Write-Error "$address was not reached: $($_.Exception.Message)" }
                }
                finally {
                    $client.Dispose()
                }
            }
        }
    }

    $store = Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))"
    $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0
}

AfterAll {
    $server | Stop-MailServer
    Remove-Item -LiteralPath $store -Recurse -Force
}

Describe 'Send-Newsletter' {
    BeforeEach {
        # A mailbox of its own: no other test's letters are in it.
        $reader = "reader-$([guid]::NewGuid().ToString('n'))@example.com"
    }
    AfterEach { $server | Clear-MailServerFault }

    It 'addresses each subscriber by name' {
        Send-Newsletter $server.Server $server.SmtpPort $reader
        $letter = $server | Wait-MailMessage -To $reader -Subject 'News of the week'
        $letter.Body | Should -Match "^Dear $reader,"
        $letter.Sender | Should -Be 'news@example.org'
    }

    It 'tries again when a server greylists' {
        $fault = $server | Set-MailServerFault -Recipient $reader -Reply '451 4.7.1 Greylisted, try again' -Count 1
        Send-Newsletter $server.Server $server.SmtpPort $reader
        ($server | Wait-MailMessage -To $reader).Subject | Should -Be 'News of the week'
        ($server | Get-MailServerFault | Where-Object FaultId -EQ $fault.FaultId).Played | Should -Be 1
    }

    It 'sends a letter once although the connection broke in the middle of the first' {
        $null = $server | Set-MailServerFault -Command DATA -DropAfter 50 -Count 1
        Send-Newsletter $server.Server $server.SmtpPort $reader
        $server | Wait-MailMessage -To $reader | Should -HaveCount 1
        { $server | Wait-MailMessage -To $reader -Count 2 -TimeoutSeconds 0 } | Should -Throw '1 of 2 messages*'
    }

    It 'says whom it could not reach' {
        $null = $server | Set-MailServerFault -Recipient $reader -Reply '550 5.1.1 No such user'
        Send-Newsletter $server.Server $server.SmtpPort $reader -ErrorVariable unreached -ErrorAction SilentlyContinue
        "$unreached" | Should -Match $reader
    }
}

Describe 'A server for one test' {
    It 'decides by a script block which letters it takes' {
        $own = Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))"
        $strict = Start-MailServer -StorePath $own -Capture -SmtpPort 0 -OnMessage { $_.Body -like 'Dear *' }
        try {
            Send-Newsletter $strict.Server $strict.SmtpPort 'ann@example.com'
            $strict | Wait-MailMessage -To ann@example.com | Should -HaveCount 1
        }
        finally {
            $strict | Stop-MailServer
            Remove-Item -LiteralPath $own -Recurse -Force
        }
    }
}
