# Batches of mailboxes in real PowerShell: from a CSV and the pipeline, by a worker in the command and in others, to the cutover and back.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-Module (Join-Path $PSScriptRoot StandInResolver.psm1)
    Import-MailOps
    $work = New-TestFolder
    $old = Start-MailServer -StorePath (Join-Path $work old) -Capture -SmtpPort 0 -ImapPort 0
    $new = Start-MailServer -StorePath (Join-Path $work new) -Capture -SmtpPort 0 -ImapPort 0
    $secret = ConvertTo-SecureString 'summersun' -AsPlainText -Force

    function Get-Address($server, $user) { "imap+plain://$user%40example.com@localhost:$(@($server.Endpoints | Where-Object Protocol -EQ Imap)[0].Port)/" }

    $users = 'ann', 'bob', 'cat' | ForEach-Object {
        $null = $old | Send-RawSmtp -From a@example.org -To "$_@example.com" -Subject "for $_" -Body x
        [pscustomobject]@{ Identity = $_; From = (Get-Address $old $_); To = (Get-Address $new $_) }
    }
    $login = @{ FromCredential = { param($user) $secret }; ToCredential = { param($user) [pscredential]::new("$($user.Identity)@example.com", $secret) } }
    $store = @{ Store = Join-Path $work migrations.db }
}

AfterAll {
    $old, $new | Stop-MailServer
    Remove-TestFolder $work
}

