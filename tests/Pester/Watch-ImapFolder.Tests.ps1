# Watch-ImapFolder in real PowerShell, against the module's own server. What comes next is sent when the last one was told.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $login = @{
        Credential           = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'summersun' -AsPlainText -Force))
        SkipCertificateCheck = $true
        WarningAction        = 'SilentlyContinue'
    }
}

Describe 'Watch-ImapFolder' {
    BeforeEach {
        $store = New-TestFolder
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0
        $session = $server | New-MailSession @login
        'Subject: 0', 'Subject: there' | ForEach-Object { "$_`n`nx" } | Add-ImapMessage -Session $session | Out-Null
    }

    AfterEach {
        $session | Remove-MailSession
        $server | Stop-MailServer
        Remove-TestFolder $store
    }

    It 'writes each new message once, <Case>' -ForEach @(
        @{ Case = 'in a session'; Own = $false; Body = $false }
        @{ Case = 'with a login of its own, whole'; Own = $true; Body = $true }
    ) {
        $watch = $Own ? { $server | Watch-ImapFolder @login -IncludeExisting -Count 5 -Body } : { $session | Watch-ImapFolder -IncludeExisting -Count 5 }
        $told = & $watch | ForEach-Object {
            $_
            if ($_.Subject -ne '0') { $null = $server | Send-RawSmtp -From a@example.org -To john@example.com -Subject "after $($_.Uid)" -Body 'x' }
        }
        $told | ForEach-Object { $_ | Should -BeOfType MailOps.Client.Mailboxes.ImapMessage }
        $told.Subject | Should -Be '0', 'there', 'after 2', 'after 3', 'after 4'
        $told.Uid | Should -Be (1..5)
        @($told | Where-Object Raw).Count | Should -Be ($Body ? 5 : 0)
    }

    It 'comes back after its connection was closed, with what came meanwhile' {
        $told = $session | Watch-ImapFolder -IncludeExisting -Count 4 -WarningVariable warnings -WarningAction SilentlyContinue | ForEach-Object {
            $_
            if ($_.Subject -in 'there', 'one') {
                $server | Get-MailServerSession | Stop-MailServerSession -Confirm:$false
                $null = $server | Send-RawSmtp -From a@example.org -To john@example.com -Subject ($_.Subject -eq 'one' ? 'two' : 'one') -Body 'x'
            }
        }
        $told.Subject | Should -Be '0', 'there', 'one', 'two'
        $warnings | Should -HaveCount 2
        $warnings[0].Message | Should -BeLike '*The connection is made again in 1 seconds*'
    }

    It 'watches several folders, which come from Get-ImapFolder too' {
        $session | New-ImapFolder A, B | Out-Null
        $told = $session | Get-ImapFolder | Watch-ImapFolder -Session $session -IncludeExisting -Count 4 -Verbose 4>&1 | ForEach-Object {
            if ($_ -is [Management.Automation.VerboseRecord]) {
                $verbose = $_.Message
                if ($verbose -like '*(NOTIFY)*') { "Subject: in A`n`nx" | Add-ImapMessage -Session $session -Folder A | Out-Null }
            }
            else {
                $_
                if ($_.Folder -eq 'A') { "Subject: in B`n`nx" | Add-ImapMessage -Session $session -Folder B | Out-Null }
            }
        }
        $told.Folder | Should -Be 'INBOX', 'INBOX', 'A', 'B'
    }

    It 'ends when the pipeline has enough, and after a time' {
        ($session | Watch-ImapFolder -IncludeExisting | Select-Object -First 1).Subject | Should -Be '0'
        $session | Watch-ImapFolder -Duration 00:00:00.3 | Should -BeNullOrEmpty
        $session | Watch-ImapFolder -Until (Get-Date).AddMinutes(-1) | Should -BeNullOrEmpty
        # The session is as it was.
        ($session | Get-ImapMessage).Subject | Should -Be '0', 'there'
    }

    It 'tells of what came since' {
        "Subject: later`n`nx" | Add-ImapMessage -Session $session -Date ([DateTimeOffset]::Now.AddHours(2)) | Out-Null
        ($session | Watch-ImapFolder -Since ([DateTimeOffset]::Now.AddHours(1)) -Count 1).Subject | Should -Be 'later'
    }

    It 'ends at once when it is stopped, and leaves no connection' {
        $shell = [powershell]::Create().AddScript("Import-Module '$(Get-ProjectPath out MailOps MailOps.psd1)'").AddStatement().AddCommand('Watch-ImapFolder').AddParameters(@{
                Server = $server.Server; Port = $server.ImapPort; Credential = $login.Credential; SkipCertificateCheck = $true; IncludeExisting = $true
            })
        try {
            $output = [Management.Automation.PSDataCollection[psobject]]::new()
            $running = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output)
            Wait-Until { $output.Count -eq 2 }
            $shell.Stop()
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $running.IsCompleted | Should -BeTrue
        }
        finally {
            $shell.Dispose()
        }

        # That of the test's own session is left.
        Wait-Until { @($server | Get-MailServerSession).Count -le 1 }
    }

    It 'says which folder is not there, and watches the others' {
        $told = $session | Watch-ImapFolder Nowhere, INBOX -IncludeExisting -Count 2 -ErrorVariable failed -ErrorAction SilentlyContinue
        $told | Should -HaveCount 2
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -Be 'FolderNotFound,MailOps.Cmdlets.Imap.WatchImapFolderCommand'
        $failed[0].TargetObject | Should -Be 'Nowhere'
    }

    It 'refuses <Case>' -ForEach @(
        @{ Case = 'two beginnings'; Arguments = @{ IncludeExisting = $true; Since = Get-Date }; Says = '-IncludeExisting writes all*' }
        @{ Case = 'two ends'; Arguments = @{ Until = Get-Date; Duration = [timespan]::FromSeconds(1) }; Says = '-Until and -Duration*' }
    ) {
        { $session | Watch-ImapFolder @Arguments } | Should -Throw $Says
    }

    It 'has an error where nobody answers at the beginning' {
        Watch-ImapFolder 127.0.0.1 -Port 1 @login -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'ConnectionFailed,*'
    }
}
