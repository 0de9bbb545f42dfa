# Copy-Mailbox and Compare-Mailbox in real PowerShell, between two servers of our own and Maildirs.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $work = New-TestFolder
    $old = Start-MailServer -StorePath (Join-Path $work old) -Capture -SmtpPort 0 -ImapPort 0 -ImapTlsPort 0
    $new = Start-MailServer -StorePath (Join-Path $work new) -Capture -SmtpPort 0 -ImapPort 0
    $john = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'summersun' -AsPlainText -Force))
    $both = @{ FromCredential = $john; ToCredential = $john }
    $compared = @{ ReferenceCredential = $john; DifferenceCredential = $john }

    function Get-Address($server) { "imap+plain://john%40example.com@localhost:$(@($server.Endpoints | Where-Object Protocol -EQ Imap | Where-Object Tls -NE Implicit)[0].Port)/" }

    $from, $to = (Get-Address $old), (Get-Address $new)
    $session = $old | New-MailSession -Credential $john -SkipCertificateCheck -WarningAction SilentlyContinue
    $session | New-ImapFolder 'Archive/Büro', Sent -Subscribe | Out-Null
    1..3 | ForEach-Object { "From: a@example.com`nSubject: number $_`n`ntext" } | Add-ImapMessage -Session $session -Flag Seen, '$Work' -InternalDate 2020-02-03 | Out-Null
    1..2 | ForEach-Object { "From: a@example.com`nSubject: kept $_`n`ntext" } | Add-ImapMessage -Session $session -Folder 'Archive/Büro' | Out-Null
}

AfterAll {
    $session | Remove-MailSession
    $old, $new | Stop-MailServer
    Remove-TestFolder $work
}

