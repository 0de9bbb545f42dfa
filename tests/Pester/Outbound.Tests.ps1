# Mail for other servers in real PowerShell.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
}

Describe 'Start-MailServer -Outbound' {
    BeforeAll {
        $script:store = New-TestFolder
        $script:next = Start-MailServer -StorePath ($script:nextStore = New-TestFolder) -Capture -SmtpPort 0
        $script:password = ConvertTo-SecureString 'secret' -AsPlainText -Force
        $script:ann = [pscredential]::new('ann@example.com', $password)
        New-MailAccount -StorePath $store -Credential $ann | Out-Null
        $script:server = Start-MailServer -StorePath $store -HostName mail.example.com -Domain example.com -SmtpPort 0 -SubmissionPort 0 `
            -Outbound -SmartHost '[127.0.0.1]:9' -Route @{ 'b.example' = "[127.0.0.1]:$($next.SmtpPort)" }
    }
    AfterAll {
        $server, $next | Stop-MailServer
        Remove-TestFolder $store
        Remove-TestFolder $nextStore
    }

    It 'sends what a user submits to the next server, over TLS' {
        $sent = Send-RawSmtp -Server 127.0.0.1 -Port $server.SubmissionPort -Tls StartTls -SkipCertificateCheck -Credential $ann -From ann@example.com -To bob@b.example -Subject 'to the world' -Body 'hello'
        $sent.Accepted | Should -BeTrue
        $message = Wait-MailMessage -Id $next.Id -To bob@b.example -TimeoutSeconds 20
        $message.Subject | Should -Be 'to the world'
        $message.Sender | Should -Be 'ann@example.com'
        $message.Headers | Where-Object Name -EQ Received | Should -HaveCount 2
        ($message.Headers | Where-Object Name -EQ Received)[0].Value | Should -BeLike '*ESMTPS*'
    }

    It 'refuses the same on port 25' {
        $sent = Send-RawSmtp -Server 127.0.0.1 -Port $server.SmtpPort -From ann@example.com -To bob@b.example -Subject x -Body x
        $sent.Accepted | Should -BeFalse
        "$($sent.Recipients[0])" | Should -BeLike 'bob@b.example: 550 5.7.1*relaying denied*'
    }

    It 'sends mail for an alias on to another server and into a mailbox here' {
        New-MailAlias sales@example.com $store -Target ann@example.com, joe@b.example -AllowExternal -WarningAction SilentlyContinue | Out-Null
        $sent = Send-RawSmtp -Server 127.0.0.1 -Port $server.SmtpPort -From eve@far.example -To sales@example.com -Subject 'an offer' -Body 'hello'
        $sent.Accepted | Should -BeTrue
        $message = Wait-MailMessage -Id $next.Id -To joe@b.example -TimeoutSeconds 20
        $message.Subject | Should -Be 'an offer'
        ($message.Headers | Where-Object Name -EQ Delivered-To).Value | Should -Contain 'sales@example.com'
        @(Get-ChildItem "$store/mail/example.com/ann/new").Count | Should -Be 1
        $expanded = Get-MailTrackingLog -StorePath $store -EventId EXPAND
        $expanded.Reference | Should -Be 'sales@example.com'
        $expanded.Recipients | Should -Be 'ann@example.com', 'joe@b.example'
    }

    It 'gives it a return path of its own and sends a report to that on to the sender' {
        $message = Wait-MailMessage -Id $next.Id -To joe@b.example -TimeoutSeconds 20
        $message.Sender | Should -Match '^SRS0=[A-Za-z0-9+/]{4}=[A-Z2-7]{2}=far\.example=eve@example\.com$'
        $steps = Test-MailRoute $message.Sender -ServerId $server.Id
        ($steps | Where-Object Step -EQ ReturnPath).Target | Should -Be 'eve@far.example'
        $refused = Send-RawSmtp -Server 127.0.0.1 -Port $server.SmtpPort -From eve@far.example -To $message.Sender -Subject x -Body x
        "$($refused.Recipients[0])" | Should -BeLike '*550 5.7.1*takes reports alone*'
        ((Get-Item "$store/srs").UnixFileMode -band ([IO.UnixFileMode]'GroupRead, OtherRead')) | Should -Be 0
    }

    It 'shows the way of an alias to its targets' {
        $steps = Test-MailRoute sales@example.com -ServerId $server.Id
        ($steps | Where-Object Step -EQ Forward).Target | Should -Be 'joe@b.example'
        ($steps | Where-Object Step -EQ Host).Host | Should -Be '127.0.0.1'
        $steps[-1].Verdict | Should -Be 'Sent'
        $steps[-1].Detail | Should -BeLike 'Sent: into the mailbox of ann@example.com; joe@b.example to 127.0.0.1*'
    }

    It 'keeps what cannot be delivered in a folder that explains itself' {
        Send-RawSmtp -Server 127.0.0.1 -Port $server.SubmissionPort -Tls StartTls -SkipCertificateCheck -Credential $ann -From ann@example.com -To carl@dead.example -Subject waits -Body x | Out-Null
        $file = Get-ChildItem "$store/queue/?/*" -File
        $file | Should -HaveCount 1
        $file.Name | Should -Match '^[0-9A-Z]{13},D=\d{8}T\d{6}Z,S=\d+,P=0,N=dead\.example$'
        Get-Content $file -Raw | Should -BeLike '*Subject: waits*-- MailOps queue entry 1*"sender":"ann@example.com"*"address":"carl@dead.example"*'
    }

    It 'says what is wrong: <Name>' -TestCases @(
        @{ Name = 'a smart host without -Outbound'; Given = @{ SmartHost = '[a]' }; Message = '-SmartHost says how mail goes to other servers, and none does: add -Outbound.' }
        @{ Name = 'limits without -Outbound'; Given = @{ DestinationLimit = @{ '*' = @{ MaxConnections = 1 } } }; Message = '-DestinationLimit says how mail goes to other servers, and none does: add -Outbound.' }
        @{ Name = 'a limit that there is not'; Given = @{ Outbound = $true; DestinationLimit = @{ 'example.net' = @{ Speed = 1 } } }; Message = "-DestinationLimit: example.net: there is no limit 'Speed'. The limits are MaxConnections, MaxMessagesPerConnection, MaxMessagesPerMinute." }
        @{ Name = 'a limit of nothing'; Given = @{ Outbound = $true; DestinationLimit = @{ 'example.net' = @{ MaxMessagesPerMinute = 0 } } }; Message = "-DestinationLimit: example.net: MaxMessagesPerMinute is '0', and has to be a whole number from 1 to 100000." }
        @{ Name = 'a limit that is no table'; Given = @{ Outbound = $true; DestinationLimit = @{ 'example.net' = 5 } }; Message = '-DestinationLimit: example.net has no limit.*' }
        @{ Name = 'a limit of what is no destination'; Given = @{ Outbound = $true; DestinationLimit = @{ 'no domain' = @{ MaxConnections = 1 } } }; Message = "-DestinationLimit: 'no domain' is no destination.*" }
        @{ Name = 'held mail without -Outbound'; Given = @{ MaxFutureRelease = [timespan]::FromDays(1) }; Message = '-MaxFutureRelease says how mail goes to other servers, and none does: add -Outbound.' }
        @{ Name = 'mail held for too long'; Given = @{ Outbound = $true; MaxFutureRelease = [timespan]::FromDays(400) }; Message = 'Mail may be held for 400.00:00:00, and that is not a time from nothing to 366 days. Give nothing to hold none.' }
        @{ Name = 'an address without brackets'; Given = @{ Outbound = $true; SmartHost = '192.0.2.1' }; Message = "-SmartHost: '192.0.2.1' is an address: write it in brackets, ``[192.0.2.1``]." }
        @{ Name = 'a route for what is no domain'; Given = @{ Outbound = $true; Route = @{ 'no domain' = '[a]' } }; Message = "-Route: 'no domain' is no domain. Write it as in example.net, or .example.net for all domains below it." }
    ) {
        { Start-MailServer -StorePath (Join-Path $TestDrive 'other') -SubmissionPort 0 @Given -ErrorAction Stop } | Should -Throw $Message
    }

    It 'finds aliases that lead elsewhere where nothing is sent there' {
        $file = Join-Path $TestDrive 'server.psd1'
        Set-Content $file "@{ StorePath = '$store'; HostName = 'mail.example.com'; Domains = 'example.com'; Listeners = @{ Protocol = 'Submission'; Port = 0 } }"
        $finding = (Test-MailServerConfiguration $file).Findings | Where-Object Check -EQ Forwarding
        "$($finding.Status)" | Should -Be Warning
        $finding.Message | Should -BeLike 'sales@example.com leads to other servers, and this one sends nothing there*'
    }

    It 'finds a mistake in the words of reports, with its line' {
        $file = Join-Path $TestDrive 'server.psd1'
        Set-Content $file "@{ StorePath = '$store'; HostName = 'mail.example.com'; Domains = 'example.com'; Listeners = @{ Protocol = 'Submission'; Port = 0 } }"
        $words = (New-Item (Join-Path $store templates delay.de.txt) -Force -Value "Subject: Noch nicht`n`n{recipients}`n{untill}`n").FullName
        try {
            $finding = (Test-MailServerConfiguration $file).Findings | Where-Object Check -EQ Templates
            "$($finding.Status)" | Should -Be Warning
            $finding.Message | Should -BeLike 'delay.de.txt is not used for reports: in line 4 there is no placeholder {untill}.*'
            $finding.Evidence | Should -Be "${words}:4"
        }
        finally { Remove-Item $words }
    }

    It 'is told apart by a configuration: <Name>' -TestCases @(
        @{ Name = 'capturing'; Text = "Capture = `$true; Outbound = @{ Enabled = `$true }"; Status = 'Warning'; Message = '*sends nothing*' }
        @{ Name = 'anybody as anybody'; Text = "SenderCheck = 'None'; Outbound = @{ Enabled = `$true }"; Status = 'Fail'; Message = '*whole world as anybody*' }
        @{ Name = 'everybody relays'; Text = "Outbound = @{ Enabled = `$true; RelayFrom = '0.0.0.0/0' }"; Status = 'Fail'; Message = 'Everybody may send to the whole world*' }
        @{ Name = 'an hour'; Text = "Outbound = @{ Enabled = `$true; Lifetime = '1h' }"; Status = 'Warning'; Message = '*down for a weekend*' }
        @{ Name = 'well'; Text = "Outbound = @{ Enabled = `$true }"; Status = 'Pass'; Message = '*' }
    ) {
        $file = Join-Path $TestDrive 'server.psd1'
        Set-Content $file "@{ StorePath = 'configured'; HostName = 'mail.example.com'; Domains = 'example.com'; Listeners = @{ Protocol = 'Submission'; Port = 0 }; $Text }"
        $finding = (Test-MailServerConfiguration $file).Findings | Where-Object Check -EQ Outbound
        "$($finding.Status)" | Should -Be $Status
        $finding.Message | Should -BeLike $Message
    }
}

