# The aliases of a store: New-, Get-, Set- and Remove-MailAlias in real PowerShell.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $hash = '{SSHA}BojpBQyKB7/knF2uTxuI9gNHrVVeNMz1'
}

Describe 'MailAlias cmdlets' {
    BeforeEach {
        $store = New-TestFolder
        $aliases = Join-Path $store aliases
        'ann', 'bob', 'cat' | ForEach-Object { $null = New-MailAccount "$_@contoso.com" $store -PasswordHash $hash }
    }

    AfterEach {
        Remove-TestFolder $store
    }

    Context 'New-MailAlias' {
        It 'makes an alias and returns it' {
            $alias = New-MailAlias Sales@Contoso.com $store -Target ann@contoso.com, BOB@contoso.com
            $alias | Should -BeOfType 'MailOps.Cmdlets.Aliases.MailAlias'
            $alias.Name | Should -Be 'sales@contoso.com'
            $alias.Target | Should -Be 'ann@contoso.com', 'bob@contoso.com'
            $alias.DeliversTo | Should -Be 'ann@contoso.com', 'bob@contoso.com'
            $alias.External | Should -BeNullOrEmpty
            $alias.StorePath | Should -Be $store
            Get-Content -LiteralPath $aliases | Select-Object -Last 1 | Should -BeExactly 'sales@contoso.com ann@contoso.com, bob@contoso.com'
        }

        It 'takes aliases from a CSV file, several targets in one column' {
            $csv = Join-Path $store old.csv
            "Name,Target`nsales@contoso.com,ann@contoso.com; bob@contoso.com`nall@contoso.com,`"sales@contoso.com, cat@contoso.com`"" | Set-Content -LiteralPath $csv
            $made = Import-Csv -LiteralPath $csv | New-MailAlias -StorePath $store
            $made[1].DeliversTo | Should -Be 'ann@contoso.com', 'bob@contoso.com', 'cat@contoso.com'
        }

        It 'takes store and domains from the object of a server, and bare names then' {
            $server = [pscustomobject]@{ StorePath = $store; Domain = 'contoso.com', 'contoso.net' }
            ($server | New-MailAlias -Name help -Target ann).Name | Should -Be 'help@contoso.com'
            ($server | New-MailAlias -Name '@contoso.net' -Target '@contoso.com').Target | Should -Be '@contoso.com'
        }

        It 'changes nothing with -WhatIf' {
            New-MailAlias sales@contoso.com $store -Target ann@contoso.com -WhatIf | Should -BeNullOrEmpty
            $aliases | Should -Not -Exist
        }

        It 'refuses <Case> with <Id>' -ForEach @(
            @{ Case = 'a name without a domain'; Id = 'InvalidAlias'; Arguments = @{ Name = 'sales'; Target = 'ann@contoso.com' }; Says = "'sales' cannot be the name*" }
            @{ Case = 'a target that runs a program'; Id = 'InvalidAlias'; Arguments = @{ Name = 'x@contoso.com'; Target = '|/bin/sh' }; Says = "'|/bin/sh' cannot be*" }
            @{ Case = 'a target that is not there'; Id = 'AliasTargetNotFound'; Arguments = @{ Name = 'x@contoso.com'; Target = 'gone@contoso.com' }; Says = "There is no account and no alias 'gone@contoso.com'*New-MailAccount*" }
            @{ Case = 'a target on another server'; Id = 'AliasTargetOutside'; Arguments = @{ Name = 'x@contoso.com'; Target = 'x@elsewhere.example' }; Says = "'x@elsewhere.example' is an address of another server*-AllowExternal*" }
            @{ Case = 'a name that is taken'; Id = 'AliasExists'; Arguments = @{ Name = 'TEAM@contoso.com'; Target = 'ann@contoso.com' }; Says = "There is an alias 'team@contoso.com'*Set-MailAlias*" }
            @{ Case = 'a circle'; Id = 'AliasLoop'; Arguments = @{ Name = 'cat@contoso.com'; Target = 'all@contoso.com' }; Says = '*cat@contoso.com → all@contoso.com → team@contoso.com → cat@contoso.com*' }
            @{ Case = 'what is no domain'; Id = 'InvalidDomain'; Arguments = @{ Name = 'x@contoso.com'; Target = 'ann@contoso.com'; Domain = 'a b' }; Says = "'a b' is not the name of a domain*" }
        ) {
            $null = New-MailAlias team@contoso.com $store -Target ann@contoso.com, cat@contoso.com
            $null = New-MailAlias all@contoso.com $store -Target team@contoso.com
            $before = Get-Content -LiteralPath $aliases -Raw
            New-MailAlias @Arguments -StorePath $store -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -Be "$Id,MailOps.Cmdlets.Aliases.NewMailAliasCommand"
            $failure[0].TargetObject | Should -Be $Arguments.Name
            "$($failure[0])" | Should -BeLike $Says
            Get-Content -LiteralPath $aliases -Raw | Should -BeExactly $before
        }

        It 'takes a target on another server with -AllowExternal and warns' {
            $alias = New-MailAlias sales@contoso.com $store -Target ann@contoso.com, joe@elsewhere.example -AllowExternal -WarningVariable warning -WarningAction SilentlyContinue
            $alias.External | Should -Be 'joe@elsewhere.example'
            "$warning" | Should -BeLike '*leads to joe@elsewhere.example on another server. Mail for it is sent on by a server that was started with -Outbound*'
        }

        It 'warns that an account of the name gets nothing more, unless it is among the targets' {
            $null = New-MailAlias ann@contoso.com $store -Target bob@contoso.com -WarningVariable warning -WarningAction SilentlyContinue
            "$warning" | Should -BeLike "Mail for the account 'ann@contoso.com' goes to bob@contoso.com instead.*"
            $kept = New-MailAlias bob@contoso.com $store -Target bob@contoso.com, cat@contoso.com -WarningVariable none
            $kept.DeliversTo | Should -Be 'bob@contoso.com', 'cat@contoso.com'
            $none | Should -BeNullOrEmpty
        }

        It 'has an error for a store that is not there' {
            New-MailAlias sales@contoso.com (Join-Path $store none) -Target ann@contoso.com -ErrorVariable failure -ErrorAction SilentlyContinue
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'StoreNotFound,*'
        }
    }

    Context 'Get-MailAlias' {
        BeforeEach {
            "# mine`nsales@contoso.com ann@contoso.com`nall@contoso.com sales@contoso.com,`n  bob@contoso.com`n@contoso.net cat@contoso.com" | Set-Content -LiteralPath $aliases
        }

        It 'lists all, by wildcards, by names, and each once' {
            (Get-MailAlias -StorePath $store).Name | Should -Be 'sales@contoso.com', 'all@contoso.com', '@contoso.net'
            (Get-MailAlias A* -StorePath $store).DeliversTo | Should -Be 'ann@contoso.com', 'bob@contoso.com'
            (Get-MailAlias '@*', all@contoso.com, '@contoso.net' -StorePath $store).Name | Should -Be '@contoso.net', 'all@contoso.com'
            (Get-MailAlias -StorePath $store | Where-Object DeliversTo -Contains ann@contoso.com).Name | Should -Be 'sales@contoso.com', 'all@contoso.com'
        }

        It 'says which name is not there' {
            Get-MailAlias none@contoso.com -StorePath $store -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure[0].FullyQualifiedErrorId | Should -Be 'AliasNotFound,MailOps.Cmdlets.Aliases.GetMailAliasCommand'
        }

        It 'reports what is wrong with the number of the line, and lists the others' {
            "a@contoso.com gone@contoso.com`nbroken:`nb@contoso.com ann@contoso.com" | Set-Content -LiteralPath $aliases
            (Get-MailAlias -StorePath $store -ErrorVariable failure -ErrorAction SilentlyContinue).Name | Should -Be 'a@contoso.com', 'b@contoso.com'
            $failure | Should -HaveCount 2
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'AliasFileBroken,*'
            "$($failure[0])" | Should -BeLike "Line 1 of '$aliases' names gone@contoso.com*"
            "$($failure[1])" | Should -BeLike "Line 2 of '$aliases' has a colon behind its name*"
        }

        It 'completes names' {
            $line = "Remove-MailAlias -StorePath '$store' -Name s"
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'sales@contoso.com'
        }
    }

    Context 'Set-MailAlias' {
        BeforeEach { $null = New-MailAlias sales@contoso.com $store -Target ann@contoso.com }

        It 'adds, removes and replaces targets' {
            Set-MailAlias sales@contoso.com $store -AddTarget bob@contoso.com | Should -BeNullOrEmpty
            (Get-MailAlias -StorePath $store).Target | Should -Be 'ann@contoso.com', 'bob@contoso.com'
            (Get-MailAlias -StorePath $store | Set-MailAlias -RemoveTarget ANN@contoso.com -PassThru).Target | Should -Be 'bob@contoso.com'
            (Set-MailAlias sales@contoso.com $store -Target cat@contoso.com -PassThru).Target | Should -Be 'cat@contoso.com'
        }

        It 'changes nothing with -WhatIf' {
            Set-MailAlias sales@contoso.com $store -AddTarget bob@contoso.com -WhatIf
            (Get-MailAlias -StorePath $store).Target | Should -Be 'ann@contoso.com'
        }

        It 'refuses <Case> with <Id>' -ForEach @(
            @{ Case = 'an alias that is not there'; Id = 'AliasNotFound'; Arguments = @{ Name = 'none@contoso.com'; AddTarget = 'ann@contoso.com' } }
            @{ Case = 'nothing to change'; Id = 'NothingToChange'; Arguments = @{ Name = 'sales@contoso.com' } }
            @{ Case = 'to leave no target'; Id = 'InvalidAlias'; Arguments = @{ Name = 'sales@contoso.com'; RemoveTarget = 'ann@contoso.com' } }
            @{ Case = 'a circle'; Id = 'AliasLoop'; Arguments = @{ Name = 'sales@contoso.com'; AddTarget = 'sales@contoso.com' } }
            @{ Case = 'a target on another server'; Id = 'AliasTargetOutside'; Arguments = @{ Name = 'sales@contoso.com'; AddTarget = 'x@elsewhere.example' } }
        ) {
            Set-MailAlias @Arguments -StorePath $store -ErrorVariable failure -ErrorAction SilentlyContinue
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -Be "$Id,MailOps.Cmdlets.Aliases.SetMailAliasCommand"
            (Get-MailAlias -StorePath $store).Target | Should -Be 'ann@contoso.com'
        }
    }

    Context 'Remove-MailAlias' {
        BeforeEach {
            $null = New-MailAlias sales@contoso.com $store -Target ann@contoso.com
            $null = New-MailAlias all@contoso.com $store -Target sales@contoso.com, bob@contoso.com
        }

        It 'removes aliases and says which others name them' {
            Remove-MailAlias SALES@contoso.com $store -Confirm:$false -WarningVariable warning -WarningAction SilentlyContinue | Should -BeNullOrEmpty
            "$warning" | Should -BeLike "Other aliases name 'sales@contoso.com' among their targets: all@contoso.com.*"
            (Get-MailAlias -StorePath $store -ErrorAction SilentlyContinue).Name | Should -Be 'all@contoso.com'
        }

        It 'removes nothing with -WhatIf, and asks otherwise' {
            Get-MailAlias -StorePath $store | Remove-MailAlias -WhatIf -WarningAction SilentlyContinue
            $output = Invoke-Pwsh "Import-Module '$(Get-ProjectPath out MailOps MailOps.psd1)'; Remove-MailAlias all@contoso.com '$store'"
            "$output" | Should -Match 'NonInteractive|confirm'
            @(Get-MailAlias -StorePath $store) | Should -HaveCount 2
        }

        It 'has an error for an alias that is not there, and goes on' {
            Remove-MailAlias none@contoso.com, all@contoso.com $store -Confirm:$false -ErrorVariable failure -ErrorAction SilentlyContinue
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'AliasNotFound,*'
            (Get-MailAlias -StorePath $store).Name | Should -Be 'sales@contoso.com'
        }
    }

    It 'is told of by Remove-MailAccount' {
        $null = New-MailAlias sales@contoso.com $store -Target ann+shop@contoso.com, bob@contoso.com
        Remove-MailAccount ann@contoso.com $store -Confirm:$false -WarningVariable warning -WarningAction SilentlyContinue
        "$warning" | Should -BeLike "Aliases name 'ann@contoso.com' among their targets: sales@contoso.com.*Set-MailAlias*"
        Remove-MailAccount cat@contoso.com $store -Confirm:$false -WarningVariable none
        $none | Should -BeNullOrEmpty
    }
}

Describe 'A server with aliases' {
    It 'takes mail for them at once, lets their accounts send as them, and refuses other senders' {
        $store = New-TestFolder
        try {
            $login = [pscredential]::new('ann@contoso.com', (ConvertTo-SecureString secret -AsPlainText -Force))
            $null = New-MailAccount -StorePath $store -Credential $login
            $null = New-MailAccount bob@contoso.com $store -PasswordHash $hash
            $server = Start-MailServer -StorePath $store -HostName localhost -Domain contoso.com -SmtpPort 0 -SubmissionPort 0 -ImapPort 0 -Postmaster bob@contoso.com -SenderCheck EnvelopeAndFrom -RejectOverQuota
            ($server | Send-RawSmtp -Port $server.SmtpPort -From x@example.org -To sales@contoso.com -Body Hi).Accepted | Should -BeFalse
            ($server | New-MailAlias -Name sales@contoso.com -Target ann@contoso.com).DeliversTo | Should -Be 'ann@contoso.com'
            ($server | Send-RawSmtp -Port $server.SmtpPort -From x@example.org -To sales+q3@contoso.com, ann@contoso.com -Subject Once -Body Hi).Accepted | Should -BeTrue
            @($server | Get-ImapMessage -Credential $login -Tls StartTls -SkipCertificateCheck -WarningAction SilentlyContinue).Subject | Should -Be 'Once'

            $submit = @{ Port = $server.SubmissionPort; Credential = $login; Tls = 'StartTls'; SkipCertificateCheck = $true; To = 'bob@contoso.com'; Subject = 'x'; Body = 'Hi'; WarningAction = 'SilentlyContinue' }
            ($server | Send-RawSmtp @submit -From sales@contoso.com).Accepted | Should -BeTrue
            ($server | Send-RawSmtp @submit -From bob@contoso.com).Transcript.Text -join "`n" | Should -BeLike '*553 5.7.1 <bob@contoso.com>: not an address of the account that is logged in*'
        }
        finally {
            Get-MailServer | Stop-MailServer
            Remove-TestFolder $store
        }
    }
}