Describe 'Start-MailMigration' {
    It 'copies the mailboxes of the pipeline, and says how far it is' {
        $users | Start-MailMigration first @store -WhatIf | Should -BeNullOrEmpty
        Join-Path $work migrations.db | Should -Not -Exist
        $batch = $users | Start-MailMigration first @store @login -Wait
        $batch | Should -BeOfType MailOps.Client.Migration.Batches.MigrationBatch
        $batch.Status, $batch.TotalCount, $batch.SyncedCount, $batch.Messages, $batch.Done | Should -Be Synced, 3, 3, 3, 3
        Compare-Mailbox $users[0].From $users[0].To -ReferenceCredential ([pscredential]::new('ann@example.com', $secret)) -DifferenceCredential ([pscredential]::new('ann@example.com', $secret)) | Should -BeNullOrEmpty
        (Get-MailMigrationUser first @store).Identity | Should -Be ann, bob, cat
        Select-String -Path "$work/migrations.db*" -Pattern summersun | Should -BeNullOrEmpty
    }

    It 'looks at the certificate for records before anything is begun' {
        $none = @{ ReportCertificate = Join-Path $work none.p12 }
        { $users | Start-MailMigration unsigned @store @login @none -ReportPath (Join-Path $work proof) -Wait } | Should -Throw -ErrorId PathNotFound*
        { Get-MailMigration unsigned @store -ErrorAction Stop } | Should -Throw -ErrorId BatchNotFound*
        { Start-MailMigrationWorker @store @login @none } | Should -Throw -ErrorId PathNotFound*
    }

    It 'takes a CSV, and keeps nothing of one with a bad row' {
        $csv = Join-Path $work users.csv
        'User,From,To', "x,maildir:$work/x,maildir:$work/x2", 'y,imaps://old/,nonsense', "x,maildir:$work/z,maildir:$work/z2", "p,maildir:$work/p,pop3s://p@host/" | Set-Content $csv
        $thrown = { Start-MailMigration bad -CsvPath $csv @store } | Should -Throw -ErrorId 'InvalidMigrationUser*' -PassThru
        $thrown.Exception.Message | Should -BeLike '*row 2*row 3: the user x is there already*row 4*POP3*'
        Get-MailMigration b* @store | Should -BeNullOrEmpty
        'EmailAddress,From,To', "x,maildir:$work/x,maildir:$work/x2" | Set-Content $csv
        $batch = Start-MailMigration csv -CsvPath $csv @store -WarningVariable warned -WarningAction SilentlyContinue
        $batch.Status, $batch.QueuedCount | Should -Be Queued, 1
        "$warned" | Should -BeLike '*No worker*Start-MailMigrationWorker*'
        Remove-MailMigration csv @store -Confirm:$false
    }

    It 'says what is wrong with a file: <Case>' -ForEach @(
        @{ Case = 'a column that is called otherwise'; Lines = 'User,Source,To', 'a,maildir:a,maildir:b'; Text = '*has no column From. Its columns are: User | Source | To. Call them*' }
        @{ Case = 'semicolons'; Lines = 'From;To', 'maildir:a;maildir:b'; Text = '*Its columns are: From;To. *parted by commas*' }
        @{ Case = 'nothing in it'; Lines = @(); Text = '*has no rows. Its first line names the columns*' }
        @{ Case = 'the names of columns alone'; Lines = , 'User,From,To'; Text = '*has no rows*' }
        @{ Case = 'a row without a target'; Lines = 'User,From,To', 'a,maildir:a,maildir:b', 'b,maildir:c,'; Text = '*row 2: there is no To.*' }
    ) {
        [IO.File]::WriteAllLines("$work/wrong.csv", [string[]]$Lines)
        $thrown = { Start-MailMigration wrong -CsvPath "$work/wrong.csv" @store } | Should -Throw -ErrorId 'InvalidMigrationUser*' -PassThru
        $thrown.Exception.Message | Should -BeLike "The batch wrong was not begun. $Text"
    }

    It 'takes addresses made of names' {
        $null = New-Item -ItemType Directory "$work/from-dan/cur", "$work/from-dan/new", "$work/from-dan/tmp"
        'dan' | Start-MailMigration named -Identity { $_ } -From { "maildir:$work/from-$_" } -To { "maildir:$work/to-$_" } @store -Wait | ForEach-Object Status | Should -Be Synced
        Remove-MailMigration named @store -Confirm:$false
    }

    It 'takes the filters of Copy-Mailbox, which the proof keeps to' {
        1..3 | ForEach-Object { "Subject: $_`n`n$('x' * 1000 * $_)" } | Add-MaildirMessage "$work/from-fay" -Create | Out-Null
        $batch = [pscustomobject]@{ Identity = 'fay'; From = "maildir:$work/from-fay"; To = "maildir:$work/to-fay" } |
            Start-MailMigration filtered @store -Wait -LargerThan 1500 -SmallerThan 1MB -Since 2000-01-01 -NotFlag Deleted -Compression Never -GmailLabels Once -MboxDialect Mboxo -ReportPath "$work/filtered"
        $batch.Status, $batch.Messages, $batch.Done | Should -Be Synced, 2, 2
        $batch.Settings.Filter.NotFlag, $batch.Settings.Compression, $batch.Settings.GmailLabels, $batch.Settings.MboxDialect | Should -Be '\Deleted', Never, Once, Mboxo
        Complete-MailMigration filtered @store -WarningAction SilentlyContinue
        $user = Start-MailMigrationWorker filtered @store -UntilIdle
        $user.Status, $user.Skipped, $user.Differences | Should -Be Completed, 1, 0
        $record = Get-Content "$($user.ReportPath).json" | ConvertFrom-Json
        $record.settings.LargerThan, $record.settings.NotFlag, $record.summary.skipped, $record.summary.isEqual | Should -Be '1500', 'Deleted', 1, $true
        Remove-MailMigration filtered @store -Confirm:$false
    }

    It 'refuses <Case>, with the id <Id>' -ForEach @(
        @{ Case = 'a name that is taken'; Id = 'BatchExists'; Do = { $users | Start-MailMigration first @store } }
        @{ Case = 'a target that another batch has'; Id = 'BatchExists'; Do = { $users | Start-MailMigration other @store } }
        @{ Case = 'a name that is too long'; Id = 'InvalidBatchName'; Do = { $users | Start-MailMigration ('x' * 129) @store } }
        @{ Case = 'a user with a line end in the name'; Id = 'InvalidBatchName'; Do = { [pscustomobject]@{ Identity = "a`nb"; From = "maildir:$work/a"; To = "maildir:$work/b" } | Start-MailMigration odd @store } }
        @{ Case = 'no mailboxes'; Id = 'InvalidArgument'; Do = { @() | Start-MailMigration empty -From { $_ } -To { $_ } @store } }
        @{ Case = 'logins that would be kept'; Id = 'InvalidArgument'; Do = { $users | Start-MailMigration other @store -FromCredential ([pscredential]::Empty) } }
        @{ Case = 'a login and tokens at once'; Id = 'InvalidArgument'; Do = { Start-MailMigrationWorker @store -FromCredential x -FromAccessToken { 'x' } } }
        @{ Case = 'settings with -Add'; Id = 'InvalidArgument'; Do = { $users | Start-MailMigration first -Add -Mirror @store } }
        @{ Case = 'a filter with -Add'; Id = 'InvalidArgument'; Do = { $users | Start-MailMigration first -Add -Since 2024-01-01 @store } }
        @{ Case = 'a query that would remove'; Id = 'InvalidArgument'; Do = { $users | Start-MailMigration other -Query UNSEEN -RemoveDeleted @store } }
        @{ Case = 'dates that leave nothing'; Id = 'InvalidArgument'; Do = { $users | Start-MailMigration other -Since 2024-02-01 -Before 2024-01-01 @store } }
        @{ Case = 'a query of files'; Id = 'InvalidMigrationUser'; Do = { [pscustomobject]@{ From = "maildir:$work/a"; To = "maildir:$work/b" } | Start-MailMigration other -Query ALL @store } }
        @{ Case = 'flags of POP3'; Id = 'InvalidMigrationUser'; Do = { [pscustomobject]@{ From = 'pop3s://a@localhost/'; To = "maildir:$work/b" } | Start-MailMigration other -Flag Seen @store } }
        @{ Case = 'a target in its source'; Id = 'InvalidMigrationUser'; Do = { [pscustomobject]@{ From = "maildir:$work/a"; To = "maildir:$work/a/b" } | Start-MailMigration other @store } }
        @{ Case = 'a password in the store'; Id = 'InvalidStore'; Do = { $users | Start-MailMigration other -Store postgresql://me:secret@localhost/x } }
        @{ Case = 'a PostgreSQL that is not there'; Id = 'StoreFailed'; Text = '*See that the server runs*'; Do = { $users | Start-MailMigration other -Store postgresql://me@localhost:1/x } }
        @{ Case = 'a store that is not there'; Id = 'StoreNotFound'; Do = { Get-MailMigration -Store "$work/none.db" -ErrorAction Stop } }
        @{ Case = 'a batch that is not there'; Id = 'BatchNotFound'; Do = { Stop-MailMigration none @store -ErrorAction Stop } }
        @{ Case = 'a user that is not there'; Id = 'BatchNotFound'; Do = { Suspend-MailMigration first zoe @store -ErrorAction Stop } }
        @{ Case = 'a worker for a batch that is not there'; Id = 'BatchNotFound'; Do = { Start-MailMigrationWorker none @store -UntilIdle } }
        @{ Case = 'mailboxes on servers without logins, and keeps nothing'; Id = 'CredentialMissing'; Do = { $users | Select-Object Identity, From, @{ n = 'To'; e = { "maildir:$work/none-$($_.Identity)" } } | Start-MailMigration unlogged @store -Wait } }
        @{ Case = 'a worker without logins'; Id = 'CredentialMissing'; Do = { Start-MailMigrationWorker @store -ToCredential x -UntilIdle } }
    ) {
        $thrown = $Do | Should -Throw -ErrorId "$Id*" -PassThru
        $thrown.Exception.Message | Should -Not -Match secret
        if ($Text) { $thrown.Exception.Message | Should -BeLike $Text }
    }
}

Describe 'Logins' {
    BeforeAll {
        function New-Batch($name) { $users | Select-Object Identity, From, @{ n = 'To'; e = { "maildir:$work/$name-$($_.Identity)" } } }
    }

    It 'come from a vault, under the address or the account' {
        function global:Get-Secret { [CmdletBinding()] param($Vault, $Name) if ($Vault -eq 'Old' -and $Name -match '^(imap.*ann.*|bob@example.com|cat@example.com)$') { $Name -match 'cat' ? [pscredential]::new('cat@example.com', $secret) : $secret } }
        try {
            (New-Batch vault | Start-MailMigration vault @store -FromVault Old -Wait).Status | Should -Be Synced
        } finally {
            Remove-Item function:Get-Secret
        }
    }

    It 'that are not found fail the mailbox alone, and say why' {
        $batch = New-Batch missing | Start-MailMigration missing @store -Wait -FromCredential { param($user) if ($user.Identity -eq 'bob') { throw 'no bob here' }; if ($user.Identity -ne 'cat') { $secret } }
        $batch.Status, $batch.FailedCount, $batch.SyncedCount | Should -Be Failed, 2, 1
        (Get-MailMigrationUser missing bob @store).Error | Should -BeLike '*no bob here*'
        (Get-MailMigrationUser missing cat @store).Error | Should -BeLike '*-FromCredential gave no login for imap+plain://cat*'
        Get-MailMigrationUser missing -Status Failed @store | Resume-MailMigration @store -WarningAction SilentlyContinue
        $passed = Start-MailMigrationWorker missing @store -UntilIdle -FromCredential { $secret } -LogPath "$work/messages.log"
        $passed | Should -BeOfType MailOps.Client.Migration.Batches.MigrationUser
        $passed.Identity | Sort-Object | Should -Be bob, cat
        $lines = Get-Content "$work/messages.log" | ConvertFrom-Json
        $lines | Should -HaveCount 2
        $lines[0].batch, $lines[0].result, $lines[0].folder | Should -Be missing, copied, INBOX
    }

    It 'are access tokens that a script block writes, on the pipeline of the worker' {
        $server = Start-MailServer -StorePath (Join-Path $work tokens) -Capture -SmtpPort 0 -ImapPort 0
        try {
            $null = $server | Send-RawSmtp -From a@example.org -To ann@example.com -Subject x -Body x
            $asked = [Collections.Generic.List[string]]::new()
            $batch = [pscustomobject]@{ From = (Get-Address $server ann); To = "maildir:$work/by-token" } | Start-MailMigration token @store -Wait -FromAccessToken { param($user) $asked.Add($user); 'a-token' }
            $asked | Should -Contain 'ann@example.com'
            $batch.TotalCount | Should -Be 1
        } finally {
            $server | Stop-MailServer
        }
    }
}

Describe 'Suspend-, Resume- and Stop-MailMigration' {
    It 'hold, go on and give up' {
        Suspend-MailMigration first ann @store -PassThru | ForEach-Object { "$($_.Identity) $($_.Status)" } | Should -Be 'ann Suspended'
        Stop-MailMigration first bob @store -WhatIf -PassThru | Should -BeNullOrEmpty
        Stop-MailMigration first bob @store
        (Get-MailMigrationUser first @store).Status | Should -Be Suspended, Stopped, Synced
        (Get-MailMigration first @store).StoppedCount | Should -Be 2
        Resume-MailMigration first @store -PassThru -WarningAction SilentlyContinue | Should -HaveCount 3
        Start-MailMigrationWorker first @store @login -UntilIdle | ForEach-Object Status | Sort-Object -Unique | Should -Be Synced
    }
}

Describe 'Names of batches' {
    It 'are completed from a store beside the session, and not from a database' {
        Push-Location $work
        try {
            $line = 'Get-MailMigration -Store ./migrations.db -Name fi'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be first
            $line = 'Stop-MailMigration -Store ./none.db -Name fi'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Not -Contain first
        } finally {
            Pop-Location
        }
    }
}

Describe 'Complete-MailMigration' {
    It 'waits until the MX leads to the new server' {
        $resolver = Start-StandInResolver @{ 'example.com' = 10, 'mx.old.example.com' }
        $dns = @{ Domain = 'example.com'; MxHost = 'mx.new.example.com'; DnsServer = '127.0.0.1'; DnsPort = $resolver.Port }
        try {
            $thrown = { Complete-MailMigration first @store @dns -ErrorAction Stop } | Should -Throw -ErrorId 'CutoverNotReady*' -PassThru
            $thrown.Exception.Message | Should -BeLike '*goes to mx.old.example.com*complete the migration * seconds after that*'
            (Get-MailMigration first @store).Status | Should -Be Synced
            { Complete-MailMigration first @store -Domain example.com } | Should -Throw -ErrorId 'InvalidArgument*'
        } finally {
            $resolver | Stop-StandInResolver
        }
    }

    It 'makes a last pass, proves it, and can be gone back from' {
        $resolver = Start-StandInResolver @{ 'example.com' = 10, 'mx.new.example.com' }
        $null = $old | Send-RawSmtp -From a@example.org -To ann@example.com -Subject 'at the last moment' -Body x
        try {
            Complete-MailMigration first @store -Domain example.com -MxHost mx.new.example.com -DnsServer 127.0.0.1 -DnsPort $resolver.Port -WarningAction SilentlyContinue
        } finally {
            $resolver | Stop-StandInResolver
        }

        Start-MailMigrationWorker first @store @login -UntilIdle | ForEach-Object Status | Sort-Object -Unique | Should -Be Completed
        $ann = Get-MailMigrationUser first ann @store
        $ann.Messages, $ann.Differences | Should -Be 2, 0

        # The way back: what came to the new server goes to the old one, and nothing twice.
        $null = $new | Send-RawSmtp -From a@example.org -To ann@example.com -Subject 'on the new server' -Body x
        $john = [pscredential]::new('ann@example.com', $secret)
        (Copy-Mailbox $users[0].To $users[0].From -FromCredential $john -ToCredential $john -JournalPath "$work/back.journal").Copied | Should -Be 1
        Compare-Mailbox $users[0].To $users[0].From -ReferenceCredential $john -DifferenceCredential $john | Should -BeNullOrEmpty
    }

    It 'tells what was refused from what is lost' {
        $small = Start-MailServer -StorePath (Join-Path $work small) -Capture -SmtpPort 0 -ImapPort 0 -MaxMessageSize 2KB
        try {
            $null = $old | Send-RawSmtp -From a@example.org -To dan@example.com -Subject small -Body x
            $null = $old | Send-RawSmtp -From a@example.org -To dan@example.com -Subject large -Body (('x' * 70 + "`r`n") * 50)
            $warned = [pscustomobject]@{ Identity = 'dan'; From = (Get-Address $old dan); To = (Get-Address $small dan) } | Start-MailMigration refused @store @login -Wait
            $warned.Status, $warned.Refused | Should -Be Synced, 1
            Complete-MailMigration refused @store -WarningAction SilentlyContinue
            $done = Start-MailMigrationWorker refused @store @login -UntilIdle
            $done.Status, $done.Differences, $done.Passes | Should -Be CompletedWithWarnings, 1, 2
            $done.Completed | Should -Not -BeNullOrEmpty
            Get-ImapMessage localhost -Port $small.ImapPort -Tls None -Credential ([pscredential]::new('dan@example.com', $secret)) | Remove-ImapMessage localhost -Port $small.ImapPort -Tls None -Credential ([pscredential]::new('dan@example.com', $secret)) -Confirm:$false
            Complete-MailMigration refused dan @store -WarningAction SilentlyContinue
            (Start-MailMigrationWorker refused @store @login -UntilIdle).Status | Should -Be Failed
            Complete-MailMigration refused dan @store -WarningAction SilentlyContinue
            (Start-MailMigrationWorker refused @store @login -UntilIdle).Status | Should -Be CompletedWithWarnings
            Suspend-MailMigration refused @store -WarningVariable nobody -WarningAction SilentlyContinue
            "$nobody" | Should -BeLike '*for no user of refused*'
        } finally {
            $small | Stop-MailServer
        }
    }

    It 'shuts the source where MailOps hosts it' {
        $hosted = Join-Path $work hosted
        New-MailAccount dora@example.com $hosted -Password $secret
        $account = Get-MailAccount dora@example.com -StorePath $hosted
        "Subject: kept`n`nx" | Add-MaildirMessage $account.MailPath -Create | Out-Null
        [pscustomobject]@{ From = "maildir:$($account.MailPath)"; To = "maildir:$work/dora" } | Start-MailMigration hosted @store -Wait | ForEach-Object Status | Should -Be Synced
        Complete-MailMigration missing ann @store -SourceStorePath $hosted -ErrorVariable failed -ErrorAction SilentlyContinue
        "$failed" | Should -BeLike '*not the Maildir of an account*'
        Complete-MailMigration hosted @store -SourceStorePath $hosted -WarningAction SilentlyContinue
        (Get-MailAccount dora@example.com -StorePath $hosted).IsLocked | Should -BeTrue
        Start-MailMigrationWorker hosted @store -UntilIdle | ForEach-Object Status | Should -Be Completed
    }
}

Describe 'Start-MailMigrationWorker' {
    It 'ends in order when it is stopped, and the next goes on' {
        'm1', 'm2' | ForEach-Object { "Subject: $_`n`nx" } | Add-MaildirMessage "$work/from-eve" -Create | Out-Null
        [pscustomobject]@{ From = "maildir:$work/from-eve"; To = "maildir:$work/to-eve" } | Start-MailMigration eve @store -SyncInterval 00:00:01 -WarningAction SilentlyContinue | Out-Null
        $job = Start-ModuleJob { param($path) Start-MailMigrationWorker -Store $path -FromCredential x -ToCredential x } $store.Store
        Wait-Until { (Get-MailMigrationUser eve @store).Passes -ge 2 }
        (Get-MailMigration eve @store).WorkerCount | Should -Be 1
        { Start-MailMigrationWorker @store -UntilIdle -FromCredential x -ToCredential x } | Should -Throw -ErrorId 'StoreInUse*'
        $job | Stop-Job
        $job | Remove-Job
        (Get-MailMigration eve @store).WorkerCount | Should -Be 0
        (Get-MailMigrationUser eve @store).Status | Should -BeIn Synced, Queued
    }
}
