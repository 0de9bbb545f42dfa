# The bridge between asynchronous work and the pipeline, in real PowerShell, with cmdlets that exist for these specs.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps -TestCmdlets
    $testCmdlets = Get-TestCmdletPath
    $manifest = Get-ProjectPath out MailOps MailOps.psd1
}

Describe 'The pump' {
    BeforeEach {
        [MailOps.TestCmdlets.PumpProbe]::Reset()
    }

    It 'writes each result once' {
        $numbers = 1..500 | Invoke-PumpEcho
        $numbers | Sort-Object | Should -Be (1..500)
    }

    It 'keeps the order of the input with a throttle limit of one' {
        1..50 | Invoke-PumpEcho -ThrottleLimit 1 | Should -Be (1..50)
    }

    It 'works on thousands of inputs, never more at once than the throttle limit, and more than one' {
        $count = (1..5000 | Invoke-PumpEcho -ThrottleLimit 8 -DelayMilliseconds 1 | Measure-Object).Count
        $count | Should -Be 5000
        [MailOps.TestCmdlets.PumpProbe]::MostAtOnce | Should -BeLessOrEqual 8
        [MailOps.TestCmdlets.PumpProbe]::MostAtOnce | Should -BeGreaterThan 1
        [MailOps.TestCmdlets.PumpProbe]::Completed | Should -Be 5000
    }

    It 'lets results out while the pipeline still feeds input' {
        $seen = [Collections.Generic.List[string]]::new()
        1..200 | ForEach-Object { $seen.Add("in $_"); $_ } | Invoke-PumpEcho -ThrottleLimit 4 | ForEach-Object { $seen.Add("out $_") }
        $firstOut = $seen.FindIndex({ param($line) $line -like 'out *' })
        $firstOut | Should -BeLessThan $seen.IndexOf('in 200') -Because 'the first result does not wait for the last input'
    }

    It 'ends the work when Select-Object -First has enough' {
        Invoke-PumpCount | Select-Object -First 3 | Should -Be (1..3)
        [MailOps.TestCmdlets.PumpProbe]::Cancelled | Should -Be 1
        [MailOps.TestCmdlets.PumpProbe]::Running | Should -Be 0
    }

    It 'ends what is under way when Select-Object -First has enough of many' {
        1..100 | Invoke-PumpEcho -ThrottleLimit 50 -DelayMilliseconds 20 | Select-Object -First 1 | Should -HaveCount 1
        [MailOps.TestCmdlets.PumpProbe]::Running | Should -Be 0
        [MailOps.TestCmdlets.PumpProbe]::Started | Should -BeLessOrEqual 100
    }

    It 'makes a failure the error of its item and goes on with the others' {
        $results = 1..10 | Invoke-PumpEcho -FailOn 5 -ErrorVariable failures -ErrorAction SilentlyContinue
        $results | Sort-Object | Should -Be (1, 2, 3, 4, 6, 7, 8, 9, 10)
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -Be 'ConnectionRefused,MailOps.TestCmdlets.InvokePumpEchoCommand'
        $failures[0].TargetObject | Should -Be 5
        $failures[0].CategoryInfo.Category | Should -Be 'ConnectionError'
    }

    It 'stops at the first error with -ErrorAction Stop, and leaves nothing running' {
        { 1..1000 | Invoke-PumpEcho -FailOn 3 -ThrottleLimit 4 -DelayMilliseconds 5 -ErrorAction Stop } |
            Should -Throw -ErrorId 'ConnectionRefused,MailOps.TestCmdlets.InvokePumpEchoCommand'
        [MailOps.TestCmdlets.PumpProbe]::Running | Should -Be 0
        [MailOps.TestCmdlets.PumpProbe]::Started | Should -BeLessThan 1000
    }

    It 'leaves nothing running when a command further down throws' {
        { 1..100 | Invoke-PumpEcho -ThrottleLimit 20 -DelayMilliseconds 5 | ForEach-Object { throw 'enough' } } | Should -Throw 'enough'
        [MailOps.TestCmdlets.PumpProbe]::Running | Should -Be 0
    }

    It 'leaves nothing running when a command further up throws' {
        { 1..10 | ForEach-Object { if ($_ -eq 10) { throw 'no more' }; $_ } | Invoke-PumpEcho -ThrottleLimit 20 -DelayMilliseconds 60000 } | Should -Throw 'no more'
        [MailOps.TestCmdlets.PumpProbe]::Running | Should -Be 0
        [MailOps.TestCmdlets.PumpProbe]::Cancelled | Should -Be 9
    }

    It 'ends the work when Stop() comes from another thread' {
        $shell = [powershell]::Create([Management.Automation.RunspaceMode]::NewRunspace)
        try {
            $null = $shell.AddScript("Import-Module '$manifest'; Import-Module '$testCmdlets'; Invoke-PumpCount -DelayMilliseconds 60000")
            $null = $shell.BeginInvoke()
            [MailOps.TestCmdlets.PumpProbe]::Begun.Wait(60000) | Should -BeTrue
            $shell.Stop()
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            [MailOps.TestCmdlets.PumpProbe]::Cancelled | Should -Be 1
        }
        finally {
            $shell.Dispose()
        }
    }

    It 'leaves a body that ignores cancellation behind, and what it writes later is not seen' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Invoke-PumpStubborn -Seconds 60 | Select-Object -First 1 | Should -Be 'begun'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 60 -Because 'it is waited for, but not for as long as it likes'
        [MailOps.TestCmdlets.PumpProbe]::Running | Should -Be 1
    }

    It 'waits for a body that ignores cancellation for a short while' {
        Invoke-PumpStubborn -Seconds 0 | Should -Be ('begun', 'too late')
    }

    It 'works in ForEach-Object -Parallel' {
        $results = 1..4 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            Import-Module $using:testCmdlets
            ($_ * 100)..($_ * 100 + 9) | Invoke-PumpEcho -DelayMilliseconds 1
        }
        $results | Should -HaveCount 40
        $results | Sort-Object -Unique | Should -HaveCount 40
    }

    It 'works in Start-ThreadJob, and Stop-Job ends it' {
        $job = Start-ThreadJob { Import-Module $using:manifest; Import-Module $using:testCmdlets; 1..10 | Invoke-PumpEcho }
        $job | Receive-EndedJob | Sort-Object | Should -Be (1..10)

        [MailOps.TestCmdlets.PumpProbe]::Reset()
        $job = Start-ThreadJob { Invoke-PumpCount -DelayMilliseconds 60000 } -InitializationScript ([scriptblock]::Create("Import-Module '$manifest'; Import-Module '$testCmdlets'"))
        [MailOps.TestCmdlets.PumpProbe]::Begun.Wait(60000) | Should -BeTrue
        $job | Stop-Job
        $job.State | Should -Be 'Stopped'
        $job | Remove-Job
        [MailOps.TestCmdlets.PumpProbe]::Cancelled | Should -Be 1
    }

    It 'still works after another runspace that imported the module is gone' {
        Start-ThreadJob { Import-Module $using:manifest; Remove-Module MailOps } | Receive-EndedJob
        1..3 | Invoke-PumpEcho | Should -HaveCount 3
    }

    It 'changes nothing under -WhatIf, and says so for each' {
        $output = Invoke-PumpChange a, b -WhatIf -WarningVariable warnings -WarningAction SilentlyContinue
        $output | Should -BeNullOrEmpty
        $warnings | Sort-Object | Should -Be ('left a', 'left b')
    }

    It 'changes what was agreed to' {
        'a', 'b' | Invoke-PumpChange -Confirm:$false | Sort-Object | Should -Be ('changed a', 'changed b')
    }

    It 'carries verbose lines to the pipeline thread' {
        $lines = Invoke-PumpChange a -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] }
        $lines.Message | Should -Contain 'looking at a'
    }

    It 'draws a few progress records of many thousand, and completes the activity' {
        $shell = [powershell]::Create([Management.Automation.RunspaceMode]::NewRunspace)
        try {
            $null = $shell.AddScript("Import-Module '$manifest'; Import-Module '$testCmdlets'; Invoke-PumpProgress -Count 100000").Invoke()
            $shell.HadErrors | Should -BeFalse
            $records = @($shell.Streams.Progress | Where-Object ActivityId -EQ 7)
            $records.Count | Should -BeLessThan 1000
            $records[-1].RecordType | Should -Be 'Completed'
        }
        finally {
            $shell.Dispose()
        }
    }
}

