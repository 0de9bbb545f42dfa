# Start-, Get- and Stop-MailServer in real PowerShell.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $manifest = Get-ProjectPath out MailOps MailOps.psd1

    function Test-Listening([int] $Port) {
        $client = [Net.Sockets.TcpClient]::new()
        try { $client.Connect('127.0.0.1', $Port); $true } catch { $false } finally { $client.Dispose() }
    }
}

Describe 'Start-MailServer' {
    BeforeEach { $store = New-TestFolder }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'listens on the ports that are named and on no other' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapTlsPort 0
        $server.SmtpPort | Should -BeGreaterThan 0
        $server.ImapTlsPort | Should -BeGreaterThan 0
        $server.Pop3Port, $server.ImapPort, $server.SubmissionPort | Should -Be $null, $null, $null
        $server.Endpoints | Should -HaveCount 2
        Test-Listening $server.SmtpPort | Should -BeTrue
        $server.Status | Should -Be 'Running'
    }

    It 'carries a message from end to end' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Pop3Port 0 -ImapPort 0
        $sent = $server | Send-RawSmtp -From ann@example.org -To bob@example.com -Body "Subject: hello`r`n`r`nover the wire"
        $sent.Accepted | Should -BeTrue
        $login = [pscredential]::new('bob@example.com', (ConvertTo-SecureString any -AsPlainText))
        ($server | Get-Pop3Message -Credential $login -Tls None).Subject | Should -Be 'hello'
        ($server | Get-ImapMessage -Credential $login -Tls None).Subject | Should -Be 'hello'
        (Get-MailServer $server.Id).MessagesAccepted | Should -Be 1
    }

    It 'is taken where its number is asked for, by itself and among others' {
        $servers = 1..2 | ForEach-Object { Start-MailServer -StorePath (Join-Path $store $_) -Capture -SmtpPort 0 }
        (Get-MailServer $servers[0]).Id | Should -Be $servers[0].Id
        (Get-MailServer $servers[0], $servers[1].Id).Id | Should -Be $servers.Id
        (Test-MailServerConfiguration -Id $servers[1]).Target | Should -Be (Test-MailServerConfiguration -Id $servers[1].Id).Target
        Stop-MailServer $servers -TimeoutSeconds 0
        Get-MailServer | Should -BeNullOrEmpty
        { Stop-MailServer 'none' } | Should -Throw '*Int32*'
    }

    It 'survives Export-Clixml as plain properties' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0
        $file = Join-Path $store server.xml
        $server | Export-Clixml $file
        $again = Import-Clixml $file
        $again.SmtpPort | Should -Be $server.SmtpPort
        $again.Endpoints[0].Protocol.ToString() | Should -Be 'Smtp'
    }

    It 'does nothing with -WhatIf' {
        $missing = Join-Path $store none
        Start-MailServer -StorePath $missing -Capture -SmtpPort 0 -WhatIf | Should -BeNullOrEmpty
        Test-Path $missing | Should -BeFalse
        Get-MailServer | Should -BeNullOrEmpty
    }

    It 'says which proxy cannot be read: -<Parameter>' -ForEach @(@{ Parameter = 'ProxyFrom' }, @{ Parameter = 'XClientFrom' }) {
        $asked = @{ StorePath = $store; Capture = $true; SmtpPort = 0; $Parameter = '192.0.2.1', 'proxy.example.com' }
        { Start-MailServer @asked } |
            Should -Throw -ErrorId 'InvalidServerOptions,*' -ExpectedMessage "*-${Parameter}: 'proxy.example.com' is neither an address nor a network.*"
        Get-MailServer | Should -BeNullOrEmpty
    }

    It 'speaks LMTP on a port and on a Unix socket, where it is asked for' {
        $socket = Join-Path $store lmtp
        $server = Start-MailServer -StorePath $store -Domain example.com -LmtpPort 0 -LmtpPath $socket -LmtpPathMode 660
        $server.LmtpPath | Should -Be $socket
        $server.SmtpPort | Should -BeNullOrEmpty
        $server.Server | Should -Be '127.0.0.1'
        $server.Endpoints | Should -HaveCount 2
        "$($server.Endpoints[1])" | Should -Be "Lmtp $socket"
        ($server | Format-Table | Out-String -Width 120) | Should -BeLike "*Lmtp:$($server.LmtpPort)*"
        if (-not $IsWindows) { "$((Get-Item $socket).UnixFileMode)" | Should -Be 'GroupWrite, GroupRead, UserWrite, UserRead' }
        $client = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        $client.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new($socket))
        $lines = [IO.StreamReader]::new([Net.Sockets.NetworkStream]::new($client, $true))
        $lines.ReadLine() | Should -BeLike '220 localhost LMTP*'
        $lines.Dispose()
        # What cannot be graded is passed over, or told where it was asked for by itself.
        $report = $server | Test-MailTls -ErrorVariable failures -ErrorAction SilentlyContinue
        $report.Port | Should -Be $server.LmtpPort
        $report.Versions.Version | Should -Contain 'TLSv1.3' -Because ($report.Findings | Out-String)
        $failures | Should -BeNullOrEmpty
        $server.Endpoints[1] | Test-MailTls -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'NoTlsToTest,*'
        $server | Stop-MailServer
        Test-Path $socket | Should -BeFalse
    }

    It 'has no LMTP among the standard ports' {
        (Get-Command Start-MailServer).Parameters.Keys | Should -Contain 'LmtpPort'
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0
        $server.LmtpPort | Should -BeNullOrEmpty
        $server.LmtpPath | Should -BeNullOrEmpty
    }

    It 'refuses <Case> for LMTP' -ForEach @(
        @{ Case = 'port 25'; Asked = @{ LmtpPort = 25 }; Id = 'InvalidServerOptions,*'; Message = 'LMTP may not be spoken on port 25*24 is usual.' }
        @{ Case = 'a folder that is not there'; Asked = @{ LmtpPath = '/no/such/folder/lmtp' }; Id = 'SocketPathUnusable,*'; Message = "The socket '*lmtp' cannot be made: there is no folder '*'. Make it first*" }
        @{ Case = 'rights that are none'; Asked = @{ LmtpPort = 0; LmtpPathMode = 'rw' }; Id = 'ParameterArgumentValidationError,*'; Message = "*'rw' are no rights of a file. Write them in octal, such as 0660.*" }
        @{ Case = 'a network that is none'; Asked = @{ LmtpPort = 0; LmtpFrom = 'mail.example.com' }; Id = 'InvalidServerOptions,*'; Message = "*-LmtpFrom: 'mail.example.com' is neither an address nor a network.*" }
        @{ Case = 'a file in its place'; Asked = @{ LmtpPath = 'file' }; Id = 'SocketPathUnusable,*'; Message = '*Something that is not a socket lies there. Remove it, or name another path.' }
    ) {
        if ($Asked.LmtpPath -eq 'file') {
            $Asked.LmtpPath = Join-Path $store file
            Set-Content $Asked.LmtpPath precious
        }

        { Start-MailServer -StorePath $store -Domain example.com @Asked } | Should -Throw -ErrorId $Id -ExpectedMessage $Message
        Get-MailServer | Should -BeNullOrEmpty
    }

    It 'says that a socket is taken' {
        $socket = Join-Path $store lmtp
        $null = Start-MailServer -StorePath $store -Capture -LmtpPath $socket
        { Start-MailServer -StorePath $store -Capture -LmtpPath $socket } |
            Should -Throw -ErrorId 'PortInUse,*' -ExpectedMessage "The socket '$socket' is taken: another program listens on it (Lmtp). Stop it, or name another path."
    }

    It 'gives each role its own rules' {
        $server = Start-MailServer -StorePath $store -Domain example.com -SmtpPort 0 -SubmissionPort 0 -LmtpPort 0 -AllowSmtpLogin -AllowPlaintextLogin -RequireTls Submission -MaxMessageSize 3KB -MaxSubmissionSize 2KB -MaxLmtpSize 4KB
        $answers = foreach ($port in $server.SmtpPort, $server.SubmissionPort, $server.LmtpPort) {
            $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $port)
            $lines = [IO.StreamReader]::new($client.GetStream())
            $null = $lines.ReadLine()
            $client.GetStream().Write([Text.Encoding]::ASCII.GetBytes("$(if ($port -eq $server.LmtpPort) { 'LHLO' } else { 'EHLO' }) a`r`n"))
            $told = do { ($line = $lines.ReadLine()) } while ($line -like '250-*')
            $client.GetStream().Write([Text.Encoding]::ASCII.GetBytes("MAIL FROM:<a@example.org>`r`nQUIT`r`n"))
            @($told) + $lines.ReadToEnd() -join "`n"
            $client.Dispose()
        }
        $answers[0] | Should -BeLike "*SIZE 3072*AUTH *250 2.1.0 *"
        $answers[1] | Should -BeLike "*SIZE 2048*AUTH *530 5.7.0 Must issue a STARTTLS command first*"
        $answers[2] | Should -BeLike "*SIZE 4096*250 2.1.0 *"
        $answers[2] | Should -Not -BeLike '*AUTH*'
    }

    It 'says which port is taken, and leaves nothing half-started' {
        $first = Start-MailServer -StorePath $store -Capture -SmtpPort 0
        { Start-MailServer -StorePath $store -Capture -SmtpPort $first.SmtpPort -Pop3Port 0 } |
            Should -Throw -ErrorId 'PortInUse,*' -ExpectedMessage "*Port $($first.SmtpPort) is taken*"
        Get-MailServer | Should -HaveCount 1
    }

    It 'says that a port is privileged' {
        if (-not $IsLinux -or -not [Environment]::IsPrivilegedProcess -or [int](Get-Content /proc/sys/net/ipv4/ip_unprivileged_port_start) -le 25) {
            Set-ItResult -Skipped -Because 'it needs root on Linux, to give the right to low ports away, and low ports that are privileged'
            return
        }

        Assert-Peer setpriv
        $command = @('setpriv', '--inh-caps=-net_bind_service', '--bounding-set=-net_bind_service') + (Get-PwshCommand)
        $first, $rest = $command
        $said = & $first @rest -NoProfile -NonInteractive -Command "Import-Module '$manifest'; try { Start-MailServer -StorePath '$store' -Capture -SmtpPort 25 } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"
        $said[0] | Should -BeLike 'PortNotPermitted,*'
        $said[1] | Should -BeLike 'Port 25 is privileged*Name a port above 1023*'
    }

    It 'refuses a store that cannot be written' {
        $file = Join-Path $store file
        Set-Content $file x
        { Start-MailServer -StorePath (Join-Path $file store) -Capture -SmtpPort 0 } | Should -Throw -ErrorId 'StoreNotWritable,*'
    }

    It 'refuses <Case>' -ForEach @(
        @{ Case = 'a certificate that is no certificate'; Content = 'nonsense' }
        @{ Case = 'a certificate without its key'; Content = $null }
    ) {
        $path = Join-Path $store cert.pem
        if ($Content) { Set-Content $path $Content }
        else {
            $key = [Security.Cryptography.ECDsa]::Create()
            $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=x', $key, 'SHA256')
            Set-Content $path $request.CreateSelfSigned([DateTimeOffset]::Now, [DateTimeOffset]::Now.AddDays(1)).ExportCertificatePem()
        }
        { Start-MailServer -StorePath $store -Capture -SmtpPort 0 -CertificatePath $path } |
            Should -Throw -ErrorId 'CertificateUnusable,*' -ExpectedMessage "*$path*"
    }

    It 'refuses a certificate file that is not there' {
        { Start-MailServer -StorePath $store -Capture -SmtpPort 0 -CertificatePath (Join-Path $store none.pem) } |
            Should -Throw -ErrorId 'CertificateUnusable,*' -ExpectedMessage '*none.pem*'
    }

    It 'presents the certificate of a PEM file and of a PFX file' {
        $key = [Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=mail.example.com', $key, 'SHA256')
        $certificate = $request.CreateSelfSigned([DateTimeOffset]::Now.AddDays(-1), [DateTimeOffset]::Now.AddDays(1))
        $pem = Join-Path $store cert.pem
        Set-Content $pem ($key.ExportPkcs8PrivateKeyPem() + "`n" + $certificate.ExportCertificatePem())
        $pfx = Join-Path $store cert.pfx
        [IO.File]::WriteAllBytes($pfx, $certificate.Export('Pfx', 'secret'))
        $thumbprint = $certificate.GetCertHashString('SHA256')
        (Start-MailServer -StorePath $store -Capture -SmtpPort 0 -CertificatePath $pem).CertificateThumbprint | Should -Be $thumbprint
        (Start-MailServer -StorePath $store -Capture -SmtpPort 0 -CertificatePath $pfx -CertificatePassword (ConvertTo-SecureString secret -AsPlainText)).CertificateThumbprint | Should -Be $thumbprint
        (Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Certificate $certificate).CertificateThumbprint | Should -Be $thumbprint
    }

    It 'captures beyond loopback only with -Force' {
        { Start-MailServer -StorePath $store -Capture -ListenAddress 0.0.0.0 -SmtpPort 0 } | Should -Throw -ErrorId 'CaptureBeyondLoopback,*'
        $server = Start-MailServer -StorePath $store -Capture -ListenAddress 0.0.0.0 -SmtpPort 0 -Force
        $server.Server | Should -Be '127.0.0.1'
    }

    It 'refuses a domain that is none' {
        { Start-MailServer -StorePath $store -Domain 'not a domain' -SmtpPort 0 } | Should -Throw -ErrorId 'InvalidServerOptions,*' -ExpectedMessage "'not a domain' is not the name of a domain*"
        { Start-MailServer -StorePath $store -HostName 'not a host' -SmtpPort 0 } | Should -Throw -ErrorId 'InvalidServerOptions,*' -ExpectedMessage "'not a host' is not the name of a host*"
    }

    It 'holds -MaxMessageSize and -MaxConnections' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -MaxMessageSize 4KB -MaxConnections 1
        $sent = $server | Send-RawSmtp -From a@example.org -To b@example.com -Body ("Subject: x`r`n`r`n" + ("y" * 70 + "`r`n") * 100)
        $sent.Accepted | Should -BeFalse
        $sent.Code | Should -Be 552
        $held = [Net.Sockets.TcpClient]::new('127.0.0.1', $server.SmtpPort)
        try {
            Wait-Until { (Get-MailServer $server.Id).OpenConnections -ge 1 }
            $second = [Net.Sockets.TcpClient]::new('127.0.0.1', $server.SmtpPort)
            [IO.StreamReader]::new($second.GetStream()).ReadLine() | Should -BeLike '421 4.3.2 *too many connections*'
            $second.Dispose()
        }
        finally { $held.Dispose() }
    }

    It 'announces -MaxImapMessages, and refuses one that clients would stumble over' {
        $server = Start-MailServer -StorePath $store -Capture -ImapPort 0 -MaxImapMessages 2000
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $server.ImapPort)
        try { [IO.StreamReader]::new($client.GetStream()).ReadLine() | Should -BeLike '* MESSAGELIMIT=2000 *' }
        finally {
            $client.Dispose()
            $server | Stop-MailServer -TimeoutSeconds 0
        }

        { Start-MailServer -StorePath $store -Capture -ImapPort 0 -MaxImapMessages 10 -ErrorAction Stop } | Should -Throw '*Allow 1000 or more, or 0 for no limit.*'
    }

    It 'holds -QuotaMailboxes' {
        $server = Start-MailServer -StorePath $store -Capture -ImapPort 0 -QuotaMailboxes 2
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $server.ImapPort)
        try {
            $lines = [IO.StreamReader]::new($client.GetStream())
            $client.GetStream().Write([Text.Encoding]::ASCII.GetBytes("a LOGIN ann@example.com x`r`nb CREATE One`r`nc CREATE Two`r`n"))
            $answers = do { ($line = $lines.ReadLine()) } until ($line -like 'c *')
            $answers[-2] | Should -BeLike 'b OK *'
            $answers[-1] | Should -BeLike 'c NO `[OVERQUOTA`] *'
        }
        finally {
            $client.Dispose()
            $server | Stop-MailServer -TimeoutSeconds 0
        }
    }

    It 'holds -MaxConnectionsPerAddress, but for those of -LimitExempt' {
        foreach ($case in @{ Exempt = @(); Reply = '421 4.3.2 *too many connections from your address, at most 1*' }, @{ Exempt = @('127.0.0.1'); Reply = '220 *' }) {
            $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -MaxConnectionsPerAddress 1 -LimitExempt $case.Exempt
            $first = [Net.Sockets.TcpClient]::new('127.0.0.1', $server.SmtpPort)
            try {
                [IO.StreamReader]::new($first.GetStream()).ReadLine() | Should -BeLike '220 *'
                $second = [Net.Sockets.TcpClient]::new('127.0.0.1', $server.SmtpPort)
                [IO.StreamReader]::new($second.GetStream()).ReadLine() | Should -BeLike $case.Reply
                $second.Dispose()
            }
            finally {
                $first.Dispose()
                $server | Stop-MailServer -TimeoutSeconds 0
            }
        }
        { Start-MailServer -StorePath $store -SmtpPort 0 -LimitExempt nowhere } | Should -Throw -ErrorId 'InvalidServerOptions,*' -ExpectedMessage "-LimitExempt: 'nowhere' is neither an address nor a network*"
    }

    It 'holds -MaxMessagesPerMinute and -MaxConnectionsPerMinute' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -MaxMessagesPerMinute 1 -MaxConnectionsPerMinute 3 -LimitExempt @()
        $message = @{ From = 'a@example.org'; To = 'b@example.com'; Body = "Subject: x`r`n`r`nx" }
        ($server | Send-RawSmtp @message).Accepted | Should -BeTrue
        $deferred = $server | Send-RawSmtp @message
        $deferred.Code | Should -Be 450
        $deferred.Reply | Should -BeLike '450 4.7.1 Slow down: too many messages from your address, at most 1 a minute, try again in * seconds*'
        $last = foreach ($n in 1..2) {
            $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $server.SmtpPort)
            try { [IO.StreamReader]::new($client.GetStream()).ReadLine() } finally { $client.Dispose() }
        }
        $last[0] | Should -BeLike '220 *'
        $last[1] | Should -BeLike '421 4.3.2 *too many connections from your address, at most 3 a minute, try again in * second*'
        { Start-MailServer -StorePath $store -SmtpPort 0 -MaxCommandsPerMinute -1 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'holds -MaxAccountMessagesPerDay, from loopback too' {
        $login = [pscredential]::new('ann@example.com', (ConvertTo-SecureString 'long and secret' -AsPlainText))
        $null = New-MailAccount -StorePath $store -Credential $login
        $server = Start-MailServer -StorePath $store -Domain example.com -SubmissionPort 0 -AllowPlaintextLogin -MaxAccountMessagesPerDay 1
        $message = @{ From = 'ann@example.com'; To = 'ann@example.com'; Body = "Subject: x`r`n`r`nx"; Credential = $login; Port = $server.SubmissionPort; Server = '127.0.0.1' }
        (Send-RawSmtp @message).Accepted | Should -BeTrue
        (Send-RawSmtp @message).Reply | Should -BeLike '450 4.7.1 Slow down: too many messages from your account, at most 1 a day, try again in * seconds*'
    }

    It 'refuses a plaintext login outside TLS unless -AllowPlaintextLogin is given' {
        New-MailAccount -StorePath $store -Name bob@example.com -Password (ConvertTo-SecureString secret -AsPlainText) | Out-Null
        $login = [pscredential]::new('bob@example.com', (ConvertTo-SecureString secret -AsPlainText))
        $strict = Start-MailServer -StorePath $store -Domain example.com -Pop3Port 0
        $reader = [Net.Sockets.TcpClient]::new('127.0.0.1', $strict.Pop3Port)
        $lines = [IO.StreamReader]::new($reader.GetStream())
        $null = $lines.ReadLine()
        $reader.GetStream().Write([Text.Encoding]::ASCII.GetBytes("USER bob@example.com`r`n"))
        $lines.ReadLine() | Should -BeLike '-ERR `[AUTH`] Plaintext login is refused*'
        $reader.Dispose()
        $lax = Start-MailServer -StorePath $store -Domain example.com -Pop3Port 0 -AllowPlaintextLogin
        { $lax | Get-Pop3Message -Credential $login -Tls None -ErrorAction Stop } | Should -Not -Throw
    }
}

