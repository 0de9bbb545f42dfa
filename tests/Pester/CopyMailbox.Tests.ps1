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

    It 'ends with an error where nothing can be proved' {
        { Compare-Mailbox maildir:/nowhere/at/all "maildir:$work" } | Should -Throw -ErrorId MaildirNotFound*
    }
}
