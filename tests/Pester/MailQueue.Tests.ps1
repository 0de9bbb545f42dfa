# The cmdlets of the queue, on a server that runs in another process, and on a store that no server has.

BeforeDiscovery {
    $script:places = @{ Place = 'a server of another process'; IsServed = $true }, @{ Place = 'a store at rest'; IsServed = $false }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $script:ann = [pscredential]::new('ann@example.com', (ConvertTo-SecureString 'secret' -AsPlainText -Force))

    function New-QueueStore {
        $store = New-TestFolder
        New-MailAccount -StorePath $store -Credential $ann | Out-Null
        $store
    }

    # Of a server that reaches nobody.
    function Start-DeadEnd([string] $Store) {
        Start-ServerProcess "-StorePath '$Store' -HostName mail.example.com -Domain example.com -SubmissionPort 0 -AllowPlaintextLogin -Outbound -SmartHost '[127.0.0.1]:9' -Route @{ 'other.example' = '[127.0.0.1]:10' } -SenderRoute @{ 'news@example.com' = '[127.0.0.1]:11' }"
    }

    function Send-Test($Server, [string[]] $To, [string] $Subject) {
        $sent = Send-RawSmtp -Server 127.0.0.1 -Port $Server.SubmissionPort -Credential $ann -From ann@example.com -To $To -Subject $Subject -Body 'the body'
        if (-not $sent.Accepted) { throw "Not accepted: $($sent | Out-String)" }
    }

    function Wait-Retry([string] $Store, [int] $Count) {
        Wait-Until { $queue = @(Get-MailQueue -StorePath $Store); $queue.Count -eq $Count -and -not ($queue | Where-Object Status -NE Retry) } -What "$Count destinations: $(Get-MailQueue -StorePath $Store | Out-String)"
    }

    function Get-Inbox([string] $Store) { Get-ChildItem "$Store/mail/example.com/ann/new" -File -ErrorAction Ignore | Get-Content -Raw }
}