Describe 'Get-MailServer and Stop-MailServer' {
    BeforeEach { $store = New-TestFolder }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'stops by pipeline and by number, and frees the port' {
        $first = Start-MailServer -StorePath $store -Capture -SmtpPort 0
        $second = Start-MailServer -StorePath $store -Capture -SmtpPort 0
        Get-MailServer | Should -HaveCount 2
        $first | Stop-MailServer
        Test-Listening $first.SmtpPort | Should -BeFalse
        (Stop-MailServer $second.Id -PassThru).Status | Should -Be 'Stopped'
        Get-MailServer | Should -BeNullOrEmpty
    }

    It 'writes an error for a number that runs no server, and goes on' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0
        Stop-MailServer 99999, $server.Id -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -Be 'MailServerNotFound,MailOps.Cmdlets.Servers.StopMailServerCommand'
        Get-MailServer | Should -BeNullOrEmpty
        { Get-MailServer 99999 -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotFound,*'
    }

    It 'leaves the server running with -WhatIf' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0
        $server | Stop-MailServer -WhatIf
        Test-Listening $server.SmtpPort | Should -BeTrue
    }

    It 'completes the numbers of the running servers' {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0
        (TabExpansion2 'Stop-MailServer -Id ').CompletionMatches.CompletionText | Should -Contain "$($server.Id)"
    }
}

Describe 'The end of a server' {
    BeforeEach { $store = New-TestFolder }
    AfterEach { Remove-TestFolder $store }

    It 'comes with the removal of the module' {
        $said = Invoke-Pwsh "Import-Module '$manifest'; `$s = Start-MailServer -StorePath '$store' -Capture -SmtpPort 0; Remove-Module MailOps; try { [Net.Sockets.TcpClient]::new('127.0.0.1', `$s.SmtpPort); 'listens' } catch { 'stopped' }"
        $said | Should -Be 'stopped'
    }

    It 'comes with the end of pwsh, cleanly' {
        $said = Invoke-Pwsh "Import-Module '$manifest'; (Start-MailServer -StorePath '$store' -Capture -SmtpPort 0).SmtpPort"
        $LASTEXITCODE | Should -Be 0
        Test-Listening ([int]"$said") | Should -BeFalse
    }
}
