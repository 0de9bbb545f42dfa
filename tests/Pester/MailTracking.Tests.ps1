# The tracking log in real PowerShell: of a server in this process, in another, and of a store at rest.

BeforeDiscovery {
    $script:places = 'a server of this process', 'a server of another process', 'a store at rest' | ForEach-Object { @{ Place = $_ } }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $script:ann = [pscredential]::new('ann@example.com', (ConvertTo-SecureString 'secret' -AsPlainText -Force))

    function Send-Test([int] $Port, [string[]] $To, [string] $Subject) {
        $sent = Send-RawSmtp -Server 127.0.0.1 -Port $Port -Credential $ann -From ann@example.com -To $To -Subject $Subject -Body x
        if (-not $sent.Accepted) { throw "Not accepted: $($sent | Out-String)" }
    }

    # Rows come behind what they tell of.
    function Wait-Row([hashtable] $Log, [int] $Count) {
        Wait-Until { @(Get-MailTrackingLog @Log).Count -ge $Count } -What "$Count rows, only: $(Get-MailTrackingLog @Log | Out-String -Width 200)"
    }
}

Describe 'The tracking log of <Place>' -ForEach $places {
    BeforeAll {

        $script:store = New-TestFolder
        $script:nextStore = New-TestFolder
        $script:next = Start-MailServer -StorePath $nextStore -Capture -SmtpPort 0
        New-MailAccount -StorePath $store -Credential $ann | Out-Null
        New-MailAccount -StorePath $store -Credential ([pscredential]::new('carol@example.com', $ann.Password)) | Out-Null
        New-MailAlias -StorePath $store team@example.com -Target ann@example.com, carol@example.com | Out-Null
        $arguments = "-StorePath '$store' -HostName mail.example.com -Domain example.com -SubmissionPort 0 -AllowPlaintextLogin -Outbound -Route @{ 'b.example' = '[127.0.0.1]:$($next.SmtpPort)'; 'dead.example' = '[127.0.0.1]:9' }"
        $script:here = $script:other = $null
        if ($Place -eq 'a server of this process') { $script:here = & ([scriptblock]::Create("Start-MailServer $arguments")) }
        else { $script:other = Start-ServerProcess $arguments }
        $port = ($here ?? $other).SubmissionPort
        $script:log = $here ? @{ ServerId = $here.Id } : @{ StorePath = $store }
        $script:began = [DateTimeOffset]::Now
        Send-Test $port team@example.com 'Lunch at noon'
        Send-Test $port bob@b.example 'Invoice 4711'
        Send-Test $port dora@dead.example 'Invoice 4712'
        # RECEIVE, EXPAND, DELIVER; RECEIVE, SEND; RECEIVE, DEFER.
        Wait-Row $log 7
        $script:ended = [DateTimeOffset]::Now.AddMilliseconds(1)
        if ($Place -eq 'a store at rest') { & $other.Stop }
    }
    AfterAll {
        if ($here) { $here | Stop-MailServer }
        if ($other) { & $other.Stop }
        $next | Stop-MailServer
        Remove-TestFolder $store
        Remove-TestFolder $nextStore
    }

    It 'tells all that became of messages, in order' {
        $rows = Get-MailTrackingLog @log
        $rows | Should -HaveCount 7
        $rows.Timestamp | Should -Be ($rows.Timestamp | Sort-Object)
        $rows[0..2].EventId | Should -Be 'RECEIVE', 'EXPAND', 'DELIVER'
        $rows[1].Reference | Should -Be 'team@example.com'
        $rows[2].Recipients | Should -Be 'ann@example.com', 'carol@example.com'
        ($rows | Where-Object EventId -EQ SEND).Status | Should -BeLike '250 *'
        ($rows | Where-Object EventId -EQ SEND).PeerAddress | Should -Be "127.0.0.1:$($next.SmtpPort)"
        ($rows | Out-String -Width 120).Split("`n") | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 120 }
    }

    It 'is searched <What>' -TestCases @(
        @{ What = 'by sender'; By = @{ Sender = 'ANN@example.com' }; Found = 'RECEIVE', 'EXPAND', 'DELIVER', 'RECEIVE', 'SEND', 'RECEIVE', 'DEFER' }
        @{ What = 'by a sender with wildcards'; By = @{ Sender = '*@example.com'; EventId = 'RECEIVE' }; Found = 'RECEIVE', 'RECEIVE', 'RECEIVE' }
        @{ What = 'by a sender whom nobody knows'; By = @{ Sender = 'eve@example.com' }; Found = @() }
        @{ What = 'by recipient'; By = @{ Recipient = 'bob@b.example' }; Found = 'RECEIVE', 'SEND' }
        @{ What = 'by recipients with wildcards'; By = @{ Recipient = '*@b.example', 'carol@*' }; Found = 'DELIVER', 'EXPAND', 'RECEIVE', 'SEND' }
        @{ What = 'by an alias'; By = @{ Recipient = 'team@example.com' }; Found = 'RECEIVE', 'EXPAND' }
        @{ What = 'by a word of the subject'; By = @{ Subject = 'invoice'; EventId = 'RECEIVE' }; Found = 'RECEIVE', 'RECEIVE' }
        @{ What = 'by a subject with wildcards'; By = @{ Subject = '* ????' ; EventId = 'RECEIVE' }; Found = 'RECEIVE', 'RECEIVE', 'RECEIVE' }
        @{ What = 'by event'; By = @{ EventId = 'send', 'EXPAND' }; Found = 'EXPAND', 'SEND' }
        @{ What = 'by all of these'; By = @{ Sender = 'ann*'; Recipient = 'bob@*'; Subject = '4711'; EventId = 'SEND' }; Found = 'SEND' }
    ) {
        @((Get-MailTrackingLog @log @By).EventId | Sort-Object) | Should -Be @($Found | Sort-Object)
    }

    It 'is searched by time' {
        @(Get-MailTrackingLog @log -Start $began.AddSeconds(-1) -End $ended) | Should -HaveCount 7
        Get-MailTrackingLog @log -End $began.AddSeconds(-1) | Should -BeNullOrEmpty
        Get-MailTrackingLog @log -Start $ended.AddMinutes(1) | Should -BeNullOrEmpty
        # Dates as PowerShell has them.
        @(Get-MailTrackingLog @log -Start $began.LocalDateTime.AddHours(-1)) | Should -HaveCount 7
    }

    It 'tells the story of a message by its id and by its Message-ID, from what Get- gives' {
        $sent = Get-MailTrackingLog @log -EventId SEND
        (Get-MailTrackingLog $sent.Id @log).EventId | Should -Be 'RECEIVE', 'SEND'
        (Get-MailTrackingLog @log -MessageId $sent.MessageId).EventId | Should -Be 'RECEIVE', 'SEND'
        (Get-MailTrackingLog @log -MessageId $sent.MessageId.Trim('<', '>').ToUpper()).EventId | Should -Be 'RECEIVE', 'SEND'
    }

    It 'says why a message waits that was not tried by itself' {
        $story = Get-MailTrackingLog @log -Recipient dora@dead.example
        $story.EventId | Should -Be 'RECEIVE', 'DEFER'
        $story[0].Reference | Should -Be '[127.0.0.1]:9'
        $story[1].ConnectorId | Should -Be '[127.0.0.1]:9'
        $story[1].Id | Should -BeNullOrEmpty
        $story[1].Status | Should -BeLike '451 4.4.1 *did not accept a connection on port 9* (1 message waits here)'
        $story[1] | Out-String -Width 120 | Should -BeLike '*DEFER*all for `[127.0.0.1`]:9*451 4.4.1*'
        [DateTimeOffset]$story[1].Reference | Should -BeGreaterThan $story[1].Timestamp
    }

    It 'is counted' {
        $by = Measure-MailTraffic @log
        ($by | Where-Object EventId -EQ RECEIVE).Count | Should -Be 3
        # What is told of a destination is no message's.
        $by.EventId | Should -Not -Contain 'DEFER'
        (Measure-MailTraffic @log -By RecipientDomain -EventId RECEIVE | Sort-Object RecipientDomain).RecipientDomain | Should -Be 'b.example', 'dead.example', 'example.com'
        Measure-MailTraffic @log -By Hour, EventId -Recipient bob@b.example | ForEach-Object Count | Should -Be 1, 1
        (Measure-MailTraffic @log -By ConnectorId -EventId SEND).MedianLatency | Should -BeGreaterOrEqual ([timespan]::Zero)
        (Measure-MailTraffic @log -By Sender -Sender '*@example.com' -MaxGroups 1).Name | Should -Be 'ann@example.com'
        (Measure-MailTraffic @log | Out-String -Width 120).Split("`n") | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 120 }
    }

    It 'stops at as many rows as are asked for, and warns where nobody asked' {
        @(Get-MailTrackingLog @log -ResultSize 2 -WarningVariable warned) | Should -HaveCount 2
        $warned | Should -BeNullOrEmpty
        @(Get-MailTrackingLog @log -ResultSize unlimited) | Should -HaveCount 7
        @(Get-MailTrackingLog @log | Select-Object -First 3) | Should -HaveCount 3
    }

    It 'tells what an administrator did' {
        $source = $here ? @{ ServerId = $here.Id } : @{ StorePath = $store }
        $waiting = Get-MailQueueMessage -Recipient dora@* @source
        $waiting | Remove-MailQueueMessage -Confirm:$false
        Wait-Until { (Get-MailTrackingLog $waiting.Id @log).EventId -contains 'FAIL' }
        $story = Get-MailTrackingLog $waiting.Id @log
        $story[-1].EventId | Should -Be 'FAIL'
        $story[-1].Status | Should -Be '554 5.7.1 The message was removed from the queue by the administrator, and nobody was told'
    }
}

