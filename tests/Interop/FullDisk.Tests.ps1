# A disk that is really full: a small file system of its own, which needs root on Linux.

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot .. Pester Support.psm1)
    $canMount = $IsLinux -and [Environment]::IsPrivilegedProcess
    if (-not $canMount) {
        if (Test-PeersRequired) { throw 'A small file system can only be mounted by root on Linux, and that is required here (MAILOPS_REQUIRE_PEERS or CI is set).' }
        Write-Warning 'SKIPPED: a small file system can only be mounted by root on Linux.'
    }
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
        $first = $server | Send-RawSmtp -From ann@example.org -To bob@example.com, carol@example.com -Body "Subject: before`r`n`r`nkept"

        function Open-Session([int] $Port) {
            $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $Port)
            $session = [pscustomobject]@{ Client = $client; Lines = [IO.StreamReader]::new($client.GetStream()) }
            $session | Add-Member ScriptMethod Ask { param($text) $this.Client.GetStream().Write([Text.Encoding]::ASCII.GetBytes("$text`r`n")); $this.Lines.ReadLine() }
            $null = $session.Lines.ReadLine()
            $session
        }
        $large = "Subject: large`r`n`r`n" + ('x' * 70 + "`r`n") * 6000
    }

    AfterAll {
        $server | Stop-MailServer
        & umount $store
        Remove-TestFolder $store
    }

    It 'is told to senders as 452, loses nothing, and gives way when there is room again' {
        $first.Accepted | Should -BeTrue
        ($server | Get-Pop3Message -Credential $login -Tls None).Subject | Should -Be 'before'

        # Filled to the last block, by somebody else.
        $filler = [IO.File]::Create((Join-Path $store filler))
        try { while ($true) { $filler.Write([byte[]]::new(4096)); $filler.Flush() } } catch { $filler.Dispose() }

        $sent = $server | Send-RawSmtp -From ann@example.org -To bob@example.com -Body $large
        $sent.Accepted | Should -BeFalse
        $sent.Code | Should -Be 452
        $sent.EnhancedCode.ToString() | Should -Be '4.3.1'

        # A mailbox that was open before can be read; one whose first UIDs cannot be written says so and stays as it is.
        ($server | Get-Pop3Message -Credential $login -Tls None).Subject | Should -Be 'before'
        $pop3 = Open-Session $server.Pop3Port
        $pop3.Ask('USER carol@example.com') | Should -BeLike '+OK*'
        $pop3.Ask('PASS any') | Should -BeLike '-ERR `[SYS/TEMP`]*'
        $pop3.Ask('QUIT') | Should -BeLike '+OK*'
        $pop3.Client.Dispose()

        # IMAP says NO, and the session goes on.
        $imap = Open-Session $server.ImapPort
        $imap.Ask('a LOGIN bob@example.com any') | Should -BeLike 'a OK*'
        $imap.Ask("b APPEND INBOX {$($large.Length)}") | Should -BeLike '+*'
        $imap.Ask($large) | Should -BeLike 'b NO*'
        $imap.Ask('c NOOP') | Should -BeLike 'c OK*'
        $imap.Client.Dispose()

        Remove-Item (Join-Path $store filler)
        ($server | Send-RawSmtp -From ann@example.org -To bob@example.com -Body "Subject: after`r`n`r`nroom").Accepted | Should -BeTrue
        ($server | Get-Pop3Message -Credential $login -Tls None).Subject | Should -Be 'before', 'after'
        $carol = [pscredential]::new('carol@example.com', $login.Password)
        ($server | Get-Pop3Message -Credential $carol -Tls None).Subject | Should -Be 'before'
        Get-ChildItem $store -Recurse -File | Where-Object DirectoryName -Like '*tmp' | Should -BeNullOrEmpty
    }
}
