# The cmdlets of Maildirs in real PowerShell, on Maildirs of their own and on the store of a running server.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $folder = New-TestFolder

    function New-Maildir([string] $Name) {
        $path = Join-Path $folder $Name
        foreach ($part in 'cur', 'new', 'tmp', '.Sent/cur', '.Sent/new', '.Sent/tmp') {
            $null = New-Item -ItemType Directory -Force (Join-Path $path $part)
        }

        [IO.File]::WriteAllText("$path/new/1700000000.M1P1.host", "From: a@example.org`nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=`nDate: Tue, 15 Jan 2008 16:02:43 -0500`n`nlottery`n")
        [IO.File]::WriteAllText("$path/cur/1700000001.M1P1.host:2,FS", "From: boss@example.org`nSubject: invoice`n`nhello`n")
        $path
    }

    function Get-Tree([string] $Path) {
        (Get-ChildItem $Path -Recurse -Force | ForEach-Object { "$($_.FullName) $($_.Length) $($_.LastWriteTimeUtc.Ticks)" }) -join "`n"
    }
}

AfterAll {
    Remove-TestFolder $folder
}

Describe 'Get-Maildir and Get-MaildirMessage' {
    BeforeAll {
        $maildir = New-Maildir read
    }

    It 'read a Maildir of any program and change nothing in it' {
        $before = Get-Tree $maildir
        $folders = Get-Maildir $maildir
        $folders.Folder | Should -Be 'INBOX', 'Sent'
        $folders[0] | Should -BeOfType MailOps.Client.Maildirs.MaildirFolder
        $folders[0].ItemsInFolder | Should -Be 2
        $folders[0].UnreadItems | Should -Be 1
        $folders[0].UidValidity | Should -BeNullOrEmpty
        $messages = Get-MaildirMessage $maildir
        $messages[0] | Should -BeOfType MailOps.Client.Maildirs.MaildirMessage
        $messages.Subject | Should -Be 'Grüße', 'invoice'
        $messages[1].Flags | Should -Be '\Seen', '\Flagged'
        $messages[0].Message.TextBody.Trim() | Should -Be 'lottery'
        $messages[0].InternalDate | Should -BeOfType DateTimeOffset
        Get-Tree $maildir | Should -Be $before
    }

    It 'find by <Name>' -ForEach @(
        @{ Name = 'a flag'; Parameters = @{ Flag = 'seen', 'Flagged' }; Subject = 'invoice' }
        @{ Name = 'a flag that is missing'; Parameters = @{ NotFlag = 'Seen' }; Subject = 'Grüße' }
        @{ Name = 'a header field'; Parameters = @{ Header = @{ From = 'BOSS@*' } }; Subject = 'invoice' }
        @{ Name = 'text of the body'; Parameters = @{ Text = 'LOTTERY' }; Subject = 'Grüße' }
        @{ Name = 'text of an encoded header'; Parameters = @{ Text = 'grüße' }; Subject = 'Grüße' }
        @{ Name = 'size'; Parameters = @{ LargerThan = 60 }; Subject = 'Grüße' }
        @{ Name = 'date'; Parameters = @{ Before = '2001-01-01' }; Subject = $null }
        @{ Name = 'number'; Parameters = @{ First = 1 }; Subject = 'Grüße' }
    ) {
        (Get-MaildirMessage $maildir @Parameters).Subject | Should -Be $Subject
    }

    It 'take directories, objects of Get-Maildir, and the directory of a folder' {
        (Get-Item $maildir | Get-Maildir).Count | Should -Be 2
        (Get-Maildir $maildir | Get-MaildirMessage).Count | Should -Be 2
        (Get-Maildir (Join-Path $maildir .Sent)).Folder | Should -Be 'Sent'
        (Get-Maildir $maildir -Folder S*).Folder | Should -Be 'Sent'
    }

    It 'survive Export-Clixml' {
        $file = Join-Path $folder messages.xml
        Get-MaildirMessage $maildir | Export-Clixml $file
        $copy = Import-Clixml $file
        $copy.Subject | Should -Be 'Grüße', 'invoice'
        $copy[1].Raw.Length | Should -BeGreaterThan 40
    }
}

