# Who may do what with folders: Get-, Set- and Remove-MailFolderPermission in real PowerShell.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $hash = '{SSHA}BojpBQyKB7/knF2uTxuI9gNHrVVeNMz1'
}

Describe 'MailFolderPermission cmdlets' {
    BeforeEach {
        $store = New-TestFolder
        'ann', 'bob' | ForEach-Object { $null = New-MailAccount "$_@contoso.com" $store -PasswordHash $hash }
        $inbox = @{ StorePath = $store; Account = 'ann@contoso.com' }
    }

    AfterEach {
        Remove-TestFolder $store
    }

    Context 'Set-MailFolderPermission' {
        It 'gives rights, in the file that Dovecot reads as well' {
            $set = Set-MailFolderPermission INBOX BOB@contoso.com -AccessRights lrsd @inbox -PassThru
            $set | Should -BeOfType 'MailOps.Cmdlets.Permissions.MailFolderPermission'
            $set.Account | Should -Be 'ann@contoso.com'
            $set.FolderName | Should -Be 'INBOX'
            $set.User | Should -Be 'bob@contoso.com'
            $set.AccessRights | Should -BeExactly 'lrste'
            $set.Deny | Should -BeFalse
            $set.StorePath | Should -Be $store
            Get-Content -LiteralPath (Join-Path $store mail contoso.com ann dovecot-acl) | Should -BeExactly 'user=bob@contoso.com lrste'
            Get-Content -LiteralPath (Join-Path $store shared-mailboxes) | Should -BeExactly 'shared/shared-boxes/user/bob@contoso.com/ann@contoso.com', '1'
        }

        It 'adds and takes rights, and denies' {
            Set-MailFolderPermission INBOX bob@contoso.com -AccessRights lr @inbox
            (Set-MailFolderPermission INBOX bob@contoso.com -AddAccessRights si -RemoveAccessRights r @inbox -PassThru).AccessRights | Should -BeExactly 'lsi'
            (Set-MailFolderPermission INBOX bob@contoso.com -AccessRights s -Deny @inbox -PassThru).Deny | Should -BeTrue
            (Set-MailFolderPermission INBOX bob@contoso.com -AccessRights '' @inbox -PassThru).AccessRights | Should -BeExactly ''
            Get-MailFolderPermission INBOX @inbox -User bob* | ForEach-Object { "$_" } | Should -BeExactly 'INBOX: bob@contoso.com', 'INBOX: -bob@contoso.com s'
        }

        It 'leaves the owner l and a' {
            (Set-MailFolderPermission INBOX owner -AccessRights r @inbox -PassThru).AccessRights | Should -BeExactly 'lra'
        }

        It 'gives the first rights on public folders' {
            Get-MailFolderPermission -StorePath $store | Should -BeNullOrEmpty
            Set-MailFolderPermission Public ann@contoso.com -AccessRights lrswipkxtea -StorePath $store
            $root = Get-MailFolderPermission -StorePath $store
            "$root" | Should -BeExactly 'Public: ann@contoso.com lrswipkxtea'
            $root.Account | Should -BeExactly ''
        }

        It 'changes nothing with -WhatIf' {
            Set-MailFolderPermission INBOX bob@contoso.com -AccessRights lr @inbox -WhatIf -PassThru | Should -BeNullOrEmpty
            Join-Path $store mail contoso.com ann dovecot-acl | Should -Not -Exist
        }

        It 'refuses <Case> with <Id>' -ForEach @(
            @{ Case = 'what is no right'; Id = 'InvalidAccessRights'; Arguments = @{ Folder = 'INBOX'; User = 'bob@contoso.com'; AccessRights = 'lrQ' }; Says = "'Q' is no right*lrswipkxtea*" }
            @{ Case = 'a user that cannot be'; Id = 'InvalidAccountName'; Arguments = @{ Folder = 'INBOX'; User = 'bob'; AccessRights = 'lr' }; Says = "'bob' cannot be the name of an account*" }
            @{ Case = 'a folder that is not there'; Id = 'FolderNotFound'; Arguments = @{ Folder = 'Nowhere'; User = 'anyone'; AccessRights = 'lr' }; Says = "The account 'ann@contoso.com' has no folder 'Nowhere'*" }
            @{ Case = 'an account that is not there'; Id = 'AccountNotFound'; Arguments = @{ Folder = 'INBOX'; Account = 'gone@contoso.com'; User = 'anyone'; AccessRights = 'lr' }; Says = "There is no account 'gone@contoso.com'*" }
            @{ Case = 'a public folder that is not there'; Id = 'FolderNotFound'; Arguments = @{ Folder = 'Public/News'; Account = ''; User = 'anyone'; AccessRights = 'lr' }; Says = "There is no public folder 'Public/News'*-Account*" }
            @{ Case = 'a path that leads elsewhere'; Id = 'FolderNotFound'; Arguments = @{ Folder = 'Public/../mail'; Account = ''; User = 'anyone'; AccessRights = 'lr' }; Says = 'There is no public folder*' }
            @{ Case = 'an owner of a public folder'; Id = 'InvalidAccountName'; Arguments = @{ Folder = 'Public'; Account = ''; User = 'owner'; AccessRights = 'lr' }; Says = 'Public folders have no owner*' }
            @{ Case = 'no word of what to change'; Id = 'NothingToChange'; Arguments = @{ Folder = 'INBOX'; User = 'anyone' }; Says = 'Nothing is said of what*-AddAccessRights*' }
            @{ Case = 'no store'; Id = 'StoreNotFound'; Arguments = @{ Folder = 'INBOX'; User = 'anyone'; AccessRights = 'lr'; StorePath = 'nowhere' }; Says = 'There is no mail store*' }
        ) {
            $all = @{ StorePath = $store; Account = 'ann@contoso.com' }
            $Arguments.GetEnumerator() | ForEach-Object { $all[$_.Key] = $_.Value }
            Set-MailFolderPermission @all -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed.Count | Should -Be 1
            $failed[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
            "$($failed[0])" | Should -BeLike $Says
        }

        It 'does not write over a list that it cannot read' {
            Set-MailFolderPermission INBOX bob@contoso.com -AccessRights lr @inbox
            $file = Join-Path $store mail contoso.com ann dovecot-acl
            Add-Content -LiteralPath $file 'user=bob@contoso.com Q'
            Set-MailFolderPermission INBOX anyone -AccessRights lr @inbox -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'PermissionFileBroken,*'
            "$($failed[0])" | Should -BeLike "Line 2 of the list of 'INBOX' (dovecot-acl*"
        }
    }

    Context 'Get-MailFolderPermission' {
        It 'shows the owner of each folder, and everybody that shares it' {
            Set-MailFolderPermission INBOX bob@contoso.com -AccessRights lr @inbox
            Set-MailFolderPermission INBOX anyone -AccessRights l @inbox
            $shown = Get-MailFolderPermission @inbox
            $shown.User | Sort-Object | Should -Be 'ann@contoso.com', 'anyone', 'bob@contoso.com'
            ($shown | Where-Object User -EQ ann@contoso.com).AccessRights | Should -BeExactly 'lrswipkxtea'
            ($shown | Format-Table | Out-String -Width 120) | Should -Match 'Account +FolderName +User +Deny +AccessRights'
        }

        It 'takes accounts from the pipeline, and tells of what is not there' {
            Set-MailFolderPermission INBOX bob@contoso.com -AccessRights lr @inbox
            (Get-MailAccount -StorePath $store | Get-MailFolderPermission -User bob@contoso.com | Where-Object Account -NE bob@contoso.com).Account | Should -Be 'ann@contoso.com'
            Get-MailFolderPermission Nowhere @inbox -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'FolderNotFound,*'
        }
    }

    Context 'Remove-MailFolderPermission' {
        It 'takes what the objects of Get-MailFolderPermission name' {
            Set-MailFolderPermission INBOX bob@contoso.com -AccessRights lr @inbox
            Set-MailFolderPermission INBOX bob@contoso.com -AccessRights s -Deny @inbox
            Get-MailFolderPermission @inbox -User bob@contoso.com | Remove-MailFolderPermission
            (Get-MailFolderPermission @inbox).User | Should -Be 'ann@contoso.com'
            Get-Content -LiteralPath (Join-Path $store shared-mailboxes) | Should -BeNullOrEmpty
        }

        It 'refuses what the list does not have' {
            Remove-MailFolderPermission INBOX bob@contoso.com @inbox -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'PermissionNotFound,*'
        }
    }

    It 'is obeyed by a server that runs' {
        $login = [pscredential]::new('bob@contoso.com', (ConvertTo-SecureString 'battery staple' -AsPlainText -Force))
        Set-MailAccount -StorePath $store -Credential $login
        $server = Start-MailServer -StorePath $store -Domain contoso.com -SmtpPort 0 -ImapPort 0
        try {
            $null = $server | Send-RawSmtp -From joe@example.org -To ann@contoso.com -Subject Hello -Body Hi
            $asBob = @{ Credential = $login; Tls = 'StartTls'; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue'; Folder = 'user/ann@contoso.com/INBOX' }
            { $server | Get-ImapMessage @asBob -ErrorAction Stop } | Should -Throw
            Set-MailFolderPermission INBOX bob@contoso.com -AccessRights lr @inbox
            ($server | Get-ImapMessage @asBob).Subject | Should -Be 'Hello'
            Remove-MailFolderPermission INBOX bob@contoso.com @inbox
            { $server | Get-ImapMessage @asBob -ErrorAction Stop } | Should -Throw
        }
        finally {
            $server | Stop-MailServer
        }
    }
}
