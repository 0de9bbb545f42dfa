# -AuthorizationId: whom a login acts as, in real PowerShell against the module's own server, where everybody acts as themselves alone.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $joe = [pscredential]::new('joe@example.com', (ConvertTo-SecureString 'one two' -AsPlainText))
    New-MailAccount -StorePath $store -Credential $joe
    $server = Start-MailServer -StorePath $store -HostName localhost -Domain example.com -SmtpPort 0 -SubmissionTlsPort 0 -Pop3TlsPort 0 -ImapTlsPort 0
    $null = $server | Send-RawSmtp -From a@example.org -To joe@example.com -Subject Hello -Body x
    $login = @{ Credential = $joe; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
    $address = "imaps://127.0.0.1:$($server.ImapTlsPort)/"
    $quiet = @{ SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
}

AfterAll {
    Get-MailSession | Remove-MailSession
    $server | Stop-MailServer -TimeoutSeconds 0
    Remove-TestFolder $store
}

Describe '-AuthorizationId' {
    It 'opens a session over <_> as the account itself' -ForEach Imap, Pop3, Smtp {
        $session = $server | New-MailSession -Protocol $_ @login -AuthorizationId joe@example.com
        $session.UserName | Should -Be 'joe@example.com'
        $session.AuthorizationId | Should -Be 'joe@example.com'
        "$session" | Should -BeLike 'joe@example.com as joe@example.com at *'
    }

    It 'is refused over <_> as somebody else, with both names and without the password' -ForEach Imap, Pop3, Smtp {
        $server | New-MailSession -Protocol $_ @login -AuthorizationId ann@example.com -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed | Should -HaveCount 1
        "$($failed[0])" | Should -BeLike '*refused the login of joe@example.com as ann@example.com with SCRAM-SHA-256*'
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'AuthenticationFailed*'
        "$($failed[0])" | Should -Not -Match 'one two'
    }

    It 'goes with each cmdlet of a mailbox, by <_>' -ForEach PLAIN, SCRAM-SHA-256 {
        ($server | Get-ImapMessage @login -AuthorizationId joe@example.com -AuthMechanism $_).Subject | Should -Be Hello
        ($server | Get-Pop3Message @login -AuthorizationId joe@example.com -AuthMechanism $_).Subject | Should -Be Hello
    }

    It 'does not go by <_>' -ForEach LOGIN, NTLM, CRAM-MD5 {
        $server | New-MailSession @login -AuthorizationId joe@example.com -AuthMechanism $_ -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        "$($failed[0])" | Should -BeLike "$_ cannot say that who logs in acts as joe@example.com:*"
    }

    It 'needs a login' {
        $server | New-MailSession -Protocol Smtp @quiet -AuthorizationId joe@example.com -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        "$($failed[0])" | Should -BeLike '-AuthorizationId says whom an administrator acts as*'
    }
}

Describe 'Copy-Mailbox and Compare-Mailbox with an identity to act as' {
    It 'copies and compares the mailbox of the identity' {
        $to = "maildir:$store/copy"
        $result = Copy-Mailbox $address $to -FromCredential $joe -FromAuthorizationId joe@example.com @quiet -JournalPath "$store/journal"
        $result.Status | Should -Be Completed
        $result.From | Should -BeLike 'imaps://joe%40example.com@*'
        $result.Copied | Should -Be 1
        Compare-Mailbox $address $to -ReferenceCredential $joe -ReferenceAuthorizationId joe@example.com @quiet | Should -BeNullOrEmpty
        Compare-Mailbox $to $address -DifferenceCredential $joe -DifferenceAuthorizationId joe@example.com @quiet | Should -BeNullOrEmpty
        (Copy-Mailbox $to $address -ToCredential $joe -ToAuthorizationId joe@example.com @quiet -JournalPath "$store/back").AlreadyThere | Should -Be 1
    }

    It 'says what is wrong: <Why>' -ForEach @(
        @{ Why = 'a token'; From = 'imaps://joe@localhost/'; With = @{ FromAccessToken = 'x'; FromAuthorizationId = 'joe' }; Expected = '*leave -FromAuthorizationId out*' }
        @{ Why = 'files'; From = 'maildir:/nowhere'; With = @{ FromAuthorizationId = 'joe' }; Expected = '*nobody logs in: leave -FromAuthorizationId out.' }
        @{ Why = 'another mailbox'; From = 'imaps://ann@localhost/'; With = @{ FromCredential = 'admin'; FromAuthorizationId = 'joe' }; Expected = '*names the account ann, and the authorization identity is joe*' }
    ) {
        if ($With.FromCredential) { $With.FromCredential = [pscredential]::new('admin', $joe.Password) }
        Copy-Mailbox $From "maildir:$store/other" @With -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        "$($failed[0])" | Should -BeLike $Expected
    }
}
