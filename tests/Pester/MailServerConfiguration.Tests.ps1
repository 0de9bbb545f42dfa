# Servers from a configuration file: starting, testing, updating.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps

    function Set-Configuration([string] $Text) {
        Set-Content -LiteralPath $file -Value $Text
    }

    function Get-Greeting([int] $Port) {
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $Port)
        try { [IO.StreamReader]::new($client.GetStream()).ReadLine() } finally { $client.Dispose() }
    }
}

Describe 'Servers from a configuration file' {
    BeforeEach {
        $folder = New-TestFolder
        $file = Join-Path $folder mail.psd1
    }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $folder
    }

    It 'starts what the file says, with paths relative to it' {
        Set-Configuration "@{ StorePath = './store'; HostName = 'mx.example.com'; Domains = 'example.com', 'example.net'; Capture = `$true; Listeners = @(@{ Protocol = 'Smtp'; Port = 0 }, @{ Protocol = 'Imap'; Port = 0; Tls = 'Implicit' }) }"
        $server = Start-MailServer -ConfigurationPath $file
        $server.StorePath | Should -Be (Join-Path $folder store)
        $server.Domain | Should -Be 'example.com', 'example.net'
        $server.ConfigurationPath | Should -Be $file
        $server.SmtpPort, $server.ImapTlsPort | Should -Not -Contain $null
        $server.Pop3Port | Should -BeNullOrEmpty
        Get-Greeting $server.SmtpPort | Should -BeLike '220 mx.example.com *'
    }

    It 'tells every problem at once with its line, and starts nothing' {
        Set-Configuration "@{`n    Capture = 'yes'`n    Limits = @{`n        MaxConnection = 5`n    }`n    HostName = Get-Date`n    Listeners = @(`n        @{ Port = 25 }`n    )`n}"
        $problems = @()
        { Start-MailServer -ConfigurationPath $file -ErrorVariable +problems -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'InvalidConfiguration*'
        $messages = (Test-MailServerConfiguration $file).Findings | ForEach-Object { "$($_.Evidence.Substring($file.Length + 1)) $($_.Message)" }
        $messages[0] | Should -BeLike '1 StorePath is missing*'
        $messages[1] | Should -Be "2 Capture is 'yes', and has to be `$true or `$false."
        $messages[2] | Should -BeLike "4 Limits has no setting 'MaxConnection'*"
        $messages[3] | Should -BeLike "6 'Get-Date' is not allowed in a data file*"
        $messages[4] | Should -BeLike '8 * has no Protocol*'
        $messages | Should -HaveCount 5
        Get-MailServer | Should -BeNullOrEmpty
    }

    It 'runs nothing that is in the file: <_>' -ForEach @(
        '@{ StorePath = "$(Set-Content ran.txt 1)" }'
        '@{ StorePath = (Set-Content ran.txt 1) }'
        'Set-Content ran.txt 1; @{ StorePath = "x" }'
        '@{ StorePath = "x"; Domains = @(Set-Content ran.txt 1) }'
        '@{ StorePath = { Set-Content ran.txt 1 } }'
        'param($x = (Set-Content ran.txt 1)) @{ StorePath = "x" }'
    ) {
        Set-Configuration $_
        Push-Location $folder
        try { (Test-MailServerConfiguration $file).Verdict | Should -Be 'Fail' } finally { Pop-Location }
        Join-Path $folder ran.txt | Should -Not -Exist
    }

    It 'tells what is no table, and what PowerShell cannot read' {
        Set-Configuration "'just a text'"
        (Test-MailServerConfiguration $file).Reasons | Should -BeLike 'The file has to be one table and nothing else*'
        Set-Configuration '@{ StorePath = '
        (Test-MailServerConfiguration $file).Verdict | Should -Be 'Fail'
        { Test-MailServerConfiguration (Join-Path $folder nowhere.psd1) -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound*'
    }

    It 'takes no other parameter with the file' {
        Set-Configuration "@{ StorePath = './store' }"
        { Start-MailServer -ConfigurationPath $file -SmtpPort 0 } | Should -Throw -ErrorId 'InvalidArgument*'
        { Start-MailServer -ConfigurationPath $file -StorePath x } | Should -Throw -ErrorId 'AmbiguousParameterSet*'
    }

    It 'captures beyond loopback with -Force only' {
        Set-Configuration "@{ StorePath = './store'; Capture = `$true; Listeners = @{ Protocol = 'Smtp'; Port = 0; Address = '0.0.0.0' } }"
        { Start-MailServer -ConfigurationPath $file } | Should -Throw -ErrorId 'CaptureBeyondLoopback*'
        (Start-MailServer -ConfigurationPath $file -Force).Capture | Should -BeTrue
        (Test-MailServerConfiguration $file).Verdict | Should -Be 'Fail'
    }

    It 'reads the file again without dropping a session' {
        Set-Configuration "@{ StorePath = './store'; HostName = 'one.example.com'; Capture = `$true; Listeners = @{ Protocol = 'Smtp'; Port = 0 } }"
        $server = Start-MailServer -ConfigurationPath $file
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $server.SmtpPort)
        $reader = [IO.StreamReader]::new($client.GetStream())
        $writer = [IO.StreamWriter]::new($client.GetStream())
        $null = $reader.ReadLine()

        Set-Configuration "@{ StorePath = './store'; HostName = 'two.example.com'; Capture = `$true; Listeners = @{ Protocol = 'Smtp'; Port = 0 } }"
        ($server | Update-MailServer).HostName | Should -Be 'two.example.com'
        Get-Greeting $server.SmtpPort | Should -BeLike '220 two.example.com *'
        $writer.Write("NOOP`r`n"); $writer.Flush()
        $reader.ReadLine() | Should -BeLike '250*'
        $client.Dispose()

        Set-Configuration "@{ StorePath = './store'; HostName = 3 }"
        $server | Update-MailServer -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        "$problem" | Should -BeLike "*mail.psd1:1: HostName is 3*"
        Get-Greeting $server.SmtpPort | Should -BeLike '220 two.example.com *'
    }

    It 'shows with -WhatIf what an update would take, and takes nothing' {
        Set-Configuration "@{ StorePath = './store'; HostName = 'one.example.com'; Listeners = @{ Protocol = 'Smtp'; Port = 0 } }"
        $server = Start-MailServer -ConfigurationPath $file
        Set-Configuration "@{ StorePath = './store'; HostName = 'two.example.com'; Listeners = @{ Protocol = 'Smtp'; Port = 0 } }"
        $server | Update-MailServer -WhatIf | Should -BeNullOrEmpty
        (Get-MailServer $server.Id).HostName | Should -Be 'one.example.com'
    }

    It 'needs a file to update from' {
        $server = Start-MailServer -StorePath (Join-Path $folder store) -SmtpPort 0
        { $server | Update-MailServer -ErrorAction Stop } | Should -Throw -ErrorId 'NoConfiguration*'
        { Update-MailServer -Id 9999 -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotFound*'
    }

    It 'reads the file again on SIGHUP when it runs in the foreground' -Skip:$IsWindows {
        Set-Configuration "@{ StorePath = './store'; HostName = 'one.example.com'; Listeners = @{ Protocol = 'Smtp'; Port = 0 } }"
        $script = "Import-Module '$(Get-ProjectPath out MailOps MailOps.psd1)'; Start-MailServer -ConfigurationPath '$file' -Wait | ForEach-Object { [Console]::WriteLine(`$_.SmtpPort) }"
        $pwsh = @(Get-PwshCommand)
        $start = [Diagnostics.ProcessStartInfo]::new($pwsh[0], [string[]] (@($pwsh | Select-Object -Skip 1) + '-NoProfile', '-Command', $script))
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        try {
            $port = $process.StandardOutput.ReadLine()
            if (-not $port) { throw "The server did not start: $($process.StandardError.ReadToEnd())" }
            Get-Greeting $port | Should -BeLike '220 one.example.com *'
            Set-Configuration "@{ StorePath = './store'; HostName = 'two.example.com'; Listeners = @{ Protocol = 'Smtp'; Port = 0 } }"
            & kill -HUP $process.Id
            $process.StandardOutput.ReadLine() | Should -BeLike '*are in force now*'
            Get-Greeting $port | Should -BeLike '220 two.example.com *'
        }
        finally {
            $process.Kill()
            $process.Dispose()
        }
    }

    It 'takes the example as it is' {
        $report = Test-MailServerConfiguration (Get-ProjectPath examples MailServer.psd1)
        ($report.Findings | Where-Object Check -eq Configuration).Status | Should -Be 'Pass'
    }
}

Describe 'Test-MailServerConfiguration' {
    BeforeEach {
        $folder = New-TestFolder
        $file = Join-Path $folder mail.psd1
    }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $folder
    }

    It 'finds nothing in a server on loopback with an account that is postmaster' {
        $store = Join-Path $folder store
        $null = New-MailAccount -StorePath $store -Credential ([pscredential]::new('postmaster@example.com', (ConvertTo-SecureString 'long and secret' -AsPlainText)))
        Set-Configuration "@{ StorePath = './store'; Domains = 'example.com' }"
        $report = Test-MailServerConfiguration $file
        $report.Findings | Where-Object Status -ne Pass | Where-Object Check -ne FileHandles | Should -BeNullOrEmpty
    }

    It 'finds <Check> to be <Status> with <Setting>' -ForEach @(
        @{ Check = 'PlaintextLogin'; Status = 'Fail'; Setting = 'Authentication = @{ AllowPlaintextLogin = $true }' }
        @{ Check = 'Capture'; Status = 'Fail'; Setting = 'Capture = $true' }
        @{ Check = 'HostName'; Status = 'Warning'; Setting = "HostName = 'mailhost'" }
        @{ Check = 'Domains'; Status = 'Warning'; Setting = "Domains = 'intranet'" }
        @{ Check = 'Certificate'; Status = 'Warning'; Setting = '' }
        @{ Check = 'ProxyFrom'; Status = 'Fail'; Setting = "ProxyFrom = '0.0.0.0/0'" }
        @{ Check = 'XClientFrom'; Status = 'Warning'; Setting = "XClientFrom = '10.0.0.0/8'" }
        @{ Check = 'Limits'; Status = 'Warning'; Setting = 'Limits = @{ MaxConnectionsPerAddress = 0 }' }
        @{ Check = 'Limits'; Status = 'Warning'; Setting = 'Limits = @{ MaxConnections = 100 }' }
        @{ Check = 'Limits'; Status = 'Warning'; Setting = "Limits = @{ Exempt = '0.0.0.0/0' }" }
        @{ Check = 'Limits'; Status = 'Pass'; Setting = '' }
        @{ Check = 'Rates'; Status = 'Warning'; Setting = 'Rates = @{ MessagesPerMinute = 0; AccountMessagesPerDay = 0 }' }
        @{ Check = 'Rates'; Status = 'Pass'; Setting = '' }
        @{ Check = 'FileHandles'; Status = 'Warning'; Setting = 'Limits = @{ MaxConnections = 1000000 }' }
        @{ Check = 'MaxMessageSize'; Status = 'Warning'; Setting = 'MaxMessageSize = 2000MB' }
        @{ Check = 'SenderCheck'; Status = 'Warning'; Setting = "SenderCheck = 'None'" }
        @{ Check = 'Accounts'; Status = 'Warning'; Setting = '' }
        @{ Check = 'Lmtp'; Status = 'Fail'; Setting = "Listeners = @{ Protocol = 'Lmtp' }; Lmtp = @{ Clients = '0.0.0.0/0', '::/0' }" }
        @{ Check = 'NormalizeLineEnds'; Status = 'Warning'; Setting = 'Smtp = @{ NormalizeLineEnds = $true }' }
        @{ Check = 'LoginLock'; Status = 'Fail'; Setting = 'Authentication = @{ Limits = @{ FailuresPerAddress = 0; FailuresPerAccount = 0 } }' }
        @{ Check = 'LoginPause'; Status = 'Warning'; Setting = 'Authentication = @{ FailureDelay = 0 }' }
        @{ Check = 'LoginExempt'; Status = 'Fail'; Setting = "Authentication = @{ Limits = @{ Exempt = '0.0.0.0/0' } }" }
        @{ Check = 'MaxJunkCommands'; Status = 'Warning'; Setting = 'MaxJunkCommands = 1000000' }
        @{ Check = 'Timeouts'; Status = 'Warning'; Setting = "TransactionTimeout = '7d'" }
    ) {
        if ($Check -eq 'FileHandles' -and -not $IsLinux) { Set-ItResult -Skipped -Because 'Linux tells how many files a process may open' }
        if ($Check -eq 'FileHandles' -and (Get-Content /proc/self/limits | Select-String 'open files') -match 'open files\s+(\d{7,}|unlimited)') { Set-ItResult -Skipped -Because 'this process may open more files than there can be connections' }
        Set-Configuration "@{ StorePath = './store'; ListenAddress = '0.0.0.0'; $Setting }"
        $found = (Test-MailServerConfiguration $file).Findings | Where-Object Check -eq $Check
        $found.Status | Should -Be $Status
        $found.Message | Should -Not -BeNullOrEmpty
    }

    It 'fails at what Start-MailServer refuses, with its line: <Setting>' -ForEach @(
        @{ Setting = "HostName = 'mail host'"; Text = "HostName: 'mail host' is not the name of a host*" }
        @{ Setting = "HostName = `"mail`nhost`""; Text = "HostName: 'mail?host' is not the name of a host*" }
        @{ Setting = "Domains = 'ex ample'"; Text = "Domains: 'ex ample' is not the name of a domain*" }
        @{ Setting = "Domains = 'example.com', '-x'"; Text = "Domains: '-x' is not the name of a domain*" }
        @{ Setting = "Postmaster = 'a b'"; Text = "Postmaster: 'a b' cannot be the postmaster*" }
        @{ Setting = "Lmtp = @{ Login = 'Required' }"; Text = 'Lmtp.Login: LMTP has no logins*' }
        @{ Setting = "Listeners = @{ Protocol = 'Imap'; Port = 0 }, @{ Protocol = 'Imap'; Port = 0 }"; Text = 'Listeners: Two listeners are the same*' }
        @{ Setting = "Listeners = @{ Protocol = 'Imap'; Port = 1; Address = '127.0.0.1', '::' }"; Text = 'Listeners: Two listeners have *every address, of IPv4 too*' }
        @{ Setting = "Listeners = @{ Protocol = 'Imap'; Address = '203.0.113.1' }"; Text = 'Listeners: The address 203.0.113.1 is not one of this machine*' }
        @{ Setting = "TransactionTimeout = '8d'"; Text = 'TransactionTimeout is *8d*, and has to be a time from 1 to 604800 seconds*' }
        @{ Setting = "MaxMessageSize = 2147483649"; Text = 'MaxMessageSize is 2147483649, and has to be a size from 1KB to 2GB*' }
        @{ Setting = "Authentication = @{ FailureLogPath = 'none/logins.log' }"; Text = "Authentication.FailureLogPath: The log of failed logins '*' cannot be written: There is no folder*" }
    ) {
        Set-Configuration "@{`n    StorePath = './store'`n    $Setting`n}"
        { Start-MailServer -ConfigurationPath $file } | Should -Throw
        $found = (Test-MailServerConfiguration $file).Findings | Where-Object Check -eq Configuration
        $found.Status | Should -Be 'Fail'
        $found.Message | Should -BeLike $Text
        $found.Evidence | Should -Be "${file}:3"
        Join-Path $folder none | Should -Not -Exist
    }

    It 'fails at a store that cannot be written, and makes none' {
        Set-Configuration "@{ StorePath = './mail.psd1/store' }"
        ((Test-MailServerConfiguration $file).Findings | Where-Object Check -eq Configuration).Message | Should -BeLike "StorePath: The store '*' cannot be written: '*mail.psd1' is a file*"
        Set-Configuration "@{ StorePath = './store' }"
        ((Test-MailServerConfiguration $file).Findings | Where-Object Check -eq Configuration).Status | Should -Be 'Pass'
        Join-Path $folder store | Should -Not -Exist
    }

    It 'looks at the certificate: <Name>' -ForEach @(
        @{ Name = 'ended'; From = -400; Days = -1; HostName = 'mail.example.com'; Bits = 2048; Check = 'Certificate'; Status = 'Fail'; Text = '*ended on*' }
        @{ Name = 'ends soon'; From = -300; Days = 5; HostName = 'mail.example.com'; Bits = 2048; Check = 'Certificate'; Status = 'Warning'; Text = '*in 4 days*' }
        @{ Name = 'another host'; From = -1; Days = 90; HostName = 'other.example.com'; Bits = 2048; Check = 'Certificate'; Status = 'Fail'; Text = "*is not for 'mail.example.com'*" }
        @{ Name = 'weak key'; From = -1; Days = 90; HostName = 'mail.example.com'; Bits = 1024; Check = 'CertificateKey'; Status = 'Fail'; Text = '*RSA key of 1024 bits*' }
        @{ Name = 'good'; From = -1; Days = 90; HostName = 'mail.example.com'; Bits = 2048; Check = 'Certificate'; Status = 'Pass'; Text = '*valid*' }
    ) {
        $key = [Security.Cryptography.RSA]::Create($Bits)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new("CN=$HostName", $key, [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $names = [Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
        $names.AddDnsName($HostName)
        $request.CertificateExtensions.Add($names.Build())
        $now = [DateTimeOffset]::UtcNow
        $certificate = $request.CreateSelfSigned($now.AddDays($From), $now.AddDays($Days))
        Set-Content (Join-Path $folder mail.pem) ($certificate.ExportCertificatePem(), $key.ExportPkcs8PrivateKeyPem())
        Set-Configuration "@{ StorePath = './store'; HostName = 'mail.example.com'; Certificate = 'mail.pem' }"
        $found = (Test-MailServerConfiguration $file).Findings | Where-Object Check -eq $Check
        $found.Status | Should -Be $Status
        $found.Message | Should -BeLike $Text
    }

    It 'looks at the rights of the store and at passwords that are kept as they are' -Skip:$IsWindows {
        $store = New-Item -ItemType Directory (Join-Path $folder store)
        Set-Content (Join-Path $store users) 'ann@example.com:{PLAIN}secret'
        & chmod 644 (Join-Path $store users)
        & chmod 777 $store
        Set-Configuration "@{ StorePath = './store'; Domains = 'example.com' }"
        $findings = (Test-MailServerConfiguration $file).Findings
        ($findings | Where-Object Check -eq Store).Message | Should -HaveCount 2
        ($findings | Where-Object Check -eq Accounts).Message | Should -BeLike 'The passwords of ann@example.com*'
        ($findings | Where-Object Check -eq Postmaster).Message | Should -BeLike 'Nobody is postmaster of example.com*'
    }

    It 'takes servers that run' {
        $server = Start-MailServer -StorePath (Join-Path $folder store) -SmtpPort 0
        $report = Get-MailServer | Test-MailServerConfiguration
        $report.Target | Should -BeLike "localhost ($($server.Id))"
        $report.Findings.Check | Should -Contain 'Accounts'
        $report.Verdict | Should -Be 'Warning'
    }
}