Describe 'Copy-Mailbox' {
    It 'copies folders, messages, flags, dates and subscriptions, and says what it did' {
        Copy-Mailbox $from $to @both -JournalPath (Join-Path $work a.journal) -WhatIf | Should -BeNullOrEmpty
        Join-Path $work a.journal | Should -Not -Exist
        $result = Copy-Mailbox $from $to @both -JournalPath (Join-Path $work a.journal)
        $result | Should -BeOfType MailOps.Client.Migration.MailboxCopyResult
        $result.Status | Should -Be Completed
        $result.Messages | Should -Be 5
        $result.Copied | Should -Be 5
        $result.From | Should -Be $from
        $result.JournalPath | Should -Be (Join-Path $work a.journal)
        ($result.Folders | Where-Object Folder -EQ 'Archive/Büro').Copied | Should -Be 2
        $target = $new | New-MailSession -Credential $john -SkipCertificateCheck -WarningAction SilentlyContinue
        $message = ($target | Get-ImapMessage)[0]
        $message.Flags | Should -Contain '\Seen'
        $message.Flags | Should -Contain '$Work'
        $message.InternalDate.UtcDateTime.Year | Should -Be 2020
        ($target | Get-ImapFolder -Subscribed).Name | Should -Contain 'Archive/Büro'
        $target | Remove-MailSession
        Compare-Mailbox $from $to @compared | Should -BeNullOrEmpty
    }

    It 'copies nothing the second time, and then what came since' {
        $again = Copy-Mailbox $from $to @both -JournalPath (Join-Path $work a.journal)
        $again.Copied, $again.AlreadyThere | Should -Be 0, 5
        "From: a@example.com`nSubject: late`n`ntext" | Add-ImapMessage -Session $session | Out-Null
        (Copy-Mailbox $from $to @both -JournalPath (Join-Path $work a.journal)).Copied | Should -Be 1
    }

    It 'asks how labels of Gmail are to come, which other servers have none of' {
        $place = @{ JournalPath = (Join-Path $work labels.journal); FromCredential = $john }
        { Copy-Mailbox $to "maildir:$(Join-Path $work labels)" @place -GmailLabels Tags } | Should -Throw '*GmailLabels*Folders*Once*Keywords*'
        $result = Copy-Mailbox $to "maildir:$(Join-Path $work labels)" @place -GmailLabels Keywords
        $result.Status, $result.Copied | Should -Be Completed, $result.Messages
        Compare-Mailbox $to "maildir:$(Join-Path $work labels)" -ReferenceCredential $john -GmailLabels Keywords | Should -BeNullOrEmpty
    }

    It 'carries deletions, which the server tells (QRESYNC), and reads NULs' {
        $mirror = @{ JournalPath = (Join-Path $work gone.journal); Mirror = $true; RemoveDeleted = $true }
        $there = "maildir:$(Join-Path $work nuls)"
        $octets = [Text.Encoding]::Latin1.GetBytes("From: a@example.com`r`nSubject: nul`r`n`r`na`0b`r`n")
        New-Item -ItemType Directory (Join-Path $work eml) | Out-Null
        [IO.File]::WriteAllBytes((Join-Path $work eml nul.eml), $octets)
        1..3 | ForEach-Object { Set-Content (Join-Path $work eml "$_.eml") "Subject: $_`r`n`r`nx" }
        $nuls = @{ FolderMap = @{ INBOX = 'Nuls' } }
        $sent = Copy-Mailbox "eml:$(Join-Path $work eml)" $to -ToCredential $john @nuls -JournalPath (Join-Path $work nul.journal)
        $sent.Copied, $sent.Refused | Should -Be 3, 1
        $sent.RefusedMessages.Reason | Should -BeLike '`[UNKNOWN-CTE`]*' -Because 'the server takes lines of text alone'
        (Copy-Mailbox "eml:$(Join-Path $work eml)" "maildir:$(Join-Path $work new mail example.com john)" @nuls -JournalPath (Join-Path $work disk.journal)).Copied | Should -Be 1
        (Copy-Mailbox $to $there -FromCredential $john -Include Nuls @mirror).Copied | Should -Be 4
        $target = $new | New-MailSession -Credential $john -SkipCertificateCheck -WarningAction SilentlyContinue
        $target | Get-ImapMessage -Folder Nuls | Where-Object Subject -In 1, 3 | Remove-ImapMessage -Session $target -Confirm:$false
        $target | Remove-MailSession
        $result = Copy-Mailbox $to $there -FromCredential $john -Include Nuls @mirror
        $result.Removed, $result.Copied, $result.AlreadyThere, $result.Refused | Should -Be 2, 0, 2, 0
        Compare-Mailbox $to $there -ReferenceCredential $john -Include Nuls | Should -BeNullOrEmpty
        $files = Get-ChildItem (Join-Path $work nuls .Nuls) -Recurse -File | Where-Object Length -EQ $octets.Length
        [Convert]::ToHexString([IO.File]::ReadAllBytes($files.FullName)) | Should -Be ([Convert]::ToHexString($octets))
    }

    It 'copies a POP3 mailbox, and holds the copy against it' {
        $server = Start-MailServer -StorePath (Join-Path $work pop3) -Capture -SmtpPort 0 -Pop3Port 0
        try {
            1..3 | ForEach-Object { $null = $server | Send-RawSmtp -From a@example.org -To john@example.com -Subject "m$_" -Body x }
            $pop3, $copy = "pop3+plain://localhost:$($server.Pop3Port)/", "maildir:$(Join-Path $work pop3copy)"
            $journal = @{ JournalPath = Join-Path $work pop3.journal; FromCredential = $john }
            (Copy-Mailbox $pop3 $copy @journal).Copied | Should -Be 3
            $null = $server | Send-RawSmtp -From a@example.org -To john@example.com -Subject m4 -Body x
            $again = Copy-Mailbox $pop3 $copy @journal
            $again.Status, $again.Copied, $again.AlreadyThere | Should -Be 'Completed', 1, 3
            (Get-MaildirMessage (Join-Path $work pop3copy)).Subject | Should -Be ('m1', 'm2', 'm3', 'm4')
            Compare-Mailbox $pop3 $copy -ReferenceCredential $john | Should -BeNullOrEmpty
            Get-MaildirMessage (Join-Path $work pop3copy) | Select-Object -First 1 | Remove-MaildirMessage -Confirm:$false
            (Compare-Mailbox $pop3 $copy -ReferenceCredential $john).Kind | Should -Be MessageMissing
            { Copy-Mailbox $copy $pop3 -ToCredential $john -JournalPath (Join-Path $work none.journal) -ErrorAction Stop } | Should -Throw -ErrorId 'KindNotSupported,*' -ExpectedMessage '*can be read and not written to*'
            $server | Get-Pop3Message -Credential $john -Tls None -HeadersOnly | Should -HaveCount 4
        }
        finally { $server | Stop-MailServer }
    }

    It 'finds by content what no journal tells of' {
        $result = Copy-Mailbox $from $to @both -JournalPath (Join-Path $work b.journal)
        $result.Copied, $result.AlreadyThere | Should -Be 0, 6
    }

    It 'copies chosen folders into a Maildir' {
        $maildir = "maildir:$(Join-Path $work kept)"
        $result = Copy-Mailbox $from $maildir -FromCredential $john -Include Archive/* -Exclude Sent -JournalPath (Join-Path $work c.journal)
        $result.Copied | Should -Be 2
        (Get-MaildirMessage (Join-Path $work kept) -Folder 'Archive/Büro').Count | Should -Be 2
        Compare-Mailbox $from $maildir -ReferenceCredential $john -Include Archive/* | Should -BeNullOrEmpty
    }

    It 'tells of a pattern that fits no folder, and proves nothing by it' {
        $maildir = "maildir:$(Join-Path $work patterns)"
        (Copy-Mailbox $from $maildir -FromCredential $john -Include Archvie/*, Archive/* -JournalPath (Join-Path $work patterns.journal) -WarningVariable warned -WarningAction SilentlyContinue).Status | Should -Be Completed
        "$warned" | Should -BeLike "No folder of * fits -Include 'Archvie/``*'*"
        { Compare-Mailbox $from $maildir -ReferenceCredential $john -Include Archvie/* -ReportPath (Join-Path $work patterns-report) -ErrorAction Stop } | Should -Throw -ErrorId 'FolderNotFound,*'
        Get-ChildItem $work patterns-report* | Should -BeNullOrEmpty
    }

    It 'copies nothing into itself' {
        $tree = New-Item -ItemType Directory (Join-Path $work tree)
        { Copy-Mailbox "eml:$tree" "eml:$tree/sub" -ErrorAction Stop } | Should -Throw -ErrorId 'TargetInSource,*'
        { Copy-Mailbox "eml:$tree" "eml:$tree-beside" -JournalPath (Join-Path $work beside.journal) -ErrorAction Stop } | Should -Not -Throw
        Get-ChildItem $tree | Should -BeNullOrEmpty
    }

    It 'copies over TLS, and says that a certificate was not checked' {
        $secure = "imaps://localhost:$(@($old.Endpoints | Where-Object Protocol -EQ Imap | Where-Object Tls -EQ Implicit)[0].Port)/"
        { Copy-Mailbox $secure "maildir:$work/tls" -FromCredential $john -JournalPath (Join-Path $work d.journal) -ErrorAction Stop } | Should -Throw -ErrorId CertificateNotTrusted*
        $result = Copy-Mailbox $secure "maildir:$work/tls" -FromCredential $john -JournalPath (Join-Path $work d.journal) -SkipCertificateCheck -WarningVariable warned -WarningAction SilentlyContinue
        $result.Copied | Should -Be 6
        $warned | Should -BeLike '*is not trusted*It was not checked, as asked.'
    }

    It 'copies from a Maildir' {
        $strange = (Join-Path $work strange)
        "Subject: 1`n`nx" | Add-MaildirMessage $strange -Create | Out-Null
        "Subject: 2`n`nx" | Add-MaildirMessage $strange -Folder ('d' * 200) -CreateFolder | Out-Null
        $result = Copy-Mailbox "maildir:$strange" $to -ToCredential $john -JournalPath (Join-Path $work e.journal)
        $result.Status | Should -Be Completed
        $result.Copied | Should -Be 2
    }

    It 'copies into <kind> and back' -ForEach @(
        @{ kind = 'mbox'; more = @{} }
        @{ kind = 'mbox'; more = @{ MboxDialect = 'Mboxcl2' } }
        @{ kind = 'eml'; more = @{} }
    ) {
        $files = "${kind}:$(Join-Path $work "files-$kind$($more.Count)")"
        $result = Copy-Mailbox $from $files -FromCredential $john -JournalPath (Join-Path $work "$kind$($more.Count).journal") @more
        $result.Status, $result.Copied | Should -Be Completed, 6
        Compare-Mailbox $from $files -ReferenceCredential $john @more | Should -BeNullOrEmpty
        $again = Copy-Mailbox $from $files -FromCredential $john -JournalPath (Join-Path $work "$kind$($more.Count).journal") @more
        $again.Copied, $again.AlreadyThere | Should -Be 0, 6
        $back = Copy-Mailbox $files "maildir:$(Join-Path $work "back-$kind$($more.Count)")" -JournalPath (Join-Path $work "back-$kind$($more.Count).journal")
        $back.Copied | Should -Be 6
        Compare-Mailbox $from "maildir:$(Join-Path $work "back-$kind$($more.Count)")" -ReferenceCredential $john | Should -BeNullOrEmpty
    }

    It 'carries changes of flags, and deletions, where that is asked for' {
        $one, $two = (Join-Path $work m1), (Join-Path $work m2)
        'a', 'b', 'c' | ForEach-Object { "Subject: $_`n`nx" } | Add-MaildirMessage $one -Create | Out-Null
        $pair = @{ From = "maildir:$one"; To = "maildir:$two"; JournalPath = Join-Path $work mirror.journal }
        (Copy-Mailbox @pair).Copied | Should -Be 3
        Get-MaildirMessage $one | Where-Object Subject -EQ a | Set-MaildirMessage -Flag Flagged | Out-Null
        Get-MaildirMessage $one | Where-Object Subject -EQ b | Remove-MaildirMessage -Confirm:$false
        "Subject: own`n`nx" | Add-MaildirMessage $two | Out-Null
        (Copy-Mailbox @pair).FlagsChanged | Should -Be 0
        $mirrored = Copy-Mailbox @pair -Mirror
        $mirrored.FlagsChanged, $mirrored.Removed | Should -Be 1, 0
        (Get-MaildirMessage $two | Where-Object Subject -EQ a).Flags | Should -Contain '\Flagged'
        $removed = Copy-Mailbox @pair -Mirror -RemoveDeleted
        $removed.FlagsChanged, $removed.Removed | Should -Be 0, 1
        (Get-MaildirMessage $two).Subject | Sort-Object | Should -Be a, c, own
    }

    It 'copies chosen messages, and folders to other places' {
        $result = Copy-Mailbox $from "maildir:$(Join-Path $work chosen)" -FromCredential $john -Since 2021-01-01 -FolderMap @{ 'Archive/*' = 'Old/*'; Sent = 'Out/box' } -JournalPath (Join-Path $work chosen.journal)
        $result.Copied, $result.Skipped | Should -Be 3, 3
        $map = @{ 'Archive/*' = 'Old/*'; Sent = 'Out/box' }
        Compare-Mailbox $from "maildir:$(Join-Path $work chosen)" -ReferenceCredential $john -FolderMap $map -Since 2021-01-01 -ReportPath "$work/chosen-proof" | Should -BeNullOrEmpty
        $record = Get-Content "$work/chosen-proof.json" | ConvertFrom-Json
        $record.settings.Since, $record.summary.skipped, $record.summary.matched, $record.summary.isEqual | Should -Be '2021-01-01 00:00:00 +00:00', 3, 3, $true
        Compare-Mailbox $from "maildir:$(Join-Path $work chosen)" -ReferenceCredential $john -FolderMap $map | Should -HaveCount 3
        ($result.Folders | Where-Object Folder -EQ 'Archive/Büro').Target | Should -Be 'Old/Büro'
        ($result.Folders | Where-Object Folder -EQ Sent).Target | Should -Be 'Out/box'
        (Copy-Mailbox $from "maildir:$(Join-Path $work asked)" -FromCredential $john -Query 'SUBJECT "number 2"' -JournalPath (Join-Path $work asked.journal)).Copied | Should -Be 1
        Compare-Mailbox $from "maildir:$(Join-Path $work asked)" -ReferenceCredential $john -Query 'SUBJECT "number 2"' | Should -BeNullOrEmpty
        (Copy-Mailbox $from "maildir:$(Join-Path $work flagged)" -FromCredential $john -Flag Seen -NotFlag Other -LargerThan 1 -SmallerThan 1MB -JournalPath (Join-Path $work flagged.journal)).Copied | Should -Be 3
    }

    It 'obeys a server that asks to slow down: <name>' -ForEach @(
        @{ name = 'source'; fault = @{ Command = 'UID FETCH'; Reply = 'NO [UNAVAILABLE] Try again in 1 second' }; on = 'old' }
        @{ name = 'target, with a time'; fault = @{ Command = 'APPEND'; Reply = 'NO [THROTTLED] Suggested Backoff Time: 300 milliseconds' }; on = 'new' }
        @{ name = 'target, in words'; fault = @{ Command = 'APPEND'; Reply = 'BAD Request is throttled. Suggested Backoff Time: 200 milliseconds' }; on = 'new' }
        @{ name = 'login'; fault = @{ Command = 'AUTHENTICATE'; Reply = 'NO [UNAVAILABLE] Maximum number of connections exceeded, retry after 1 s' }; on = 'old' }
        @{ name = 'folders'; fault = @{ Command = 'CREATE'; Reply = 'NO [INUSE] retry after 100 ms' }; on = 'new'; count = 5 }
        @{ name = 'goodbye'; fault = @{ Command = 'APPEND'; Reply = 'BYE Account exceeded command or bandwidth limits. Retry after 1 seconds' }; on = 'new' }
    ) {
        $busy = Start-MailServer -StorePath (Join-Path $work "busy $name") -Capture -SmtpPort 0 -ImapPort 0
        $faulty = $on -eq 'old' ? $old : $busy
        $faulty | Set-MailServerFault -Protocol imap @fault -Count ($count ?? 2) | Out-Null
        try {
            $result = Copy-Mailbox $from (Get-Address $busy) @both -Connections 2 -JournalPath (Join-Path $work "busy $name.journal") -WarningVariable warned -WarningAction SilentlyContinue
            $result.Status | Should -Be Completed
            $result.Copied | Should -Be 6
            $warned[0] | Should -BeLike '*The copy waits for * and goes on with one folder at once.'
            Compare-Mailbox $from (Get-Address $busy) @compared | Should -BeNullOrEmpty
        }
        finally {
            $faulty | Clear-MailServerFault
            $busy | Stop-MailServer
        }
    }

    It 'compresses connections <when>' -ForEach @(
        @{ when = 'where that is asked for'; choice = @{ Compression = 'Always' }; isAsked = $true }
        @{ when = 'never, where that is asked for'; choice = @{ Compression = 'Never' }; isAsked = $false }
        @{ when = 'not on the same machine, unless asked'; choice = @{}; isAsked = $false }
    ) {
        # A server that refuses counts how often it was asked, and is copied and compared all the same.
        $fault = $old | Set-MailServerFault -Protocol imap -Command COMPRESS -Reply 'NO [ALERT] not now'
        try {
            $result = Copy-Mailbox $from "maildir:$(Join-Path $work "packed $when")" -FromCredential $john @choice -JournalPath (Join-Path $work "packed $when.journal")
            $result.Status, $result.Copied | Should -Be Completed, $result.Messages
            $copied = ($old | Get-MailServerFault).Played
            $copied -gt 0 | Should -Be $isAsked
            Compare-Mailbox $from "maildir:$(Join-Path $work "packed $when")" -ReferenceCredential $john @choice | Should -BeNullOrEmpty
            ($old | Get-MailServerFault).Played -gt $copied | Should -Be $isAsked
        }
        finally { $old | Clear-MailServerFault }
    }

    It 'copies and compares over compressed connections' {
        $packed = Start-MailServer -StorePath (Join-Path $work 'packed server') -Capture -SmtpPort 0 -ImapPort 0
        try {
            (Copy-Mailbox $from (Get-Address $packed) @both -Compression Always -JournalPath (Join-Path $work 'packed server.journal')).Status | Should -Be Completed
            Compare-Mailbox $from (Get-Address $packed) @compared -Compression Always | Should -BeNullOrEmpty
        }
        finally { $packed | Stop-MailServer }
        { Copy-Mailbox $from $to @both -Compression Sometimes } | Should -Throw '*Compression*WhenSlow*Always*Never*'
    }

    It 'says of a folder that takes nothing what to do, puts nothing aside, and goes on when it does' {
        $closed = Start-MailServer -StorePath (Join-Path $work closed) -Capture -SmtpPort 0 -ImapPort 0
        try {
            $closed | Set-MailServerFault -Protocol imap -Command APPEND -Reply 'NO [NOPERM] You may only read here' | Out-Null
            $place = @{ JournalPath = (Join-Path $work closed.journal); WarningVariable = 'warned'; WarningAction = 'SilentlyContinue' }
            $result = Copy-Mailbox $from (Get-Address $closed) @both @place
            $result.Status, $result.Copied, $result.Refused | Should -Be Failed, 0, 0
            ($result.Folders | Where-Object Folder -EQ INBOX).Error | Should -BeLike '*INBOX: *NOPERM*Run the copy again when that is cured: it goes on there.'
            "$($warned -match 'INBOX')" | Should -BeLike '*INBOX was not copied to its end: *You may only read here*'
            Join-Path $work closed.journal.quarantine | Should -Not -Exist
            $closed | Clear-MailServerFault
            $again = Copy-Mailbox $from (Get-Address $closed) @both @place
            $again.Status, $again.Copied | Should -Be Completed, $again.Messages
            Compare-Mailbox $from (Get-Address $closed) @compared | Should -BeNullOrEmpty
        }
        finally { $closed | Stop-MailServer }
    }

    It 'copies to a target that drops connections again and again, each message once' {
        $drops = Start-MailServer -StorePath (Join-Path $work drops) -Capture -SmtpPort 0 -ImapPort 0
        $many = Join-Path $work many
        1..400 | ForEach-Object { "Subject: $($_ % 40)`n`ntext $($_ % 100)" } | Add-MaildirMessage $many -Create -InternalDate 2020-02-03 | Out-Null
        try {
            $drops | Set-MailServerFault -Protocol imap -Drop -Command APPEND -Count 2 | Out-Null
            $drops | Set-MailServerFault -Protocol imap -Drop -Command EXAMINE -Skip 1 -Count 2 | Out-Null
            $result = Copy-Mailbox "maildir:$many" (Get-Address $drops) -ToCredential $john -JournalPath (Join-Path $work drops.journal) -WarningAction SilentlyContinue
            while ($result.Status -ne 'Completed' -and ($runs++) -lt 5) {
                $result = Copy-Mailbox "maildir:$many" (Get-Address $drops) -ToCredential $john -JournalPath (Join-Path $work drops.journal) -WarningAction SilentlyContinue
            }
            $result.Status | Should -Be Completed
            ($drops | Get-MailServerFault | Measure-Object Played -Sum).Sum | Should -BeGreaterThan 1
            $drops | Clear-MailServerFault
            Compare-Mailbox "maildir:$many" (Get-Address $drops) -DifferenceCredential $john | Should -BeNullOrEmpty
        }
        finally { $drops | Stop-MailServer }
    }

    It 'writes a line for each message where that is asked for, and leaves what is there' {
        $eml = New-Item -ItemType Directory (Join-Path $work logged)
        1..3 | ForEach-Object { Set-Content (Join-Path $eml "$_.eml") "Subject: $_`n`nx" }
        $target = Start-MailServer -StorePath (Join-Path $work 'logged store') -Capture -SmtpPort 0 -ImapPort 0
        Push-Location $eml
        try {
            $copy = @{ ToCredential = $john; JournalPath = (Join-Path $work logged.journal); LogPath = '../logged.json'; WarningVariable = 'warned'; WarningAction = 'SilentlyContinue'; FolderMap = @{ INBOX = 'Logged' } }
            $target | Set-MailServerFault -Protocol imap -Command APPEND -Reply 'NO [LIMIT] not this one' -Count 1 -Skip 3 | Out-Null
            $target | Set-MailServerFault -Protocol imap -Command APPEND -Reply 'NO not together' -Count 1 | Out-Null
            $result = Copy-Mailbox "eml:$eml" (Get-Address $target) @copy
            $lines = Get-Content ../logged.json | ConvertFrom-Json
            $lines | Should -HaveCount 3
            ($lines | Where-Object result -EQ copied).Count | Should -Be $result.Copied
            $lines.target | Select-Object -Unique | Should -Be Logged
            $lines | ForEach-Object { $_.time | Should -Not -BeNullOrEmpty; $_.folder | Should -Be INBOX; $_.id | Should -Not -BeNullOrEmpty }
            foreach ($line in $lines | Where-Object result -EQ refused) { $line.reason | Should -BeLike '*not this one*' }
            if ($result.Refused) { "$warned" | Should -BeLike "*$($result.Refused) message*refused and kept in *logged.journal.quarantine*-RetryRefused tries again." }
            Remove-Item (Join-Path $work logged.journal)
            Copy-Mailbox "eml:$eml" (Get-Address $target) @copy | Out-Null
            $again = Get-Content ../logged.json | ConvertFrom-Json
            ($again | Where-Object result -EQ found).Count | Should -Be $result.Copied
            $again | Should -HaveCount 6
        }
        finally {
            Pop-Location
            $target | Stop-MailServer
        }
        { Copy-Mailbox "eml:$eml" "maildir:$(Join-Path $work unlogged)" -LogPath (Join-Path $work nowhere a.json) -ErrorAction Stop } | Should -Throw '*-LogPath*'
    }

    It 'has the line for fifty options of imapsync, with parameters that there are' {
        $rows = Get-Content (Join-Path $PSScriptRoot ../../docs/from-imapsync.md) | Where-Object { $_ -match '^\| `?-' }
        ($rows | ForEach-Object { [regex]::Matches($_.Split('|')[1], '--\w+').Value } | Select-Object -Unique).Count | Should -BeGreaterOrEqual 50
        $known = (Get-Command -Module MailOps).Parameters.Keys + (Get-Command Get-Credential, ConvertTo-SecureString, Get-Secret, Format-Table, ConvertTo-Json, ForEach-Object -ErrorAction Ignore).Parameters.Keys
        foreach ($row in $rows) {
            foreach ($code in [regex]::Matches($row.Substring($row.IndexOf('|', 2)), '`([^`]+)`')) {
                foreach ($name in [regex]::Matches($code.Groups[1].Value, '(?<=^|\s)-([A-Z]\w+)')) { $known | Should -Contain $name.Groups[1].Value -Because $code.Value }
            }
        }
    }

    It 'warns of keywords that a target does not keep' {
        $one, $all = (Join-Path $work keywords), (Join-Path $work few)
        "Subject: k`n`nx" | Add-ImapMessage -Session $session -Folder Keywords -CreateFolder -Flag (1..30 | ForEach-Object { "key$_" }) | Out-Null
        Copy-Mailbox $from "maildir:$one" -FromCredential $john -Include Keywords -JournalPath (Join-Path $work keywords.journal) -WarningVariable warned | Should -Not -BeNullOrEmpty
        $warned | Should -BeNullOrEmpty
        (Get-MaildirMessage $one -Folder Keywords).Flags | Should -HaveCount 30
        1..30 | ForEach-Object { "Subject: $_`n`nx" | Add-MaildirMessage $all -Create -Folder Keywords -CreateFolder -Flag "other$_" | Out-Null }
        $result = Copy-Mailbox $from "maildir:$all" -FromCredential $john -Include Keywords -JournalPath (Join-Path $work few.journal) -WarningVariable warned -WarningAction SilentlyContinue
        $result.Status, $result.Copied | Should -Be CompletedWithWarnings, 1
        ($result.Folders | Where-Object Folder -EQ Keywords).KeywordsLost | Should -HaveCount 4
        "$warned" | Should -BeLike 'Keywords of maildir:*did not keep 4 of 30 keywords: *'
        Remove-ImapFolder -Session $session Keywords -Confirm:$false
    }

    It 'takes pairs from a table' {
        $results = [pscustomobject]@{ From = $from; To = "maildir:$(Join-Path $work table1)" }, [pscustomobject]@{ From = $from; To = "maildir:$(Join-Path $work table2)" } |
            Copy-Mailbox -FromCredential $john
        $results.Copied | Should -Be 6, 6
        $results.JournalPath | Select-Object -Unique | Should -HaveCount 2
        $results.JournalPath | Remove-Item
    }

    It 'says what is wrong: <name>' -ForEach @(
        @{ name = 'no login'; call = { Copy-Mailbox $from $to -ToCredential $john -ErrorAction Stop }; id = 'CredentialMissing*'; text = '*-FromCredential*' }
        @{ name = 'no such Maildir'; call = { Copy-Mailbox maildir:/nowhere/at/all $to -ToCredential $john -ErrorAction Stop }; id = 'MaildirNotFound*'; text = '*/nowhere/at/all*' }
        @{ name = 'no such mbox file'; call = { Copy-Mailbox mbox:/nowhere/at/all $to -ToCredential $john -ErrorAction Stop }; id = 'PathNotFound*'; text = '*/nowhere/at/all*' }
        @{ name = 'no such eml folder'; call = { Copy-Mailbox eml:/nowhere/at/all $to -ToCredential $john -ErrorAction Stop }; id = 'PathNotFound*'; text = '*/nowhere/at/all*' }
        @{ name = 'a file for a folder'; call = { Copy-Mailbox "eml:$PSCommandPath" $to -ToCredential $john -ErrorAction Stop }; id = '*'; text = '*is a file*' }
        @{ name = 'a query of files'; call = { Copy-Mailbox "maildir:$work" $to -ToCredential $john -Query ALL -ErrorAction Stop }; id = 'KindNotSupported*'; text = '*is on no IMAP server*' }
        @{ name = 'a query of two lines'; call = { Copy-Mailbox $from $to @both -Query "ALL`r`nx" -ErrorAction Stop }; id = 'InvalidArgument*'; text = '*control character*' }
        @{ name = 'a query that would remove'; call = { Copy-Mailbox $from $to @both -Query UNSEEN -RemoveDeleted -ErrorAction Stop }; id = 'InvalidArgument*'; text = '*-RemoveDeleted cannot go with -Query*' }
        @{ name = 'dates that leave nothing'; call = { Copy-Mailbox $from $to @both -Since 2024-02-01 -Before 2024-02-01 -ErrorAction Stop }; id = 'InvalidArgument*'; text = '*Since is not before Before*' }
        @{ name = 'sizes that leave nothing'; call = { Compare-Mailbox $from $to @compared -LargerThan 1MB -SmallerThan 1MB -ErrorAction Stop }; id = 'InvalidArgument*'; text = '*SmallerThan leaves no size above LargerThan*' }
        @{ name = 'a flag that is to be there and not'; call = { Copy-Mailbox $from $to @both -Flag seen -NotFlag Deleted, Seen -ErrorAction Stop }; id = 'InvalidArgument*'; text = '*Seen is in Flag and in NotFlag*' }
        @{ name = 'flags of POP3'; call = { Copy-Mailbox pop3s://john%40example.com@localhost:1/ $to @both -NotFlag Seen -ErrorAction Stop }; id = 'KindNotSupported*'; text = '*knows no flags*' }
        @{ name = 'a comparison by a query of files'; call = { Compare-Mailbox "maildir:$work" $to -DifferenceCredential $john -Query ALL -ErrorAction Stop }; id = 'KindNotSupported*'; text = '*is on no IMAP server*' }
        @{ name = 'a rule that is none'; call = { Copy-Mailbox $from $to @both -FolderMap @{ 'a/*' = 'b' } -ErrorAction Stop }; id = 'InvalidArgument*'; text = "*to 'b' is no rule*" }
        @{ name = 'mirroring into mbox files'; call = { Copy-Mailbox $from "mbox:$work/mirror" -FromCredential $john -Mirror -JournalPath (Join-Path $work mirrored.journal) -ErrorAction Stop }; id = 'KindNotSupported*'; text = '*can only be added to*' }
        @{ name = 'no server'; call = { Copy-Mailbox imap+plain://localhost:1/ $to @both -ErrorAction Stop }; id = 'ConnectionFailed*'; text = '*localhost*' }
        @{ name = 'the login of somebody else'; call = { Copy-Mailbox ($from -replace 'john', 'bob') $to @both -ErrorAction Stop }; id = 'InvalidMailboxLocation*'; text = '*names the account bob@example.com*' }
        @{ name = 'no address'; call = { Copy-Mailbox john@example.com $to @both -ErrorAction Stop }; id = 'ParameterArgumentValidationError*'; text = '*imaps://*' }
        @{ name = 'a journal of other mailboxes'; call = { Copy-Mailbox $from "maildir:$work/other" -FromCredential $john -JournalPath (Join-Path $work a.journal) -ErrorAction Stop }; id = 'JournalOfOtherMailboxes*'; text = '*a.journal*' }
    ) {
        $thrown = $call | Should -Throw -PassThru
        $thrown.FullyQualifiedErrorId | Should -BeLike $id
        $thrown.Exception.Message | Should -BeLike $text
    }
}

Describe 'Compare-Mailbox' {
    It 'tells each difference once' {
        $one, $other = (Join-Path $work one), (Join-Path $work other)
        'a', 'b', 'c' | ForEach-Object { "Message-ID: <$_@x>`nSubject: $_`n`ntext $_" } | Add-MaildirMessage $one -Create | Out-Null
        'a', 'c', 'd' | ForEach-Object { "Message-ID: <$_@x>`nSubject: $_`n`ntext $($_ -replace 'c', 'otherwise')" } | Add-MaildirMessage $other -Create | Out-Null
        $found = Compare-Mailbox "maildir:$one" "maildir:$other" -IgnoreDate | Sort-Object Subject
        $found | Should -BeOfType MailOps.Client.Migration.Comparison.MailboxDifference
        $found.Kind | Should -Be MessageMissing, Content, MessageExtra
        $found.SideIndicator | Should -Be '<=', '==', '=>'
        $found.MessageId | Should -Be 'b@x', 'c@x', 'd@x'
        (Compare-Mailbox "maildir:$one" "maildir:$other" -IgnoreDate -IncludeEqual | Where-Object Kind -EQ Equal).Subject | Should -Be a
    }

    It 'finds folders where they were put' {
        $map = @{ 'Archive/*' = 'Inner/*'; Sent = 'Inner/Büro' }
        (Copy-Mailbox $from "maildir:$(Join-Path $work mapped)" -FromCredential $john -FolderMap $map -JournalPath (Join-Path $work mapped.journal)).Status | Should -Be Completed
        Compare-Mailbox $from "maildir:$(Join-Path $work mapped)" -ReferenceCredential $john -FolderMap $map | Should -BeNullOrEmpty
        (Compare-Mailbox $from "maildir:$(Join-Path $work mapped)" -ReferenceCredential $john).Kind | Should -Contain FolderMissing
    }

    It 'keeps a signed record for people and for programs' {
        Assert-Peer openssl
        $one, $other = (Join-Path $work r1), (Join-Path $work r2)
        'a', '<b>&"' | ForEach-Object { "Subject: $_`n`ntext $_" } | Add-MaildirMessage $one -Create | Out-Null
        "Subject: a`n`ntext a" | Add-MaildirMessage $other -Create | Out-Null
        $key = [System.Security.Cryptography.RSA]::Create(2048)
        $certificate = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=auditor', $key, 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1).CreateSelfSigned((Get-Date).AddDays(-1), (Get-Date).AddYears(1))
        $trusted = Join-Path $work trusted.pem
        Set-Content $trusted $certificate.ExportCertificatePem()
        $report = Join-Path $work report
        Compare-Mailbox "maildir:$one" "maildir:$other" -IgnoreDate -ReportPath $report -ReportCertificate $certificate | Should -HaveCount 1
        Get-ChildItem "$report.*" | ForEach-Object Name | Sort-Object | Should -Be report.html, report.html.p7s, report.json, report.json.p7s
        $json = Get-Content "$report.json" -Raw | ConvertFrom-Json
        $json.format | Should -Be 'mailops-comparison 1'
        $json.summary.isEqual | Should -BeFalse
        $json.summary.MessageMissing | Should -Be 1
        $json.differences[0].subject | Should -Be '<b>&"'
        $json.settings.IgnoreDate | Should -Be yes
        $json.folders[0].referenceMessages, $json.folders[0].differenceMessages, $json.folders[0].matched | Should -Be 2, 1, 1
        Get-Content "$report.html" -Raw | Should -BeLike '*1 differences*&lt;b&gt;&amp;&quot;*'
        foreach ($file in "$report.json", "$report.html") {
            # As the help has it.
            $said = openssl cms -verify -binary -inform DER -in "$file.p7s" -content $file -CAfile $trusted -out /dev/null 2>&1
            $LASTEXITCODE | Should -Be 0 -Because "$said"
        }

        Add-Content "$report.json" ' '
        openssl cms -verify -binary -noverify -inform DER -in "$report.json.p7s" -content "$report.json" -out ([IO.Path]::GetTempFileName()) 2>&1 | Out-Null
        $LASTEXITCODE | Should -Not -Be 0

        # Equal: the digests are, whatever the order; and nothing is left of a run that fails.
        Compare-Mailbox "maildir:$one" "maildir:$one" -ReportPath (Join-Path $work same) | Should -BeNullOrEmpty
        $same = Get-Content (Join-Path $work same.json) -Raw | ConvertFrom-Json
        $same.summary.isEqual | Should -BeTrue
        $same.folders[0].referenceDigest | Should -Be $same.folders[0].differenceDigest
        { Compare-Mailbox "maildir:$one" "maildir:$other" -ReportPath (Join-Path $work failed) -ReportCertificate $PSCommandPath } | Should -Throw
        Get-ChildItem (Join-Path $work failed.*) | Should -BeNullOrEmpty
        { Compare-Mailbox "maildir:$one" "maildir:$other" -ReportCertificate $certificate } | Should -Throw -ErrorId InvalidArgument*
    }

    It 'reads the certificate of a record before anything is compared' {
        $nowhere = @{ Reference = 'maildir:/nowhere/at/all'; Difference = 'maildir:/nowhere/else'; ReportPath = Join-Path $work early }
        { Compare-Mailbox @nowhere -ReportCertificate (Join-Path $work nosuch.p12) } | Should -Throw -ErrorId PathNotFound*
        $key = [System.Security.Cryptography.ECDsa]::Create()
        $certificate = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=auditor', $key, 'SHA256').CreateSelfSigned((Get-Date).AddDays(-1), (Get-Date).AddYears(1))
        $file = Join-Path $work auditor.p12
        [IO.File]::WriteAllBytes($file, $certificate.Export('Pkcs12', 'right-one'))
        $wrong = { Compare-Mailbox @nowhere -ReportCertificate $file -ReportCertificatePassword (ConvertTo-SecureString wrong-one -AsPlainText -Force) } | Should -Throw -ErrorId CryptographyFailed* -PassThru
        "$wrong" | Should -BeLike "*$file*"
        "$wrong" | Should -Not -Match wrong-one
        { Compare-Mailbox @nowhere -ReportCertificate $file -ReportCertificatePassword (ConvertTo-SecureString right-one -AsPlainText -Force) } | Should -Throw -ErrorId MaildirNotFound*
    }

    It 'replaces no record of a pair before it' {
        $one, $other = (Join-Path $work p1), (Join-Path $work p2)
        "Subject: a`n`ntext" | Add-MaildirMessage $one -Create | Out-Null
        "Subject: b`n`ntext" | Add-MaildirMessage $other -Create | Out-Null
        $pairs = @([pscustomobject]@{ Reference = "maildir:$one"; Difference = "maildir:$other" }, [pscustomobject]@{ Reference = "maildir:$other"; Difference = "maildir:$other" })
        $found = $pairs | Compare-Mailbox -ReportPath (Join-Path $work pairs) -ErrorVariable failed -ErrorAction SilentlyContinue
        $found.Kind | Should -Be MessageMissing, MessageExtra
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'ReportPathUsed,*'
        "$($failed[0])" | Should -BeLike "*maildir:$other was not compared*ReportPath of its own."
        (Get-Content (Join-Path $work pairs.json) -Raw | ConvertFrom-Json).summary.isEqual | Should -BeFalse
        $pairs | Select-Object *, @{ n = 'ReportPath'; e = { Join-Path $work "pair-$($_.Reference -eq $_.Difference)" } } | Compare-Mailbox | Should -HaveCount 2
        Test-Path (Join-Path $work pair-True.json), (Join-Path $work pair-False.json) | Should -Be $true, $true
    }

    # Windows lets only some make a symbolic link.
    It 'names in the record what was left out, and calls nothing equal then' -Skip:$IsWindows {
        $one, $other, $else = 'l1', 'l2', 'l3' | ForEach-Object { Join-Path $work $_ }
        foreach ($folder in "$one/A", "$other/A", $else) {
            New-Item -ItemType Directory $folder | Out-Null
            Set-Content (Join-Path $folder 1.eml) "Subject: a`n`ntext"
        }

        New-Item -ItemType SymbolicLink (Join-Path $one '<Linked>') -Target $else | Out-Null
        $report = Join-Path $work left
        Compare-Mailbox "eml:$one" "eml:$other" -IgnoreDate -ReportPath $report -WarningVariable warned -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warned | Should -BeLike '*<Linked> is a link*'
        $json = Get-Content "$report.json" -Raw | ConvertFrom-Json
        $json.leftOut | Should -Be "$warned"
        $json.summary.isEqual, $json.summary.differences, $json.summary.leftOut | Should -Be $false, 0, 1
        Get-Content "$report.html" -Raw | Should -BeLike '*No difference in what was compared, and 1 places that were left out*&lt;Linked&gt; is a link*'
        foreach ($choice in @{ Exclude = '*Linked*' }, @{ Include = 'A' }) {
            Compare-Mailbox "eml:$one" "eml:$other" -IgnoreDate @choice -ReportPath $report -WarningVariable warned -WarningAction SilentlyContinue | Should -BeNullOrEmpty
            $warned | Should -BeNullOrEmpty
            $json = Get-Content "$report.json" -Raw | ConvertFrom-Json
            $json.summary.isEqual, $json.summary.leftOut | Should -Be $true, 0
        }
        Remove-Item (Join-Path $one '<Linked>')
        Compare-Mailbox "eml:$one" "eml:$other" -IgnoreDate -ReportPath $report | Should -BeNullOrEmpty
        $json = Get-Content "$report.json" -Raw | ConvertFrom-Json
        $json.summary.isEqual, $json.summary.leftOut | Should -Be $true, 0
    }

    It 'ends with an error where nothing can be proved' {
        { Compare-Mailbox maildir:/nowhere/at/all "maildir:$work" } | Should -Throw -ErrorId MaildirNotFound*
    }
}