Describe 'Add-, Set-, Move- and Remove-MaildirMessage' {
    It 'compose' {
        $maildir = New-Maildir change
        $file = Join-Path $folder new.eml
        [IO.File]::WriteAllText($file, "Subject: from a file`n`nx`n")
        $added = Get-Item $file | Add-MaildirMessage $maildir -Folder Import/New -CreateFolder -Flag Flagged, Work -Date 2026-01-31
        $added.Folder | Should -Be 'Import/New'
        $added.Flags | Should -Be '\Flagged', 'Work'
        $added.InternalDate.LocalDateTime | Should -Be ([datetime] '2026-01-31')

        $moved = Get-MaildirMessage $maildir -NotFlag Seen | Move-MaildirMessage -Destination Archive/2026 -CreateFolder -PassThru
        $moved.Uid | Should -Be 1
        $moved.Subject | Should -Be 'Grüße'
        $set = $moved | Set-MaildirMessage -AddFlag Seen, '$Label1' -PassThru
        $set.Flags | Should -Be '\Seen', '$Label1'
        ($set | Set-MaildirMessage -Flag @() -InternalDate 2020-02-03 -PassThru).Flags | Should -BeNullOrEmpty
        (Get-Maildir $maildir -Folder Archive*).OldestItemReceivedDate.Year | Should -Be 2020

        Get-MaildirMessage $maildir -Folder * | Remove-MaildirMessage -WhatIf
        (Get-Maildir $maildir | Measure-Object ItemsInFolder -Sum).Sum | Should -Be 3
        Move-MaildirMessage $maildir -Folder Archive/2026 -Uid 1 -Destination INBOX
        Get-MaildirMessage $maildir -Folder * | Remove-MaildirMessage
        (Get-Maildir $maildir | Measure-Object ItemsInFolder -Sum).Sum | Should -Be 0
        Get-ChildItem (Join-Path $maildir tmp) -Force | Should -BeNullOrEmpty
    }

    It 'copy with flags and date from one Maildir to another that is made' {
        $target = Join-Path $folder made
        $copies = Get-MaildirMessage (New-Maildir source) | Add-MaildirMessage $target -Create
        $copies.Subject | Should -Be 'Grüße', 'invoice'
        $copies[1].Flags | Should -Be '\Seen', '\Flagged'
        $text = "Subject: a`n`nx", "Subject: b`n`nx" | Add-MaildirMessage $target
        $text.Uid | Should -Be 3, 4
    }

    It 'adds many messages in groups, and each comes out in its place' {
        $maildir = New-Maildir many
        $added = 1..600 | ForEach-Object { "Subject: $_`n`nx" } | Add-MaildirMessage $maildir -Folder Sent
        $added.Subject | Should -Be (1..600)
        $added.Uid | Should -Be (1..600)
        (Test-Maildir $maildir).Findings | Where-Object { $_.Status -notin 'Pass', 'Warning' } | Should -BeNullOrEmpty
    }

    It 'adds what it has when the Maildir changes, so that the order of the input is that of the output' {
        $file = Join-Path $folder each.eml
        [IO.File]::WriteAllText($file, "Subject: each`n`nx`n")
        $targets = 1..3 | ForEach-Object { [pscustomobject]@{ Path = New-Maildir "each$_" } }
        $added = $targets[0], $targets[1], $targets[0], $targets[2] | Add-MaildirMessage -File $file, $file
        $added.Path | Should -Be @($targets[0], $targets[0], $targets[1], $targets[1], $targets[0], $targets[0], $targets[2], $targets[2]).Path
        $added | Should -HaveCount 8
    }

    It 'names the message that an error is about, and adds the others' {
        $maildir = New-Maildir naming
        $file = Join-Path $folder named.eml
        [IO.File]::WriteAllText($file, '')
        $failures = $null
        $added = "Subject: a`n`nx", '', (Get-Item $file), "Subject: b`n`nx" | Add-MaildirMessage $maildir -Folder Sent -ErrorVariable failures -ErrorAction SilentlyContinue
        $added.Subject | Should -Be 'a', 'b'
        $failures | Should -HaveCount 2
        "$($failures[0])" | Should -Be 'Message 2 was not added: The message has no octets. A message has at least a line of its header.'
        "$($failures[1])" | Should -Be "'$file' was not added: The message has no octets. A message has at least a line of its header."
        $failures[1].TargetObject.FullName | Should -Be $file
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'adds of a group what fits the quota, and names each message that does not' {
        $maildir = New-Maildir full
        [IO.File]::WriteAllText("$maildir/maildirsize", "100000S`n0 0`n")
        $small = "Subject: small`n`nx"
        $large = "Subject: large`n`n$('x' * 60000)"
        $added = $small, $large, $large, $small | Add-MaildirMessage $maildir -Folder Sent -ErrorVariable failures -ErrorAction SilentlyContinue
        $added.Subject | Should -Be 'small', 'large', 'small'
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'MailboxOverQuota,*'
        "$($failures[0])" | Should -BeLike "Message 3 was not added: '$maildir' is over its quota: *"
        $failures[0].TargetObject | Should -Be $large
    }

    It 'leaves nothing half when it is stopped: of a group all messages are there or none' {
        $maildir = New-Maildir interrupted
        $shell = [powershell]::Create()
        $null = $shell.AddScript({
            param($module, $maildir)
            Import-Module $module
            1..100000 | ForEach-Object { "Subject: $_`n`n$('x' * 1000)" } | Add-MaildirMessage $maildir -Folder Sent
        }).AddArgument((Get-Module MailOps).Path).AddArgument($maildir)
        $running = $shell.BeginInvoke()
        $deadline = [datetime]::Now.AddSeconds(60)
        while (-not (Get-ChildItem "$maildir/.Sent/new" | Select-Object -First 1) -and [datetime]::Now -lt $deadline) { Start-Sleep -Milliseconds 20 }
        $shell.Stop()
        $running.IsCompleted | Should -BeTrue
        $shell.Dispose()
        $deadline = [datetime]::Now.AddSeconds(30)
        while ((Get-ChildItem (Join-Path $maildir tmp) -Force) -and [datetime]::Now -lt $deadline) { Start-Sleep -Milliseconds 50 }
        Get-ChildItem (Join-Path $maildir tmp), (Join-Path $maildir .Sent tmp) -Force | Should -BeNullOrEmpty
        $messages = @(Get-MaildirMessage $maildir -Folder Sent)
        $messages.Count | Should -BeGreaterThan 0
        $messages.Subject | Should -Be (1..$messages.Count)
        $messages.Size | Sort-Object -Unique | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessThan 1030
        (Test-Maildir $maildir).Findings | Where-Object { $_.Status -notin 'Pass', 'Warning' } | Should -BeNullOrEmpty
    }

    It 'leaves nothing in tmp when the pipeline is stopped by an error or by Select-Object' {
        $maildir = New-Maildir stopped
        { "Subject: a`n`nx", '', "Subject: c`n`nx" | Add-MaildirMessage $maildir -ErrorAction Stop } | Should -Throw
        1..300 | ForEach-Object { "Subject: $_`n`nx" } | Add-MaildirMessage $maildir | Select-Object -First 1 | Should -HaveCount 1
        $deadline = [datetime]::Now.AddSeconds(30)
        while ((Get-ChildItem (Join-Path $maildir tmp) -Force) -and [datetime]::Now -lt $deadline) { Start-Sleep -Milliseconds 50 }
        Get-ChildItem (Join-Path $maildir tmp) -Force | Should -BeNullOrEmpty
        (Test-Maildir $maildir).Findings | Where-Object Check -EQ OrphanedTmp | ForEach-Object Status | Should -Be 'Pass'
    }

    It 'has a stable id for <Id>' -ForEach @(
        @{ Id = 'MaildirNotFound'; Do = { Get-Maildir (Join-Path $folder nowhere) } }
        @{ Id = 'MaildirNotNamed'; Do = { Get-Maildir } }
        @{ Id = 'FolderNotFound'; Do = { Get-MaildirMessage $maildir -Folder Nowhere } }
        @{ Id = 'FolderNotFound'; Do = { Get-MaildirMessage $maildir | Move-MaildirMessage -Destination Nowhere } }
        @{ Id = 'InvalidFolderName'; Do = { Get-MaildirMessage $maildir | Move-MaildirMessage -Destination a//b -CreateFolder } }
        @{ Id = 'InvalidFlag'; Do = { Get-MaildirMessage $maildir | Set-MaildirMessage -AddFlag 'two words' } }
        @{ Id = 'MessageNotFound'; Do = { Remove-MaildirMessage $maildir -Uid 4000000 } }
        @{ Id = 'MessageNotNamed'; Do = { Remove-MaildirMessage $maildir } }
        @{ Id = 'PathNotFound'; Do = { Add-MaildirMessage $maildir -File (Join-Path $folder nowhere.eml) } }
    ) {
        $ErrorActionPreference = 'Continue'
        $maildir = New-Maildir errors
        $failures = @(& $Do 2>&1)
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike "$Id,MailOps.Cmdlets.Maildirs.*"
    }

    It 'says that a message was taken away meanwhile' {
        $maildir = New-Maildir gone
        $messages = Get-MaildirMessage $maildir
        $messages | Remove-MaildirMessage
        $messages | Set-MaildirMessage -AddFlag Seen -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures | Should -HaveCount 2
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'MessageNotFound,*'
        $failures[0].TargetObject | Should -Be $messages[0]
    }
}

Describe 'The layout of a Maildir' {
    BeforeAll {
        function New-EmptyMaildir([string] $Name) {
            $path = Join-Path $folder $Name
            'cur', 'new', 'tmp' | ForEach-Object { $null = New-Item -ItemType Directory -Force (Join-Path $path $_) }
            $path
        }

        # As a server with nested directories and a program of Maildir++ leave one that both use.
        function New-MixedMaildir([string] $Name) {
            $path = New-EmptyMaildir $Name
            foreach ($part in 'cur', 'new', 'tmp') {
                $null = New-Item -ItemType Directory -Force "$path/Archive/2026/$part", "$path/.Sent/$part"
            }

            [IO.File]::WriteAllText("$path/Archive/2026/new/1700000000.M1P1.host", "Subject: nested`n`nx`n")
            $path
        }
    }

    It 'is Maildir++ where there are no folders and nothing is said' {
        $maildir = New-EmptyMaildir unsaid
        (Get-Maildir $maildir).Layout | Should -Be 'MaildirPlusPlus'
        $null = "Subject: a`n`nx" | Add-MaildirMessage $maildir -Folder A/B -CreateFolder
        Join-Path $maildir .A.B cur | Should -Exist
    }

    It 'is what is said where there are no folders, and found from then on' {
        $maildir = New-EmptyMaildir said
        (Get-Maildir $maildir -Layout Fs).Layout | Should -Be 'Fs'
        $added = "Subject: a`n`nx" | Add-MaildirMessage $maildir -Layout Fs -Folder A/B -CreateFolder
        $added.Folder, $added.Layout | Should -Be 'A/B', 'Fs'
        Join-Path $maildir A B cur | Should -Exist
        Get-ChildItem $maildir -Force -Filter .* | Should -BeNullOrEmpty
        (Get-Maildir $maildir).Folder | Should -Be 'INBOX', 'A/B'
    }

    It 'is remembered in a Maildir that is made' {
        $maildir = Join-Path $folder remembered
        $added = "Subject: a`n`nx" | Add-MaildirMessage $maildir -Create -Layout Fs
        $added | Move-MaildirMessage -Destination A/B -CreateFolder
        Join-Path $maildir A B cur | Should -Exist
        (Get-Maildir $maildir).Layout | Select-Object -Unique | Should -Be 'Fs'
    }

    It 'goes with the objects from one cmdlet to the next' {
        $maildir = New-MixedMaildir mixed
        (Get-Maildir $maildir).Folder | Should -Be 'INBOX', 'Sent'
        Get-Maildir $maildir -Layout Fs | ForEach-Object Folder | Should -Be 'INBOX', '.Sent', 'Archive/2026'
        (Get-Maildir $maildir -Layout Fs -Folder Archive/2026 | Get-MaildirMessage).Subject | Should -Be 'nested'
        $messages = Get-MaildirMessage $maildir -Layout Fs -Folder Archive/2026
        ($messages | Set-MaildirMessage -AddFlag Seen -PassThru).Flags | Should -Be '\Seen'
        $moved = Get-MaildirMessage $maildir -Layout Fs -Folder Archive/2026 | Move-MaildirMessage -Destination Archive/2027 -CreateFolder -PassThru
        $moved.FullName | Should -BeLike "$(Join-Path $maildir Archive 2027)*"
        Set-MaildirMessage $maildir -Layout Fs -Folder Archive/2027 -Uid 1 -AddFlag Flagged
        Remove-MaildirMessage $maildir -Layout Fs -Folder Archive/2027 -Uid 1
        (Get-Maildir $maildir -Layout Fs | Measure-Object ItemsInFolder -Sum).Sum | Should -Be 0
        (Test-Maildir $maildir).Layout | Should -Be 'MaildirPlusPlus'
        Remove-Item -Recurse (Join-Path $maildir Archive 2027 tmp)
        $report = Test-Maildir $maildir -Layout Fs
        $report.Layout, $report.Folders | Should -Be 'Fs', 4
        ($report | Repair-Maildir | Where-Object IsDone).Check | Should -Be 'Directories'
        Join-Path $maildir Archive 2027 tmp | Should -Exist
    }

    It 'is one of two' {
        { Get-Maildir $folder -Layout Nested } | Should -Throw '*MaildirPlusPlus, Fs*'
        { "x" | Add-MaildirMessage $folder -Layout Nested } | Should -Throw '*MaildirPlusPlus, Fs*'
    }
}

Describe 'The Maildirs of a server that runs' {
    BeforeAll {
        $store = Join-Path $folder store
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0
        $login = [pscredential]::new('ann@example.com', (ConvertTo-SecureString any -AsPlainText -Force))
        1..3 | ForEach-Object { $null = $server | Send-RawSmtp -From a@example.org -To ann@example.com -Subject "number $_" -Body x }
    }

    AfterAll {
        $server | Stop-MailServer
    }

    It 'are found by account, and changes show in sessions' {
        ($server | Get-ImapMessage -Credential $login -Tls None).Subject | Should -Be 'number 1', 'number 2', 'number 3'
        $messages = Get-MaildirMessage -StorePath $store -Account ann@example.com
        $messages.Uid | Should -Be 1, 2, 3
        $messages[0] | Set-MaildirMessage -AddFlag Flagged
        $messages[1] | Remove-MaildirMessage
        $messages[2] | Move-MaildirMessage -Destination Archive -CreateFolder
        $now = @($server | Get-ImapMessage -Credential $login -Tls None)
        $now.Subject | Should -Be 'number 1'
        $now[0].Flags | Should -Contain '\Flagged'
        ($server | Get-ImapMessage -Credential $login -Tls None -Folder Archive).Subject | Should -Be 'number 3'
    }

    It 'are found by accounts of Get-MailAccount' {
        $null = New-MailAccount -StorePath $store -Credential $login
        (Get-MailAccount -StorePath $store | Get-Maildir).Folder | Should -Contain 'Archive'
        [IO.File]::WriteAllText((Join-Path $folder welcome.eml), "Subject: welcome`n`nx`n")
        (Get-MailAccount -StorePath $store | Add-MaildirMessage -File (Join-Path $folder welcome.eml)).Subject | Should -Be 'welcome'
        (Get-MailAccount -StorePath $store | Test-Maildir).Verdict | Should -Be 'Pass'
    }
}

Describe 'Test-Maildir and Repair-Maildir' {
    It 'find damage, show what they would do, repair it, and delete no mail' {
        $maildir = New-Maildir damaged
        [IO.File]::WriteAllText("$maildir/cur/1700000002.M1P1.host,S=9999:2,", "Subject: wrong size`n`nx`n")
        [IO.File]::WriteAllText("$maildir/1700000003.M1P1.host", "Subject: misplaced`n`nx`n")
        [IO.File]::WriteAllText("$maildir/dovecot-uidlist", "rubbish`n")
        $report = Test-Maildir $maildir
        $report | Should -BeOfType MailOps.Client.Maildirs.MaildirReport
        $report.Verdict | Should -Be 'Fail'
        $report.Findings | ForEach-Object Status | Should -Contain 'Pass'
        ($report.Findings | Where-Object Status -EQ Fail).Check | Should -Be 'MisplacedMessages', 'WrongSizes', 'UidList'

        $before = Get-Tree $maildir
        $report | Repair-Maildir -WhatIf | Where-Object IsDone | Should -BeNullOrEmpty
        Get-Tree $maildir | Should -Be $before

        $repairs = $report | Repair-Maildir
        $repairs[0] | Should -BeOfType MailOps.Client.Maildirs.MaildirRepair
        ($repairs | Where-Object IsDone).Check | Should -Contain 'UidList'
        (Get-MaildirMessage $maildir).Subject | Sort-Object | Should -Be 'Grüße', 'invoice', 'misplaced', 'wrong size'
        (Test-Maildir $maildir).Verdict | Should -Be 'Warning'
    }
}
