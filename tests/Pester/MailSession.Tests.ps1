# Sessions in real PowerShell: New-, Get- and Remove-MailSession.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0 -Pop3Port 0
    $credential = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'summersun' -AsPlainText -Force))
    $login = @{ Credential = $credential; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
    $null = $server | Send-RawSmtp -From a@example.org -To john@example.com -Subject Hello
}

AfterAll {
    $server | Stop-MailServer
    Remove-TestFolder $store
}

Describe 'MailSession cmdlets' {
    AfterEach {
        Get-MailSession | Remove-MailSession
    }

    It 'logs in once for many cmdlets' {
        $session = $server | New-MailSession @login
        $session | Should -BeOfType MailOps.Client.Mailboxes.MailSession
        $session.Server | Should -Be $server.Server
        $session.Port | Should -Be $server.ImapPort
        $session.UserName | Should -Be 'john@example.com'
        $session.IsOpen | Should -BeTrue
        @($server | Get-MailServerSession) | Should -HaveCount 1
        $before = (Get-MailServer $server.Id).Logins
        1..5 | ForEach-Object { ($session | Get-ImapMessage).Subject | Should -Be 'Hello' }
        Get-ImapFolder -Session $session | Should -HaveCount 1
        (Get-MailServer $server.Id).Logins | Should -Be $before
    }

    It 'logs in again where the server has closed the connection' {
        $session = $server | New-MailSession @login
        $server | Get-MailServerSession | Stop-MailServerSession
        Start-Sleep -Seconds 3
        ($session | Get-ImapMessage).Subject | Should -Be 'Hello'
    }

    It 'goes on after Select-Object -First has stopped a reading' {
        $session = $server | New-MailSession @login
        $null = $server | Send-RawSmtp -From a@example.org -To john@example.com -Subject Second
        ($session | Get-ImapMessage | Select-Object -First 1).Subject | Should -Be 'Hello'
        ($session | Get-ImapMessage).Subject | Should -Contain 'Second'
    }

    It 'keeps how to log in over POP3, where no connection stays open' {
        $session = $server | New-MailSession -Protocol Pop3 @login
        $session.Protocol | Should -Be Pop3
        ($session | Get-Pop3Message).Subject | Should -Contain 'Hello'
        ($server | Get-Pop3Message @login).Subject | Should -Contain 'Hello'
        $session | Get-ImapFolder -ErrorVariable failed -ErrorAction SilentlyContinue
        "$($failed[0])" | Should -BeLike '*speaks POP3, and this needs IMAP.'
    }

    It 'is listed until it is removed, and of no use after it' {
        $one, $two = 1..2 | ForEach-Object { $server | New-MailSession @login }
        (Get-MailSession).Id | Should -Be $one.Id, $two.Id
        $one | Remove-MailSession
        (Get-MailSession).Id | Should -Be $two.Id
        $one.IsOpen | Should -BeFalse
        $one | Get-ImapFolder -ErrorVariable failed -ErrorAction SilentlyContinue
        "$($failed[0])" | Should -BeLike "Session $($one.Id), of john@example.com at *, was removed. New-MailSession makes another."
        Remove-MailSession $one.Id -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'MailSessionNotFound,*'
        $three = $server | New-MailSession @login
        Remove-MailSession $two, $three
        Get-MailSession | Should -BeNullOrEmpty
    }

    It 'makes no session where the login fails' {
        $arguments = @{ Credential = $credential; Server = '127.0.0.1'; Port = 1 }
        New-MailSession @arguments -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'ConnectionFailed,*'
        $server | New-MailSession -Credential $credential -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'CertificateNotTrusted,*'
        Get-MailSession | Should -BeNullOrEmpty
    }

    It 'leaves no connection behind where its warning stops it' {
        $arguments = $login.Clone()
        $arguments.WarningAction = 'Stop'
        { $server | New-MailSession @arguments -ErrorAction Stop } | Should -Throw
        Get-MailSession | Should -BeNullOrEmpty
        Wait-Until { @($server | Get-MailServerSession).Count -eq 0 }
    }

    It 'is of a protocol that it knows' {
        { New-MailSession x -Protocol Gopher -Credential $credential } | Should -Throw '*Protocol*'
    }

    It 'shows a table without the password' {
        $session = $server | New-MailSession @login
        $session | Out-String -Width 120 | Should -Match 'Id +Protocol +Server'
        $session | Format-List * | Out-String | Should -Not -Match 'summersun'
        $session | ConvertTo-Json -Depth 5 | Should -Not -Match 'summersun'
    }
}