Describe 'The queue of <Place>' -ForEach $places {
    BeforeAll {
        $script:store = New-QueueStore
        $script:other = Start-DeadEnd $store
        Send-Test $other bob@b.example, carl@c.example 'two here'
        Send-Test $other dora@other.example 'one there'
        Send-Test $other emil@b.example 'another here'
        Wait-Retry $store 2
        if (-not $IsServed) { & $other.Stop }
    }
    AfterAll {
        & $other.Stop
        Remove-TestFolder $store
    }

    It 'is listed by destination' {
        $queue = @(Get-MailQueue -StorePath $store)
        if ($IsServed) {
            $queue.NextHopDomain | Should -Be '[127.0.0.1]:10', '[127.0.0.1]:9'
            $queue.MessageCount | Should -Be 1, 2
            $queue[1].LastError | Should -BeLike '451 4.4.1 127.0.0.1 did not accept a connection on port 9*'
            $queue[1].NextRetryTime | Should -BeGreaterThan ([DateTimeOffset]::Now)
            (Get-MailQueue -StorePath $store -NextHopDomain '*:9').MessageCount | Should -Be 2
        }
        else {
            # Routes are a server's: here mail waits for its domains.
            $queue.NextHopDomain | Should -Be 'b.example', 'c.example', 'other.example'
            $queue.MessageCount | Should -Be 2, 1, 1
            (Get-MailQueue -StorePath $store -NextHopDomain 'b.*').MessageCount | Should -Be 2
        }
        $queue.StorePath | Select-Object -Unique | Should -Be $store
        ($queue | Out-String -Width 120).Split("`n") | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 120 }
    }

    It 'is listed by message, and searched' {
        $messages = Get-MailQueueMessage -StorePath $store
        $messages.Subject | Should -Be 'two here', 'one there', 'another here'
        $messages[0].Recipient | Should -Be 'bob@b.example', 'carl@c.example'
        $messages[0].FromAddress | Should -Be 'ann@example.com'
        $messages[0].Login | Should -Be 'ann@example.com'
        (Get-MailQueueMessage -StorePath $store -Recipient 'dora@*').Subject | Should -Be 'one there'
        (Get-MailQueueMessage -StorePath $store -Sender 'eve@*') | Should -BeNullOrEmpty
        (Get-MailQueueMessage -StorePath $store -Id $messages[1].Id.ToLower()).Subject | Should -Be 'one there'
        @(Get-MailQueue -StorePath $store | Get-MailQueueMessage | Sort-Object Id -Unique) | Should -HaveCount 3
    }

    It 'holds a message and lets it go on' {
        $message = Get-MailQueueMessage -StorePath $store -Recipient 'dora@*'
        $message | Suspend-MailQueueMessage -WhatIf
        (Get-MailQueueMessage -StorePath $store -Id $message.Id).Status | Should -Be $message.Status
        $message | Suspend-MailQueueMessage
        (Get-MailQueueMessage -StorePath $store -Id $message.Id).Status | Should -Be 'Suspended'
        "$($message | Suspend-MailQueueMessage -Verbose 4>&1)" | Should -BeLike '*was so already.'
        $message | Resume-MailQueueMessage
        (Get-MailQueueMessage -StorePath $store -Id $message.Id).Status | Should -Not -Be 'Suspended'
    }

    It 'gives a message another route, and its usual one back' {
        $message = Get-MailQueueMessage -StorePath $store -Recipient 'dora@*'
        $message | Move-MailQueueMessage -Route '[127.0.0.1]:11'
        (Get-MailQueueMessage -StorePath $store -Id $message.Id).NextHopDomain | Should -Be '[127.0.0.1]:11'
        $message | Move-MailQueueMessage -UsualRoute
        (Get-MailQueueMessage -StorePath $store -Id $message.Id).NextHopDomain | Should -Be ($IsServed ? '[127.0.0.1]:10' : 'other.example')
        { $message | Move-MailQueueMessage -Route 'a b' -ErrorAction Stop } | Should -Throw '*a b*'
    }

    It 'copies messages with their envelopes' {
        $folder = New-TestFolder
        try {
            $messages = Get-MailQueueMessage -StorePath $store
            $files = $messages | Export-MailQueueMessage -Path "$folder/saved/"
            $files.Name | Should -Be ($messages.Id | ForEach-Object { "$_.eml" })
            Get-Content -Raw $files[0] | Should -BeLike "*Subject: two here*the body*"
            $envelope = Get-Content -Raw "$folder/saved/$($messages[0].Id).json" | ConvertFrom-Json
            $envelope.sender | Should -Be 'ann@example.com'
            $envelope.recipients | ForEach-Object address | Should -Be 'bob@b.example', 'carl@c.example'
            $envelope.recipients[0].state | Should -Be 'Waiting'
            { $messages[0] | Export-MailQueueMessage -Path "$folder/saved/" -ErrorAction Stop } | Should -Throw "*$($messages[0].Id).eml' is there already. Name another place, or add -Force to replace it."
            @($messages[0] | Export-MailQueueMessage -Path "$folder/saved/" -Force) | Should -HaveCount 1
            { $messages | Export-MailQueueMessage -Path "$folder/one.eml" -ErrorAction Stop } | Should -Throw "*holds a message already, and has room for one: give -Path a folder, with a slash at its end."
            Get-ChildItem -Force $folder/saved -Filter '*.tmp' | Should -BeNullOrEmpty
        }
        finally { Remove-TestFolder $folder }
    }

    It 'says what would become of mail' {
        $steps = Test-MailRoute bob@b.example -StorePath $store
        if ($IsServed) {
            $steps.Step | Should -Be 'Domain', 'Outbound', 'SmartHost', 'Host', 'Policy', 'Queue', 'Verdict' -Because ($steps | Out-String -Width 200)
            $steps[-1].Verdict | Should -Be 'Deferred'
            ($steps | Where-Object Step -EQ Queue).Detail | Should -BeLike '* for ?127.0.0.1?:9 (Retry): 451 4.4.1 *'
            (Test-MailRoute bob@b.example -Sender news@example.com -StorePath $store | Where-Object Step -EQ SenderRoute).Target | Should -Be '[127.0.0.1]:11'
            (Test-MailRoute dora@other.example -StorePath $store | Where-Object Step -EQ Route).Target | Should -Be '[127.0.0.1]:10'
        }
        $local = Test-MailRoute ann@example.com -StorePath $store
        $local[-1].Verdict | Should -Be 'Delivered'
        (Test-MailRoute nobody@example.com -StorePath $store)[-1].Detail | Should -Be 'Refused: 550 5.1.1 No such user here.'
        (Test-MailRoute 'no address' -StorePath $store)[-1].Verdict | Should -Be 'Refused'
        @(Test-MailRoute ann@example.com, nobody@example.com -StorePath $store | Where-Object Step -EQ Verdict) | Should -HaveCount 2
    }

    It 'says so where there is no such message' {
        { Remove-MailQueueMessage 01KBGTV3Z8QWE -StorePath $store -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'MailQueueMessageNotFound*'
        { Suspend-MailQueueMessage nonsense -StorePath $store -ErrorAction Stop } | Should -Throw -ErrorId 'MailQueueMessageNotFound*'
        { Get-MailQueueMessage -Id 01KBGTV3Z8QWE -StorePath $store -ErrorAction Stop } | Should -Throw -ErrorId 'MailQueueMessageNotFound*'
    }

    It 'throws a message away, or gives it back to its sender, at once or when a server starts' {
        Get-MailQueueMessage -StorePath $store -Recipient 'dora@*' | Remove-MailQueueMessage -Confirm:$false
        Get-MailQueueMessage -StorePath $store -Recipient 'dora@*' | Should -BeNullOrEmpty
        Get-Inbox $store | Should -BeNullOrEmpty
        Get-MailQueueMessage -StorePath $store -Recipient 'bob@*' | Remove-MailQueueMessage -WithNdr -Confirm:$false
        Get-MailQueueMessage -StorePath $store -Recipient 'bob@*' | Should -BeNullOrEmpty
        if (-not $IsServed) {
            Get-Inbox $store | Should -BeNullOrEmpty
            $script:other = Start-DeadEnd $store
        }
        Wait-Until { Get-Inbox $store } -What 'a report'
        Get-Inbox $store | Should -BeLike '*Subject: Undelivered Mail Returned to Sender*bob@b.example*removed from the queue*'
        (Get-MailQueueMessage -StorePath $store).Subject | Should -Be 'another here'
    }
}

