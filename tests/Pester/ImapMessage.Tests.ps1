# Searches and changes over IMAP in real PowerShell: Get-, Set-, Copy-, Move- and Remove-ImapMessage.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $login = @{
        Credential           = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'summersun' -AsPlainText -Force))
        SkipCertificateCheck = $true
        WarningAction        = 'SilentlyContinue'
    }
}

Describe 'ImapMessage cmdlets' {
    BeforeEach {
        $store = New-TestFolder
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0
        1..4 | ForEach-Object { $null = $server | Send-RawSmtp -From "a$_@example.org" -To john@example.com -Subject "Größe $_" -Body ('x' * 500 * $_) }
        $session = $server | New-MailSession @login
    }

    AfterEach {
        $session | Remove-MailSession
        $server | Stop-MailServer
        Remove-TestFolder $store
    }

    Context 'Get-ImapMessage' {
        It 'has the server look for <Case>' -ForEach @(
            @{ Case = 'a header'; Arguments = @{ Header = @{ Subject = 'größe 3' } }; Uid = 3 }
            @{ Case = 'two headers'; Arguments = @{ Header = @{ Subject = 'größe'; From = 'a2@' } }; Uid = 2 }
            @{ Case = 'sizes'; Arguments = @{ LargerThan = 1200; SmallerThan = 2200 }; Uid = 2, 3 }
            @{ Case = 'text'; Arguments = @{ Text = 'GRÖßE 1' }; Uid = 1 }
            @{ Case = 'a query'; Arguments = @{ Query = 'OR FROM a1@ FROM a4@' }; Uid = 1, 4 }
            @{ Case = 'a query and more'; Arguments = @{ Query = 'OR FROM a1@ FROM a4@'; LargerThan = 1500 }; Uid = 4 }
            @{ Case = 'UIDs and more'; Arguments = @{ Uid = 2, 4, 9; SmallerThan = 1900 }; Uid = 2 }
            @{ Case = 'the time'; Arguments = @{ Since = [DateTimeOffset]::Now.AddHours(-1); Before = [DateTimeOffset]::Now.AddHours(1) }; Uid = 1, 2, 3, 4 }
            @{ Case = 'the time, to the second'; Arguments = @{ Since = [DateTimeOffset]::Now.AddHours(1) }; Uid = @() }
        ) {
            @(($session | Get-ImapMessage -HeadersOnly @Arguments).Uid) | Should -Be $Uid
        }

        It 'has the server look for flags and keywords' {
            Set-ImapMessage -Session $session -Uid 1, 2 -AddFlag Seen
            Set-ImapMessage -Session $session -Uid 2, 3 -AddFlag '$Work'
            ($session | Get-ImapMessage -Flag Seen).Uid | Should -Be 1, 2
            ($session | Get-ImapMessage -Flag \Seen, '$work').Uid | Should -Be 2
            ($session | Get-ImapMessage -NotFlag Seen, '$Work').Uid | Should -Be 4
        }

        It 'refuses <Case>' -ForEach @(
            @{ Case = 'a flag that can be none'; Arguments = @{ Flag = 'two words' }; Says = '*can be no keyword*' }
            @{ Case = 'a query of two lines'; Arguments = @{ Query = "ALL`r`nb LOGOUT" }; Says = '-Query has a line end*' }
            @{ Case = 'a query that is none'; Arguments = @{ Query = 'FROB' }; Says = '*refused to search for messages*' }
        ) {
            { $session | Get-ImapMessage @Arguments -ErrorAction Stop } | Should -Throw $Says
        }
    }

    Context 'Set-ImapMessage' {
        It 'adds, takes off and replaces flags' {
            $session | Get-ImapMessage -HeadersOnly | Set-ImapMessage -Session $session -AddFlag Flagged, '$Work' | Should -BeNullOrEmpty
            ($session | Get-ImapMessage -Flag Flagged).Uid | Should -Be 1, 2, 3, 4
            Set-ImapMessage -Session $session -Uid 1 -RemoveFlag '$Work' -AddFlag Seen
            Set-ImapMessage -Session $session -Uid 2 -Flag Draft
            Set-ImapMessage -Session $session -Uid 3 -Flag @()
            $flags = $session | Get-ImapMessage -HeadersOnly | ForEach-Object { ($_.Flags | Where-Object { $_ -ne '\Recent' } | Sort-Object) -join ' ' }
            $flags | Should -Be '\Flagged \Seen', '\Draft', '', '\Flagged $Work'
        }

        It 'changes messages that come one after the other together' {
            $session | Get-ImapMessage -HeadersOnly | Set-ImapMessage -Session $session -AddFlag Seen -WhatIf
            ($session | Get-ImapMessage -Flag Seen) | Should -BeNullOrEmpty
            $before = (Get-MailServer $server.Id).Commands
            $session | Get-ImapMessage -HeadersOnly | Set-ImapMessage -Session $session -AddFlag Seen
            ((Get-MailServer $server.Id).Commands - $before) | Should -BeLessThan 15
        }

        It 'says what is not there, and changes the others' {
            Set-ImapMessage -Session $session -Uid 1, 99 -AddFlag Seen -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'MessageNotFound,*'
            $failed[0].TargetObject | Should -Be 99
            ($session | Get-ImapMessage -Flag Seen).Uid | Should -Be 1
        }

        It 'refuses to do nothing, or two things at once' {
            { Set-ImapMessage -Session $session -Uid 1 } | Should -Throw 'Nothing is to be changed.*'
            { Set-ImapMessage -Session $session -Uid 1 -Flag Seen -AddFlag Draft } | Should -Throw '-Flag says all flags*'
        }
    }

    Context 'Copy-ImapMessage and Move-ImapMessage' {
        It 'copies with flags and date, and tells the new UIDs' {
            Set-ImapMessage -Session $session -Uid 2 -AddFlag Flagged
            $copied = $session | Get-ImapMessage -Uid 1, 2 | Copy-ImapMessage -Session $session -Destination Archive/2026 -CreateFolder -PassThru
            $copied | Should -HaveCount 2
            $copied[1].Uid | Should -Be 2
            $copied[1].Destination | Should -Be 'Archive/2026'
            $there = $session | Get-ImapMessage -Folder Archive/2026
            $there.Uid | Should -Be $copied.DestinationUid
            $there[1].Flags | Should -Contain '\Flagged'
            $there[1].InternalDate | Should -Be ($session | Get-ImapMessage -Uid 2).InternalDate
        }

        It 'moves, to where there is a folder' {
            { Move-ImapMessage -Session $session -Uid 1 -Destination Nowhere -ErrorAction Stop } | Should -Throw "*no folder 'Nowhere'*"
            $session | Get-ImapMessage -LargerThan 1500 | Move-ImapMessage -Session $session -Destination Big -CreateFolder | Should -BeNullOrEmpty
            ($session | Get-ImapMessage).Uid | Should -Be 1, 2
            $session | Get-ImapMessage -Folder Big | Should -HaveCount 2
            Move-ImapMessage -Session $session -Uid 1 -Destination Big -WhatIf
            $session | Get-ImapMessage | Should -HaveCount 2
        }
    }

    Context 'Remove-ImapMessage' {
        It 'deletes what is named, and nothing that others marked' {
            Set-ImapMessage -Session $session -Uid 4 -AddFlag Deleted
            Remove-ImapMessage -Session $session -Uid 1, 77 -Confirm:$false -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'MessageNotFound,*'
            ($session | Get-ImapMessage).Uid | Should -Be 2, 3, 4
        }

        It 'deletes nothing with -WhatIf, and works without a session' {
            $session | Get-ImapMessage | Remove-ImapMessage -Session $session -WhatIf
            $session | Get-ImapMessage | Should -HaveCount 4
            $server | Remove-ImapMessage @login -Uid 1, 2, 3 -Confirm:$false
            ($session | Get-ImapMessage).Uid | Should -Be 4
        }
    }
}
