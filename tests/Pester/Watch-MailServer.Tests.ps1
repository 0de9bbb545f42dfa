# Watch-MailServer, Get-MailServerSession and Stop-MailServerSession in real PowerShell.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps

    # A watch in another thread of this process; it is listening when this returns.
    function Start-Watch([scriptblock] $Watch, $Argument) {
        $job = Start-ModuleJob $Watch $Argument
        Wait-Until { $job.State -ne 'NotStarted' }
        $job
    }

    function Connect-Client([int] $Port) {
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $Port)
        $reader = [IO.StreamReader]::new($client.GetStream())
        $null = $reader.ReadLine()
        [pscustomobject]@{ Client = $client; Reader = $reader }
    }
}

Describe 'Watch-MailServer' {
    BeforeEach {
        $store = New-TestFolder
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0
    }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'streams what happens until it has seen -Count events' {
        $job = Start-Watch { param($id) Watch-MailServer -Id $id -Kind Message -Count 2 } $server.Id
        # The watch may begin after the first: messages are sent until it has seen two.
        Wait-Until {
            $null = $server | Send-RawSmtp -From a@example.org -To b@example.com -Subject x
            $job.State -notin 'NotStarted', 'Running'
        }
        $events = @($job | Receive-EndedJob)
        $events | Should -HaveCount 2
        $events[0].PSTypeNames | Should -Contain 'MailOps.Server.Hosting.MailServerEvent'
        $events[0].Event | Should -Be 'MessageAccepted'
        $events[0].Sender | Should -Be 'a@example.org'
        $events[0].Recipient | Should -Be 'b@example.com'
        $events[0].ServerId | Should -Be $server.Id
        $events[0].Detail | Should -BeLike "$($events[0].MessageId) from <a@example.org> to <b@example.com>*"
    }

    It 'tells of every kind, each with what it knows' {
        $job = Start-Watch { param($id) Watch-MailServer -Id $id } $server.Id
        Wait-Until {
            $null = $server | Send-RawSmtp -From a@example.org -To b@example.com -Subject x
            $null = $server | Send-RawSmtp -From a@example.org -To 'b@elsewhere.example' -Subject x
            # Only counted: what another thread is writing cannot be copied meanwhile.
            $job.Output.Count -gt 20
        }
        $server | Stop-MailServer
        # One that removes itself while it ends is at times gone before it is removed.
        $events = @($job | Wait-Job | Receive-Job)
        $job | Remove-Job
        $events.Kind | Sort-Object -Unique | Should -Contain 'Connection'
        $events.Kind | Should -Contain 'Command'
        $events.Kind | Should -Contain 'Message'
        ($events | Where-Object Event -EQ CommandReceived)[0].Command | Should -Not -BeNullOrEmpty
        ($events | Where-Object Event -EQ ConnectionClosed)[0].Detail | Should -Be 'Completed'
    }

    It 'ends when its server has stopped' {
        $job = Start-Watch { param($id) Watch-MailServer -Id $id } $server.Id
        $server | Stop-MailServer
        $job | Wait-Job -Timeout 30 | Should -Not -BeNullOrEmpty
        $job | Remove-Job
    }

    It 'ends after -Duration' {
        Watch-MailServer -Kind Fault -Duration 00:00:00.2 | Should -BeNullOrEmpty
    }

    It 'is stopped from outside' {
        $job = Start-Watch { param($id) Watch-MailServer -Id $id -Kind Fault } $server.Id
        $job | Stop-Job
        $job.State | Should -Be 'Stopped'
        $job | Remove-Job
        # The server has not lost anything by it.
        ($server | Send-RawSmtp -From a@example.org -To b@example.com -Subject x).Accepted | Should -BeTrue
    }

    It 'survives Export-Clixml as plain properties' {
        $job = Start-Watch { param($id) Watch-MailServer -Id $id -Count 1 } $server.Id
        Wait-Until { (Connect-Client $server.SmtpPort).Client.Dispose(); $job.State -notin 'NotStarted', 'Running' }
        $file = Join-Path $store event.xml
        $job | Receive-EndedJob | Export-Clixml $file
        $again = Import-Clixml $file
        $again.Kind.ToString() | Should -Be 'Connection'
        $again.Remote | Should -BeLike '127.0.0.1:*'
    }

    It 'refuses a server that is not there, and a time that is none' {
        { Watch-MailServer -Id 99999 -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotFound,*'
        { Watch-MailServer -Duration 00:00:00 } | Should -Throw -ExpectedMessage '*is not a time that can be given here*'
        $server | Stop-MailServer
        { Watch-MailServer -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotFound,*' -ExpectedMessage '*Start-MailServer starts one.'
    }
}

Describe 'Get- and Stop-MailServerSession' {
    BeforeEach {
        $store = New-TestFolder
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Pop3Port 0 -ImapPort 0
    }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'lists sessions by server, protocol and account' {
        $smtp = Connect-Client $server.SmtpPort
        $imap = Connect-Client $server.ImapPort
        $writer = [IO.StreamWriter]::new($imap.Client.GetStream())
        $writer.Write("a LOGIN ann@example.com secret`r`n")
        $writer.Flush()
        $imap.Reader.ReadLine() | Should -BeLike 'a OK*'

        $server | Get-MailServerSession | Should -HaveCount 2
        (Get-MailServerSession).Protocol | Should -Be 'smtp', 'imap'
        $one = Get-MailServer | Get-MailServerSession -Account 'ann@*'
        $one.LastCommand | Should -Be 'LOGIN'
        $one.OctetsIn | Should -Be 32
        $one.Remote | Should -Be "127.0.0.1:$($imap.Client.Client.LocalEndPoint.Port)"
        (Get-MailServerSession -Protocol smtp).Account | Should -BeNullOrEmpty
        $smtp.Client.Dispose()
        $imap.Client.Dispose()
    }

    It 'ends sessions with a goodbye' {
        $smtp = Connect-Client $server.SmtpPort
        $pop3 = Connect-Client $server.Pop3Port
        $ended = Get-MailServerSession | Stop-MailServerSession -PassThru
        $ended | Should -HaveCount 2
        $smtp.Reader.ReadLine() | Should -BeLike '421 *'
        $pop3.Reader.ReadLine() | Should -BeLike '-ERR `[SYS/TEMP`]*'
        $smtp.Reader.ReadLine() | Should -BeNullOrEmpty
        Wait-Until { -not (Get-MailServerSession) }
    }

    It 'ends nothing with -WhatIf' {
        $smtp = Connect-Client $server.SmtpPort
        Get-MailServerSession | Stop-MailServerSession -WhatIf
        Get-MailServerSession | Should -HaveCount 1
        $smtp.Client.Dispose()
    }

    It 'says what is not there' {
        { Stop-MailServerSession nobody -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerSessionNotFound,*' -ExpectedMessage "*'nobody'*"
        { Stop-MailServerSession nobody -ServerId 99999 -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotFound,*'
        { Get-MailServerSession -ServerId 99999 -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotFound,*'
    }
}