Describe 'Get-MailTrackingLog and Measure-MailTraffic' {
    BeforeAll {
        $script:empty = New-TestFolder
    }
    AfterAll {
        Remove-TestFolder $empty
    }

    It 'say what is wrong: <Name>' -TestCases @(
        @{ Name = 'no server, no store'; Command = 'Get-MailTrackingLog'; Id = 'MailServerNotFound*'; Message = '*Name the folder of a store with -StorePath*' }
        @{ Name = 'a server that does not run'; Command = 'Get-MailTrackingLog -ServerId 4711'; Id = 'MailServerNotFound*'; Message = '*4711*' }
        @{ Name = 'no store there'; Command = "Get-MailTrackingLog -StorePath '<empty>/none'"; Id = 'StoreNotFound*'; Message = "There is no store '*none'. Name the folder that Start-MailServer was given." }
        @{ Name = 'an event that is none'; Command = "Get-MailTrackingLog -StorePath '<empty>' -EventId LOST"; Id = 'ParameterArgumentValidationError*'; Message = '*LOST*RECEIVE,EXPAND,DELIVER,SEND,DEFER,MOVE,FAIL,DSN*' }
        @{ Name = 'times the wrong way round'; Command = "Measure-MailTraffic -StorePath '<empty>' -Start 2026-11-30 -End 2026-11-29"; Id = 'InvalidArgument*'; Message = '-Start is 2026-11-30 00:00:00 *, and has to be before -End, which is 2026-11-29 00:00:00 *.' }
        @{ Name = 'no rows'; Command = "Get-MailTrackingLog -StorePath '<empty>' -ResultSize 0"; Id = 'InvalidArgument*'; Message = "-ResultSize is '0', and has to be a number above 0, or Unlimited." }
        @{ Name = 'many rows'; Command = "Get-MailTrackingLog -StorePath '<empty>' -ResultSize many"; Id = 'InvalidArgument*'; Message = "-ResultSize is 'many', and has to be a number above 0, or Unlimited." }
        @{ Name = 'half a set of characters'; Command = "Get-MailTrackingLog -StorePath '<empty>' -Sender 'a[1'"; Id = 'InvalidPattern*'; Message = '*a?1*A bracket that is meant as itself has a backtick before it*' }
        @{ Name = 'half a set in a subject'; Command = "Get-MailTrackingLog -StorePath '<empty>' -Subject '*[b'"; Id = 'InvalidPattern*'; Message = '*A bracket that is meant as itself*' }
        @{ Name = 'nothing to group by'; Command = "Measure-MailTraffic -StorePath '<empty>' -By Weather"; Id = 'ParameterArgumentValidationError*'; Message = '*Weather*' }
        @{ Name = 'no groups'; Command = "Measure-MailTraffic -StorePath '<empty>' -MaxGroups 0"; Id = 'ParameterArgumentValidationError*'; Message = '*MaxGroups*' }
        @{ Name = 'a time that is none'; Command = "Get-MailTrackingLog -StorePath '<empty>' -Start yesterday"; Id = 'CannotConvertArgumentNoMessage*'; Message = '*yesterday*' }
    ) {
        $script = [scriptblock]::Create("$($Command.Replace('<empty>', $empty)) -ErrorAction Stop")
        try { & $script; $problem = $null } catch { $problem = $_ }
        $problem.FullyQualifiedErrorId | Should -BeLike $Id
        $problem.Exception.Message | Should -BeLike $Message
    }

    It 'find nothing in a store without a log, and say so to who asks' {
        $said = Get-MailTrackingLog -StorePath $empty -Verbose 4>&1
        "$said" | Should -BeLike "The store '*' has no tracking log: *"
        Measure-MailTraffic -StorePath $empty | Should -BeNullOrEmpty
    }

    It 'warn where there are more than a thousand rows' {
        $folder = New-Item -ItemType Directory "$empty/tracking"
        $lines = foreach ($i in 1..1500) { "2026-11-29T12:00:00.000Z`tSEND`tID$i`t<$i@x>`tann@example.com`tbob@b.example`t100`tQUEUE`tb.example`tmx`t192.0.2.1:25`t250 ok`t1.5`t0.1`t`t`tSubject $i`t." }
        [IO.File]::WriteAllLines("$folder/20261129-0001.log", [string[]]$lines)
        @(Get-MailTrackingLog -StorePath $empty -WarningVariable warned -WarningAction SilentlyContinue) | Should -HaveCount 1000
        "$warned" | Should -Be 'There are more than 1000 rows. Use -ResultSize Unlimited to have all, or ask for less.'
        @(Get-MailTrackingLog -StorePath $empty -ResultSize Unlimited) | Should -HaveCount 1500
        (Measure-MailTraffic -StorePath $empty).Count | Should -Be 1500
    }
}
