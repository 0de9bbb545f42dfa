# Add-ImapMessage in real PowerShell, against the module's own server.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $login = @{
        Credential           = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'summersun' -AsPlainText -Force))
        SkipCertificateCheck = $true
        WarningAction        = 'SilentlyContinue'
    }
    # Text with line ends of a kind, as the octets of a file.
    function New-MessageFile([string] $Name, [string] $Text) {
        $path = Join-Path $TestDrive $Name
        [IO.File]::WriteAllText($path, $Text)
        $path
    }

    function Get-Text($Message) { [Text.Encoding]::UTF8.GetString($Message.Raw) }
}

Describe 'Add-ImapMessage' {
    BeforeEach {
        $store = New-TestFolder
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0 -Pop3Port 0 -MaxMessageSize 100KB
        $session = $server | New-MailSession @login
    }

    AfterEach {
        $session | Remove-MailSession
        $server | Stop-MailServer
        Remove-TestFolder $store
    }

    It 'takes <Case>' -ForEach @(
        @{ Case = 'text'; Message = { "A: b`n`ntext ü`n" }; Expected = "A: b`r`n`r`ntext ü`r`n" }
        @{ Case = 'bytes'; Message = { , [Text.Encoding]::UTF8.GetBytes("A: b`r`n`r`nno end") }; Expected = "A: b`r`n`r`nno end" }
        @{ Case = 'a file'; Message = { Get-Item (New-MessageFile a.eml "A: b`n`r`nfile`n") }; Expected = "A: b`r`n`r`nfile`r`n" }
        @{ Case = 'a MimeMessage'; Message = { $null = $server | Send-RawSmtp -From a@example.org -To x@example.com -Body "A: b`n`nmime`n"; ($server | Wait-MailMessage).Message }; Expected = $null }
    ) {
        $added = & $Message | Add-ImapMessage -Session $session -Folder Import/2026 -CreateFolder
        $added | Should -BeOfType MailOps.Client.Mailboxes.ImapAddedMessage
        $added.Folder | Should -Be 'Import/2026'
        $added.Uid | Should -Be 1
        $added.UidValidity | Should -Be ($session | Get-ImapFolder Import/2026).UidValidity
        $there = $session | Get-ImapMessage -Folder Import/2026 -Body
        if ($Expected) { Get-Text $there | Should -Be $Expected } else { Get-Text $there | Should -BeLike "*A: b`r`n`r`nmime`r`n" }
        $added.Size | Should -Be $there.Raw.Length
    }

    It 'takes files of -File, in a session, of a server from the pipeline, and with a login of its own' {
        $path = New-MessageFile a.eml "Subject: from a file`n`nx`n"
        (Add-ImapMessage -Session $session -File $path, $path).Source | Should -Be $path, $path
        ($server | Add-ImapMessage @login -File $path).Uid | Should -Be 3
        (Get-Item $path | Add-ImapMessage $server.Server -Port $server.ImapPort @login).Uid | Should -Be 4
        (Add-ImapMessage -Session $session -File $path).Uid | Should -Be 5
    }

    It 'keeps flags and dates of messages of other cmdlets, or sets those that are given' {
        "Subject: one`n`nx`n" | Add-ImapMessage -Session $session -Flag Flagged, '$Work' -InternalDate '2001-02-03T04:05:06+00:00' | Out-Null
        $session | Get-ImapMessage -Body | Add-ImapMessage -Session $session -Folder Copy -CreateFolder | Out-Null
        $session | Get-ImapMessage -Body | Add-ImapMessage -Session $session -Folder Other -CreateFolder -Flag Seen -Date 2020-01-01 | Out-Null
        $copy = $session | Get-ImapMessage -Folder Copy -Body
        $copy.Flags | Where-Object { $_ -ne '\Recent' } | Sort-Object | Should -Be '\Flagged', '$Work'
        $copy.InternalDate | Should -Be ([DateTimeOffset]'2001-02-03T04:05:06+00:00')
        $other = $session | Get-ImapMessage -Folder Other
        $other.Flags | Where-Object { $_ -ne '\Recent' } | Should -Be '\Seen'
        $other.InternalDate.Year | Should -Be 2020
        $session | Get-ImapMessage | Add-ImapMessage -Session $session -ErrorVariable failed -ErrorAction SilentlyContinue
        "$failed" | Should -BeLike "*('one') was not added: The message was read without its body*-Body*"
        $maildir = Join-Path $TestDrive maildir
        $session | Get-ImapMessage -Body | Add-MaildirMessage $maildir -Create | Out-Null
        Get-MaildirMessage $maildir | Add-ImapMessage -Session $session -Folder Back -CreateFolder | Out-Null
        ($session | Get-ImapMessage -Folder Back).Flags | Should -Contain '$Work'
        (Get-Text ($session | Get-ImapMessage -Folder Back -Body)) | Should -Be (Get-Text $copy)
        ($server | Get-Pop3Message @login | Add-ImapMessage -Session $session -Folder Back).Source | Should -Be 'one'
    }

    It 'sends many together, and keeps their order' {
        $before = (Get-MailServer $server.Id).Commands
        $added = 1..150 | ForEach-Object { "Subject: number $_`n`nx`n" } | Add-ImapMessage -Session $session
        $added.Uid | Should -Be (1..150)
        ((Get-MailServer $server.Id).Commands - $before) | Should -BeLessThan 30
        ($session | Get-ImapMessage -HeadersOnly).Subject | Should -Be (1..150 | ForEach-Object { "number $_" })
    }

    It 'tells of each that is refused, and takes the others' {
        $folder = New-Item (Join-Path $TestDrive folder.eml) -ItemType Directory -Force
        $big = New-MessageFile big.eml ("Subject: big`n`n" + ('x' * 70 + "`n") * 3000)
        $good = New-MessageFile good.eml "Subject: good`n`nx`n"
        $empty = New-MessageFile empty.eml ''
        $added = Add-ImapMessage -Session $session -File $good, $big, $empty, (Join-Path $TestDrive none.eml), $folder, $good -ErrorVariable failed -ErrorAction SilentlyContinue
        $added.Uid | Should -Be 1, 2
        $failed.FullyQualifiedErrorId | ForEach-Object { ($_ -split ',')[0] } | Sort-Object | Should -Be 'AccessDenied', 'InvalidArgument', 'MessageTooBig', 'PathNotFound'
        $tooBig = $failed | Where-Object FullyQualifiedErrorId -Like 'MessageTooBig*'
        "$tooBig" | Should -BeLike "'$big' was not added: *takes messages of up to *"
        $tooBig.TargetObject.FullName | Should -Be $big
        "$($failed | Where-Object FullyQualifiedErrorId -Like 'InvalidArgument*')" | Should -BeLike '*has no octets*'
    }

    It 'adds those of a group that fit a quota, and tells of the others in the words of the server' {
        $full = Start-MailServer -StorePath (Join-Path $store full) -Capture -ImapPort 0 -QuotaMessages 3
        try {
            $added = 1..5 | ForEach-Object { "Subject: $_`n`nx" } | Add-ImapMessage $full.Server -Port $full.ImapPort @login -ErrorVariable failed -ErrorAction SilentlyContinue
            $added.Uid | Should -Be 1, 2, 3 -Because 'these fit'
            $failed | Should -HaveCount 2
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'MailboxOverQuota,*'
            "$($failed[0])" | Should -BeLike 'Message 4 was not added: *NO `[OVERQUOTA`] *'
        }
        finally {
            $full | Stop-MailServer
        }
    }

    It 'has a stable id for <Id>' -ForEach @(
        @{ Id = 'FolderNotFound'; Arguments = @{ Folder = 'Nowhere' } }
        @{ Id = 'InvalidFlag'; Arguments = @{ Flag = 'two words' } }
    ) {
        "A: b`n`nc" | Add-ImapMessage -Session $session @Arguments -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -Be "$Id,MailOps.Cmdlets.Imap.AddImapMessageCommand"
    }

    It 'says that there is no message' {
        { Add-ImapMessage $server.Server -Port $server.ImapPort @login -Confirm:$false } | Should -Throw 'There is no message*'
    }

    It 'says once for each message that nobody answers' {
        "A: b`n`nc", "A: b`n`nd" | Add-ImapMessage 127.0.0.1 -Port 1 @login -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed | Should -HaveCount 2
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'ConnectionFailed,*'
    }

    It 'changes nothing with -WhatIf, and stops with the pipeline' {
        'A: b' | Add-ImapMessage -Session $session -Folder New -CreateFolder -WhatIf | Should -BeNullOrEmpty
        $session | Get-ImapFolder New | Should -BeNullOrEmpty
        1..100 | ForEach-Object { "Subject: $_`n`nx" } | Add-ImapMessage -Session $session | Select-Object -First 1 | Should -HaveCount 1
        ($session | Get-ImapMessage).Count | Should -BeIn 0, 64
    }

    It 'warns of a certificate that it does not check' {
        $arguments = $login + @{}
        $arguments.Remove('WarningAction')
        'A: b' | Add-ImapMessage $server.Server -Port $server.ImapPort @arguments -WarningVariable warnings -WarningAction SilentlyContinue | Out-Null
        $warnings | Should -HaveCount 1
        $warnings[0].Message | Should -BeLike '*is not trusted: *'
    }
}
