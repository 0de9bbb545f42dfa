# The accounts of a store: New-, Get-, Set- and Remove-MailAccount in real PowerShell.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $secret = 'Tr0ub4dor & 3'
    $password = ConvertTo-SecureString $secret -AsPlainText -Force
    $hash = '{SSHA}BojpBQyKB7/knF2uTxuI9gNHrVVeNMz1'
}

Describe 'MailAccount cmdlets' {
    BeforeEach {
        $store = New-TestFolder
        $users = Join-Path $store users
    }

    AfterEach {
        Remove-TestFolder $store
    }

    Context 'Lock- and Unlock-MailAccount' {
        It 'shuts an account to whoever knows its password, and opens it again as it was' {
            $null = New-MailAccount joe@contoso.com $store -Password $password
            $before = Get-Content -LiteralPath $users -Raw
            $server = Start-MailServer -StorePath $store -Domain contoso.com -ImapPort 0
            $login = @{ Credential = [pscredential]::new('joe@contoso.com', $password); Tls = 'None' }
            try {
                $server | Get-ImapFolder @login | Should -Not -BeNullOrEmpty
                Lock-MailAccount joe@contoso.com $store -WhatIf
                Get-Content -LiteralPath $users -Raw | Should -BeExactly $before
                $locked = Lock-MailAccount joe@contoso.com $store -PassThru
                $locked.IsLocked, $locked.CanLogin, $locked.HasScramKeys | Should -Be $true, $false, $false
                (Get-MailAccount -StorePath $store).IsLocked | Should -BeTrue
                { $server | Get-ImapFolder @login -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed*'
                Lock-MailAccount joe@contoso.com $store
                Get-MailAccount -StorePath $store | Where-Object IsLocked | Unlock-MailAccount
                Get-Content -LiteralPath $users -Raw | Should -BeExactly $before
                $server | Get-ImapFolder @login | Should -Not -BeNullOrEmpty
            } finally {
                $server | Stop-MailServer
            }
        }

        It 'opens it with a new password as well' {
            $null = New-MailAccount joe@contoso.com $store -Password $password
            Lock-MailAccount joe@contoso.com $store
            $changed = Set-MailAccount joe@contoso.com $store -Password $password -PassThru
            $changed.IsLocked, $changed.CanLogin, $changed.HasScramKeys | Should -Be $false, $true, $true
            Get-Content -LiteralPath $users -Raw | Should -Not -Match locked
            Unlock-MailAccount joe@contoso.com $store
        }

        It 'says that there is no such account' {
            $null = New-MailAccount joe@contoso.com $store -Password $password
            { Lock-MailAccount ann@contoso.com $store -ErrorAction Stop } | Should -Throw -ErrorId 'AccountNotFound*'
        }
    }

    Context 'New-MailAccount' {
        It 'makes an account and returns it without any secret' {
            $account = New-MailAccount Joe@Contoso.com $store -Password $password
            $account | Should -BeOfType 'MailOps.Cmdlets.Accounts.MailAccount'
            $account.Name | Should -Be 'joe@contoso.com'
            $account.Scheme | Should -Be 'ARGON2ID'
            $account.CanLogin | Should -BeTrue
            $account.HasScramKeys | Should -BeTrue
            $account.ScramMechanisms | Should -Be 'SCRAM-SHA-256'
            $account.MailPath | Should -Be (Join-Path $store mail contoso.com joe)
            $account.StorePath | Should -Be $store
            ($account | ConvertTo-Json -Depth 4) + ($account | Format-List * | Out-String) | Should -Not -Match '\$argon2id|100000,|Tr0ub'
        }

        It 'writes a line that starts with the name, and a file for its owner alone' {
            $null = New-MailAccount joe@contoso.com $store -Password $password
            $line = Get-Content -LiteralPath $users | Where-Object { $_ -notlike '#*' }
            $line | Should -Match '^joe@contoso\.com:\{ARGON2ID\}\$argon2id\$v=19\$m=19456,t=2,p=1\$[^:]+::::::mailops_scram_sha256=100000,[^: ]+$'
            if (-not $IsWindows) {
                (Get-Item -LiteralPath $users).UnixMode | Should -Be '-rw-------'
            }
        }

        It 'takes name and password from a credential' {
            $account = New-MailAccount -Credential ([pscredential]::new('ann@contoso.com', $password)) -StorePath $store
            $account.Name | Should -Be 'ann@contoso.com'
        }

        It 'takes accounts with hashes from a CSV file' {
            $csv = Join-Path $store old.csv
            "Name,PasswordHash`na@contoso.com,$hash`nb@contoso.com,$hash" | Set-Content -LiteralPath $csv
            $accounts = Import-Csv -LiteralPath $csv | New-MailAccount -StorePath $store
            $accounts.Name | Should -Be 'a@contoso.com', 'b@contoso.com'
            $accounts.Scheme | Should -Be 'SSHA', 'SSHA'
            $accounts.HasScramKeys | Should -Not -Contain $true
        }

        It 'takes the store from the object of a server and names from the pipeline' {
            $server = [pscustomobject]@{ HostName = 'mail.contoso.com'; StorePath = $store }
            ($server | New-MailAccount -Name joe@contoso.com -Password $password).Name | Should -Be 'joe@contoso.com'
            ('x@contoso.com', 'y@contoso.com' | New-MailAccount -StorePath $store -Password $password -Scheme SSHA).Name | Should -Be 'x@contoso.com', 'y@contoso.com'
        }

        It 'makes the folder of a store that is not there yet, from a relative path' {
            Push-Location $store
            try {
                $account = New-MailAccount joe@contoso.com ./new/store -Password $password -Scheme SSHA
            }
            finally {
                Pop-Location
            }

            $account.StorePath | Should -Be (Join-Path $store new store)
            Join-Path $store new store users | Should -Exist
        }

        It 'makes <_>' -ForEach 'ARGON2ID', 'BLF-CRYPT', 'SHA512-CRYPT', 'SSHA', 'SCRAM-SHA-256', 'SCRAM-SHA-1' {
            (New-MailAccount joe@contoso.com $store -Password $password -Scheme $_ -NoScramKeys).Scheme | Should -Be $_
        }

        It 'leaves the keys for SCRAM out with -NoScramKeys' {
            $account = New-MailAccount joe@contoso.com $store -Password $password -NoScramKeys
            $account.HasScramKeys | Should -BeFalse
            Get-Content -LiteralPath $users -Raw | Should -Not -Match 'scram'
        }

        It 'changes nothing with -WhatIf' {
            New-MailAccount joe@contoso.com $store -Password $password -WhatIf | Should -BeNullOrEmpty
            $users | Should -Not -Exist
        }

        It 'refuses <Case> with <Id>' -ForEach @(
            @{ Case = 'a name without a domain'; Id = 'InvalidAccountName'; Arguments = @{ Name = 'joe' } }
            @{ Case = 'a name that leaves the store'; Id = 'InvalidAccountName'; Arguments = @{ Name = '../joe@contoso.com' } }
            @{ Case = 'a name with a colon'; Id = 'InvalidAccountName'; Arguments = @{ Name = 'jo:e@contoso.com' } }
            @{ Case = 'an unknown scheme'; Id = 'InvalidPasswordScheme'; Arguments = @{ Name = 'joe@contoso.com'; Scheme = 'ROT13' } }
            @{ Case = 'a scheme that is not made'; Id = 'InvalidPasswordScheme'; Arguments = @{ Name = 'joe@contoso.com'; Scheme = 'PLAIN' } }
            @{ Case = 'an empty password'; Id = 'InvalidPassword'; Arguments = @{ Name = 'joe@contoso.com'; Password = [securestring]::new() } }
            @{ Case = 'a hash of no known scheme'; Id = 'InvalidPasswordHash'; Arguments = @{ Name = 'joe@contoso.com'; PasswordHash = '{ROT13}frperg' } }
        ) {
            $given = @{ StorePath = $store } + $Arguments
            if (-not $given.ContainsKey('PasswordHash') -and -not $given.ContainsKey('Password')) {
                $given.Password = $password
            }

            $result = New-MailAccount @given -ErrorVariable failure -ErrorAction SilentlyContinue
            $result | Should -BeNullOrEmpty
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -Be "$Id,MailOps.Cmdlets.Accounts.NewMailAccountCommand"
            $failure[0].TargetObject | Should -Be $Arguments.Name
            ($failure | Out-String) + $failure[0].Exception | Should -Not -Match 'Tr0ub|frperg'
            $users | Should -Not -Exist
        }

        It 'takes a hash alone, and says so' {
            New-MailAccount joe@contoso.com $store -PasswordHash $hash -Scheme SSHA -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'PasswordHashNotAlone,*'
        }

        It 'says what is missing where there is nobody to ask' {
            $output = Invoke-Pwsh "Import-Module '$(Get-ProjectPath out MailOps MailOps.psd1)'; New-MailAccount joe@contoso.com '$store'; `$Error[0].FullyQualifiedErrorId"
            "$output" | Should -BeLike '*PasswordMissing,MailOps.Cmdlets.Accounts.NewMailAccountCommand*'
        }

        It 'refuses a name that is taken, in any case, and goes on with the next' {
            $null = New-MailAccount joe@contoso.com $store -PasswordHash $hash
            $made = 'JOE@contoso.com', 'ann@contoso.com' | New-MailAccount -StorePath $store -Password $password -Scheme SSHA -ErrorVariable failure -ErrorAction SilentlyContinue
            $made.Name | Should -Be 'ann@contoso.com'
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'AccountExists,*'
            $failure[0].CategoryInfo.Category | Should -Be 'ResourceExists'
        }

        It 'shows no secret in verbose lines, debug lines or a transcript' {
            $transcript = Join-Path $store transcript.txt
            $null = Invoke-Pwsh "Import-Module '$(Get-ProjectPath out MailOps MailOps.psd1)'; Start-Transcript '$transcript' > `$null
                `$p = Read-Host -AsSecureString -ErrorAction Ignore 2>`$null
                New-MailAccount joe@contoso.com '$store' -Password ([Net.NetworkCredential]::new('', [string]::new([char[]](88,121,122,122,121,49))).SecurePassword) -Verbose -Debug | Format-List *
                Stop-Transcript"
            $text = Get-Content -LiteralPath $transcript -Raw
            $text | Should -Match 'joe@contoso\.com'
            $text | Should -Not -Match 'Xyzzy1|\$argon2id|100000,'
        }
    }

    Context 'Get-MailAccount' {
        It 'lists all, by wildcards, by names, and each once' {
            'joe', 'ann', 'bob' | ForEach-Object { New-MailAccount "$_@contoso.com" $store -PasswordHash $hash }
            (Get-MailAccount -StorePath $store).Name | Should -Be 'joe@contoso.com', 'ann@contoso.com', 'bob@contoso.com'
            (Get-MailAccount B* -StorePath $store).Name | Should -Be 'bob@contoso.com'
            (Get-MailAccount *n*, JOE@contoso.com, a* -StorePath $store).Name | Should -Be 'joe@contoso.com', 'ann@contoso.com', 'bob@contoso.com'
            Get-MailAccount z* -StorePath $store | Should -BeNullOrEmpty
        }

        It 'says which name is not there' {
            $null = New-MailAccount joe@contoso.com $store -PasswordHash $hash
            (Get-MailAccount nobody@contoso.com, joe@contoso.com -StorePath $store -ErrorVariable failure -ErrorAction SilentlyContinue).Name | Should -Be 'joe@contoso.com'
            $failure[0].FullyQualifiedErrorId | Should -Be 'AccountNotFound,MailOps.Cmdlets.Accounts.GetMailAccountCommand'
            $failure[0].TargetObject | Should -Be 'nobody@contoso.com'
        }

        It 'reports broken lines with their numbers, without what they hold, and lists the others' {
            "# comment`njust-a-secret`njoe@contoso.com:$hash`nlocked@contoso.com:*`nbare:$hash" | Set-Content -LiteralPath $users
            $accounts = Get-MailAccount -StorePath $store -ErrorVariable failure -ErrorAction SilentlyContinue
            $accounts.Name | Should -Be 'joe@contoso.com', 'locked@contoso.com', 'bare'
            $accounts.CanLogin | Should -Be $true, $false, $true
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'PasswdFileBroken,*'
            "$($failure[0])" | Should -BeLike "Line 2 of '$users'*"
            "$($failure[0])" | Should -Not -Match 'just-a-secret'
        }

        It 'has an error for a store that is not there, and nothing for one without accounts' {
            Get-MailAccount -StorePath $store | Should -BeNullOrEmpty
            Get-MailAccount -StorePath (Join-Path $store none) -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'StoreNotFound,*'
        }

        It 'fits its view into 120 columns' {
            $null = New-MailAccount joe.with.a.rather.long.name@a.rather.long.domain.contoso.com $store -Password $password
            $lines = (Get-MailAccount -StorePath $store | Out-String -Width 120) -split '\r?\n'
            ($lines | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual 120
            $lines[1] | Should -Match '^Name +Scheme +CanLogin +Scram +MailPath'
        }

        It 'completes names once the store is given, and schemes' {
            'joe', 'jim', "o'neil" | ForEach-Object { New-MailAccount "$_@contoso.com" $store -PasswordHash $hash }
            $line = "Get-MailAccount -StorePath '$store' -Name j"
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'joe@contoso.com', 'jim@contoso.com'
            $line = "Remove-MailAccount -StorePath '$store' -Name o"
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be "'o''neil@contoso.com'"
            $line = 'New-MailAccount -Scheme s'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'SHA512-CRYPT', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'SSHA'
        }
    }

    Context 'Set-MailAccount' {
        It 'changes the password and keeps what else the line holds' {
            "joe@contoso.com:$($hash):1000:1000:Joe:/home/joe::allow_nets=::1 mailops_scram_sha256=old" | Set-Content -LiteralPath $users
            Set-MailAccount joe@contoso.com $store -Password $password | Should -BeNullOrEmpty
            $line = Get-Content -LiteralPath $users
            $line | Should -Match '^joe@contoso\.com:\{ARGON2ID\}[^:]+:1000:1000:Joe:/home/joe::allow_nets=::1 mailops_scram_sha256=100000,\S+$'
        }

        It 'takes accounts from Get-MailAccount and returns them with -PassThru' {
            'joe', 'ann' | ForEach-Object { New-MailAccount "$_@contoso.com" $store -PasswordHash $hash }
            $changed = Get-MailAccount -StorePath $store | Set-MailAccount -Password $password -Scheme SCRAM-SHA-256 -PassThru
            $changed.Name | Should -Be 'joe@contoso.com', 'ann@contoso.com'
            $changed.Scheme | Should -Be 'SCRAM-SHA-256', 'SCRAM-SHA-256'
        }

        It 'changes nothing with -WhatIf' {
            $null = New-MailAccount joe@contoso.com $store -PasswordHash $hash
            $before = Get-Content -LiteralPath $users -Raw
            Set-MailAccount joe@contoso.com $store -Password $password -WhatIf
            Get-Content -LiteralPath $users -Raw | Should -BeExactly $before
        }

        It 'has an error for an account that is not there' {
            Set-MailAccount nobody@contoso.com $store -PasswordHash $hash -ErrorVariable failure -ErrorAction SilentlyContinue
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'AccountNotFound,*'
            $users | Should -Not -Exist
        }
    }

    Context 'Remove-MailAccount' {
        BeforeEach {
            $account = New-MailAccount joe@contoso.com $store -PasswordHash $hash
            $other = New-MailAccount ann@contoso.com $store -PasswordHash $hash
            foreach ($path in $account.MailPath, $other.MailPath) {
                $null = New-Item -ItemType Directory -Path (Join-Path $path new) -Force
                'mail' | Set-Content -LiteralPath (Join-Path $path new 1.eml)
            }
        }

        It 'removes the account and keeps its mail' {
            Remove-MailAccount joe@contoso.com $store -Confirm:$false | Should -BeNullOrEmpty
            (Get-MailAccount -StorePath $store).Name | Should -Be 'ann@contoso.com'
            Join-Path $account.MailPath new 1.eml | Should -Exist
        }

        It 'removes the mail with -RemoveMail, of this account alone, and follows no link' {
            $outside = Join-Path $store outside
            $null = New-Item -ItemType Directory -Path $outside
            'keep' | Set-Content -LiteralPath (Join-Path $outside kept.txt)
            $null = New-Item -ItemType SymbolicLink -Path (Join-Path $account.MailPath .link) -Target $outside
            Get-MailAccount joe* -StorePath $store | Remove-MailAccount -RemoveMail -Confirm:$false
            $account.MailPath | Should -Not -Exist
            Join-Path $other.MailPath new 1.eml | Should -Exist
            Join-Path $outside kept.txt | Should -Exist
        }

        It 'takes the account out of the permissions of others with -RemoveMail, and leaves those of who stays' {
            'joe', 'cat' | ForEach-Object { Set-MailFolderPermission INBOX "$_@contoso.com" -AccessRights lr -StorePath $store -Account ann@contoso.com }
            Set-MailFolderPermission INBOX ann@contoso.com -AccessRights lr -StorePath $store -Account joe@contoso.com
            Remove-MailAccount joe@contoso.com $store -RemoveMail -Confirm:$false
            (Get-MailFolderPermission -StorePath $store -Account ann@contoso.com).User | Should -Be 'ann@contoso.com', 'cat@contoso.com'
            Get-Content -LiteralPath (Join-Path $store shared-mailboxes) | Where-Object { $_ -match 'joe' } | Should -BeNullOrEmpty

            # Who gets the name later has no rights by it.
            $null = New-MailAccount joe@contoso.com $store -PasswordHash $hash
            Get-MailFolderPermission -StorePath $store -Account ann@contoso.com -User joe* | Should -BeNullOrEmpty
        }

        It 'removes nothing with -WhatIf' {
            Get-MailAccount -StorePath $store | Remove-MailAccount -RemoveMail -WhatIf
            @(Get-MailAccount -StorePath $store) | Should -HaveCount 2
            $account.MailPath | Should -Exist
        }

        It 'asks before it removes' {
            $output = Invoke-Pwsh "Import-Module '$(Get-ProjectPath out MailOps MailOps.psd1)'; Remove-MailAccount joe@contoso.com '$store'"
            "$output" | Should -Match 'NonInteractive|confirm'
            @(Get-MailAccount -StorePath $store) | Should -HaveCount 2
        }

        It 'has an error for an account that is not there, and goes on' {
            Remove-MailAccount nobody@contoso.com, joe@contoso.com $store -Confirm:$false -ErrorVariable failure -ErrorAction SilentlyContinue
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'AccountNotFound,*'
            (Get-MailAccount -StorePath $store).Name | Should -Be 'ann@contoso.com'
        }
    }

    It 'loses no account when several shells write at the same time' {
        $manifest = Get-ProjectPath out MailOps MailOps.psd1
        $null = 1..12 | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $using:manifest
            New-MailAccount "user$_@contoso.com" $using:store -PasswordHash $using:hash
        }
        @(Get-MailAccount -StorePath $store) | Should -HaveCount 12
    }
}
