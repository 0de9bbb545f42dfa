# Wait-MailMessage, Clear-MailServer and the hooks of Start-MailServer in real PowerShell.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    function Send([string] $To = 'ann@example.com', [string] $Subject = 'hello', [string] $Body = 'text', [string] $From = 'bob@example.org') {
        $server | Send-RawSmtp -From $From -To $To -Subject $Subject -Body $Body
    }
}

Describe 'Wait-MailMessage' {
    BeforeEach {
        $store = New-TestFolder
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0
    }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'finds a message that came before, with its envelope, header and text' {
        $null = Send -Subject 'Grüße' -Body 'the text'
        $message = $server | Wait-MailMessage -To ann@example.com -TimeoutSeconds 5
        $message.Subject | Should -Be 'Grüße'
        $message.Body.Trim() | Should -Be 'the text'
        $message.Sender | Should -Be 'bob@example.org'
        $message.Recipient | Should -Be 'ann@example.com'
        $message.ServerId | Should -Be $server.Id
        $message.QueueId | Should -Not -BeNullOrEmpty
        $message.Headers.Name | Should -Contain 'Received'
    }

    It 'waits for one that comes later' {
        $job = Start-ModuleJob { param($id) Get-MailServer $id | Wait-MailMessage -Subject 'late*' } $server.Id
        $null = Send -Subject early
        Wait-Until { $job.State -eq 'Running' }
        $null = Send -Subject 'later'
        ($job | Receive-EndedJob).Subject | Should -Be 'later'
    }

    It 'finds by <Case>' -ForEach @(
        @{ Case = 'recipient'; Asked = @{ To = 'c*@example.com' } }
        @{ Case = 'one of several recipients'; Asked = @{ To = 'nobody@example.com', 'cat@example.com' } }
        @{ Case = 'sender'; Asked = @{ From = 'dan@*' } }
        @{ Case = 'subject'; Asked = @{ Subject = 'second *' } }
        @{ Case = 'body'; Asked = @{ Body = '*needle*' } }
        @{ Case = 'header'; Asked = @{ Header = @{ subject = 'second*'; 'Received' = $null } } }
        @{ Case = 'script block'; Asked = @{ FilterScript = { $_.Body -match 'needle' -and $_.Subject } } }
        @{ Case = 'all of these'; Asked = @{ To = 'cat@*'; Subject = 'second*'; Body = '*needle*'; FilterScript = { $true } } }
    ) {
        $null = Send -Subject 'first letter'
        $null = Send -To cat@example.com -From dan@example.org -Subject 'second letter' -Body "a haystack`r`nwith a needle in it"
        ($server | Wait-MailMessage @Asked -TimeoutSeconds 5).Subject | Should -Be 'second letter'
    }

    It 'returns several' {
        1..3 | ForEach-Object { $null = Send -Subject "number $_" }
        ($server | Wait-MailMessage -Count 2 -Subject 'number *').Subject | Should -Be 'number 1', 'number 2'
    }

    It 'says what came instead when nothing fits in time' {
        $null = Send -Subject 'something else'
        { $server | Wait-MailMessage -To ann@example.com -Subject expected -TimeoutSeconds 0 } |
            Should -Throw -ErrorId 'MailMessageTimedOut,*' -ExpectedMessage "No message to ann@example.com, with the subject 'expected' came within 0 s. What came instead: one from <bob@example.org> to <ann@example.com> with the subject 'something else'."
        { $server | Wait-MailMessage -Count 2 -TimeoutSeconds 0 } | Should -Throw -ExpectedMessage '1 of 2 messages came within 0 s. Nothing else came.'
    }

    It 'says that nothing came at all' {
        { $server | Wait-MailMessage -TimeoutSeconds 0 } | Should -Throw -ExpectedMessage '*Nothing came at all*'
    }

    It 'leaves out older ones with -New and -Since' {
        $null = Send
        { $server | Wait-MailMessage -New -TimeoutSeconds 0 } | Should -Throw -ErrorId 'MailMessageTimedOut,*'
        { $server | Wait-MailMessage -Since ([DateTimeOffset]::Now.AddMinutes(1)) -TimeoutSeconds 0 } | Should -Throw -ErrorId 'MailMessageTimedOut,*'
        $server | Wait-MailMessage -Since ([DateTimeOffset]::Now.AddMinutes(-1)) -TimeoutSeconds 5 | Should -HaveCount 1
    }

    It 'ends with the server' {
        $job = Start-ModuleJob { param($id) try { Get-MailServer $id | Wait-MailMessage -Count 2 } catch { $_.Exception.Message } } $server.Id
        $null = Send
        Wait-Until { $job | Receive-Job -Keep }
        $server | Stop-MailServer
        ($job | Receive-EndedJob)[1] | Should -Be '1 of 2 messages came before the server stopped. Nothing else came.'
    }

    It 'refuses a server that is not there' {
        { Wait-MailMessage -Id 99999 -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotFound,*'
        $server | Stop-MailServer
        { Wait-MailMessage } | Should -Throw -ErrorId 'MailServerNotFound,*'
    }
}

Describe 'Clear-MailServer' {
    BeforeEach { $store = New-TestFolder }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'removes all messages, and what is waited for with them' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0
        $null = Send
        $null = Send -To cat@example.net
        Get-ChildItem (Join-Path $store mail) -Recurse -File | Where-Object { $_.Directory.Name -eq 'new' } | Should -HaveCount 2
        $server | Clear-MailServer -WhatIf
        $server | Clear-MailServer -Account '*@example.net'
        ($server | Wait-MailMessage -TimeoutSeconds 0).Recipient | Should -Be 'ann@example.com'
        $server | Clear-MailServer
        { $server | Wait-MailMessage -TimeoutSeconds 0 } | Should -Throw -ExpectedMessage '*Nothing came at all*'
        Get-ChildItem (Join-Path $store mail) -Recurse -File | Where-Object { $_.Directory.Name -in 'new', 'cur' } | Should -BeNullOrEmpty
        $null = Send -Subject after
        ($server | Wait-MailMessage -TimeoutSeconds 5).Subject | Should -Be 'after'
    }

    It 'asks for -Force where people have their mail' {
        $null = New-MailAccount -StorePath $store -Credential ([pscredential]::new('ann@example.com', (ConvertTo-SecureString x -AsPlainText)))
        $server = Start-MailServer -StorePath $store -Domain example.com -SmtpPort 0
        $null = Send
        { $server | Clear-MailServer -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotCapturing,*'
        $server | Clear-MailServer -Force
        { $server | Wait-MailMessage -TimeoutSeconds 0 } | Should -Throw
        Get-MailAccount -StorePath $store | Should -HaveCount 1
    }
}

Describe 'The hooks of Start-MailServer' {
    BeforeEach { $store = New-TestFolder }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'answers for recipients, with the variables of the caller' {
        $full = 'bob@example.com'
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -OnRecipient {
            if ($_.Recipient -in $using:full) { '452 4.2.2 Mailbox full' }
            elseif ($_.Recipient -like 'no*') { $false }
        }
        $sent = $server | Send-RawSmtp -From a@example.org -To ann@example.com, bob@example.com, no@example.com -Subject x
        $sent.Recipients.Code | Should -Be 250, 452, 550
        $sent.Recipients.Text | Should -Contain 'Mailbox full'
        $sent.Recipients.EnhancedCode | Should -Contain '4.2.2'
    }

    It 'answers for messages' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -OnMessage { if ($_.Subject -eq 'bad' -and $_.Sender -and $_.Body -match 'text') { '554 5.6.0 Bad subject' } else { $true } }
        (Send -Subject good).Accepted | Should -BeTrue
        (Send -Subject bad).Accepted | Should -BeFalse
        ($server | Wait-MailMessage -TimeoutSeconds 0).Subject | Should -Be 'good'
    }

    It 'gives a large message to the script octet for octet, and its fields and text as those of a small one' {
        $path = Join-Path $store large.eml
        $text = "Subject: large`r`nTo: ann@example.com`r`n`r`n" + ("0123456789012345678901234567890123456789`r`n" * 80000)
        [IO.File]::WriteAllText($path, $text)
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -OnMessage {
            $hash = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($_.Raw))
            "450 4.0.0 $($_.Subject) $($_.Size) $hash $($_.Body.Length) $($_.Message.To)"
        }
        $sent = $server | Send-RawSmtp -From bob@example.org -To ann@example.com -BodyPath $path -LiteralBody
        # The body is decoded text: its lines end as those of this machine do.
        $sent.Reply | Should -BeLike "*large $($text.Length) $((Get-FileHash $path -Algorithm SHA256).Hash) $((40 + [Environment]::NewLine.Length) * 80000) ann@example.com*"
    }

    It 'lets all wait for a script that is slow for each of them, and takes their mail' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -HookTimeoutSeconds 2 -OnMessage { Start-Sleep -Milliseconds 700 }
        $jobs = 1..6 | ForEach-Object { Start-ModuleJob { param($port) Send-RawSmtp -Server 127.0.0.1 -Port $port -From bob@example.org -To ann@example.com -Subject x } $server.Endpoints[0].Port }
        ($jobs | Receive-EndedJob).Accepted | Should -Be @($true, $true, $true, $true, $true, $true)
    }

    It 'answers 451 when the script <Case>, and says so in an event' -ForEach @(
        @{ Case = 'throws'; Script = { throw 'no idea' }; Message = '*no idea*' }
        @{ Case = 'writes an error'; Script = { Write-Error 'a complaint' }; Message = '*a complaint*' }
        @{ Case = 'writes what is no answer'; Script = { 42 }; Message = '*may write nothing or $true*' }
        @{ Case = 'writes a reply that is none'; Script = { '250 Ok' }; Message = '*may write nothing or $true*' }
        @{ Case = 'takes too long'; Script = { while ($true) { Start-Sleep -Milliseconds 50 } }; Message = '*took longer than 1 s*' }
        @{ Case = 'does not let itself be stopped'; Script = { [Threading.Thread]::Sleep(8000) }; Message = '*took longer than 1 s*' }
    ) {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -HookTimeoutSeconds 1 -OnMessage $Script
        $watch = Start-ModuleJob { param($id) Watch-MailServer -Id $id -Kind Fault } $server.Id
        Wait-Until { $watch.State -eq 'Running' }
        Wait-Until {
            (Send).Accepted | Should -BeFalse
            @($watch | Receive-Job -Keep).Count -gt 0
        }
        ($watch | Receive-Job -Keep)[0].Detail | Should -BeLike $Message
        $server | Stop-MailServer
        # It ends with the server. One that is removed while it does is at times disposed of twice.
        $watch | Wait-Job | Remove-Job
    }

    It 'refuses $using: of what is no variable' {
        { Start-MailServer -StorePath $store -Capture -SmtpPort 0 -OnMessage { $using:env:PATH } } | Should -Throw -ErrorId 'InvalidArgument,*' -ExpectedMessage '*-OnMessage*name a variable*'
        Get-MailServer | Should -BeNullOrEmpty
    }
}

