# Set-, Get- and Clear-MailServerFault in real PowerShell, with the module's own clients as those who come up against them.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $login = [pscredential]::new('ann@example.com', (ConvertTo-SecureString any -AsPlainText -Force))
    function Send([string] $To = 'ann@example.com') {
        $server | Send-RawSmtp -From bob@example.org -To $To -Subject hello -Body text -ErrorAction SilentlyContinue
    }
}

Describe 'Set-MailServerFault' {
    BeforeEach {
        $store = New-TestFolder
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Pop3Port 0 -ImapPort 0
    }
    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'defers a recipient so often, and says how often it was played' {
        $fault = $server | Set-MailServerFault -Recipient 'ann@*' -Reply '451 4.3.0 Not now' -Count 1
        $fault.Kind | Should -Be 'Reply'
        $fault.Protocol | Should -Be 'smtp', 'submission', 'lmtp'
        (Send).Accepted | Should -BeFalse
        (Send).Accepted | Should -BeTrue
        ($server | Get-MailServerFault).Played | Should -Be 1
    }

    It 'drops a session, and the next one not' {
        $null = $server | Set-MailServerFault -Command DATA -Drop -Count 1
        $error.Clear()
        $null = Send
        $error | Should -Not -BeNullOrEmpty -Because 'the connection ended in the middle'
        { $server | Wait-MailMessage -TimeoutSeconds 0 } | Should -Throw
        (Send).Accepted | Should -BeTrue
    }

    It 'breaks POP3 and IMAP as well' {
        $null = Send
        $null = $server | Set-MailServerFault -Command PASS, AUTH -Reply '-ERR [SYS/TEMP] Later' -Count 1
        $null = $server | Set-MailServerFault -Command LOGIN, AUTHENTICATE -Reply 'NO [UNAVAILABLE] Later' -Count 1
        { $server | Get-Pop3Message -Credential $login -Tls None -ErrorAction Stop } | Should -Throw
        { $server | Get-ImapMessage -Credential $login -Tls None -ErrorAction Stop } | Should -Throw
        ($server | Get-Pop3Message -Credential $login -Tls None).Subject | Should -Be 'hello'
        ($server | Get-ImapMessage -Credential $login -Tls None).Subject | Should -Be 'hello'
    }

    It 'presents a certificate for another name' {
        $null = $server | Set-MailServerFault -WrongCertificate -Count 1
        $report = $server.Endpoints | Where-Object Protocol -EQ Smtp | Test-MailTls -ServerName localhost
        "$($report.Findings)" | Should -Match 'wrong\.invalid'
    }

    It 'is told as an event' {
        $null = $server | Set-MailServerFault -Command RCPT -Reply '550 5.7.1 No'
        $watch = Start-ModuleJob { param($id) Watch-MailServer -Id $id -Kind InjectedFault -Count 1 } $server.Id
        Wait-Until { $null = Send; $watch.State -notin 'NotStarted', 'Running' }
        ($watch | Receive-EndedJob).Detail | Should -Be 'fault 1 (Reply) at RCPT'
    }

    It 'is taken off by itself or with all others' {
        $one = $server | Set-MailServerFault -Command RCPT -Reply '550 5.7.1 No'
        $null = $server | Set-MailServerFault -GreylistFor 00:05:00
        $null = $server | Set-MailServerFault -MaxPerMinute 1
        $server | Get-MailServerFault | Should -HaveCount 3
        $one | Clear-MailServerFault
        ($server | Get-MailServerFault).Kind | Should -Be 'Greylist', 'Throttle'
        $server | Clear-MailServerFault -WhatIf
        $server | Clear-MailServerFault
        $server | Get-MailServerFault | Should -BeNullOrEmpty
        (Send).Accepted | Should -BeTrue
        { Clear-MailServerFault $server.Id -FaultId 1 -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerFaultNotFound,*'
    }

    It 'says what cannot be played: <Message>' -ForEach @(
        @{ Asked = @{ Reply = '250 Ok' }; Message = '*is no refusal of a protocol*' }
        @{ Asked = @{ Reply = '451 x'; Command = 'FOO' }; Message = "*'FOO' is no command*" }
        @{ Asked = @{ Drop = $true; Protocol = 'ftp' }; Message = "*'ftp' is no protocol*" }
        @{ Asked = @{ Drop = $true; Recipient = 'a@b'; Command = 'DATA' }; Message = '*at RCPT alone*' }
        @{ Asked = @{ Drop = $true; Share = 0.0 }; Message = '*no share of sessions*' }
    ) {
        { $server | Set-MailServerFault @Asked } | Should -Throw -ErrorId 'InvalidMailServerFault,*' -ExpectedMessage $Message
        $server | Get-MailServerFault | Should -BeNullOrEmpty
    }

    It 'sets nothing with -WhatIf, and knows the servers that run' {
        $server | Set-MailServerFault -Drop -WhatIf | Should -BeNullOrEmpty
        $server | Get-MailServerFault | Should -BeNullOrEmpty
        { Set-MailServerFault -Id 99999 -Drop -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotFound,*'
        { Get-MailServerFault 99999 -ErrorAction Stop } | Should -Throw -ErrorId 'MailServerNotFound,*'
    }
}
