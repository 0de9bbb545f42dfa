# Get-Pop3Message in real PowerShell, against the module's own server.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Pop3Port 0 -Pop3TlsPort 0 -ImapPort 0
    $password = ConvertTo-SecureString 'summersun' -AsPlainText -Force
}

AfterAll {
    $server | Stop-MailServer
    Remove-TestFolder $store
}

Describe 'Get-Pop3Message' {
    BeforeEach {
        # A mailbox of its own for each test, with three messages.
        $address = "$([guid]::NewGuid().ToString('n'))@example.com"
        $credential = [pscredential]::new($address, $password)
        1..3 | ForEach-Object { $null = $server | Send-RawSmtp -From a@example.org -To $address -Body "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>`nSubject: number $_`nDate: Tue, 15 Jan 2008 16:02:43 -0500`nMessage-ID: <$_@example.org>`n`nbody $_" }
        $login = @{ Credential = $credential; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
    }

    It 'reads messages from a server that is found by property names, with STLS' {
        $messages = @($server | Get-Pop3Message @login)
        $messages | Should -HaveCount 3
        $messages[0] | Should -BeOfType MailOps.Client.Mailboxes.Pop3Message
        $messages.Number | Should -Be (1..3)
        $messages.Subject | Should -Be ('number 1', 'number 2', 'number 3')
        $messages[0].From | Should -BeLike '*Jürgen*'
        $messages[0].Date | Should -Be ([DateTimeOffset]'2008-01-15T16:02:43-05:00')
        $messages[0].MessageId | Should -Be '1@example.org'
        $messages[0].Size | Should -Be $messages[0].Raw.Length
        $messages.Uidl | Select-Object -Unique | Should -HaveCount 3
        $messages[2].Message.GetType().FullName | Should -Be 'MimeKit.MimeMessage'
        $messages[2].Message.TextBody.Trim() | Should -Be 'body 3'
    }

    It 'reads over <Tls>' -ForEach @(@{ Tls = 'None' }, @{ Tls = 'StartTls' }, @{ Tls = 'Implicit' }) {
        $port = $Tls -eq 'Implicit' ? $server.Pop3TlsPort : $server.Pop3Port
        Get-Pop3Message $server.Server -Port $port -Tls $Tls @login | Should -HaveCount 3
    }

    It 'warns of a certificate that it does not check' {
        $arguments = $login + @{}
        $arguments.Remove('WarningAction')
        $null = $server | Get-Pop3Message @arguments -First 1 -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings[0].Message | Should -BeLike '*is not trusted: *'
    }

    It 'stops at a certificate that is not trusted, with the reason and the way out' {
        $server | Get-Pop3Message -Credential $credential -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures[0].FullyQualifiedErrorId | Should -Be 'CertificateNotTrusted,MailOps.Cmdlets.Pop3.GetPop3MessageCommand'
        $failures[0].Exception.Message | Should -BeLike '*self-signed*skip the certificate check*'
        $failures[0].TargetObject | Should -BeLike "$address at *"
    }

    It 'has a stable id for a server that is not there' {
        Get-Pop3Message 127.0.0.1 -Port 1 -Credential $credential -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -Be 'ConnectionFailed,MailOps.Cmdlets.Pop3.GetPop3MessageCommand'
    }

    It 'selects by unique id' {
        $uidl = ($server | Get-Pop3Message @login)[1].Uidl
        ($server | Get-Pop3Message @login -Uidl $uidl, 'no-such-id').Subject | Should -Be 'number 2'
    }

    It 'reads headers alone' {
        $message = $server | Get-Pop3Message @login -HeadersOnly -First 1
        $message.Subject | Should -Be 'number 1'
        $message.Raw | Should -BeNullOrEmpty
        $message.Size | Should -BeGreaterThan 100
    }

    It 'reads the first ones' {
        ($server | Get-Pop3Message @login -First 2).Number | Should -Be (1, 2)
    }

    It 'streams: the first is there before the last is read' {
        $server | Get-Pop3Message @login | Select-Object -First 1 | ForEach-Object Number | Should -Be 1
    }

    It 'deletes what was written, at the end' {
        $server | Get-Pop3Message @login -Delete -First 2 | Should -HaveCount 2
        ($server | Get-Pop3Message @login).Subject | Should -Be 'number 3'
    }

    It 'deletes nothing when the pipeline has enough early' {
        $server | Get-Pop3Message @login -Delete | Select-Object -First 1 | Should -HaveCount 1
        $server | Get-Pop3Message @login | Should -HaveCount 3
    }

    It 'deletes nothing when a command further down fails, even on the last message' {
        { $server | Get-Pop3Message @login -Delete | ForEach-Object { if ($_.Number -eq 3) { throw 'disk full' } } } | Should -Throw 'disk full'
        $server | Get-Pop3Message @login | Should -HaveCount 3
    }

    It 'deletes nothing under -WhatIf, and reads all the same' {
        $server | Get-Pop3Message @login -Delete -WhatIf | Should -HaveCount 3
        $server | Get-Pop3Message @login | Should -HaveCount 3
    }

    It 'survives Export-Clixml' {
        $path = Join-Path $TestDrive messages.xml
        $server | Get-Pop3Message @login | Export-Clixml $path
        $copy = Import-Clixml $path
        $copy.Subject | Should -Be ('number 1', 'number 2', 'number 3')
        , $copy[0].Raw | Should -BeOfType byte[]
        $copy[0].Date.UtcDateTime | Should -Be ([datetime]'2008-01-15T21:02:43')
        $copy[0].Headers.Name | Should -Contain 'Subject'
    }

    It 'goes into a file as its octets and fields, not as a parsed tree' {
        $null = $server | Send-RawSmtp -From a@example.org -To $address -Body ("Subject: big`n`n" + 'text ' * 20000)
        foreach ($message in ($server | Get-Pop3Message @login)[3], ($server | Get-ImapMessage -Credential $credential -Tls None -Body)[3]) {
            $path = Join-Path $TestDrive big.xml
            $message | Export-Clixml $path
            # Base64 takes a third more, the header's fields a little.
            (Get-Item $path).Length | Should -BeLessThan ($message.Size * 1.5)
            $copy = Import-Clixml $path
            $copy.PSObject.Properties.Name | Should -Not -Contain 'Message'
            $copy.Raw.Length | Should -Be $message.Size
        }
    }

    It 'has a list that leaves out what is not for the eye, and a date in the table of one from a file' {
        $message = $server | Get-Pop3Message @login -First 1
        $message | Format-List | Out-String | Should -Not -Match 'Message  *:|Raw  *:'
        $message | Export-Clixml (Join-Path $TestDrive one.xml)
        Import-Clixml (Join-Path $TestDrive one.xml) | Out-String -Width 120 | Should -Match '2008-01-15 16:02'
    }

    It 'shows a table of at most 120 columns with sizes for people' {
        $lines = ($server | Get-Pop3Message @login | Out-String -Width 120) -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
        $lines -match 'Number.*Size.*From.*Subject' | Should -HaveCount 1
        $lines -match 'number 2' | Should -HaveCount 1
        $lines -match '\d+ B' | Should -HaveCount 3
    }
}