Describe 'The queue of a server that was killed' {
    It 'is worked on where it lies, and the next server has it' {
        $store = New-QueueStore
        $other = Start-DeadEnd $store
        try {
            Send-Test $other bob@b.example 'survives'
            Wait-Retry $store 1
            $other.Process.Kill()
            $other.Process.WaitForExit()
            Test-Path "$store/queue/control" | Should -BeTrue
            # The socket is there, and nobody's.
            $message = Get-MailQueueMessage -StorePath $store
            $message.Subject | Should -Be 'survives'
            $message | Suspend-MailQueueMessage
            $other = Start-DeadEnd $store
            (Get-MailQueueMessage -StorePath $store).Status | Should -Be 'Suspended'
            (Get-MailQueue -StorePath $store).NextHopDomain | Should -Be '[127.0.0.1]:9'
        }
        finally {
            & $other.Stop
            Remove-TestFolder $store
        }
    }

    It 'is completed while a command is typed' {
        $store = New-QueueStore
        $other = Start-DeadEnd $store
        try {
            Send-Test $other bob@b.example 'to be completed'
            Wait-Retry $store 1
            $id = (Get-MailQueueMessage -StorePath $store).Id
            $line = "Suspend-MailQueueMessage -StorePath '$store' -Id $($id.Substring(0, 3))"
            $found = (TabExpansion2 $line $line.Length).CompletionMatches
            $found.CompletionText | Should -Be $id
            $found.ToolTip | Should -Be 'ann@example.com to bob@b.example: to be completed'
            $line = "Get-MailQueue -StorePath '$store' -NextHopDomain "
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be "'[127.0.0.1]:9'"
            $line = "Get-MailQueue -StorePath '$store/none' -NextHopDomain "
            (TabExpansion2 $line $line.Length).CompletionMatches | Where-Object CompletionText -Like '*127*' | Should -BeNullOrEmpty
        }
        finally {
            & $other.Stop
            Remove-TestFolder $store
        }
    }
}

