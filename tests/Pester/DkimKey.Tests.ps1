# The DKIM keys of a store: New-, Get-, Set- and Remove-DkimKey in real PowerShell.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
}

Describe 'DkimKey cmdlets' {
    BeforeEach {
        $store = New-TestFolder
        $folder = Join-Path $store dkim contoso.com
    }

    AfterEach {
        Remove-TestFolder $store
    }

    Context 'New-DkimKey' {
        It 'makes a key with a date as its selector, which is not active, and tells its record' {
            $key = New-DkimKey Contoso.com -StorePath $store
            $key | Should -BeOfType 'MailOps.Cmdlets.Dkim.DkimKey'
            $key.Domain | Should -Be 'contoso.com'
            $key.Selector | Should -Match '^\d{8}-rsa$'
            $key.KeyType | Should -Be Rsa
            $key.KeySize | Should -Be 2048
            $key.IsActive | Should -BeFalse
            $key.RecordName | Should -Be "$($key.Selector)._domainkey.contoso.com"
            $key.RecordValue | Should -Match '^v=DKIM1; h=sha256; k=rsa; p=[A-Za-z0-9+/=]{392}$'
            $key.RecordStrings | Should -HaveCount 2
            -join $key.RecordStrings | Should -Be $key.RecordValue
            $key.RecordStrings[0].Length | Should -Be 255
            $key.ZoneLine | Should -Be "$($key.RecordName). IN TXT ( ""$($key.RecordStrings[0])"" ""$($key.RecordStrings[1])"" )"
            $key.Path | Should -Be (Join-Path $folder "$($key.Selector).pem")
            $key.StorePath | Should -Be $store
            if (-not $IsWindows) {
                (Get-Item -LiteralPath $key.Path).UnixMode | Should -Be '-rw-------'
                (Get-Item -LiteralPath $folder).UnixMode | Should -Be 'drwx------'
            }
        }

        It 'never shows the private key' {
            $key = New-DkimKey contoso.com s1 $store
            $secret = Get-Content -LiteralPath $key.Path | Select-Object -Index 3
            $secret | Should -Not -BeNullOrEmpty
            ($key | ConvertTo-Json -Depth 5) + ($key | Format-List * | Out-String -Width 2000) | Should -Not -Match ([regex]::Escape($secret))
        }

        It 'makes a key of each kind, both active' {
            $keys = New-DkimKey contoso.com s1 $store -KeyType Rsa, Ed25519 -Activate
            $keys.Selector | Should -Be 's1-rsa', 's1-ed25519'
            $keys.IsActive | Should -Be $true, $true
            $keys[1].RecordValue | Should -Match '^v=DKIM1; h=sha256; k=ed25519; p=[A-Za-z0-9+/]{43}=$'
            (Get-DkimKey contoso.com -StorePath $store | Where-Object IsActive).Selector | Should -Be 's1-ed25519', 's1-rsa'
        }

        It 'makes keys for domains from the pipeline' {
            ('contoso.com', 'bücher.example' | New-DkimKey -Selector s1 -StorePath $store -KeyType Ed25519).Domain | Should -Be 'contoso.com', 'xn--bcher-kva.example'
        }

        It 'changes nothing with -WhatIf' {
            New-DkimKey contoso.com s1 $store -WhatIf | Should -BeNullOrEmpty
            Join-Path $store dkim | Should -Not -Exist
        }

        It 'refuses <Case> with <Id>' -ForEach @(
            @{ Case = 'a selector that is there'; Id = 'DkimKeyExists'; Arguments = @{ Domain = 'contoso.com'; Selector = 'there' } }
            @{ Case = 'a selector that leaves the folder'; Id = 'InvalidDkimName'; Arguments = @{ Domain = 'contoso.com'; Selector = '../x' } }
            @{ Case = 'an address as a domain'; Id = 'InvalidDkimName'; Arguments = @{ Domain = 'joe@contoso.com'; Selector = 'x' } }
            @{ Case = 'a key that is too short'; Id = 'InvalidDkimKeySize'; Arguments = @{ Domain = 'contoso.com'; Selector = 'x'; KeySize = 1024 } }
        ) {
            $null = New-DkimKey contoso.com there $store -KeyType Ed25519
            New-DkimKey @Arguments -StorePath $store -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -Be "$Id,MailOps.Cmdlets.Dkim.NewDkimKeyCommand"
            (Get-DkimKey -StorePath $store).Selector | Should -Be 'there'
        }
    }

    Context 'Get-DkimKey' {
        BeforeEach {
            $null = New-DkimKey contoso.com s1 $store -KeyType Ed25519
            $null = New-DkimKey contoso.com s2 $store -KeyType Ed25519
            $null = New-DkimKey example.org s1 $store -KeyType Ed25519
        }

        It 'lists by domain and selector, with wildcards' {
            (Get-DkimKey -StorePath $store).RecordName | Should -Be 's1._domainkey.contoso.com', 's2._domainkey.contoso.com', 's1._domainkey.example.org'
            (Get-DkimKey *.ORG -StorePath $store).Domain | Should -Be 'example.org'
            (Get-DkimKey contoso.com s2 $store).Selector | Should -Be 's2'
        }

        It 'says that <Domain> <Selector> is not there' -ForEach @(
            @{ Domain = 'gone.com'; Selector = '*' }
            @{ Domain = 'contoso.com'; Selector = 's9' }
        ) {
            Get-DkimKey $Domain $Selector $store -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'DkimKeyNotFound,*'
        }

        # Windows has no modes of files: there is nothing to open to others with chmod.
        It 'refuses a key that is open to others, says what to do, and lists the others' -Skip:$IsWindows {
            chmod 644 (Join-Path $folder s1.pem)
            $keys = Get-DkimKey -StorePath $store -ErrorVariable failure -ErrorAction SilentlyContinue
            $keys.RecordName | Should -Be 's2._domainkey.contoso.com', 's1._domainkey.example.org'
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'DkimKeyOpenToOthers,*'
            "$($failure[0])" | Should -BeLike "*chmod 600 $(Join-Path $folder s1.pem)*"
        }

        It 'says that there is no store' {
            Get-DkimKey -StorePath (Join-Path $store none) -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'StoreNotFound,*'
        }
    }

    Context 'Set-DkimKey and Remove-DkimKey' {
        BeforeEach {
            $null = New-DkimKey contoso.com old $store -KeyType Ed25519 -Activate
            $null = New-DkimKey contoso.com new $store -KeyType Ed25519
        }

        It 'puts a new key in the place of the old one' {
            $key = Get-DkimKey contoso.com new $store | Set-DkimKey -Active $true -PassThru
            $key.IsActive | Should -BeTrue
            (Get-DkimKey contoso.com old $store).IsActive | Should -BeFalse
            Get-Content -LiteralPath (Join-Path $folder active) | Where-Object { $_ -notlike '#*' } | Should -Be 'new'
        }

        It 'takes a key out of use' {
            Set-DkimKey contoso.com old $store -Active $false | Should -BeNullOrEmpty
            (Get-DkimKey -StorePath $store).IsActive | Should -Be $false, $false
        }

        It 'changes nothing with -WhatIf' {
            Set-DkimKey contoso.com new $store -Active $true -WhatIf
            Remove-DkimKey contoso.com new $store -WhatIf
            (Get-DkimKey -StorePath $store | Where-Object IsActive).Selector | Should -Be 'old'
            (Get-DkimKey -StorePath $store) | Should -HaveCount 2
        }

        It 'removes a key, and warns of an active one' {
            Remove-DkimKey contoso.com new $store -Confirm:$false -WarningVariable warned -WarningAction SilentlyContinue
            $warned | Should -BeNullOrEmpty
            Remove-DkimKey contoso.com old $store -Confirm:$false -WarningVariable warned -WarningAction SilentlyContinue
            $warned | Should -BeLike '*old._domainkey.contoso.com*active*'
            Get-DkimKey -StorePath $store | Should -BeNullOrEmpty
            Get-ChildItem -LiteralPath $folder -Filter *.pem | Should -BeNullOrEmpty
        }

        It '<_> says that a key is not there' -ForEach 'Set-DkimKey', 'Remove-DkimKey' {
            $more = $_ -eq 'Set-DkimKey' ? @{ Active = $true } : @{ Confirm = $false }
            & $_ contoso.com gone $store @more -ErrorVariable failure -ErrorAction SilentlyContinue
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'DkimKeyNotFound,*'
        }
    }
}
