# Send-RawSmtp in real PowerShell, against the module's own server.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -SubmissionTlsPort 0 -Pop3Port 0
    $john = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'summersun' -AsPlainText -Force))

    function Read-Mailbox([string] $Address) {
        $credential = [pscredential]::new($Address, (ConvertTo-SecureString 'any' -AsPlainText -Force))
        @($server | Get-Pop3Message -Credential $credential -Tls None)
    }
}

AfterAll {
    $server | Stop-MailServer
    Remove-TestFolder $store
}

Describe 'Send-RawSmtp' {
    It 'sends to a server from Start-MailServer, found by property names, and says what came of it' {
        $result = $server | Send-RawSmtp -From a@example.org -To one@example.com, two@example.com -Body "Subject: hi`n`nbody"
        $result | Should -HaveCount 1
        $result | Should -BeOfType MailOps.Client.Sessions.SmtpSendResult
        $result.Accepted | Should -BeTrue
        $result.RefusedAt | Should -BeNullOrEmpty
        $result.Port | Should -Be $server.SmtpPort
        $result.Recipients.Address | Should -Be ('one@example.com', 'two@example.com')
        $result.Recipients.Accepted | Should -Be ($true, $true)
        $result.Elapsed | Should -BeOfType timespan
        (Read-Mailbox one@example.com).Subject | Should -Be 'hi'
        (Read-Mailbox two@example.com).Subject | Should -Be 'hi'
    }

    It 'gives a transcript that is typed and reads like swaks' {
        $transcript = ($server | Send-RawSmtp -From a@example.org -To b@example.com -Body 'hi' -Ehlo client.example.org).Transcript
        $transcript[0].Direction | Should -Be 'Event'
        $transcript[0].Time | Should -BeOfType DateTimeOffset
        $sent = $transcript | Where-Object Direction -EQ Sent | ForEach-Object ToString
        $sent | Should -Be (' -> EHLO client.example.org', ' -> MAIL FROM:<a@example.org>', ' -> RCPT TO:<b@example.com>', ' -> DATA', " -> hi`n -> .", ' -> QUIT')
        ($transcript | Where-Object Text -EQ 'EHLO client.example.org').Bytes | Should -Be 25
    }

    It 'sends the Yale session of 2008 as it is written' {
        $result = $server | Send-RawSmtp -UseHelo -Ehlo client.example.edu -LiteralMailCommand 'MAIL FROM: <spoof@cs.yale.edu>' -LiteralRcptCommand 'RCPT TO: <reader@cs.yale.edu>' -Body "one`ntwo`n!"
        $result.Accepted | Should -BeTrue
        $result.Sender | Should -Be 'spoof@cs.yale.edu'
        $result.Transcript.Text | Should -Contain 'HELO client.example.edu'
        $result.Transcript.Text | Should -Contain 'MAIL FROM: <spoof@cs.yale.edu>'
        $result.Capabilities | Should -BeNullOrEmpty
    }

    It 'takes the message as <Kind>' -ForEach @(
        @{ Kind = 'text'; Body = { "Subject: kind`n`n.dot" } }
        @{ Kind = 'lines'; Body = { 'Subject: kind', '', '.dot' } }
        @{ Kind = 'bytes'; Body = { , [Text.Encoding]::ASCII.GetBytes("Subject: kind`r`n`r`n.dot`r`n") } }
        @{ Kind = 'a stream'; Body = { [IO.MemoryStream]::new([Text.Encoding]::ASCII.GetBytes("Subject: kind`n`n.dot")) } }
    ) {
        $address = "$([guid]::NewGuid().ToString('n'))@example.com"
        ($server | Send-RawSmtp -From a@example.org -To $address -Body (& $Body)).Accepted | Should -BeTrue
        $message = Read-Mailbox $address
        $message.Subject | Should -Be 'kind'
        [Text.Encoding]::ASCII.GetString($message.Raw) | Should -BeLike "*`r`n`r`n.dot`r`n"
    }

    It 'takes files from Get-ChildItem' {
        'x', 'y' | ForEach-Object { Set-Content (Join-Path $TestDrive "$_.eml") "Subject: $_`n`nbody" }
        Get-ChildItem (Join-Path $TestDrive *.eml) | Send-RawSmtp -Server $server.Server -Port $server.SmtpPort -From a@example.org -To files@example.com | Should -HaveCount 2
        (Read-Mailbox files@example.com).Subject | Should -Be ('x', 'y')
    }

    It 'takes messages and MimeMessages that were read, and sends them as they are' {
        $null = $server | Send-RawSmtp -From a@example.org -To first@example.com -Body "Subject: again`n`nbody"
        $message = Read-Mailbox first@example.com
        ($message | Send-RawSmtp -Server $server.Server -Port $server.SmtpPort -From a@example.org -To second@example.com).Accepted | Should -BeTrue
        ($message.Message | Send-RawSmtp -Server $server.Server -Port $server.SmtpPort -From a@example.org -To second@example.com).Accepted | Should -BeTrue
        (Read-Mailbox second@example.com).Subject | Should -Be ('again', 'again')
    }

    It 'makes a header where a subject or fields are given' {
        $null = $server | Send-RawSmtp -From a@example.org -To header@example.com -Subject 'Grüße' -Header @{ 'X-Test' = '1' } -Body 'straße'
        $message = Read-Mailbox header@example.com
        $message.Subject | Should -Be 'Grüße'
        $message.From | Should -Be 'a@example.org'
        ($message.Headers | Where-Object Name -EQ X-Test).Value | Should -Be 1
        $message.Message.TextBody.Trim() | Should -Be 'straße'
    }

    It 'sends extra commands and octets where they are put' {
        $result = $server | Send-RawSmtp -From a@example.org -To b@example.com -Body 'x' -ExtraCommand @{ AfterEhlo = 'NOOP'; AfterMail = 'VRFY x', 'NOOP'; BeforeData = [byte[]](78, 79, 79, 80, 13, 10) }
        $result.Accepted | Should -BeTrue
        ($result.Transcript | Where-Object Direction -EQ Sent).Text[1..6] | Should -Be ('NOOP', 'MAIL FROM:<a@example.org>', 'VRFY x', 'NOOP', 'RCPT TO:<b@example.com>', 'NOOP')
    }

    It 'refuses extra commands for a place that does not exist, and names those that do' {
        { $server | Send-RawSmtp -From a@example.org -To b@example.com -Body 'x' -ExtraCommand @{ AfterLunch = 'NOOP' } -ErrorAction Stop } |
            Should -Throw "*'AfterLunch' was not found*AfterEhlo*"
    }

    It 'completes <What>' -ForEach @(
        @{ What = 'the places of extra commands'; Line = 'Send-RawSmtp x -ExtraCommand @{ BeforeD'; Expected = 'BeforeData' }
        @{ What = 'a hashtable'; Line = 'Send-RawSmtp x -ExtraCommand AfterEh'; Expected = "@{ AfterEhlo = '' }" }
        @{ What = 'mechanisms'; Line = 'Send-RawSmtp x -AuthMechanism Pl'; Expected = 'PLAIN' }
        @{ What = 'ways to secure'; Line = 'Send-RawSmtp x -Tls Imp'; Expected = 'Implicit' }
    ) {
        (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText | Should -Be $Expected
    }

    It 'gives a refusal as a result: <Name>' -ForEach @(
        @{ Name = 'sender'; Parameters = @{ LiteralMailCommand = 'MAIL FROM:nonsense' }; At = 'Mail' }
        @{ Name = 'all recipients'; Parameters = @{ From = 'a@example.org'; LiteralRcptCommand = 'RCPT TO:nonsense'; To = @() }; At = 'Rcpt' }
    ) {
        $arguments = @{ To = 'b@example.com' } + @{}
        foreach ($key in $Parameters.Keys) { $arguments[$key] = $Parameters[$key] }
        if ($arguments.To.Count -eq 0) { $arguments.Remove('To') }
        $result = $server | Send-RawSmtp @arguments -Body 'x' -ErrorVariable failures
        $failures | Should -BeNullOrEmpty
        $result.Accepted | Should -BeFalse
        $result.RefusedAt | Should -Be $At
        $result.Code | Should -BeIn (500..559)
        $result.Transcript[-1].Text | Should -BeLike '221*'
    }

    It 'secures with <Tls> and warns of what it does not check' -ForEach @(@{ Tls = 'StartTls' }, @{ Tls = 'Implicit' }) {
        $port = $Tls -eq 'Implicit' ? $server.SubmissionTlsPort : $server.SmtpPort
        $result = Send-RawSmtp $server.Server -Port $port -Tls $Tls -SkipCertificateCheck -Credential $john -From john@example.com -To b@example.com -Body 'x' -WarningVariable warnings -WarningAction SilentlyContinue
        $result.Accepted | Should -BeTrue
        $result.Tls.Version | Should -Be 'TLSv1.3'
        $result.AuthMechanism | Should -Not -BeNullOrEmpty
        $warnings | Should -HaveCount 1
        $warnings[0].Message | Should -BeLike '*not trusted: *'
        "$($result.Transcript)" | Should -Not -BeLike '*summersun*'
    }

    It 'stops at a certificate that is not trusted, with the reason, the way out and the transcript' {
        $result = $server | Send-RawSmtp -Tls StartTls -From a@example.org -To b@example.com -Body 'x' -ErrorVariable failures -ErrorAction SilentlyContinue
        $result | Should -BeNullOrEmpty
        $failures[0].FullyQualifiedErrorId | Should -Be 'CertificateNotTrusted,MailOps.Cmdlets.Smtp.SendRawSmtpCommand'
        $failures[0].CategoryInfo.Category | Should -Be 'SecurityError'
        $failures[0].Exception.Message | Should -BeLike '*self-signed*skip the certificate check*'
        $failures[0].TargetObject | Should -BeOfType MailOps.Client.Sessions.SmtpSendResult
        $failures[0].TargetObject.Transcript.Text | Should -Contain 'STARTTLS'
    }

    It 'has a stable id for <Id>' -ForEach @(
        @{ Id = 'ConnectionFailed'; Parameters = { @{ Server = '127.0.0.1'; Port = 1 } } }
        @{ Id = 'HostNotFound'; Parameters = { @{ Server = 'no-such-host.invalid' } } }
        @{ Id = 'TlsHandshakeFailed'; Parameters = { @{ Server = $server.Server; Port = $server.SmtpPort; Tls = 'Implicit'; SkipCertificateCheck = $true } } }
        @{ Id = 'AuthenticationNotOffered'; Parameters = { @{ Server = $server.Server; Port = $server.SmtpPort; Credential = $john; AuthMechanism = 'GSSAPI' } } }
        @{ Id = 'ProtocolFailed'; Parameters = { @{ Server = $server.Server; Port = $server.Pop3Port } } }
    ) {
        $arguments = & $Parameters
        Send-RawSmtp @arguments -From a@example.org -To b@example.com -Body 'x' -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures[0].FullyQualifiedErrorId | Should -Be "$Id,MailOps.Cmdlets.Smtp.SendRawSmtpCommand"
    }

    It 'needs a sender and a recipient' {
        { $server | Send-RawSmtp -To b@example.com -Body 'x' } | Should -Throw -ErrorId 'SenderMissing,MailOps.Cmdlets.Smtp.SendRawSmtpCommand'
        { $server | Send-RawSmtp -From a@example.org -Body 'x' } | Should -Throw -ErrorId 'RecipientMissing,MailOps.Cmdlets.Smtp.SendRawSmtpCommand'
    }

    It 'lets no command be smuggled in an address' {
        $server | Send-RawSmtp -From "a@example.org>`r`nRCPT TO:<x@example.com" -To b@example.com -Body 'x' -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -Be 'InvalidArgument,MailOps.Cmdlets.Smtp.SendRawSmtpCommand'
    }

    It 'sends nothing under -WhatIf' {
        $server | Send-RawSmtp -From a@example.org -To whatif@example.com -Body 'x' -WhatIf | Should -BeNullOrEmpty
        Read-Mailbox whatif@example.com | Should -BeNullOrEmpty
    }

    It 'survives Export-Clixml' {
        $path = Join-Path $TestDrive result.xml
        $server | Send-RawSmtp -From a@example.org -To b@example.com -Body 'x' | Export-Clixml $path
        $copy = Import-Clixml $path
        $copy.Accepted | Should -BeTrue
        $copy.Recipients[0].Address | Should -Be 'b@example.com'
        $copy.Transcript[1].Elapsed | Should -BeOfType timespan
        $copy.Transcript[1].Bytes | Should -BeGreaterThan 10
        "$($copy.Transcript[-1])" | Should -BeLike '<-  221*'
    }

    It 'shows its result and its transcript as tables of at most 120 columns' {
        $result = $server | Send-RawSmtp -From a@example.org -To b@example.com -Body 'x'
        foreach ($object in $result, $result.Transcript, $result.Recipients) {
            $lines = ($object | Out-String -Width 120) -split '\r?\n'
            ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
            @($lines | Where-Object { $_ }).Count | Should -BeGreaterThan 2 -Because 'there is a heading, a rule and a row'
        }
        ($result | Out-String) | Should -Match 'Server\s+Port\s+Accepted'
        ($result.Transcript | Out-String) | Should -Match 'Sent .*MAIL FROM:<a@example\.org>'
    }
}
