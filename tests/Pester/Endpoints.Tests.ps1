# A server from the pipeline: the client cmdlets find the endpoint that is meant for them, whichever are open.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $login = [pscredential]::new('ann@example.com', (ConvertTo-SecureString any -AsPlainText -Force))
    $reading = @{ Credential = $login; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
    $sending = $reading + @{ From = 'a@example.org'; To = 'ann@example.com'; Body = "Subject: endpoints`n`nx" }
}

Describe 'A server with endpoints under TLS alone' {
    BeforeAll {
        $store = New-TestFolder
        $server = Start-MailServer -StorePath $store -Capture -SubmissionTlsPort 0 -Pop3TlsPort 0 -ImapTlsPort 0
        $sent = $server | Send-RawSmtp @sending
    }

    AfterAll {
        $server | Stop-MailServer
        Remove-TestFolder $store
    }

    It 'is sent to under TLS' {
        $sent.Accepted | Should -BeTrue
        $sent.Port | Should -Be $server.SubmissionTlsPort
        $sent.Tls.Version | Should -BeLike 'TLSv1.*'
        "$($sent.Tls)" | Should -BeLike 'TLSv1.* with TLS_*'
    }

    It 'is read from under TLS, over POP3 and IMAP' {
        ($server | Get-Pop3Message @reading).Subject | Should -Be 'endpoints'
        ($server | Get-ImapMessage @reading).Subject | Should -Be 'endpoints'
    }

    It 'is read from when it comes back from a file' {
        $server | Export-Clixml (Join-Path $TestDrive server.xml)
        (Import-Clixml (Join-Path $TestDrive server.xml) | Get-ImapMessage @reading).Subject | Should -Be 'endpoints'
    }

    It 'is never asked at the standard port for what it does not have' {
        $server | Get-Pop3Message @reading -Tls StartTls -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'EndpointNotFound,*'
        $failures[0].Exception.Message | Should -BeLike "*does not listen for POP3 without TLS at the start; it has *Pop3 on port $($server.Pop3TlsPort) under TLS*"
    }

    It 'gives way to a port that is named' {
        $server | Get-ImapMessage @reading -Port 1 -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].TargetObject | Should -BeLike '*:1'
    }
}

Describe 'A server with both kinds of endpoints' {
    BeforeAll {
        $store = New-TestFolder
        $server = Start-MailServer -StorePath $store -Capture -SubmissionPort 0 -SubmissionTlsPort 0 -ImapPort 0 -ImapTlsPort 0
    }

    AfterAll {
        $server | Stop-MailServer
        Remove-TestFolder $store
    }

    It 'is submitted to with STARTTLS where it has no port for SMTP between servers' {
        $sent = $server | Send-RawSmtp @sending
        $sent.Port | Should -Be $server.SubmissionPort
        $sent.Tls.Version | Should -BeLike 'TLSv1.*'
    }

    It 'is reached as Tls asks: <Tls>' -ForEach @(@{ Tls = 'None'; Port = 'ImapPort' }, @{ Tls = 'StartTls'; Port = 'ImapPort' }, @{ Tls = 'Implicit'; Port = 'ImapTlsPort' }) {
        $server | Get-ImapMessage @reading -Tls $Tls -Folder none -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'FolderNotFound,*'
        $failures[0].TargetObject | Should -BeLike "*:$($server.$Port)"
    }
}

Describe 'Nothing from the pipeline' {
    It 'is an error that says so, by Test-MailTls' {
        $null | Test-MailTls -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'NoServer,*'
    }

    It 'is no message, by Send-RawSmtp' {
        $server = [pscustomobject]@{ Server = '127.0.0.1'; SmtpPort = 1; Endpoints = $null }
        { $server | Send-RawSmtp -From a@example.org -To b@example.com } | Should -Throw -ErrorId 'MessageMissing,*'
        { Send-RawSmtp 127.0.0.1 -Port 1 -From a@example.org -To b@example.com } | Should -Throw -ErrorId 'MessageMissing,*'
    }

    It 'is not missed in a server without endpoints' {
        [pscustomobject]@{ Server = '127.0.0.1'; Pop3Port = 1; Endpoints = $null } | Get-Pop3Message @reading -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'ConnectionFailed,*'
    }
}

Describe 'A port that is none' {
    It 'is refused before anything is done, by <_>' -ForEach 'Get-Pop3Message', 'Get-ImapMessage', 'Send-RawSmtp' {
        $arguments = $_ -eq 'Send-RawSmtp' ? $sending : $reading
        foreach ($port in 0, 70000, -1) {
            { & $_ 127.0.0.1 -Port $port @arguments } | Should -Throw "*$port is not a port*1 to 65535*"
        }
    }
}