Describe 'What is completed while a command is typed' {
    BeforeAll {
        $script:store = New-QueueStore
        $script:server = Start-MailServer -StorePath $store -HostName mail.example.com -Domain example.com -SubmissionPort 0 -AllowPlaintextLogin -Outbound -SmartHost '[127.0.0.1]:9' -Route @{ 'other.example' = '[127.0.0.1]:10' }
        Send-Test $server bob@b.example "a`e[31mred`a one"
        Send-Test $server dora@other.example 'second'
        Wait-Retry $store 2

        function Complete([string] $Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches }
    }
    AfterAll {
        $server | Stop-MailServer
        Remove-TestFolder $store
    }

    It 'are the ids of messages, with what they are, and no control characters of strangers' {
        $found = Complete 'Remove-MailQueueMessage '
        $found.CompletionText | Should -Be (Get-MailQueueMessage -ServerId $server.Id).Id
        $found[0].ToolTip | Should -Be 'ann@example.com to bob@b.example: a?[31mred? one'
        (Complete "Move-MailQueueMessage -ServerId $($server.Id) -Id $($found[1].CompletionText.ToLower().Substring(0, 12))").CompletionText | Should -Contain $found[1].CompletionText
        Complete 'Resume-MailQueueMessage -Id 9ZZZ' | Where-Object CompletionText -Match '^[0-9A-Z]{13}$' | Should -BeNullOrEmpty
    }

    It 'are destinations, quoted where brackets would be a pattern' {
        (Complete 'Get-MailQueue -NextHopDomain ').CompletionText | Should -Be "'[127.0.0.1]:10'", "'[127.0.0.1]:9'"
        (Complete "Get-MailQueue -NextHopDomain '[127.0.0.1]:1").CompletionText | Should -Be "'[127.0.0.1]:10'"
        (Complete 'Get-MailQueue -NextHopDomain ')[1].ToolTip | Should -Be '1 messages, Retry'
        (Complete 'Get-MailQueue -Identity ').CompletionText | Should -Be "'$($server.Id)\[127.0.0.1]:10'", "'$($server.Id)\[127.0.0.1]:9'"
    }

    It 'is nothing where there is no such server or store, and no error' {
        $Error.Clear()
        foreach ($line in 'Get-MailQueueMessage -ServerId 4711 -Id ', "Get-MailQueueMessage -StorePath '$store/none' -Id ", "Get-MailQueue -StorePath '' -NextHopDomain ") {
            Complete $line | Where-Object CompletionText -Match '^[0-9A-Z]{13}$|127' | Should -BeNullOrEmpty
        }
        $Error | Should -BeNullOrEmpty
    }
}

Describe 'A store without a queue' {
    It 'is named as such by <Command>' -TestCases @(
        @{ Command = 'Get-MailQueue' }
        @{ Command = 'Get-MailQueueMessage' }
        @{ Command = 'Suspend-MailQueueMessage 01KBGTV3Z8QWE' }
    ) {
        $folder = New-TestFolder
        try {
            $script = [scriptblock]::Create("$Command -StorePath '$folder' -ErrorAction Stop")
            $script | Should -Throw "There is no queue in '$folder': no folder '$folder/queue'. Name the folder of a store whose server was started with -Outbound."
        }
        finally { Remove-TestFolder $folder }
    }
}
