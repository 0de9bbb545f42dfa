# A disk that is really full: a small file system of its own, which needs root on Linux.

BeforeDiscovery {
    $canMount = $IsLinux -and [Environment]::IsPrivilegedProcess
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot .. Pester Support.psm1)
    Import-MailOps
}

Describe 'A full disk' -Skip:(-not $canMount) {
    BeforeAll {
        $store = New-TestFolder
        & mount -t tmpfs -o size=3m mailops-test $store
        if ($LASTEXITCODE) { throw 'A tmpfs could not be mounted; this test needs root and the right to mount.' }
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Pop3Port 0 -ImapPort 0
        $login = [pscredential]::new('bob@example.com', (ConvertTo-SecureString any -AsPlainText))
        $first = $server | Send-RawSmtp -From ann@example.org -To bob@example.com -Body "Subject: before`r`n`r`nkept"
        $large = "Subject: large`r`n`r`n" + ('x' * 70 + "`r`n") * 6000
    }

    AfterAll {
        $server | Stop-MailServer
        & umount $store
        Remove-TestFolder $store
    }

    It 'is told to senders as 452, loses nothing, and gives way when there is room again' {
        $first.Accepted | Should -BeTrue
        # Filled to the last block, by somebody else.
        $filler = [IO.File]::Create((Join-Path $store filler))
        try { while ($true) { $filler.Write([byte[]]::new(4096)); $filler.Flush() } } catch { $filler.Dispose() }

        $sent = $server | Send-RawSmtp -From ann@example.org -To bob@example.com -Body $large
        $sent.Accepted | Should -BeFalse
        $sent.Code | Should -Be 452
        $sent.EnhancedCode.ToString() | Should -Be '4.3.1'

        # What was there before can be read, and the session survives.
        ($server | Get-Pop3Message -Credential $login -Tls None).Subject | Should -Be 'before'

        # IMAP says NO.
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $server.ImapPort)
        try {
            $lines = [IO.StreamReader]::new($client.GetStream())
            $null = $lines.ReadLine()
            function Send([string] $Text) { $client.GetStream().Write([Text.Encoding]::ASCII.GetBytes("$Text`r`n")) }
            Send 'a LOGIN bob@example.com any'
            $lines.ReadLine() | Should -BeLike 'a OK*'
            Send "b APPEND INBOX {$($large.Length)}"
            $lines.ReadLine() | Should -BeLike '+*'
            Send $large
            $lines.ReadLine() | Should -BeLike 'b NO*'
            Send 'c NOOP'
            $lines.ReadLine() | Should -BeLike 'c OK*'
        }
        finally { $client.Dispose() }

        Remove-Item (Join-Path $store filler)
        ($server | Send-RawSmtp -From ann@example.org -To bob@example.com -Body "Subject: after`r`n`r`nroom").Accepted | Should -BeTrue
        ($server | Get-Pop3Message -Credential $login -Tls None).Subject | Should -Be 'before', 'after'
        Get-ChildItem $store -Recurse -File | Where-Object DirectoryName -Like '*tmp' | Should -BeNullOrEmpty
    }

    It 'keeps messages that a POP3 client deleted if the deletion cannot be recorded, or deletes them whole' {
        $before = @($server | Get-Pop3Message -Credential $login -Tls None).Count
        $null = $server | Get-Pop3Message -Credential $login -Tls None -Delete -Confirm:$false
        @($server | Get-Pop3Message -Credential $login -Tls None).Count | Should -Be 0
        $before | Should -BeGreaterThan 0
    }
}
