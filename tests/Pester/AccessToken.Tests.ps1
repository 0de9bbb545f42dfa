# -AccessToken: a token or a script block that renews it, in real PowerShell against the module's own server, whose tokens can expire.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $good = Join-Path $store good
    Set-Content $good 'token-1' -NoNewline
    New-MailAccount -StorePath $store -Credential ([pscredential]::new('joe@example.com', (ConvertTo-SecureString 'one two' -AsPlainText)))
    $validator = [scriptblock]::Create("param(`$token, `$user) if (`$token -eq [IO.File]::ReadAllText('$good')) { `$user }")
    $server = Start-MailServer -StorePath $store -HostName localhost -Domain example.com -SmtpPort 0 -Pop3Port 0 -ImapPort 0 -TokenValidator $validator
    1..5 | ForEach-Object { $null = $server | Send-RawSmtp -From a@example.org -To joe@example.com -Subject "m$_" -Body x }
    $at = @{ UserName = 'joe@example.com'; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }

    function Get-TestToken { $script:calls++; [IO.File]::ReadAllText($good) }
}

AfterAll {
    Get-MailSession | Remove-MailSession
    $server | Stop-MailServer -TimeoutSeconds 0
    Remove-TestFolder $store
}

Describe 'An access token' {
    BeforeEach {
        $script:calls = 0
        Set-Content $good 'token-1' -NoNewline
    }

    It 'logs in as <What>' -ForEach @(
        @{ What = 'a string'; Token = { 'token-1' } }
        @{ What = 'a SecureString'; Token = { ConvertTo-SecureString 'token-1' -AsPlainText } }
        @{ What = 'a script that writes a string'; Token = { { 'token-1' } } }
        @{ What = 'a script that writes a SecureString'; Token = { { ConvertTo-SecureString 'token-1' -AsPlainText } } }
        @{ What = 'a script that knows this session'; Token = { { Get-TestToken } } }
    ) {
        $server | Get-Pop3Message @at -AccessToken (& $Token) -HeadersOnly | Should -HaveCount 5
        $server | Get-ImapMessage @at -AccessToken (& $Token) | Should -HaveCount 5
        $session = $server | New-MailSession @at -AccessToken (& $Token)
        $session.AuthMechanism | Should -Be 'OAUTHBEARER'
        $session.UserName | Should -Be 'joe@example.com'
        $session | Format-List * | Out-String | Should -Not -Match 'token-1'
        ($server | New-MailSession @at -AccessToken (& $Token) -AuthMechanism XOAUTH2).AuthMechanism | Should -Be 'XOAUTH2'
    }

    It 'is asked for once, kept for all connections, and renewed when the server refuses it' {
        $session = $server | New-MailSession @at -AccessToken { Get-TestToken }
        $pop3 = $server | New-MailSession @at -Protocol Pop3 -AccessToken { Get-TestToken }
        $script:calls | Should -Be 2
        1..3 | ForEach-Object { $session | Get-ImapFolder INBOX | Should -HaveCount 1; $pop3 | Get-Pop3Message -First 1 | Should -HaveCount 1 }
        $script:calls | Should -Be 2
        Set-Content $good 'token-2' -NoNewline
        $pop3 | Get-Pop3Message -First 1 | Should -HaveCount 1
        $script:calls | Should -Be 3
        # What is logged in stays so; what is cut off logs in anew.
        $session | Get-ImapFolder INBOX | Should -HaveCount 1
        $script:calls | Should -Be 3
        $server | Get-MailServerSession | Stop-MailServerSession -Confirm:$false
        Wait-Until { @($server | Get-MailServerSession).Count -eq 0 }
        [Threading.Thread]::Sleep(2100)
        $session | Get-ImapFolder INBOX | Should -HaveCount 1
        $script:calls | Should -Be 4
    }

    It 'expires half-way through a command, which goes on' {
        $session = $server | New-MailSession @at -AccessToken { Get-TestToken }
        $told = $session | Watch-ImapFolder -IncludeExisting -Count 6 -WarningVariable warnings -WarningAction SilentlyContinue | ForEach-Object {
            $_.Subject
            if ($_.Subject -eq 'm5') {
                Set-Content $good 'token-3' -NoNewline
                $server | Get-MailServerSession | Stop-MailServerSession -Confirm:$false
                $null = $server | Send-RawSmtp -From a@example.org -To joe@example.com -Subject 'm6' -Body x
            }
        }
        $told | Should -Be ('m1', 'm2', 'm3', 'm4', 'm5', 'm6')
        $warnings | Should -HaveCount 1
        $script:calls | Should -Be 2
    }

    It 'expires half-way through a copy, which goes on' {
        $address = "imap://joe%40example.com@localhost:$(@($server.Endpoints | Where-Object Protocol -EQ Imap)[0].Port)/"
        $total = @($server | Get-ImapMessage @at -AccessToken 'token-1').Count
        $server | Set-MailServerFault -Protocol imap -Command 'UID FETCH' -Reply 'BYE Later' -Skip 1 -Count 1 | Out-Null
        $server | Set-MailServerFault -Protocol imap -Command AUTHENTICATE -Reply 'NO [AUTHENTICATIONFAILED] Expired' -Skip 1 -Count 1 | Out-Null
        try {
            $result = Copy-Mailbox $address "maildir:$(Join-Path $store copied)" -JournalPath (Join-Path $store token.journal) -SkipCertificateCheck -WarningAction SilentlyContinue -FromAccessToken {
                param($user)
                $script:told = $user
                if (++$script:calls -gt 1) { Set-Content $good 'token-2' -NoNewline }
                [IO.File]::ReadAllText($good)
            }
        }
        finally {
            $server | Clear-MailServerFault
        }
        $result.Status, $result.Copied | Should -Be Completed, $total
        $script:told | Should -Be 'joe@example.com'
        $script:calls | Should -Be 2
        Compare-Mailbox $address "maildir:$(Join-Path $store copied)" -ReferenceAccessToken 'token-2' -SkipCertificateCheck -WarningAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'of a copy is wrong: <name>' -ForEach @(
        @{ name = 'both'; more = { @{ FromCredential = [pscredential]::new('joe', (ConvertTo-SecureString x -AsPlainText)) } }; address = 'imap://joe@localhost/'; text = '*-FromCredential or -FromAccessToken, and not both*' }
        @{ name = 'no account'; more = { @{} }; address = 'imap://localhost:1143/'; text = '*names no account, for which the access token is: write it as imap://user@localhost:1143/*' }
    ) {
        $given = & $more
        { Copy-Mailbox $address maildir:./x -FromAccessToken t @given -ErrorAction Stop } | Should -Throw $text -ErrorId 'CredentialMissing*'
    }

    It 'that is new and refused is an error, and the script is not asked again' {
        Set-Content $good 'other' -NoNewline
        $server | Get-ImapMessage @at -AccessToken { $script:calls++; 'token-wrong' } -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'AuthenticationFailed,*'
        "$($failed[0].Exception)" | Should -Not -Match 'token-wrong'
        $script:calls | Should -Be 1
        $server | Get-ImapMessage @at -AccessToken 'token-wrong' -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'AuthenticationFailed,*'
    }

    It 'that its script does not give is told: <What>' -ForEach @(
        @{ What = 'it throws'; Script = { throw 'The vault is shut.' }; Message = '*The script for the access token failed: The vault is shut.*' }
        @{ What = 'a command in it fails'; Script = { Get-Item /no/such -ErrorAction Stop }; Message = '*The script for the access token failed: *no*such*' }
        @{ What = 'it writes nothing'; Script = { }; Message = '*it writes 0 objects. It is to write one string or SecureString.' }
        @{ What = 'it writes two'; Script = { 'a', 'b' }; Message = '*it writes 2 objects. It is to write one*' }
        @{ What = 'it writes a number'; Script = { 7 }; Message = '*no token but Int32. It is to write one*' }
        @{ What = 'it writes an empty text'; Script = { '' }; Message = '*no token but String. It is to write one*' }
    ) {
        $server | Get-ImapMessage @at -AccessToken $Script -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed | Where-Object FullyQualifiedErrorId -Like 'AccessTokenFailed,*' | Should -HaveCount 1
        "$(@($failed | Where-Object FullyQualifiedErrorId -Like 'AccessTokenFailed,*')[0])" | Should -BeLike $Message
    }

    It 'is renewed from other threads, by the text of the script' {
        $session = $server | New-MailSession @at -AccessToken ([scriptblock]::Create("[IO.File]::ReadAllText('$good')"))
        Set-Content $good 'token-4' -NoNewline
        $server | Get-MailServerSession | Stop-MailServerSession -Confirm:$false
        Wait-Until { @($server | Get-MailServerSession).Count -eq 0 }
        [Threading.Thread]::Sleep(2100)
        $manifest = Get-ProjectPath out MailOps MailOps.psd1
        1..3 | ForEach-Object -Parallel { Import-Module $using:manifest; $using:session | Get-ImapFolder INBOX } | Should -HaveCount 3
    }

    It 'is a string, a SecureString or a script block' {
        { $server | Get-ImapMessage @at -AccessToken 7 } | Should -Throw '*takes a string, a SecureString or a script block*Int32*'
    }
}
