# Folders of an IMAP account in real PowerShell: Get-, New-, Rename- and Remove-ImapFolder, in sessions and alone.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0 -Pop3Port 0 -QuotaSize 10MB
    $credential = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'summersun' -AsPlainText -Force))
    $login = @{ Credential = $credential; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
    1..2 | ForEach-Object { $null = $server | Send-RawSmtp -From a@example.org -To john@example.com -Subject "number $_" }
}

AfterAll {
    $server | Stop-MailServer
    Remove-TestFolder $store
}

Describe 'ImapFolder cmdlets' {
    BeforeEach {
        $session = $server | New-MailSession @login
    }

    AfterEach {
        $session | Get-ImapFolder | Where-Object Name -NE INBOX | Remove-ImapFolder -Session $session -Confirm:$false
        $session | Remove-MailSession
    }

    It 'lists folders with what is in them' {
        $inbox = $session | Get-ImapFolder
        $inbox | Should -BeOfType MailOps.Client.Mailboxes.ImapFolder
        $inbox.Name | Should -Be 'INBOX'
        $inbox.Messages | Should -Be 2
        $inbox.Unseen | Should -Be 2
        $inbox.Size | Should -BeGreaterThan 100
        $inbox.UidNext | Should -Be 3
        $inbox.HighestModSeq | Should -BeGreaterThan 0
        $inbox.Separator | Should -Be '/'
        $inbox.Path | Should -Be INBOX
        $inbox.QuotaLimit | Should -BeNullOrEmpty
    }

    It 'leaves out what is not asked for, and tells quotas where they are' {
        ($session | Get-ImapFolder -NoStatus).Messages | Should -BeNullOrEmpty
        $quota = $session | Get-ImapFolder INBOX -Quota
        $quota.QuotaLimit | Should -Be 10MB
        $quota.QuotaRoot | Should -Be 'User quota'
        $quota.QuotaUsed | Should -Be 1KB
    }

    It 'makes folders with those above them, subscribed and for a use' {
        $made = $session | New-ImapFolder 'Work/Büro/2026' -Subscribe
        $made.Name | Should -Be 'Work/Büro/2026'
        $null = $session | New-ImapFolder Sent -SpecialUse Sent
        ($session | Get-ImapFolder -Subscribed).Name | Should -Contain 'Work/Büro/2026'
        $all = $session | Get-ImapFolder
        $all.Name | Should -Be 'INBOX', 'Sent', 'Work', 'Work/Büro', 'Work/Büro/2026'
        ($all | Where-Object Name -EQ Sent).SpecialUse | Should -Be '\Sent'
        ($session | Get-ImapFolder work*).Name | Should -Be 'Work', 'Work/Büro', 'Work/Büro/2026'
    }

    It 'makes nothing of a name with an empty level, as <_>' -ForEach 'a//b', 'tail/', '/lead' {
        { $session | New-ImapFolder $_ -ErrorAction Stop } | Should -Throw '*one of them has no name*Nothing was made*'
        ($session | Get-ImapFolder).Name | Should -Be 'INBOX'
    }

    It 'renames a folder with those below it, to where nothing is yet' {
        $null = $session | New-ImapFolder Work/Old
        $session | Rename-ImapFolder Work Archive/Work | Should -BeNullOrEmpty
        ($session | Get-ImapFolder).Name | Should -Be 'INBOX', 'Archive', 'Archive/Work', 'Archive/Work/Old'
        ($session | Rename-ImapFolder Archive/Work/Old Other -PassThru).Name | Should -Be 'Other'
    }

    It 'deletes folders from the pipeline, and asks before' {
        $null = $session | New-ImapFolder A, B
        $session | Get-ImapFolder ? | Remove-ImapFolder -Session $session -WhatIf
        ($session | Get-ImapFolder).Name | Should -Be 'INBOX', 'A', 'B'
        $session | Get-ImapFolder ? | Remove-ImapFolder -Session $session -Confirm:$false
        ($session | Get-ImapFolder).Name | Should -Be 'INBOX'
    }

    It 'goes on after what a server refuses, with its reason' {
        $null = $session | New-ImapFolder A
        $made = $session | New-ImapFolder A, B -ErrorVariable failed -ErrorAction SilentlyContinue
        $made.Name | Should -Be 'B'
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'CommandRefused,*'
        "$($failed[0])" | Should -BeLike '* has a folder A already.'
        $failed[0].TargetObject | Should -Be 'A'
        $session | Remove-ImapFolder Nowhere -Confirm:$false -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'FolderNotFound,*'
    }

    It 'reads the messages of folders from the pipeline' {
        ($session | Get-ImapFolder | Get-ImapMessage -Session $session -HeadersOnly).Subject | Should -Be 'number 1', 'number 2'
    }

    It 'works without a session' {
        ($server | Get-ImapFolder @login).Name | Should -Be 'INBOX'
        (New-ImapFolder $server.Server Alone -Port $server.ImapPort @login).Name | Should -Be 'Alone'
        Get-ImapFolder $server.Server Al* -Port $server.ImapPort @login | Should -HaveCount 1
    }

    It 'survives Export-Clixml, and shows a table of at most 120 columns' {
        $null = $session | New-ImapFolder ('A folder with a long name/' * 4 + 'x')
        $path = Join-Path $TestDrive folders.xml
        $session | Get-ImapFolder | Export-Clixml $path
        (Import-Clixml $path).Name | Should -Contain 'INBOX'
        $lines = ($session | Get-ImapFolder | Out-String -Width 120) -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
        $lines -match 'Messages.*Unseen.*Size.*Name' | Should -HaveCount 1
    }
}
