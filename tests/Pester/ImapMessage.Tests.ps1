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
            @{ Case = 'a sender and a subject'; Arguments = @{ From = 'A2@example'; Subject = 'größe' }; Uid = 2 }
            @{ Case = 'a recipient'; Arguments = @{ To = 'john'; Header = @{ From = 'a3@' } }; Uid = 3 }
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

        It 'looks for braces in quotation marks' {
            $session | Get-ImapMessage -Query 'SUBJECT "a \"{5}"' | Should -BeNullOrEmpty
            ($session | Get-ImapMessage -Query 'NOT TEXT "{5}" FROM a2@').Uid | Should -Be 2
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
            @{ Case = 'a query that ends in a literal'; Arguments = @{ Query = 'SUBJECT {5}' }; Says = '-Query has a literal*' }
            @{ Case = 'a query with a literal that does not wait'; Arguments = @{ Query = 'SUBJECT {5+} SEEN' }; Says = '-Query has a literal*' }
            @{ Case = 'a query with a literal behind a quotation mark that stands alone'; Arguments = @{ Query = 'SUBJECT "a\" {5}' }; Says = '-Query has a literal*' }
            @{ Case = 'a field that is given twice'; Arguments = @{ Subject = 'a'; Header = @{ subject = 'b' } }; Says = '-Subject and -Header both say*' }
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

    Context 'A folder that was made anew' {
        BeforeEach {
            function Add-Subject([string] $Folder, [string] $Subject) {
                $null = $session | New-ImapFolder $Folder
                $null = "Subject: $Subject`n`nx" | Add-ImapMessage -Session $session -Folder $Folder
            }

            Add-Subject Work 'old'
            Add-Subject Other 'same'
            $old = 'Work', 'Other' | ForEach-Object { $session | Get-ImapMessage -Folder $_ }
        }

        It 'is not changed by <Name>, and others are' -ForEach @(
            @{ Name = 'Set-ImapMessage'; Arguments = @{ AddFlag = 'Flagged' } }
            @{ Name = 'Copy-ImapMessage'; Arguments = @{ Destination = 'Target'; CreateFolder = $true } }
            @{ Name = 'Move-ImapMessage'; Arguments = @{ Destination = 'Target'; CreateFolder = $true } }
            @{ Name = 'Remove-ImapMessage'; Arguments = @{ Confirm = $false } }
        ) {
            $old.UidValidity | ForEach-Object { $_ | Should -BeGreaterThan 0 }
            Remove-ImapFolder -Session $session Work -Confirm:$false
            Add-Subject Work 'precious'
            $old | & $Name -Session $session @Arguments -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed | Should -HaveCount 1
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'UidValidityChanged,*'
            $failed[0].CategoryInfo.Category | Should -Be 'InvalidOperation'
            "$($failed[0])" | Should -BeLike '*Work was made anew or restored*List the messages again*'
            $left = $session | Get-ImapMessage -Folder Work
            $left.Subject | Should -Be 'precious'
            $left.Flags | Should -Not -Contain '\Flagged'
            if ($Arguments.Destination) {
                ($session | Get-ImapMessage -Folder Target).Subject | Should -Be 'same'
            }
            else {
                @($session | Get-ImapMessage -Folder Other -NotFlag Flagged) | Should -HaveCount 0
            }
        }

        It 'is not changed where it was made anew by another while it was open, by <Name>' -ForEach @(
            @{ Name = 'Set-ImapMessage'; Arguments = @{ AddFlag = 'Flagged' } }
            @{ Name = 'Move-ImapMessage'; Arguments = @{ Destination = 'Other' } }
            @{ Name = 'Remove-ImapMessage'; Arguments = @{ Confirm = $false } }
        ) {
            $open = $server | New-MailSession @login
            $old[0] | Set-ImapMessage -Session $open -AddFlag Seen
            Remove-ImapFolder -Session $session Work -Confirm:$false
            Add-Subject Work 'precious'
            $old[0] | & $Name -Session $open @Arguments -ErrorVariable failed -ErrorAction SilentlyContinue
            $open | Remove-MailSession
            $failed.Count | Should -BeGreaterThan 0
            $left = $session | Get-ImapMessage -Folder Work
            $left.Subject | Should -Be 'precious'
            $left.Flags | Should -Not -Contain '\Flagged'
        }

        It 'keeps messages of both apart, whatever the order' {
            Remove-ImapFolder -Session $session Work -Confirm:$false
            Add-Subject Work 'precious'
            $new = $session | Get-ImapMessage -Folder Work
            $old[0], $new | Set-ImapMessage -Session $session -AddFlag Flagged -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed | Should -HaveCount 1
            ($session | Get-ImapMessage -Folder Work -Flag Flagged).Subject | Should -Be 'precious'
            { Set-ImapMessage -Session $session -Folder Work -Uid 1 -UidValidity $old[0].UidValidity -AddFlag Seen -ErrorAction Stop } | Should -Throw '*made anew or restored*'
            Set-ImapMessage -Session $session -Folder Work -Uid 1 -AddFlag Seen -ErrorAction Stop
        }

        It 'is told of by messages from a file as well' {
            $path = Join-Path $store old.xml
            $old[0] | Export-Clixml $path
            (Import-Clixml $path).UidValidity | Should -Be $old[0].UidValidity
            Remove-ImapFolder -Session $session Work -Confirm:$false
            Add-Subject Work 'precious'
            { Import-Clixml $path | Remove-ImapMessage -Session $session -Confirm:$false -ErrorAction Stop } | Should -Throw '*made anew or restored*'
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