Describe 'Errors have stable ids' {
    It '<Type> <Detail> is <Id>, <Category>' -ForEach @(
        @{ Type = 'SocketException'; Detail = 'ConnectionRefused'; Make = { [Net.Sockets.SocketException]::new([int][Net.Sockets.SocketError]::ConnectionRefused) }; Id = 'ConnectionRefused'; Category = 'ConnectionError' }
        @{ Type = 'SocketException'; Detail = 'TimedOut'; Make = { [Net.Sockets.SocketException]::new([int][Net.Sockets.SocketError]::TimedOut) }; Id = 'ConnectionTimedOut'; Category = 'OperationTimeout' }
        @{ Type = 'SocketException'; Detail = 'HostNotFound'; Make = { [Net.Sockets.SocketException]::new([int][Net.Sockets.SocketError]::HostNotFound) }; Id = 'HostNotFound'; Category = 'ObjectNotFound' }
        @{ Type = 'SocketException'; Detail = 'TryAgain'; Make = { [Net.Sockets.SocketException]::new([int][Net.Sockets.SocketError]::TryAgain) }; Id = 'NameResolutionFailed'; Category = 'ResourceUnavailable' }
        @{ Type = 'SocketException'; Detail = 'AddressAlreadyInUse'; Make = { [Net.Sockets.SocketException]::new([int][Net.Sockets.SocketError]::AddressAlreadyInUse) }; Id = 'PortInUse'; Category = 'ResourceBusy' }
        @{ Type = 'SocketException'; Detail = 'AccessDenied'; Make = { [Net.Sockets.SocketException]::new([int][Net.Sockets.SocketError]::AccessDenied) }; Id = 'PortNotPermitted'; Category = 'PermissionDenied' }
        @{ Type = 'IOException'; Detail = 'around a reset'; Make = { [IO.IOException]::new('x', [Net.Sockets.SocketException]::new([int][Net.Sockets.SocketError]::ConnectionReset)) }; Id = 'ConnectionLost'; Category = 'ConnectionError' }
        @{ Type = 'TimeoutException'; Detail = ''; Make = { [TimeoutException]::new('x') }; Id = 'OperationTimedOut'; Category = 'OperationTimeout' }
        @{ Type = 'OperationCanceledException'; Detail = 'of a timeout'; Make = { [OperationCanceledException]::new('x') }; Id = 'OperationTimedOut'; Category = 'OperationTimeout' }
        @{ Type = 'AuthenticationException'; Detail = 'of TLS'; Make = { [Security.Authentication.AuthenticationException]::new('x') }; Id = 'TlsHandshakeFailed'; Category = 'SecurityError' }
        @{ Type = 'AggregateException'; Detail = 'around one'; Make = { [AggregateException]::new([TimeoutException]::new('x')) }; Id = 'OperationTimedOut'; Category = 'OperationTimeout' }
        @{ Type = 'FileNotFoundException'; Detail = ''; Make = { [IO.FileNotFoundException]::new('x') }; Id = 'PathNotFound'; Category = 'ObjectNotFound' }
        @{ Type = 'UnauthorizedAccessException'; Detail = ''; Make = { [UnauthorizedAccessException]::new('x') }; Id = 'AccessDenied'; Category = 'PermissionDenied' }
        @{ Type = 'anything'; Detail = 'else'; Make = { [DivideByZeroException]::new('x') }; Id = 'UnexpectedDivideByZero'; Category = 'NotSpecified' }
    ) {
        Invoke-PumpFault (& $Make) -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure | Should -HaveCount 1
        $failure[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failure[0].CategoryInfo.Category | Should -Be $Category

        { Invoke-PumpFault (& $Make) -Terminating } | Should -Throw -ErrorId "$Id,MailOps.TestCmdlets.InvokePumpFaultCommand"
    }
}