Describe 'The queue of mail for other servers' {
    BeforeAll {
        $script:store = New-TestFolder
        $script:ann = [pscredential]::new('ann@example.com', (ConvertTo-SecureString 'secret' -AsPlainText -Force))
        New-MailAccount -StorePath $store -Credential $ann | Out-Null
        $script:server = Start-MailServer -StorePath $store -HostName mail.example.com -Domain example.com -SubmissionPort 0 -AllowPlaintextLogin `
            -Outbound -Route @{ '.example' = '[127.0.0.1]:9'; 'other.example' = '[127.0.0.1]:10' }

        function Send-Test([string[]] $To, [string] $Subject) {
            Send-RawSmtp -Server 127.0.0.1 -Port $server.SubmissionPort -Credential $ann -From ann@example.com -To $To -Subject $Subject -Body x | Out-Null
        }
        function Wait-Queue([int] $Count) {
            foreach ($i in 1..200) {
                $queue = @(Get-MailQueue)
                if ($queue.Count -eq $Count -and -not ($queue | Where-Object Status -NE Retry)) { return }
                Start-Sleep -Milliseconds 50
            }
            throw "Never came: $($queue | Out-String)"
        }
        Send-Test 'bob@b.example', 'carl@c.example' 'two here'
        Send-Test 'dora@other.example' 'one there'
        Wait-Queue 2
    }
    AfterAll {
        $server | Stop-MailServer
        Remove-TestFolder $store
    }

    It 'is listed by destination' {
        $queue = Get-MailQueue | Sort-Object NextHopDomain
        $queue.NextHopDomain | Should -Be '[127.0.0.1]:10', '[127.0.0.1]:9'
        $queue.MessageCount | Should -Be 1, 1
        $queue[0].Identity | Should -Be "$($server.Id)\[127.0.0.1]:10"
        $queue[0].LastError | Should -BeLike '451 4.4.1 127.0.0.1 did not accept a connection on port 10*'
        $queue[0].NextRetryTime | Should -BeGreaterThan ([DateTimeOffset]::Now)
        (Get-MailQueue -NextHopDomain '[127.0.0.1]:9').MessageCount | Should -Be 1
        ($queue | Out-String -Width 120).Split("`n") | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 120 }
    }

    It 'is listed by message' {
        $messages = Get-MailQueueMessage
        $messages.Subject | Should -Be 'two here', 'one there'
        $messages[0].Recipient | Should -Be 'bob@b.example', 'carl@c.example'
        $messages[0].FromAddress | Should -Be 'ann@example.com'
        $messages[0].Login | Should -Be 'ann@example.com'
        $messages[0].SourceIP | Should -Be '127.0.0.1'
        $messages[0].InternetMessageId | Should -BeLike '<*>'
        $messages.Status | Should -Be 'Retry', 'Retry'
        (Get-MailQueueMessage -Recipient 'dora@*').Subject | Should -Be 'one there'
        (Get-MailQueueMessage -Sender 'eve@*') | Should -BeNullOrEmpty
        (Get-MailQueue -NextHopDomain '*:10' | Get-MailQueueMessage).Subject | Should -Be 'one there'
        (Get-MailQueueMessage -Id $messages[1].Id.ToLower()).Subject | Should -Be 'one there'
        ($messages | Out-String -Width 120).Split("`n") | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 120 }
    }

    It 'holds messages and lets them go on' {
        $message = Get-MailQueueMessage -Recipient 'dora@*'
        $message | Suspend-MailQueueMessage -WhatIf
        (Get-MailQueueMessage -Id $message.Id).Status | Should -Be 'Retry'
        $message | Suspend-MailQueueMessage
        (Get-MailQueueMessage -Id $message.Id).Status | Should -Be 'Suspended'
        (Get-MailQueue -NextHopDomain '*:10').Status | Should -Be 'Suspended'
        $message | Resume-MailQueueMessage
        (Get-MailQueueMessage -Id $message.Id).Status | Should -Be 'Retry'
    }

    It 'says of a message before when it may not leave, and by when it is to be there' {
        Send-RawSmtp -Server 127.0.0.1 -Port $server.SubmissionPort -Credential $ann -From ann@example.com -To eric@b.example -Subject 'later' -Body x -MailParameter 'HOLDFOR=3600', 'BY=7200;R' | Out-Null
        $message = Get-MailQueueMessage -Recipient 'eric@*'
        $message.Status | Should -Be 'Scheduled'
        $message.ReleaseTime | Should -BeGreaterThan ([DateTimeOffset]::Now.AddMinutes(50))
        $message.DeliverBy | Should -BeGreaterThan $message.ReleaseTime
        $message.DeliverByMode | Should -Be 'Return'
        $message | Remove-MailQueueMessage -Confirm:$false
    }

    It 'gives a message back to its sender, or throws it away' {
        Get-MailQueueMessage -Recipient 'dora@*' | Remove-MailQueueMessage -WithNdr -Confirm:$false
        Get-MailQueueMessage -Recipient 'dora@*' | Should -BeNullOrEmpty
        $report = Get-ChildItem "$store/mail/example.com/ann/new" -File | Get-Content -Raw
        $report | Should -BeLike '*Subject: Undelivered Mail Returned to Sender*removed from the queue*'

        Get-MailQueueMessage | Remove-MailQueueMessage -Confirm:$false
        Get-MailQueue | Should -BeNullOrEmpty
        Get-ChildItem "$store/mail/example.com/ann/new" -File | Should -HaveCount 1
    }

    It 'says so where there is no such message' {
        { Remove-MailQueueMessage 01KBGTV3Z8QWE -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'MailQueueMessageNotFound*'
        { Get-MailQueueMessage -Id nonsense -ErrorAction Stop } | Should -Throw -ErrorId 'MailQueueMessageNotFound*'
        { Get-MailQueue -ServerId 4711 -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotFound*'
        { Get-MailQueue nosuch.example -ErrorAction Stop } | Should -Throw -ErrorId 'MailQueueNotFound*' -ExpectedMessage "There is no queue 'nosuch.example'*"
    }
}