Describe 'Over LMTP' {
    BeforeEach {
        Assert-Peer python3
        $store = New-TestFolder
        # One line for each recipient that is refused, at RCPT or after the message.
        $handOver = 'import smtplib, sys; c = smtplib.LMTP("127.0.0.1", int(sys.argv[1])); c.ehlo(); c.mail("bob@example.org"); ' +
            'taken = [to for to in sys.argv[3:] for said in [c.rcpt(to)] if said[0] == 250 or print(to, said[0], said[1].decode())]; ' +
            'c.putcmd("data"); c.getreply(); c.send(("Subject: %s\r\n\r\ntext\r\n.\r\n" % sys.argv[2]).encode()); ' +
            '[print(to, said[0], said[1].decode()) for to in taken for said in [c.getreply()] if said[0] != 250]; c.quit()'

        function HandOver([string] $Subject, [string[]] $To) { & python3 -c $handOver $server.LmtpPort $Subject @To }
    }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'hooks answer for recipients and messages, and Wait-MailMessage finds what came' {
        $server = Start-MailServer -StorePath $store -Capture -LmtpPort 0 -OnRecipient {
            if ($_.Recipient -like 'gone@*') { '550 5.1.1 Moved away' }
        } -OnMessage {
            if ($_.Subject -eq 'bad') { '554 5.6.0 Bad subject' }
        }
        HandOver good ann@example.com, gone@example.com | Should -Be 'gone@example.com 550 5.1.1 Moved away'
        $message = $server | Wait-MailMessage -To ann@example.com -TimeoutSeconds 5
        $message.Subject | Should -Be 'good'
        $message.Sender | Should -Be 'bob@example.org'
        HandOver bad ann@example.com, cat@example.com | Should -Be 'ann@example.com 554 5.6.0 Bad subject', 'cat@example.com 554 5.6.0 Bad subject'
        { $server | Wait-MailMessage -New -Subject bad -TimeoutSeconds 0 } | Should -Throw
    }

    It 'faults are for the recipients that they name' {
        $server = Start-MailServer -StorePath $store -Capture -LmtpPort 0
        $null = $server | Set-MailServerFault -Recipient 'ann@*' -Reply '451 4.3.0 Not now' -Count 1
        HandOver first ann@example.com, cat@example.com | Should -Be 'ann@example.com 451 4.3.0 Not now'
        ($server | Wait-MailMessage -Subject first -TimeoutSeconds 5).Recipient | Should -Be 'cat@example.com'
        HandOver second ann@example.com, cat@example.com | Should -BeNullOrEmpty
        ($server | Wait-MailMessage -Subject second -To ann@example.com -TimeoutSeconds 5).Subject | Should -Be 'second'
        ($server | Get-MailServerFault).Played | Should -Be 1
    }
}

Describe 'The metrics port of Start-MailServer' {
    It 'serves what Prometheus reads' {
        $store = New-TestFolder
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -MetricsPort 0
        try {
            $null = Send
            Invoke-RestMethod "http://127.0.0.1:$($server.MetricsPort)/metrics" | Should -Match '(?m)^mail_server_messages_total\{network_protocol_name="smtp"\} 1$'
            (Get-MailServer $server.Id).MetricsPort | Should -Be $server.MetricsPort
        }
        finally {
            $server | Stop-MailServer
            Remove-TestFolder $store
        }
    }
}
