# Get-MxRecord in real PowerShell, against a name server on loopback that has one of every kind of domain.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps -TestCmdlets
    $zone = [MailOps.TestCmdlets.StandInZone]::new()
    $ask = @{ Server = '127.0.0.1'; Port = $zone.Port }
}

AfterAll {
    $zone.Dispose()
}

Describe 'Get-MxRecord' {
    It 'gives the exchangers of a domain in order of preference' {
        $records = Get-MxRecord mail.example @ask
        $records.Exchange | Should -Be 'mx.mail.example', 'backup.mail.example'
        $records.Preference | Should -Be 10, 20
        $records[0].Domain | Should -Be 'mail.example'
        $records[0].Kind | Should -Be 'Explicit'
        $records[0].Ttl | Should -BeOfType timespan
        $records[0].Addresses | Should -BeNullOrEmpty
    }

    It 'gives addresses on request, IPv6 first' {
        (Get-MxRecord mail.example @ask -ResolveAddress)[0].Addresses.IPAddressToString | Should -Be '2001:db8::25', '192.0.2.25'
    }

    It 'takes <what>' -ForEach @(
        @{ What = 'a dot at the end'; Given = 'mail.example.' }
        @{ What = 'an e-mail address'; Given = 'john@mail.example' }
        @{ What = 'space around it'; Given = "  mail.example`t" }
        @{ What = 'capitals'; Given = 'MAIL.Example' }
    ) {
        (Get-MxRecord $given @ask)[0].Exchange | Should -Be 'mx.mail.example'
    }

    It 'knows internationalised names in both forms' {
        $record = Get-MxRecord bücher.example @ask
        $record.Domain | Should -Be 'bücher.example'
        $record.DomainAscii | Should -Be 'xn--bcher-kva.example'
        $record.ExchangeUnicode | Should -Be 'mx.bücher.example'
    }

    It 'says <kind> for <domain>' -ForEach @(
        @{ Domain = 'null.example'; Kind = 'Null'; Exchange = '.' }
        @{ Domain = 'implicit.example'; Kind = 'Implicit'; Exchange = 'implicit.example' }
        @{ Domain = 'alias.example'; Kind = 'Explicit'; Exchange = 'mx.mail.example' }
    ) {
        $record = Get-MxRecord $domain @ask
        $record.Kind | Should -Be $kind
        $record.Exchange | Should -Be $exchange
    }

    It 'says where an alias leads' {
        (Get-MxRecord alias.example @ask).CanonicalName | Should -Be 'mail.example'
    }

    It 'writes the error <id> for <domain>, with the domain as its target' -ForEach @(
        @{ Domain = 'missing.example'; Id = 'DomainNotFound'; Category = 'ObjectNotFound' }
        @{ Domain = 'nohost.example'; Id = 'NoMailHost'; Category = 'ObjectNotFound' }
        @{ Domain = 'broken.example'; Id = 'MxLookupFailed'; Category = 'ResourceUnavailable' }
        @{ Domain = 'refused.example'; Id = 'MxLookupRefused'; Category = 'PermissionDenied' }
        @{ Domain = 'silent.example'; Id = 'MxLookupTimedOut'; Category = 'OperationTimeout' }
        @{ Domain = 'two..dots.example'; Id = 'InvalidDomain'; Category = 'InvalidArgument' }
        @{ Domain = '192.0.2.1'; Id = 'InvalidDomain'; Category = 'InvalidArgument' }
    ) {
        Get-MxRecord $domain @ask -TimeoutSeconds 1 -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -Be "$id,MailOps.Cmdlets.Dns.GetMxRecordCommand"
        $failures[0].CategoryInfo.Category | Should -Be $category
        $failures[0].TargetObject | Should -Be $domain
    }

    It 'says that a name server cannot be found' {
        Get-MxRecord mail.example -Server no-such-host.invalid -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'ResolverUnreachable,*'
    }

    It 'goes on with the others after an error, and stops with -ErrorAction Stop' {
        'missing.example', 'loop.example' | Get-MxRecord @ask -ErrorAction SilentlyContinue | ForEach-Object Domain | Should -Be 'loop.example'
        { 'missing.example', 'loop.example' | Get-MxRecord @ask -ErrorAction Stop } | Should -Throw -ErrorId 'DomainNotFound,*'
    }

    It 'passes over empty lines and says so' {
        $all = '', '  ', 'loop.example' | Get-MxRecord @ask -Verbose 4>&1
        $verbose = $all | Where-Object { $_ -is [Management.Automation.VerboseRecord] }
        $all | Where-Object Exchange | Should -HaveCount 1
        @($verbose | Where-Object Message -Match 'empty domain') | Should -HaveCount 2
    }

    It 'binds by property name, and its own objects' {
        [pscustomobject]@{ Domain = 'loop.example' } | Get-MxRecord @ask | ForEach-Object Exchange | Should -Be 'localhost'
        [pscustomobject]@{ EmailAddress = 'john@loop.example' } | Get-MxRecord @ask | ForEach-Object Exchange | Should -Be 'localhost'
        Get-MxRecord loop.example @ask | Get-MxRecord @ask | ForEach-Object Exchange | Should -Be 'localhost'
        "Domain,Owner`nloop.example,x" | ConvertFrom-Csv | Get-MxRecord @ask | ForEach-Object Exchange | Should -Be 'localhost'
    }

    It 'looks up 2,000 names, no more at once than the throttle limit, and loses none' {
        $many = [MailOps.TestCmdlets.StandInZone]::new()
        try {
            $domains = [MailOps.TestCmdlets.StandInZone]::ManyDomains(2000)
            $records = $domains | Get-MxRecord -Server 127.0.0.1 -Port $many.Port -ThrottleLimit 64
            $records | Should -HaveCount 2000
            Compare-Object $domains $records.Domain | Should -BeNullOrEmpty
            $many.MostAtOnce | Should -BeGreaterThan 1
            $many.MostAtOnce | Should -BeLessOrEqual 64
        }
        finally {
            $many.Dispose()
        }
    }

    It 'keeps the order of the input with a throttle limit of one' {
        $domains = [MailOps.TestCmdlets.StandInZone]::ManyDomains(30)
        ($domains | Get-MxRecord @ask -ThrottleLimit 1).Domain | Should -Be $domains
    }

    It 'stops asking when Select-Object -First has enough' {
        $many = [MailOps.TestCmdlets.StandInZone]::new()
        try {
            [MailOps.TestCmdlets.StandInZone]::ManyDomains(2000) | Get-MxRecord -Server 127.0.0.1 -Port $many.Port | Select-Object -First 3 | Should -HaveCount 3
            $many.Asked | Should -BeLessThan 2000
        }
        finally {
            $many.Dispose()
        }
    }

    It 'works in ForEach-Object -Parallel' {
        $manifest = Get-ProjectPath out MailOps MailOps.psd1
        $found = 'mail.example', 'loop.example' | ForEach-Object -Parallel {
            Import-Module $using:manifest
            Get-MxRecord $_ -Server 127.0.0.1 -Port $using:zone.Port
        }
        $found | Should -HaveCount 3
    }

    It 'survives Export-Clixml' {
        $file = Join-Path $TestDrive mx.xml
        Get-MxRecord mail.example @ask -ResolveAddress | Export-Clixml $file
        $back = Import-Clixml $file
        $back[0].Exchange | Should -Be 'mx.mail.example'
        $back[0].Kind.ToString() | Should -Be 'Explicit'
        $back[0].Addresses.IPAddressToString | Should -Contain '192.0.2.25'
    }

    It 'has a table view of at most 120 columns' {
        $lines = (Get-MxRecord mail.example, bücher.example @ask -ResolveAddress | Out-String -Width 120) -split "`n" | Where-Object { $_.Trim() }
        $lines[0] | Should -Match 'Domain.*Exchange'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
    }

    It 'refuses a port and a time that cannot be' {
        { Get-MxRecord mail.example -Port 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Get-MxRecord mail.example -TimeoutSeconds 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }
}
