# A store that cannot be used for a while: its disk is read-only, the process has no file handles left, a folder cannot be read, or
# another program deletes a folder that is open. Each in a process of its own with real sessions; the first and the third need root on Linux.

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot .. Pester Support.psm1)
    $isRoot = $IsLinux -and [Environment]::IsPrivilegedProcess
    if (-not $isRoot) {
        if (Test-PeersRequired) { throw 'A read-only disk needs root on Linux, and that is required here (MAILOPS_REQUIRE_PEERS or CI is set).' }
        Write-Warning 'SKIPPED: a read-only disk and a folder that root cannot read need root on Linux.'
    }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot .. Pester Support.psm1)
    Import-MailOps

    # What each process begins with: a server with a message for bob, and a session by lines.
    $begin = @"
`$ErrorActionPreference = 'Stop'
Import-Module '$(Get-ProjectPath out MailOps MailOps.psd1)'
"@ + @'

function Open-Session([int] $Port) {
    $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $Port)
    $client.ReceiveTimeout = 60000
    $session = [pscustomobject]@{ Client = $client; Lines = [IO.StreamReader]::new($client.GetStream()) }
    $session | Add-Member ScriptMethod Ask { param($text) $this.Client.GetStream().Write([Text.Encoding]::ASCII.GetBytes("$text`r`n")); $this.Lines.ReadLine() }
    $session | Add-Member ScriptMethod AskAll { param($tag, $text) $line = $this.Ask("$tag $text"); while (-not $line.StartsWith("$tag ")) { $line; $line = $this.Lines.ReadLine() } $line }
    $session | Add-Member ScriptMethod Send {
        param($subject)
        $null = $this.Ask('MAIL FROM:<ann@example.org>')
        $null = $this.Ask('RCPT TO:<bob@example.com>')
        $reply = $this.Ask('DATA')
        if (-not $reply.StartsWith('354')) { $null = $this.Ask('RSET'); return $reply }
        $this.Ask("Subject: $subject`r`n`r`n$subject`r`n.")
    }
    $null = $session.Lines.ReadLine()
    $session
}
$server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Pop3Port 0 -ImapPort 0
$smtp = Open-Session $server.SmtpPort
$null = $smtp.Ask('HELO client.example.org')
$imap = Open-Session $server.ImapPort
$null = $imap.Ask('a LOGIN bob@example.com any')
$answers = [ordered]@{ First = $smtp.Send('first') }
$null = $imap.AskAll('b', 'SELECT INBOX')
$null = $imap.AskAll('c', 'FETCH 1 BODY.PEEK[TEXT]')

# Both ways once, so that all code is loaded.
$null = $imap.AskAll('d', 'STORE 1 +FLAGS (\Flagged)')
$null = $imap.AskAll('e', 'CREATE Other')
'@

    $end = @'

$answers.Later = $smtp.Send('later')
$answers.LaterNoop = "$($imap.AskAll('x', 'NOOP'))"
$null = $imap.Client.Dispose()
$imap = Open-Session $server.ImapPort
$null = $imap.Ask('a LOGIN bob@example.com any')
$null = $imap.AskAll('b', 'SELECT INBOX')
$answers.Mail = @($imap.AskAll('c', 'FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])') | Where-Object { $_ -match '^Subject' }) -join ', '
$answers.Flags = @($imap.AskAll('d', 'UID FETCH 1 (FLAGS)'))[0]
$server | Stop-MailServer
$answers | ConvertTo-Json -Compress
'@

    function Invoke-Trouble([string] $Trouble, [string[]] $Within = @()) {
        $script = "`$store = '$store'; $begin; $Trouble; $end"
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("`$PSStyle.OutputRendering = 'PlainText'; `$ProgressPreference = 'SilentlyContinue'; $script"))
        $command = @($Within) + @(Get-PwshCommand) + @('-NoProfile', '-NonInteractive', '-OutputFormat', 'Text', '-EncodedCommand', $encoded)
        $output = & $command[0] $command[1..($command.Count - 1)] 2>&1
        $json = $output | Where-Object { "$_".StartsWith('{') } | Select-Object -Last 1
        if (-not $json) { throw "The process said: $($output -join "`n")" }
        $json | ConvertFrom-Json
    }

    function Assert-AllIsWell($Answers) {
        $Answers.First | Should -BeLike '250 *'
        $Answers.Later | Should -BeLike '250 *'
        $Answers.LaterNoop | Should -BeLike '*x OK*'
        $Answers.Mail | Should -Be 'Subject: first, Subject: later'
        $Answers.Flags | Should -BeLike '*UID 1*\Flagged*'
    }
}

Describe 'A store in trouble' {
    BeforeEach { $store = New-TestFolder }
    AfterEach { Remove-TestFolder $store }

    It 'whose disk is read-only refuses what would change it, goes on reading, and works again afterwards' -Skip:(-not $isRoot) {
        & mount -t tmpfs -o size=8m mailops-test $store
        if ($LASTEXITCODE) { throw 'A tmpfs could not be mounted; this test needs root and the right to mount.' }
        try {
            $answers = Invoke-Trouble @'
& mount -o remount,ro $store
$answers.Send = $smtp.Send('refused')
$answers.Store = "$($imap.AskAll('f', 'STORE 1 +FLAGS (\Seen)'))"
$answers.Create = "$($imap.AskAll('g', 'CREATE Third'))"
$answers.Copy = "$($imap.AskAll('h', 'COPY 1 Other'))"
$answers.Fetch = "$($imap.AskAll('i', 'FETCH 1 BODY.PEEK[TEXT]'))"
$answers.Noop = "$($imap.AskAll('j', 'NOOP'))"
& mount -o remount,rw $store
'@
        }
        finally {
            & umount $store
        }

        $answers.Send | Should -BeLike '451 *'
        $answers.Store | Should -BeLike 'f NO *'
        $answers.Create | Should -BeLike 'g NO *'
        $answers.Copy | Should -BeLike 'h NO *'
        $answers.Fetch | Should -BeLike '*first*i OK*'
        $answers.Noop | Should -BeLike '*j OK*'
        Assert-AllIsWell $answers
    }

    It 'whose process has no file handles left says so to its sessions and works again when there are some' -Skip:(-not $IsLinux) {
        Assert-Peer prlimit

        # The runtime maps memory for code it compiles through a file, and ends the process where it cannot: that is no matter of the store.
        $answers = Invoke-Trouble -Within env, DOTNET_EnableWriteXorExecute=0, prlimit, --nofile=400:400 @'
$files = [Collections.Generic.List[object]]::new()
try { while ($files.Count -lt 1000) { $files.Add([IO.File]::OpenHandle('/dev/null')) } } catch { }
$answers.Opened = $files.Count
$answers.Send = $smtp.Send('refused')
$answers.Fetch = "$($imap.AskAll('f', 'FETCH 1 BODY.PEEK[TEXT]'))"
$answers.Create = "$($imap.AskAll('g', 'CREATE Third'))"
$answers.Append = "$($imap.Ask('h APPEND INBOX {5}'))"
if ($answers.Append.StartsWith('+')) { $answers.Append = "$($imap.Ask('12345'))" }
$answers.Noop = "$($imap.AskAll('j', 'NOOP'))"
foreach ($file in $files) { $file.Dispose() }
'@
        $answers.Opened | Should -BeLessThan 400
        $answers.Send | Should -BeLike '451 *'
        $answers.Append | Should -BeLike 'h NO *'
        $answers.Noop | Should -BeLike '*j OK*'
        Assert-AllIsWell $answers
    }

    It 'with a folder that cannot be read says so, serves the others, and has all mail when it can be read again' -Skip:(-not $isRoot) {
        Assert-Peer setpriv, chmod
        $answers = Invoke-Trouble -Within setpriv, "--bounding-set", '-dac_override,-dac_read_search' @'
$inbox = Join-Path $store mail example.com bob
$folders = (Join-Path $inbox cur), (Join-Path $inbox new), (Join-Path $inbox .Other cur), (Join-Path $inbox .Other new)
& chmod 000 @folders
$answers.Send = $smtp.Send('refused')
$answers.Fetch = "$($imap.AskAll('f', 'FETCH 1 BODY.PEEK[TEXT]'))"
$answers.Other = "$($imap.AskAll('g', 'STATUS Other (MESSAGES)'))"
$answers.Noop = "$($imap.AskAll('h', 'NOOP'))"
$jane = Open-Session $server.Pop3Port
$null = $jane.Ask('USER jane@example.com')
$answers.Jane = $jane.Ask('PASS any')
& chmod 700 @folders
'@
        $answers.Send | Should -BeLike '451 *'
        $answers.Fetch | Should -Match 'f (NO|OK) '
        $answers.Fetch | Should -Not -BeLike '*EXPUNGE*'
        $answers.Other | Should -BeLike '*g NO *'
        $answers.Noop | Should -BeLike '*h OK*'
        $answers.Jane | Should -BeLike '+OK*'
        Assert-AllIsWell $answers
    }

    It 'whose folder another program deletes under an open session ends it with BYE, and calls nothing expunged' {
        $answers = Invoke-Trouble @'
$null = $imap.AskAll('f', 'COPY 1 Other')
$null = $imap.AskAll('g', 'SELECT Other')
[IO.Directory]::Delete((Join-Path $store mail example.com bob .Other), $true)
$answers.Fetch = "$($imap.AskAll('h', 'FETCH 1 BODY.PEEK[TEXT]'))"
$answers.Bye = $imap.Lines.ReadLine()
$null = $imap.Client.Dispose()
$imap = Open-Session $server.ImapPort
$null = $imap.Ask('a LOGIN bob@example.com any')
$answers.Again = "$($imap.AskAll('l', 'SELECT Other'))"
$answers.Inbox = "$($imap.AskAll('m', 'SELECT INBOX'))"
'@
        $answers.Fetch | Should -Match 'h (OK|NO) '
        $answers.Fetch | Should -Not -Match '\* \d+ EXPUNGE'
        $answers.Bye | Should -Match '^\* BYE '
        $answers.Again | Should -BeLike 'l NO *'
        $answers.Inbox | Should -BeLike '*m OK*'
        Assert-AllIsWell $answers
    }
}
