# Test-MailTls in real PowerShell: our own server, OpenSSL's server where it is there, and ports where nothing is.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps -TestCmdlets
    $zone = [MailOps.TestCmdlets.StandInZone]::new()
    $store = New-TestFolder
    $server = Start-MailServer -StorePath $store -HostName mail.example.org -Capture -SmtpPort 0 -SubmissionPort 0 -SubmissionTlsPort 0 -Pop3Port 0 -Pop3TlsPort 0 -ImapPort 0 -ImapTlsPort 0

    function Get-ClosedPort {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $listener.LocalEndpoint.Port
        $listener.Stop()
    }
}

AfterAll {
    $server | Stop-MailServer
    $zone.Dispose()
    Remove-TestFolder $store
}

Describe 'Test-MailTls' {
    It 'tests every endpoint of Start-MailServer''s object' {
        $reports = $server | Test-MailTls
        $reports | Should -HaveCount $server.Endpoints.Count
        $reports.Port | Sort-Object | Should -Be ($server.Endpoints.Port | Sort-Object)
        foreach ($report in $reports) {
            $report.Version | Should -Be 'TLSv1.3' -Because "$($report.Findings -join "`n")"
            $report.VersionsTaken | Should -Be 'TLSv1.2', 'TLSv1.3'
            $report.ServerName | Should -Be 'mail.example.org'
            ($report.Findings | Where-Object Check -EQ CertificateName).Status | Should -Be 'Pass'
            $report.Reasons | Should -HaveCount 1
            $report.Reasons[0] | Should -Match 'self-signed'
            $report.IsTrusted | Should -BeFalse
        }
    }

    It 'finds that our server drops commands that are injected behind STARTTLS' {
        $findings = ($server | Test-MailTls).Findings | Where-Object Check -EQ StartTlsInjection
        $findings | Should -HaveCount 4
        $findings.Status | Sort-Object -Unique | Should -Be 'Pass'
    }

    It 'passes our server for <protocol> when its certificate is a root that is trusted' -ForEach @(
        @{ Protocol = 'Imap'; Port = 'ImapTlsPort'; Tls = 'Implicit' }
        @{ Protocol = 'Smtp'; Port = 'SmtpPort'; Tls = 'StartTls' }
    ) {
        $pem = Get-ChildItem $store -Recurse -Filter *.pem | Where-Object { (Get-Content -Raw $_) -match 'BEGIN CERTIFICATE' } | Select-Object -First 1
        $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPem((Get-Content -Raw $pem))
        $report = Test-MailTls 127.0.0.1 -Port $server.$port -Protocol $protocol -Tls $tls -ServerName mail.example.org -RootCertificate $certificate
        $report.Verdict | Should -Be 'Pass' -Because "$($report.Findings -join "`n")"
        $report.IsTrusted | Should -BeTrue
        $report.Reasons | Should -BeNullOrEmpty
    }

    It 'tests one endpoint object, and one that came back from a file' {
        $endpoint = $server.Endpoints | Where-Object { $_.Port -eq $server.ImapTlsPort }
        ($endpoint | Test-MailTls).Protocol | Should -Be 'Imap'
        $file = Join-Path $TestDrive server.xml
        $server | Export-Clixml $file -Depth 4
        Import-Clixml $file | Test-MailTls | Should -HaveCount $server.Endpoints.Count
    }

    It 'takes the exchanger, and not the text, of Get-MxRecord''s objects' {
        $report = Get-MxRecord loop.example -Server 127.0.0.1 -Port $zone.Port | Test-MailTls -Port $server.SmtpPort
        $report.Server | Should -Be 'localhost'
        $report.Protocol | Should -Be 'Smtp'
        $report.Tls | Should -Be 'StartTls'
        $report.Version | Should -Be 'TLSv1.3'
    }

    It 'answers for a null MX with a finding, not with an error' {
        $report = Get-MxRecord null.example -Server 127.0.0.1 -Port $zone.Port | Test-MailTls -ErrorVariable failures
        $failures | Should -BeNullOrEmpty
        $report.Verdict | Should -Be 'Unknown'
        $report.Reasons | Should -Match 'null MX'
    }

    It 'guesses <protocol> and <tls> from port <port>' -ForEach @(
        @{ Port = 25; Protocol = 'Smtp'; Tls = 'StartTls' }
        @{ Port = 465; Protocol = 'Submission'; Tls = 'Implicit' }
        @{ Port = 587; Protocol = 'Submission'; Tls = 'StartTls' }
        @{ Port = 110; Protocol = 'Pop3'; Tls = 'StartTls' }
        @{ Port = 995; Protocol = 'Pop3'; Tls = 'Implicit' }
        @{ Port = 143; Protocol = 'Imap'; Tls = 'StartTls' }
        @{ Port = 993; Protocol = 'Imap'; Tls = 'Implicit' }
    ) {
        # TEST-NET-1 is never reached; what was tried is in the report all the same.
        $report = Test-MailTls 127.0.0.254 -Port $port -TimeoutSeconds 1
        $report.Protocol | Should -Be $protocol
        $report.Tls | Should -Be $tls
    }

    It 'takes the usual port of <protocol> with <tls>' -ForEach @(
        @{ Protocol = 'Smtp'; Tls = 'StartTls'; Port = 25 }
        @{ Protocol = 'Submission'; Tls = 'StartTls'; Port = 587 }
        @{ Protocol = 'Imap'; Tls = 'Implicit'; Port = 993 }
        @{ Protocol = 'Pop3'; Tls = 'Implicit'; Port = 995 }
    ) {
        (Test-MailTls 127.0.0.254 -Protocol $protocol -Tls $tls -TimeoutSeconds 1).Port | Should -Be $port
    }

    It 'calls a closed port Blocked, never Fail' {
        $report = Test-MailTls 127.0.0.1 -Port (Get-ClosedPort)
        $report.Verdict | Should -Be 'Blocked'
        $report.Findings | Should -HaveCount 1
        $report.Findings[0].Evidence | Should -Match 'refused'
    }

    It 'tells the wrong mode for a port' {
        $report = Test-MailTls 127.0.0.1 -Port $server.ImapPort -Protocol Imap -Tls Implicit
        $report.Verdict | Should -Be 'Fail'
        $report.Reasons[0] | Should -Match '\* OK'
    }

    It 'refuses -Tls None and an endpoint that is none' {
        Test-MailTls 127.0.0.1 -Tls None -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'NoTlsToTest,*'
        [pscustomobject]@{ Endpoints = @([pscustomobject]@{ Server = 'x'; Port = 'abc' }) } | Test-MailTls -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'InvalidEndpoint,*'
        Test-MailTls -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'NoServer,*'
    }

    It 'works on many at once and stops with Select-Object -First' {
        $closed = Get-ClosedPort
        1..200 | ForEach-Object { [pscustomobject]@{ Server = '127.0.0.1'; Port = $closed } } | Test-MailTls -ThrottleLimit 32 | Should -HaveCount 200
        1..200 | ForEach-Object { [pscustomobject]@{ Server = '127.0.0.1'; Port = $server.ImapTlsPort; Protocol = 'Imap'; Tls = 'Implicit' } } | Test-MailTls | Select-Object -First 1 | Should -HaveCount 1
    }

    It 'survives Export-Clixml with its findings and its chain' {
        $file = Join-Path $TestDrive tls.xml
        Test-MailTls 127.0.0.1 -Port $server.ImapTlsPort -Protocol Imap -Tls Implicit -ServerName mail.example.org | Export-Clixml $file
        $back = Import-Clixml $file
        $back.Verdict.ToString() | Should -Be 'Fail'
        $back.Findings.Check | Should -Contain 'CertificateTrust'
        $back.Findings[0].Source | Should -Not -BeNullOrEmpty
        $back.Chain[0].Thumbprint | Should -Match '^[0-9A-F]{64}$'
        $back.Chain[0].SpkiPin | Should -Match '^[A-Za-z0-9+/]{43}=$'
    }

    It 'has table views of at most 120 columns for the report and its findings' {
        $report = Test-MailTls 127.0.0.1 -Port $server.ImapTlsPort -Protocol Imap -Tls Implicit
        foreach ($shown in ($report | Out-String -Width 120), ($report.Findings | Out-String -Width 120)) {
            $lines = $shown -split "`n" | Where-Object { $_.Trim() }
            $lines[1] | Should -Match '^-+ '
            ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
        }
    }

    It 'sees the old versions of OpenSSL''s server' {
        Assert-Peer openssl
        $folder = New-TestFolder
        $port = Get-ClosedPort
        $null = & openssl req -x509 -newkey rsa:2048 -nodes -keyout $folder/key.pem -out $folder/cert.pem -days 30 -subj /CN=mail.example.org 2>&1
        $peer = Start-Process openssl -PassThru -ArgumentList 's_server', '-accept', "127.0.0.1:$port", '-cert', "$folder/cert.pem", '-key', "$folder/key.pem", '-cipher', 'ALL:@SECLEVEL=0', '-tls1', '-www' -RedirectStandardOutput $folder/out -RedirectStandardError $folder/err
        try {
            Wait-Until -What 'openssl listens' { try { [Net.Sockets.TcpClient]::new('127.0.0.1', $port).Dispose(); $true } catch { $false } }
            $report = Test-MailTls 127.0.0.1 -Port $port -Protocol Imap -Tls Implicit
            $report.VersionsTaken | Should -Be 'TLSv1'
            $report.Verdict | Should -Be 'Fail'
        }
        finally {
            $peer.Kill()
            Remove-TestFolder $folder
        }
    }
}
